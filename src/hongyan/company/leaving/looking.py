"""The supervised look: two persons open a leaver's mailbox for a reason and a time, to read and to hand on (clause G2.1.5).

Owns: `ask_look`, `allow_look`, `refuse_look`, `end_look`, `require_look`, `note_read`, `hand_on`.
Never: reads mail (root does, engines/desk/looking.py), or changes anything in the mailbox.
Always: the one exception to "no right of administration reads mail": of somebody whose access has ended alone; asked by
one person with a reason, allowed by another, never the leaver; each folder and message that is read is an event.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction

from hongyan.company.leaving.models import Handed, Leaving, LeavingMailbox, Look
from hongyan.company.leaving.queries import find_leaving, heads, may
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Account
from hongyan.company.people.standing import is_self
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

MAX_DAYS: Final = 14


def may_ask(actor: Actor, leaving: Leaving) -> bool:
    """The head, for his unit's work, or the mail office; with an account of their own."""
    if actor.account_id is None or is_self(actor, leaving.person):
        return False
    return may(actor, "mailbox.write", leaving) or heads(actor, leaving)


def may_allow(actor: Actor, look: Look) -> bool:
    """The mail office or the security officer, of the leaver's place; not who asked, whichever account he uses."""
    leaving = look.leaving
    if actor.account_id is None or is_self(actor, leaving.person):
        return False
    if is_self(actor, look.asked_by.person, look.asked_by):
        return False
    return may(actor, "mailbox.write", leaving) or may(actor, "role.write", leaving)


def ask_look(*, actor: Actor, leaving: Leaving, mailbox: Mailbox, reason: str, days: int = 3) -> Look:
    """Refuses `look.needs_person`, `look.reason_missing`, `look.days_range`, `leaving.not_effective`, `look.open_already`."""
    if actor.account_id is None:
        raise Refusal("look.needs_person", clause="G2.1.5")
    if not may_ask(actor, leaving):
        raise Refusal("permission.missing", clause="G2.1.5", permission="mailbox.write")
    if leaving.state not in ("running", "retained"):
        raise Refusal("leaving.not_effective", name=leaving.name)
    if not LeavingMailbox.objects.filter(leaving=leaving, mailbox=mailbox, deleted_at__isnull=True).exists():
        raise Refusal("mailbox.unknown", address=mailbox.address)
    if not reason.strip():
        raise Refusal("look.reason_missing", clause="G2.1.5")
    if not 1 <= days <= MAX_DAYS:
        raise Refusal("look.days_range", limit=MAX_DAYS)
    mine = Look.objects.filter(mailbox=mailbox, asked_by=actor.account_id, ended_at__isnull=True)
    if any(look.until is None or look.until > clock.now() for look in mine):
        raise Refusal("look.open_already", address=mailbox.address)
    with transaction.atomic():
        look = Look.objects.create(
            leaving=leaving, mailbox=mailbox, asked_by=Account.objects.get(pk=actor.account_id), asked_at=clock.now(),
            reason=clean_name(reason, "leaving.reason_malformed", 300), days=days,
        )  # fmt: skip
        _record("look.asked", actor, look, reason=look.reason, days=days)
    return look


def find_look(actor: Actor, number: int) -> Look:
    """For who sees the leaving; otherwise as unknown as none."""
    rows = Look.objects.select_related(
        "leaving__company", "leaving__person", "mailbox", "asked_by__person", "allowed_by"
    )
    look = rows.filter(pk=number).first()
    if look is None:
        raise Refusal("look.unknown", number=number)
    try:
        find_leaving(actor, look.leaving_id)
    except Refusal:
        raise Refusal("look.unknown", number=number) from None
    return look


def allow_look(*, actor: Actor, look: Look) -> None:
    """The second person. Refuses `look.needs_person`, `look.second_person`, `look.settled`."""
    _require_second(actor, look)
    with transaction.atomic():
        until = clock.now() + timedelta(days=look.days)
        changed = Look.objects.filter(pk=look.pk, allowed_at__isnull=True, ended_at__isnull=True).update(
            allowed_by=actor.account_id, allowed_at=clock.now(), until=until
        )
        if not changed:
            raise Refusal("look.settled")
        look.refresh_from_db()
        _record("look.allowed", actor, look, until=until.isoformat(timespec="minutes"))


