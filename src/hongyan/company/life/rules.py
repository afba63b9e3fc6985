"""What falls due by itself in a mailbox's life: the end of stops, and last days with the notices before them.

- `end_stops`, `tell_expiries`, `end_mailboxes`: run by the schedule, each safe to repeat, some hundred rows at a time;
- `on_expiry(handler)`: who takes over when a last day has come (the leaving process); else the mailbox is suspended.

Always: the schedule acts by the same actions a person would use; a notice about a day is sent once; one mailbox that
cannot be moved does not keep the others. What nobody uses is `idle.py`'s.
Clauses: B2, G2.1.6.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction

from hongyan.company.life import actions, parts, states
from hongyan.company.life.models import Stop, Told
from hongyan.company.mailboxes.members import keeper_mailboxes
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people.models import Person
from hongyan.company.people.relations import head_of
from hongyan.kernel import clock, outbox
from hongyan.kernel.actor import Actor, schedule
from hongyan.kernel.decision import Refusal

log = logging.getLogger(__name__)
BATCH: Final = 500
DAYS_BEFORE: Final = (1, 7, 14)

#: (actor, mailbox) -> whether it took over. Called in a transaction of its own.
Ending = Callable[[Actor, Mailbox], bool]
_endings: list[Ending] = []


def on_expiry(handler: Ending) -> None:
    if handler not in _endings:
        _endings.append(handler)


def end_stops() -> int:
    """Stops whose last day is over. What a kept or closed mailbox still has of them is done with."""
    rows = Stop.objects.select_related("mailbox__company", "mailbox__person", "mailbox__account")
    due = list(rows.filter(lifted_at__isnull=True, until__lt=clock.today()).order_by("pk")[:BATCH])
    return sum(_each(row.mailbox, lambda row=row: _end_stop(row)) for row in due)  # type: ignore[misc]


def _end_stop(row: Stop) -> None:
    mailbox, what = row.mailbox, row.what
    lives = mailbox.closed_at is None and mailbox.stage != "retained"
    if lives and what in states.stopped(mailbox):
        actions.lift(actor=schedule("expiry"), mailbox=mailbox, what=what)
    else:
        Stop.objects.filter(pk=row.pk).update(lifted_at=clock.now(), lifted_by="schedule:expiry")


def tell_expiries() -> int:
    """14, 7 and 1 days before its last day, the owner, his head, a shared mailbox's keeper are told (clause B2)."""
    today = clock.today()
    rows = Mailbox.objects.select_related("company", "person", "keeper", "account").filter(
        expires_on__gt=today, expires_on__lte=today + timedelta(days=max(DAYS_BEFORE)), closed_at__isnull=True, stage=""
    )
    told = set(Told.objects.filter(day__gt=today, what__startswith="expiry-").values_list("mailbox", "what", "day"))
    count = 0
    for mailbox in rows.order_by("pk").iterator(BATCH):
        day = mailbox.expires_on
        assert day is not None
        before = next(n for n in DAYS_BEFORE if (day - today).days <= n)
        if (mailbox.pk, f"expiry-{before}", day) not in told:
            count += _each(mailbox, lambda m=mailbox, d=day, n=before: _tell_expiry(m, d, n))  # type: ignore[misc]
    return count


def _tell_expiry(mailbox: Mailbox, day: date, before: int) -> None:
    # Those that were due earlier are over with it: who opens a mailbox for three days is told once.
    tell(mailbox, "expiry", day, {"day": day.isoformat(), "days": (day - clock.today()).days}, what=f"expiry-{before}")
    parts.note("mailbox.expiry_told", schedule("expiry"), mailbox, day=day.isoformat(), to=readers(mailbox))


def end_mailboxes() -> int:
    """Whose last day has come: the leaving process takes over, else nobody signs in any more."""
    due = Mailbox.objects.select_related("company", "person", "account").filter(
        expires_on__lte=clock.today(), suspended_at__isnull=True, closed_at__isnull=True, stage=""
    )
    return sum(_each(m, lambda m=m: _end(m)) for m in due.order_by("pk")[:BATCH])  # type: ignore[misc]


def _end(mailbox: Mailbox) -> None:
    actor = schedule("expiry")
    for handler in _endings:
        try:
            with transaction.atomic():
                if handler(actor, mailbox):
                    return
        except Refusal as refusal:
            log.warning("%s: %s", mailbox.address, refusal.decision.code)
    if mailbox.suspended_at is None:
        actions.stop(actor=actor, mailbox=mailbox, what="signing_in", reason=f"expired {mailbox.expires_on}")


# -- telling --------------------------------------------------------------------------------------


def tell(mailbox: Mailbox, notice: str, day: date, params: dict[str, Any], *, what: str = "") -> None:
    """The notice to everybody whom it concerns, and that it was sent."""
    Told.objects.get_or_create(mailbox=mailbox, what=what or notice, day=day, defaults={"at": clock.now()})
    for address in readers(mailbox):
        outbox.enqueue(
            outbox.NOTICE, {"notice": notice, "to": address, "params": {"mailbox": mailbox.address, **params}}
        )


def readers(mailbox: Mailbox) -> list[str]:
    """The owner (he may be kept out: then his head alone), his heads; of a shared mailbox, who keeps it and his heads."""
    found = [mailbox.address] if mailbox.kind in PERSONAL_KINDS and mailbox.suspended_at is None else []
    person = mailbox.person if mailbox.kind in PERSONAL_KINDS else mailbox.keeper
    if mailbox.kind not in PERSONAL_KINDS:
        found += [m.address for m in keeper_mailboxes(mailbox)]
    if person is not None:
        found += addresses_of(head_of(person))
    return list(dict.fromkeys(found))


def addresses_of(persons: Iterable[Person]) -> list[str]:
    rows = Mailbox.objects.filter(person__in=list(persons), kind__in=PERSONAL_KINDS, closed_at__isnull=True, stage="")
    return list(rows.order_by("address").values_list("address", flat=True))


def _each(mailbox: Mailbox, do: Callable[[], None]) -> int:
    """1 when it was done; a refusal is written to the log, and tried again at the next turn."""
    try:
        with transaction.atomic():
            do()
    except Refusal as refusal:
        log.warning("%s: %s", mailbox.address, refusal.decision.code)
        return 0
    return 1
