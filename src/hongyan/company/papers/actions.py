"""Writes: keeping a paper, and its print.

Always: number, row, audit event and the order to print in one transaction; what is printed first is the paper, a second
print of the same row is thrown away.
Clauses: R2, G2.1.5, B4.8 (what became of a leaver's mail can be shown on paper).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.papers.kinds import KINDS, checked
from hongyan.company.papers.models import Paper, Print, Series
from hongyan.company.papers.printing import make_paper
from hongyan.company.papers.rendering import digest
from hongyan.company.people.models import Company, Person
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor


def keep_paper(
    *,
    actor: Actor,
    company: Company,
    kind: str,
    context: dict[str, Any],
    locale: str,
    subject: str,
    mailbox: Mailbox | None = None,
    person: Person | None = None,
    within: Iterable[str] = (),
) -> Paper:
    """A paper with a number, printed soon. Raises BadContext; refuses `permission.missing`. `within`: where its subject lies."""
    actor.require("mailbox.write", company.slug, within)
    checked(kind, {"number": "", **context})
    now = clock.now()
    with transaction.atomic():
        number = _next_number(company, kind, now.year)
        whole = {**context, "number": number, "made_at": now.isoformat()}
        paper = Paper.objects.create(
            company=company, number=number, kind=kind, locale=locale, subject=subject[:254], mailbox=mailbox,
            person=person, context=whole, made_at=now, made_by=actor.name,
        )  # fmt: skip
        ledger.record(
            "paper.kept", chain=company.slug, actor=actor.name, subject=subject[:254], number=number, paper=kind,
            contents=digest(whole),
        )  # fmt: skip
        outbox.enqueue(outbox.PAPER, {"paper": paper.pk})
    return paper


def _next_number(company: Company, kind: str, year: int) -> str:
    Series.objects.get_or_create(company=company, kind=kind, year=year)
    series = Series.objects.select_for_update().get(company=company, kind=kind, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{KINDS[kind].prefix}-{year}-{series.last:05d}"


def print_paper(paper: Paper) -> Paper:
    """Print a kept paper that is not printed yet. Raises NotPrinted. Outside a transaction: it takes seconds."""
    if paper.sha256:
        return paper
    body = make_paper(paper.kind, paper.context, paper.locale)
    found = hashlib.sha256(body).hexdigest()
    with transaction.atomic():
        first = Paper.objects.filter(pk=paper.pk, sha256="").update(sha256=found, size=len(body))
        if first:
            Print.objects.create(paper=paper, body=body)
            ledger.record(
                "paper.printed", chain=paper.company.slug, actor="schedule:papers", subject=paper.subject,
                number=paper.number, sha256=found,
            )  # fmt: skip
    paper.refresh_from_db()
    return paper
