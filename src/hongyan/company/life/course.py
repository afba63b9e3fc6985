"""How a mailbox ends: leaving, kept for a time, its address with a colleague.

- `mark_leaving`, `unmark_leaving`: its owner leaves; it works until somebody stops it;
- `retain(until=, successor=)`, `unretain`: kept for a time, nobody signs in or sends, new mail may go to the successor;
- `keep_as_alias(of=, until=)`: closed, what is written to the address goes to a colleague until a day.

Always: as in `actions.py`. A kept address comes back to nobody: when its time is over, the closed mailbox holds it.
Clauses: G3.2.1, G3.2.2, B4.8.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from hongyan.company.life import actions, parts
from hongyan.company.life.models import Course
from hongyan.company.mailboxes import members
from hongyan.company.mailboxes.actions import close_mailbox, resume_mailbox, suspend_mailbox
from hongyan.company.mailboxes.models import Alias, Claim, Mailbox
from hongyan.company.mailboxes.scope import require_at
from hongyan.kernel import clock, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def mark_leaving(*, actor: Actor, mailbox: Mailbox, on: date | None = None, successor: Mailbox | None = None) -> None:
    """Its owner leaves, on that day if it is known. Refuses `life.stage` when it is leaving or kept already."""
    parts.require(actor, mailbox)
    if successor is not None:
        parts.require_heir(actor, mailbox, successor)
    with transaction.atomic():
        _lock(mailbox)
        if mailbox.stage:
            raise Refusal("life.stage", address=mailbox.address, stage=mailbox.stage)
        _enter(actor, mailbox, "leaving", until=on, successor=successor)
        parts.note(
            "mailbox.leaving", actor, mailbox, on=on.isoformat() if on else "",
            successor=successor.address if successor else "",
        )  # fmt: skip


def unmark_leaving(*, actor: Actor, mailbox: Mailbox) -> None:
    """He stays: what covered for him ends, unless he is kept out by a stop. Refuses `life.not_leaving`."""
    parts.require(actor, mailbox)
    with transaction.atomic():
        _lock(mailbox)
        if mailbox.stage != "leaving":
            raise Refusal("life.not_leaving", address=mailbox.address)
        _return(mailbox)
        parts.note("mailbox.stays", actor, mailbox)
        if mailbox.suspended_at is None:
            actions.end_cover(actor, mailbox)
        parts.release(mailbox)


def retain(*, actor: Actor, mailbox: Mailbox, until: date, successor: Mailbox | None = None) -> None:
    """Kept until the end of that day. Nobody signs in or sends; new mail goes to the successor too, when there is one.

    Asked for again, the day or the successor changes. Refuses `keeper.leaving` while a shared mailbox waits for a keeper.
    """
    parts.require(actor, mailbox)
    if until < clock.today():
        raise Refusal("life.until_past", clause="B4.8", date=until.isoformat())
    members.require_no_kept(mailbox)
    if successor is not None:
        parts.require_heir(actor, mailbox, successor)
    with transaction.atomic():
        _lock(mailbox)
        _enter(actor, mailbox, "retained", until=until, successor=successor)
        parts.note(
            "mailbox.retained", actor, mailbox, until=until.isoformat(),
            successor=successor.address if successor else "",
        )  # fmt: skip
        if mailbox.suspended_at is None:
            suspend_mailbox(actor=actor, mailbox=mailbox, reason="")
        if successor is not None:
            actions.forward_mail(actor=actor, mailbox=mailbox, to=successor)
        parts.release(mailbox, ends=True)


def unretain(*, actor: Actor, mailbox: Mailbox) -> None:
    """Its owner is back: he signs in to what was kept, nothing is forwarded or answered any more. Refuses
    `life.not_retained`."""
    parts.require(actor, mailbox)
    with transaction.atomic():
        _lock(mailbox)
        if mailbox.stage != "retained":
            raise Refusal("life.not_retained", address=mailbox.address)
        _return(mailbox)
        parts.note("mailbox.unretained", actor, mailbox)
        if mailbox.suspended_at is not None:
            resume_mailbox(actor=actor, mailbox=mailbox)
        actions.end_cover(actor, mailbox)


def keep_as_alias(*, actor: Actor, mailbox: Mailbox, of: Mailbox, until: date) -> Alias:
    """The mailbox is closed, if it is not yet; its address leads to a colleague until that day (clause B4.8).

    Refuses what `close_mailbox` and `parts.require_heir` do, `life.already_alias`, `life.until_past`.
    """
    company = mailbox.company
    require_at(actor, "mailbox.write", mailbox)
    if until <= clock.today():
        raise Refusal("life.until_past", clause="B4.8", date=until.isoformat())
    parts.require_heir(actor, mailbox, of)
    with transaction.atomic():
        _lock(mailbox)
        if mailbox.stage == "alias":
            raise Refusal("life.already_alias", address=mailbox.address)
        if mailbox.closed_at is None:
            close_mailbox(actor=actor, mailbox=mailbox, reason="kept as alias")
        _enter(actor, mailbox, "alias", until=until, of=of)
        Claim.objects.filter(address=mailbox.address).update(kind="alias")
        alias = Alias.objects.create(
            company=company, address=mailbox.address, target=of.address, until=until, created_at=clock.now()
        )
        parts.note("mailbox.kept_as_alias", actor, mailbox, of=of.address, until=until.isoformat())
        outbox.release(mailbox.address)
    return alias


def _lock(mailbox: Mailbox) -> None:
    fields = ["suspended_at", "suspended_reason", "no_sending", "no_receiving", "stage", "closed_at"]
    mailbox.refresh_from_db(fields=fields, from_queryset=Mailbox.objects.select_for_update())


def _enter(
    actor: Actor, mailbox: Mailbox, stage: str, *, until: date | None,
    successor: Mailbox | None = None, of: Mailbox | None = None,
) -> None:  # fmt: skip
    mailbox.stage = stage
    mailbox.save(update_fields=["stage"])
    values = {"since": clock.now(), "by": actor.name, "until": until, "successor": successor, "of": of}
    Course.objects.update_or_create(mailbox=mailbox, defaults=values)


def _return(mailbox: Mailbox) -> None:
    mailbox.stage = ""
    mailbox.save(update_fields=["stage"])
    Course.objects.filter(mailbox=mailbox).delete()
