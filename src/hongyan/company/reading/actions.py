"""Writes: publish an edition of the policy, acknowledge it, remind who has not.

Always: permission, rows, audit event and outbox in one transaction; what is published is never changed.
Clauses: G2.1.7, G2.2.3, B4.14.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max

from hongyan.company.people.actions import check_locale, clean_name
from hongyan.company.people.models import Account, Company
from hongyan.company.reading import queries
from hongyan.company.reading.models import Acknowledgement, Edition
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

MAX_TEXT: Final = 200_000  #: characters
ROUND: Final = timedelta(days=7)  #: from one reminder to the next
ROUNDS: Final = timedelta(days=365)  #: after which nobody is reminded of it any more
BATCH: Final = 500


def publish_edition(
    *, actor: Actor, company: Company, titles: Mapping[str, str], texts: Mapping[str, str], effective_on: date,
    note: str = "",
) -> Edition:  # fmt: skip
    """A new edition for everybody to read. Refuses `policy.no_text`, `policy.half_text`, `policy.text_long`,
    `policy.before_last`, `locale.unknown`."""
    actor.require("settings.write", company.slug)
    clean_titles = {
        check_locale(name): clean_name(t, "policy.title_malformed", 120) for name, t in titles.items() if t.strip()
    }
    clean_texts = {check_locale(name): _clean_text(text) for name, text in texts.items() if text.strip()}
    if not clean_texts:
        raise Refusal("policy.no_text")
    if lacking := sorted(clean_titles.keys() ^ clean_texts.keys()):
        raise Refusal("policy.half_text", locale=lacking[0])
    note = clean_name(note, "policy.note_malformed", 500) if note.strip() else ""
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        last = queries.newest(company)
        if last is not None and effective_on < last.effective_on:
            raise Refusal("policy.before_last", clause="B4.14", date=last.effective_on.isoformat(), number=last.number)
        number = (Edition.objects.filter(company=company).aggregate(n=Max("number"))["n"] or 0) + 1
        Edition.objects.filter(company=company).update(remind_at=None)  # of the newest alone
        now = clock.now()
        edition = Edition.objects.create(
            company=company, number=number, titles=clean_titles, texts=clean_texts, note=note,
            effective_on=effective_on, published_at=now, published_by=actor.name, remind_at=now,
        )  # fmt: skip
        ledger.record(
            "policy.published", chain=company.slug, actor=actor.name, subject=f"policy/{number}", number=number,
            name=clean_titles, effective_on=effective_on.isoformat(), reason=note,
        )  # fmt: skip
    return edition


def _clean_text(text: str) -> str:
    """As it is shown: lines without blanks at their end. Refuses `policy.text_long`, `text.encoding`."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refusal("text.encoding") from None
    if len(text) > MAX_TEXT:
        raise Refusal("policy.text_long", limit=MAX_TEXT)
    plain = "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c in "\n\t" or c.isprintable())
    return "\n".join(line.rstrip() for line in plain.split("\n")).strip() + "\n"


def acknowledge(*, actor: Actor, account: Account, edition: Edition) -> bool:
    """Its owner says that he has read it; whether that is new. Refuses `policy.superseded` of an older edition."""
    if actor.account_id is None or actor.account_id != account.pk or account.company_id != edition.company_id:
        raise Refusal("permission.missing", clause="G2.2.3", permission="own mailbox")
    with transaction.atomic():
        last = queries.newest(edition.company)
        if last is not None and last.number != edition.number:
            raise Refusal("policy.superseded", clause="B4.14", number=last.number)
        _, new = Acknowledgement.objects.get_or_create(edition=edition, account=account, defaults={"at": clock.now()})
        if new:
            ledger.record(
                "policy.acknowledged", chain=edition.company.slug, actor=actor.name, subject=account.login,
                number=edition.number,
            )  # fmt: skip
    return new


def remind_due() -> int:
    """Remind those who have not acknowledged the newest edition: when it is published and once a week, some at a time, so
    that it can stop and go on anywhere. How many notices were written."""
    written = 0
    for edition in Edition.objects.select_related("company").filter(remind_at__lte=clock.now()).order_by("pk"):
        with transaction.atomic():
            found = queries.missing(queries.readers(edition.company), edition).filter(pk__gt=edition.remind_after)
            batch = list(found.select_related("company").order_by("pk")[:BATCH])
            for account in batch:
                outbox.enqueue(outbox.NOTICE, _notice(edition, account))
            _note_round(edition, batch)
        written += len(batch)
    return written


def _notice(edition: Edition, account: Account) -> dict[str, object]:
    _, title = queries.in_language(edition.titles, account.locale, edition.company)
    params = {"title": title, "number": edition.number, "day": edition.effective_on.isoformat(), "link": "/policy"}
    return {"notice": "policy_read", "to": account.login, "params": params}


def _note_round(edition: Edition, batch: list[Account]) -> None:
    if len(batch) == BATCH:
        edition.remind_after = batch[-1].pk
    else:
        again = clock.now() + ROUND
        edition.remind_after = 0
        edition.remind_at = again if again < edition.published_at + ROUNDS else None
    edition.save(update_fields=["remind_at", "remind_after"])
