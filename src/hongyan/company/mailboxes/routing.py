"""Writes to aliases and groups: where mail for an address that is no mailbox goes.

Always: targets and members are existing addresses of the same company, so that no alias forwards outside (B4.10)
and no chain of them comes back to itself (an alias is made after its target, a member is followed first).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction

from hongyan.company.mailboxes.actions import claim
from hongyan.company.mailboxes.models import Alias, Claim, Group, GroupMember, Mailbox
from hongyan.company.mailboxes.scope import places_of_address, require_address, require_group_at
from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Account, Company, Unit
from hongyan.company.people.queries import find_domain
from hongyan.company.people.scope import places_of_unit
from hongyan.kernel import address as addresses, clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

WHO = ("anyone", "company", "members", "listed")


def own_address(company: Company, text: str) -> str:
    address = addresses.parse(text)
    domain = find_domain(addresses.domain_of(address))
    if domain.company_id != company.pk or domain.alias_of_id is not None:
        raise Refusal("domain.not_of_company", domain=domain.name, company=company.slug, clause="B4.1")
    return address


def known_addresses(company: Company, texts: Iterable[str]) -> list[str]:
    """The addresses, parsed, once each; refuses the first that is none of this company's."""
    wanted = list(dict.fromkeys(addresses.parse(t) for t in texts))
    known = set(Claim.objects.filter(company=company, address__in=wanted).values_list("address", flat=True))
    for address in wanted:
        if address not in known:
            raise Refusal("address.unknown", address=address)
    return wanted


def add_alias(*, actor: Actor, company: Company, address: str, target: str, until: date | None = None) -> Alias:
    """Refuses `address.taken`, and `address.unknown` for a target that is none of the company's."""
    actor.require_somewhere("mailbox.write", company.slug)
    address, target = own_address(company, address), known_addresses(company, [target])[0]
    require_address(actor, "mailbox.write", company, target)
    with transaction.atomic():
        claim(company, "alias", [address])
        alias = Alias.objects.create(
            company=company, address=address, target=target, until=until, created_at=clock.now()
        )
        ledger.record(
            "alias.added", chain=company.slug, actor=actor.name, subject=address, target=target,
            until=until.isoformat() if until else "",
        )  # fmt: skip
        outbox.release(address, target)  # which may answer under it (company/life)
    return alias


def remove_alias(*, actor: Actor, alias: Alias) -> None:
    """The address ends; it may be given to somebody else afterwards."""
    company = alias.company
    actor.require("mailbox.write", company.slug, places_of_address(company, alias.address))
    with transaction.atomic():
        entries = GroupMember.objects.filter(address=alias.address)
        groups = list(entries.values_list("group__address", flat=True))
        entries.delete()
        free_claims([alias.address])
        address, target = alias.address, alias.target
        alias.delete()
        ledger.record("alias.removed", chain=company.slug, actor=actor.name, subject=address)
        outbox.release(address, target, *groups)


def free_claims(ended: Sequence[str]) -> None:
    """These aliases are over: their addresses are free, but for those that a closed mailbox had (it keeps them)."""
    former = Mailbox.objects.filter(address__in=ended)
    kept = set(former.values_list("address", flat=True))
    former.filter(stage="alias").update(stage="")
    Claim.objects.filter(address__in=kept).update(kind="mailbox")
    Claim.objects.filter(address__in=set(ended) - kept).delete()


def add_group(
    *, actor: Actor, company: Company, address: str, name: str = "", who: str = "company",
    members: Sequence[str] = (), listed: Sequence[str] = (), unit: Unit | None = None,
) -> Group:  # fmt: skip
    """A distribution group. `who` may write to it: anyone, company, members, or those `listed` (clauses P7, P12)."""
    actor.require("group.write", company.slug, places_of_unit(unit))
    address = own_address(company, address)
    if who not in WHO:
        raise Refusal("group.who_unknown", who=who, known=", ".join(WHO))
    name = clean_name(name, "group.name_malformed", 100) if name else ""
    if unit is not None and unit.company_id != company.pk:
        raise Refusal("unit.unknown", path=unit.path)
    rows = [(a, False) for a in known_addresses(company, members)] + [
        (a, True) for a in known_addresses(company, listed)
    ]
    with transaction.atomic():
        claim(company, "group", [address])
        group = Group.objects.create(
            company=company, address=address, name=name, who=who, unit=unit, created_at=clock.now()
        )
        GroupMember.objects.bulk_create(GroupMember(group=group, address=a, writer=w) for a, w in rows)
        ledger.record(
            "group.added", chain=company.slug, actor=actor.name, subject=address, who=who,
            members=[a for a, w in rows if not w], listed=[a for a, w in rows if w],
        )  # fmt: skip
        outbox.release(address)
    return group


