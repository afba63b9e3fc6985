"""The actions on groups and sizes, for many at once: same checks, same audit events, one release.

Mailboxes have `actions.open_mailboxes`. Always: all or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from hongyan.company.mailboxes.actions import MAX_QUOTA_MB, claim
from hongyan.company.mailboxes.models import Claim, Group, GroupMember, Mailbox
from hongyan.company.mailboxes.routing import WHO, own_address, reached_from
from hongyan.company.mailboxes.scope import places_of_group, places_of_mailbox
from hongyan.company.mailboxes.shares import require_room
from hongyan.company.people.actions import clean_name
from hongyan.company.people.many import Step, no_step
from hongyan.company.people.models import Account, Company, Unit
from hongyan.company.people.scope import places_of_unit
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

CHUNK = 500


@dataclass(frozen=True, slots=True)
class NewGroup:
    address: str
    name: str = ""
    who: str = "company"
    members: tuple[str, ...] = ()
    unit: Unit | None = None


def add_groups(*, actor: Actor, company: Company, new: Sequence[NewGroup]) -> list[Group]:
    """Distribution groups; members may be groups of the same call. Refuses as `routing.add_group` does."""
    for n in new:
        actor.require("group.write", company.slug, places_of_unit(n.unit))
        if n.who not in WHO:
            raise Refusal("group.who_unknown", who=n.who, known=", ".join(WHO))
        if n.unit is not None and n.unit.company_id != company.pk:
            raise Refusal("unit.unknown", path=n.unit.path)
    names = [clean_name(n.name, "group.name_malformed", 100) if n.name else "" for n in new]
    wanted = [own_address(company, n.address) for n in new]
    with transaction.atomic():
        claim(company, "group", wanted)
        require_known(company, [a for n in new for a in n.members])
        groups = Group.objects.bulk_create(
            Group(company=company, address=a, name=name, who=n.who, unit=n.unit, created_at=clock.now())
            for a, name, n in zip(wanted, names, new, strict=True)
        )
        GroupMember.objects.bulk_create(
            GroupMember(group=group, address=a, writer=False)
            for group, n in zip(groups, new, strict=True)
            for a in dict.fromkeys(n.members)
        )
        for group, n in zip(groups, new, strict=True):
            _require_no_loop(group, n.members)
        ledger.record_all(
            company.slug,
            [
                ledger.Entry("group.added", actor.name, a, {"who": n.who, "members": list(n.members), "listed": []})
                for a, n in zip(wanted, new, strict=True)
            ],
        )
        outbox.release(*wanted)
    return groups


def add_members(*, actor: Actor, company: Company, new: Sequence[tuple[Group, str]]) -> None:
    """Members of groups. Refuses `group.loop`, `address.unknown`, as `routing.add_member` does; all must be new ones."""
    for group in {group for group, _ in new}:
        if group.company_id != company.pk:
            raise Refusal("group.unknown", address=group.address)
        actor.require("group.write", company.slug, places_of_group(group))
    with transaction.atomic():
        require_known(company, [address for _, address in new])
        GroupMember.objects.bulk_create(GroupMember(group=g, address=a, writer=False) for g, a in new)
        for group in {group for group, _ in new}:
            _require_no_loop(group, [a for g, a in new if g == group])
        ledger.record_all(
            company.slug,
            [ledger.Entry("group.member_added", actor.name, g.address, {"address": a}) for g, a in new],
        )
        outbox.release(*{g.address for g, _ in new})


def require_known(company: Company, addresses: Sequence[str]) -> None:
    """Refuses `address.unknown` for the first that is none of this company's."""
    wanted, known = list(dict.fromkeys(addresses)), set[str]()
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        known |= set(Claim.objects.filter(company=company, address__in=part).values_list("address", flat=True))
    for address in wanted:
        if address not in known:
            raise Refusal("address.unknown", address=address)


def _require_no_loop(group: Group, members: Sequence[str]) -> None:
    """After the rows are there: whether mail for a member that is a group or an alias comes back to this one."""
    inner = Claim.objects.filter(address__in=list(members)[:CHUNK], kind__in=("group", "alias"))
    for address in inner.values_list("address", flat=True):
        if address == group.address or group.address in reached_from(address):
            raise Refusal("group.loop", address=address, group=group.address)


def set_quotas(*, actor: Actor, company: Company, new: Sequence[tuple[Mailbox, int]]) -> None:
    """Sizes in MiB, as `actions.set_quota` sets one: one release, and the owners' mail programs sign in again."""
    places: set[tuple[str, ...]] = set()
    whole = actor.may("mailbox.write", company.slug)
    for mailbox, megabytes in new:
        if mailbox.company_id != company.pk:
            raise Refusal("mailbox.unknown", address=mailbox.address)
        if mailbox.closed_at is not None:
            raise Refusal("mailbox.closed", address=mailbox.address)
        if not 1 <= megabytes <= MAX_QUOTA_MB:
            raise Refusal("mailbox.quota_range", clause="B3", limit=MAX_QUOTA_MB)
        if not whole:
            place = places_of_mailbox(mailbox)
            actor.require("mailbox.write", company.slug, place)
            places.add(place)
    with transaction.atomic():
        entries = [
            ledger.Entry("mailbox.quota", actor.name, m.address, {"before": m.quota_mb, "after": megabytes})
            for m, megabytes in new
        ]
        for mailbox, megabytes in new:
            mailbox.quota_mb = megabytes
        for start in range(0, len(new), CHUNK):
            Mailbox.objects.bulk_update([m for m, _ in new[start : start + CHUNK]], ["quota_mb"])
        ledger.record_all(company.slug, entries)
        require_room(actor, company, places)
        addresses = [m.address for m, _ in new]
        outbox.release(*addresses, sessions=addresses)


def withdraw_mailboxes(*, actor: Actor, company: Company, mailboxes: Sequence[Mailbox], step: Step = no_step) -> None:
    """Takes back mailboxes that were never used: as if they had not been opened; their addresses are free again.

    The caller knows that nobody signed in and no mail came. What lies on disk stays there. Refuses `mailbox.in_use`.
    """
    whole = actor.may("mailbox.write", company.slug)
    for mailbox in mailboxes:
        if mailbox.company_id != company.pk:
            raise Refusal("mailbox.unknown", address=mailbox.address)
        if not whole:
            actor.require("mailbox.write", company.slug, places_of_mailbox(mailbox))
    with transaction.atomic():
        done = 0
        for start in range(0, len(mailboxes), CHUNK):
            part = mailboxes[start : start + CHUNK]
            step(done, len(mailboxes))
            done += len(part)
            _withdraw(part)
        entries = [ledger.Entry("mailbox.withdrawn", actor.name, m.address, {"kind": m.kind}) for m in mailboxes]
        ledger.record_all(company.slug, entries)
        addresses = [m.address for m in mailboxes]
        outbox.release(*addresses, sessions=addresses)


def _withdraw(part: Sequence[Mailbox]) -> None:
    try:
        with transaction.atomic():
            Mailbox.objects.filter(pk__in=[m.pk for m in part]).delete()
            Account.objects.filter(pk__in=[m.account_id for m in part if m.account_id is not None]).delete()
            Claim.objects.filter(address__in=[m.address for m in part]).delete()
    except (ProtectedError, IntegrityError):
        raise Refusal("mailbox.in_use", address=part[0].address) from None
