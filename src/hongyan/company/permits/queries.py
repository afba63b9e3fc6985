"""Reads of permits: of a mailbox, of a company within an actor's reach; the modes of a company."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.scope import groups_within, mailboxes_within
from hongyan.company.people.models import Company
from hongyan.company.permits.models import Modes, Permit
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def modes_of(company: Company) -> Modes:
    """What holds in the company; without a row what a new company gets."""
    return Modes.objects.filter(company=company).first() or Modes(company=company)


def permits_of(mailbox: Mailbox, kind: str = "") -> list[Permit]:
    """The mailbox's permits by kind, the oldest first."""
    rows = Permit.objects.select_related("mailbox__company", "group__unit").filter(mailbox=mailbox)
    return list((rows.filter(kind=kind) if kind else rows).order_by("kind", "pk"))


def list_permits(actor: Actor, company: Company) -> QuerySet[Permit]:
    """The permits of mailboxes that the actor sees, and for groups that he sees; in no particular order."""
    rows = Permit.objects.filter(company=company, mailbox__closed_at=None)
    rows = rows.select_related("mailbox__company", "mailbox__person", "mailbox__unit", "group__unit", "group__company")
    if actor.reach("mailbox.read", company.slug) is None:
        return rows
    seen = mailboxes_within(actor, "mailbox.read", company).values("pk")
    return rows.filter(Q(mailbox__in=seen) | Q(group__in=groups_within(actor, "group.write", company).values("pk")))


def find_permit(actor: Actor, company: Company, permit_id: int) -> Permit:
    """Beyond the actor's reach a permit is as unknown as none. Refuses `permit.unknown`."""
    permit = list_permits(actor, company).filter(pk=permit_id).first()
    if permit is None:
        raise Refusal("permit.unknown", permit=permit_id)
    return permit


def may_write_outside(mailbox: Mailbox) -> bool:
    """Whether the mailbox may write to other companies' addresses now (clause P13)."""
    if modes_of(mailbox.company).outside == "everyone":
        return True
    return Permit.objects.filter(mailbox=mailbox, kind="outside").exists()


def may_forward_to(mailbox: Mailbox, address: str) -> bool:
    """Whether a rule of the mailbox may pass mail on to that outside address (clause B4.10)."""
    if modes_of(mailbox.company).forward == "everyone":
        return True
    values = set(Permit.objects.filter(mailbox=mailbox, kind="forward").values_list("value", flat=True))
    domain = address.rpartition("@")[2].lower()
    return bool(values & {"*", address.lower(), f"@{domain}"})