def set_group_writers(*, actor: Actor, group: Group, who: str, listed: Sequence[str] = ()) -> None:
    """Change who may write to the group."""
    require_group_at(actor, "group.write", group)
    if who not in WHO:
        raise Refusal("group.who_unknown", who=who, known=", ".join(WHO))
    writers = known_addresses(group.company, listed)
    with transaction.atomic():
        group.who = who
        group.save(update_fields=["who"])
        group.entries.filter(writer=True).delete()
        GroupMember.objects.bulk_create(GroupMember(group=group, address=a, writer=True) for a in writers)
        ledger.record(
            "group.writers", chain=group.company.slug, actor=actor.name, subject=group.address, who=who, listed=writers
        )
        outbox.release(group.address)


def require_keeping(actor: Actor, group: Group) -> None:
    """Its owner looks after the members; others need the right where the group lies."""
    if group.owner_id is not None and actor.account_id is not None:
        own = Account.objects.filter(pk=actor.account_id, person=group.owner_id, closed_at__isnull=True)
        if own.exists():
            return
    require_group_at(actor, "group.write", group)


def add_member(*, actor: Actor, group: Group, address: str) -> None:
    """Refuses `group.member_exists`, and `group.loop` for a group that contains this one."""
    require_keeping(actor, group)
    member = known_addresses(group.company, [address])[0]
    if member == group.address or group.address in reached_from(member):
        raise Refusal("group.loop", address=member, group=group.address)
    with transaction.atomic():
        _, created = GroupMember.objects.get_or_create(group=group, address=member, writer=False)
        if not created:
            raise Refusal("group.member_exists", address=member, group=group.address)
        ledger.record(
            "group.member_added", chain=group.company.slug, actor=actor.name, subject=group.address, address=member
        )
        outbox.release(group.address)


def reached_from(address: str) -> set[str]:
    """Every address that mail for this one comes to, through groups and aliases."""
    seen, frontier = {address}, {address}
    while frontier:
        through_groups = GroupMember.objects.filter(group__address__in=frontier, writer=False)
        through_aliases = Alias.objects.filter(address__in=frontier)
        found = set(through_groups.values_list("address", flat=True)) | set(
            through_aliases.values_list("target", flat=True)
        )
        frontier = found - seen
        seen |= frontier
    return seen


def remove_member(*, actor: Actor, group: Group, address: str) -> None:
    require_keeping(actor, group)
    member = addresses.parse(address)
    with transaction.atomic():
        if group.entries.filter(address=member, writer=False).delete()[0] == 0:
            raise Refusal("group.member_unknown", address=member, group=group.address)
        ledger.record(
            "group.member_removed", chain=group.company.slug, actor=actor.name, subject=group.address, address=member
        )
        outbox.release(group.address)


def place_group(*, actor: Actor, group: Group, unit: Unit | None) -> None:
    """Put the group into a unit, or into none. Asks for both places."""
    require_group_at(actor, "group.write", group)
    actor.require("group.write", group.company.slug, places_of_unit(unit))
    if unit is not None and unit.company_id != group.company_id:
        raise Refusal("unit.unknown", path=unit.path)
    with transaction.atomic():
        before, group.unit = group.unit, unit
        group.save(update_fields=["unit"])
        ledger.record(
            "group.placed", chain=group.company.slug, actor=actor.name, subject=group.address,
            before=before.path if before else "", after=unit.path if unit else "",
        )  # fmt: skip
