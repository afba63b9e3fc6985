"""What the actions of this room share: who may, what is touched, what is written down."""

from __future__ import annotations

from typing import Any

from hongyan.company.life.models import Forward
from hongyan.company.mailboxes import members
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Alias, GroupMember, Mailbox
from hongyan.company.mailboxes.scope import places_of_mailbox, require_at
from hongyan.company.people.actions import clean_name
from hongyan.company.people.standing import is_self
from hongyan.kernel import ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def require(actor: Actor, mailbox: Mailbox) -> None:
    """The right to administer the mailbox where it lies, and that it is not closed."""
    require_at(actor, "mailbox.write", mailbox)
    if mailbox.closed_at is not None:
        raise Refusal("mailbox.closed", address=mailbox.address)


def clean_reason(reason: str) -> str:
    return clean_name(reason, "mailbox.reason_malformed", 200) if reason else ""


def require_heir(actor: Actor, mailbox: Mailbox, heir: Mailbox) -> None:
    """A colleague who may be given another's mail: a person's open mailbox of the same company, that the actor sees, and
    not the actor's own, since no right of administration reads mail. Refuses `mailbox.unknown`, `life.heir_*`."""
    if heir.company_id != mailbox.company_id:
        raise Refusal("mailbox.unknown", address=heir.address)
    if not actor.may("mailbox.read", heir.company.slug, places_of_mailbox(heir)):
        raise Refusal("mailbox.unknown", address=heir.address)
    if heir.pk == mailbox.pk:
        raise Refusal("life.heir_same", clause="B4.8", address=heir.address)
    if heir.kind not in PERSONAL_KINDS:
        raise Refusal("life.heir_not_personal", clause="G4.2.3", address=heir.address)
    if heir.closed_at is not None or heir.stage or heir.no_receiving:
        raise Refusal("life.heir_leaves", clause="B4.8", address=heir.address)
    if is_self(actor, heir.person, heir.account):
        raise Refusal("life.heir_self", clause="G4.2.3", address=heir.address)


def led_here(mailbox: Mailbox) -> list[str]:
    """The addresses whose compiled rows say whether this mailbox takes mail: its groups, and who forwards to it.

    Aliases are found by the release itself.
    """
    names = [mailbox.address]
    for _ in range(10):  # groups name aliases, and these one another
        more = set(Alias.objects.filter(target__in=names).values_list("address", flat=True)) - set(names)
        if not more:
            break
        names += more
    groups = GroupMember.objects.filter(address__in=names, writer=False).values_list("group__address", flat=True)
    forwards = Forward.objects.filter(to=mailbox).values_list("mailbox__address", flat=True)
    return [*groups, *forwards]


def note(kind: str, actor: Actor, mailbox: Mailbox, **params: Any) -> None:
    ledger.record(kind, chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address, **params)


def release(mailbox: Mailbox, *more: str, ends: bool = False) -> None:
    """Compile the mailbox and all that names it; `ends`: live sessions of who uses it end."""
    sessions = [mailbox.address, *members.users_of(mailbox)] if ends else []
    outbox.release(mailbox.address, *members.affected([mailbox]), *more, sessions=sessions)
