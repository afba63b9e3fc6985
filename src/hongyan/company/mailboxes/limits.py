"""Writes to what one mailbox may: its hourly limit, its last day, under which other addresses it sends.

Always: permission (where the mailbox lies), rows, audit event and outbox in one transaction.
Clauses: B2 (interns end by themselves), B4.4 (rate limits), G4.2.4 (sending for somebody else).
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from hongyan.company.mailboxes.models import Mailbox, SendAs
from hongyan.company.mailboxes.scope import places_of_mailbox
from hongyan.company.people.settings import SETTINGS
from hongyan.kernel import address as addresses, clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def _require(actor: Actor, mailbox: Mailbox) -> None:
    actor.require("mailbox.write", mailbox.company.slug, within=places_of_mailbox(mailbox))
    if mailbox.closed_at is not None:
        raise Refusal("mailbox.closed", address=mailbox.address)


def set_hourly_limit(*, actor: Actor, mailbox: Mailbox, recipients: int | None) -> None:
    """How many recipients an hour this mailbox may write to; None returns to the company's."""
    _require(actor, mailbox)
    highest = SETTINGS["hourly_limit"].high
    if recipients is not None and not 1 <= recipients <= highest:
        raise Refusal("mailbox.limit_range", clause="B4.4", limit=highest)
    if recipients == mailbox.hourly_limit:
        return
    with transaction.atomic():
        before, mailbox.hourly_limit = mailbox.hourly_limit, recipients
        mailbox.save(update_fields=["hourly_limit"])
        ledger.record(
            "mailbox.hourly_limit", chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address,
            before=before, after=recipients,
        )  # fmt: skip
        outbox.release(mailbox.address)


def set_expiry(*, actor: Actor, mailbox: Mailbox, until: date | None) -> None:
    """The mailbox's last day, after which it is suspended; None: no last day. Refuses `mailbox.expiry_needed` for interns."""
    _require(actor, mailbox)
    if until is None and mailbox.kind == "intern":
        raise Refusal("mailbox.expiry_needed", clause="B2")
    if until is not None and until <= clock.today():
        raise Refusal("mailbox.expiry_past", clause="B2", date=until.isoformat())
    if until == mailbox.expires_on:
        return
    with transaction.atomic():
        before, mailbox.expires_on = mailbox.expires_on, until
        mailbox.save(update_fields=["expires_on"])
        ledger.record(
            "mailbox.expiry", chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address,
            before=before.isoformat() if before else "", after=until.isoformat() if until else "",
        )  # fmt: skip


def remove_send_as(*, actor: Actor, mailbox: Mailbox, address: str) -> None:
    """The mailbox's owner sends under that address no more. Refuses `mailbox.send_as_unknown`."""
    _require(actor, mailbox)
    address = addresses.parse(address)
    with transaction.atomic():
        if SendAs.objects.filter(mailbox=mailbox, address=address).delete()[0] == 0:
            raise Refusal("mailbox.send_as_unknown", address=address)
        ledger.record(
            "mailbox.send_as_ended", chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address,
            address=address,
        )  # fmt: skip
        outbox.release(address)
