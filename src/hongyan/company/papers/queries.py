"""Reads: the kept papers that somebody may see, a file compared with them.

Always: a paper is seen by who may see its mailbox; one about none, by whoever sees the whole company.
"""

from __future__ import annotations

import hashlib

from django.db.models import Q, QuerySet

from hongyan.company.mailboxes.scope import mailboxes_within
from hongyan.company.papers.actions import print_paper
from hongyan.company.papers.models import Paper
from hongyan.company.papers.printing import NotPrinted
from hongyan.company.people.models import Company
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def papers_within(actor: Actor, company: Company) -> QuerySet[Paper]:
    """Newest first, without their prints. Refuses `permission.missing`."""
    actor.require_somewhere("mailbox.read", company.slug)
    found = Paper.objects.filter(company=company).order_by("-pk")
    if actor.reach("mailbox.read", company.slug) is None:
        return found
    return found.filter(mailbox__in=mailboxes_within(actor, "mailbox.read", company))


def find_paper(actor: Actor, company: Company, number: str) -> Paper:
    """Refuses `paper.unknown`, also what the actor may not see."""
    paper = papers_within(actor, company).select_related("company").filter(number=number.strip().upper()[:40]).first()
    if paper is None:
        raise Refusal("paper.unknown", number=number[:40])
    return paper


def pdf_of(paper: Paper) -> bytes:
    """The file; printed now when it was not yet. Refuses `paper.not_printed`."""
    try:
        printed = paper if paper.sha256 else print_paper(paper)
    except NotPrinted as problem:
        raise Refusal("paper.not_printed", number=paper.number, reason=str(problem)) from None
    return bytes(printed.printed.body)


def which_paper(actor: Actor, company: Company, body: bytes) -> Paper | None:
    """The kept paper that this file is, octet for octet; None: it is not one of this company's, or was changed."""
    found = hashlib.sha256(body).hexdigest()
    return papers_within(actor, company).filter(Q(sha256=found)).first()
