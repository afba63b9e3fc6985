"""Later changes to aliases and groups: another target, another name, another owner, the end.

Adding them, and members and writers of groups, is `routing.py`'s.
Always: permission (where the address lies), rows, audit event and outbox in one transaction; what named an old address
names the new one afterwards, and nothing names an address that is gone.
Clauses: C6 (a former name is kept for a time), P7, P12.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from hongyan.company.mailboxes.actions import claim
from hongyan.company.mailboxes.models import Alias, Claim, Group, GroupMember, SendAs
from hongyan.company.mailboxes.routing import free_claims, known_addresses, own_address, reached_from
from hongyan.company.mailboxes.scope import places_of_address, places_of_group
from hongyan.company.people.actions import clean_name
from hongyan.company.people.domains import follow_postmaster
from hongyan.company.people.models import Company, Person
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def find_alias(company: Company, address: str) -> Alias:
    alias = Alias.objects.select_related("company").filter(company=company, address=address).first()
    if alias is None:
        raise Refusal("alias.unknown", address=address)
    return alias


def change_alias(*, actor: Actor, alias: Alias, target: str, until: date | None) -> None:
    """Another target, another last day (None: no end). Refuses `address.unknown`, `alias.loop`, `alias.until_past`."""
    company = alias.company
    wanted = known_addresses(company, [target])[0]
    for address in {alias.target, wanted}:
        actor.require("mailbox.write", company.slug, within=places_of_address(company, address))
    if alias.address in reached_from(wanted):
        raise Refusal("alias.loop", address=alias.address, target=wanted)
    if until is not None and until != alias.until and until < clock.today():
        raise Refusal("alias.until_past", clause="C6", date=until.isoformat())
    before = {"target": alias.target, "until": alias.until.isoformat() if alias.until else ""}
    after = {"target": wanted, "until": until.isoformat() if until else ""}
    if before == after:
        return
    with transaction.atomic():
        alias.target, alias.until = wanted, until
        alias.save(update_fields=["target", "until"])
        ledger.record(
            "alias.changed", chain=company.slug, actor=actor.name, subject=alias.address, before=before, after=after
        )
        outbox.release(alias.address, str(before["target"]), wanted)


def name_group(*, actor: Actor, group: Group, name: str) -> None:
    """What people call the group."""
    actor.require("group.write", group.company.slug, within=places_of_group(group))
    name = clean_name(name, "group.name_malformed", 100) if name.strip() else ""
    if name == group.name:
        return
    with transaction.atomic():
        before, group.name = group.name, name
        group.save(update_fields=["name"])
        ledger.record(
            "group.named", chain=group.company.slug, actor=actor.name, subject=group.address, before=before, after=name
        )


def set_group_owner(*, actor: Actor, group: Group, owner: Person | None) -> None:
    """The person who looks after the group: he adds and removes members without any other right (role keeper)."""
    actor.require("group.write", group.company.slug, within=places_of_group(group))
    if owner is not None and owner.company_id != group.company_id:
        raise Refusal("person.unknown", person=owner.pk)
    if owner == group.owner:
        return
    with transaction.atomic():
        before, group.owner = group.owner, owner
        group.save(update_fields=["owner"])
        ledger.record(
            "group.owner", chain=group.company.slug, actor=actor.name, subject=group.address,
            before=before.name if before else "", after=owner.name if owner else "",
        )  # fmt: skip


def rename_group(*, actor: Actor, group: Group, address: str, keep_days: int | None = None) -> Group:
    """A new address; the old one leads to it for a time (clause C6). What named the group names it still."""
    company, old = group.company, group.address
    actor.require("group.write", company.slug, within=places_of_group(group))
    address = own_address(company, address)
    days = company.rename_keep_days if keep_days is None else keep_days
    with transaction.atomic():
        claim(company, "group", [address])
        group.address = address
        group.save(update_fields=["address"])
        touched = _follow(company, old, address)
        until = clock.today() + timedelta(days=days) if days else None
        Claim.objects.filter(address=old).update(kind="alias")
        Alias.objects.create(company=company, address=old, target=address, until=until, created_at=clock.now())
        ledger.record(
            "group.renamed", chain=company.slug, actor=actor.name, subject=address, before=old,
            until=until.isoformat() if until else "",
        )  # fmt: skip
        outbox.release(old, address, *touched)
    return group


def _follow(company: Company, old: str, new: str) -> list[str]:
    """Memberships, aliases and rights point at the new address; returns the addresses whose rows changed with it."""
    entries, aliases = GroupMember.objects.filter(address=old), Alias.objects.filter(target=old)
    touched = [*entries.values_list("group__address", flat=True), *aliases.values_list("address", flat=True)]
    entries.update(address=new)
    aliases.update(target=new)
    SendAs.objects.filter(address=old).update(address=new)
    follow_postmaster(company, old, new)
    return touched


def remove_group(*, actor: Actor, group: Group) -> None:
    """The group ends, with the aliases that lead to it; mail to it is refused as unknown, its address is free again."""
    company, address = group.company, group.address
    actor.require("group.write", company.slug, within=places_of_group(group))
    with transaction.atomic():
        entries, aliases = GroupMember.objects.filter(address=address), Alias.objects.filter(target=address)
        ended = list(aliases.values_list("address", flat=True))
        entries |= GroupMember.objects.filter(address__in=ended)
        groups = list(entries.values_list("group__address", flat=True))
        members = list(group.entries.filter(writer=False).order_by("address").values_list("address", flat=True))
        for rows in (entries, aliases, SendAs.objects.filter(address__in=[address, *ended])):
            rows.delete()
        group.delete()
        Claim.objects.filter(address=address).delete()
        free_claims(ended)
        ledger.record(
            "group.removed", chain=company.slug, actor=actor.name, subject=address, members=members, aliases=ended
        )
        outbox.release(address, *ended, *groups)