def refuse_look(*, actor: Actor, look: Look) -> None:
    _require_second(actor, look)
    with transaction.atomic():
        open_rows = Look.objects.filter(pk=look.pk, allowed_at__isnull=True, ended_at__isnull=True)
        if not open_rows.update(ended_at=clock.now(), ended_by=actor.name):
            raise Refusal("look.settled")
        look.refresh_from_db()
        _record("look.refused", actor, look)


def _require_second(actor: Actor, look: Look) -> None:
    if actor.account_id is None:
        raise Refusal("look.needs_person", clause="G2.1.5")
    if is_self(actor, look.asked_by.person, look.asked_by):
        raise Refusal("look.second_person", clause="G2.1.5")
    if not may_allow(actor, look):
        raise Refusal("permission.missing", clause="G2.1.5", permission="mailbox.write")


def end_look(*, actor: Actor, look: Look) -> None:
    """Given back by who looks, or ended by the second person. Refuses `look.settled`."""
    if not is_self(actor, look.asked_by.person, look.asked_by) and not may_allow(actor, look):
        raise Refusal("permission.missing", clause="G2.1.5", permission="mailbox.write")
    with transaction.atomic():
        if not Look.objects.filter(pk=look.pk, ended_at__isnull=True).update(ended_at=clock.now(), ended_by=actor.name):
            raise Refusal("look.settled")
        look.refresh_from_db()
        _record("look.ended", actor, look)


def is_open(look: Look) -> bool:
    until = look.until
    return until is not None and until > clock.now() and look.ended_at is None


def require_look(actor: Actor, look: Look) -> None:
    """Whether this actor may read now. Refuses `look.not_yours`, `look.not_open`."""
    if actor.account_id != look.asked_by_id:
        raise Refusal("look.not_yours", clause="G2.1.5")
    require_readable(look)
    if not may_ask(actor, look.leaving):  # the right may have gone since
        raise Refusal("permission.missing", clause="G2.1.5", permission="mailbox.write")


def require_readable(look: Look) -> None:
    """Root asks this again before it reads: two persons said yes, and it is not over."""
    two = look.allowed_by_id is not None and look.allowed_by_id != look.asked_by_id
    if not (two and is_open(look) and look.leaving.state in ("running", "retained")):
        raise Refusal("look.not_open", clause="G2.1.5")


def note_read(actor: Actor, look: Look, folder: str, uid: int | None = None) -> None:
    """Before anything is shown."""
    _record("look.read", actor, look, folder=folder[:200], **({"message": uid} if uid is not None else {}))


def hand_on(*, actor: Actor, look: Look, folder: str, uid: int, subject: str, to: Mailbox) -> Handed:
    """A copy of this message for a colleague, in a folder of its own there. Refuses as `require_look`, `mailbox.unknown`."""
    require_look(actor, look)
    if to.company_id != look.mailbox.company_id or to.pk == look.mailbox_id or to.stage:
        raise Refusal("mailbox.unknown", address=to.address)
    if to.closed_at is not None:
        raise Refusal("mailbox.closed", address=to.address)
    with transaction.atomic():
        handed = Handed.objects.create(
            look=look, folder=folder[:500], uid=uid, subject=subject[:300], to=to.address, at=clock.now()
        )
        _record("look.handed", actor, look, folder=folder[:200], message=uid, to=to.address)
        outbox.enqueue(outbox.OPERATE, {"do": "leaving.hand", "handed": handed.pk})
    return handed


def _record(kind: str, actor: Actor, look: Look, **params: object) -> None:
    ledger.record(
        kind, chain=look.leaving.company.slug, actor=actor.name, subject=look.mailbox.address, look=look.pk,
        number=look.leaving_id, **params,
    )  # fmt: skip
