"""Where mailboxes, aliases and groups lie in the company's tree, and which of them an actor reaches.

Owns: the places of everything that has an address; lists narrowed to an actor's reach.
Never: decides what is permitted there (kernel/actor.py does).
Always: a person's mailbox lies where the person does, every other mailbox and every group in its unit, an alias where its
target does; what lies in no unit is reached by grants for the whole company alone.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from hongyan.company.mailboxes.models import PERSONAL_KINDS, Alias, Claim, Group, Mailbox
from hongyan.company.people.models import Appointment, Company
from hongyan.company.people.scope import FEW, MANY, has_post_below, places_of, places_of_unit, size_below
from hongyan.company.people.tree import units_below
from hongyan.kernel.actor import Actor, Permission
from hongyan.kernel.decision import Refusal


def places_of_mailbox(mailbox: Mailbox) -> tuple[str, ...]:
    if mailbox.person is not None and mailbox.kind in PERSONAL_KINDS:
        return places_of(mailbox.person)
    return places_of_unit(mailbox.unit)


def places_of_group(group: Group) -> tuple[str, ...]:
    return places_of_unit(group.unit)


def places_of_address(company: Company, address: str) -> tuple[str, ...]:
    """Where whatever has this address lies; nowhere when nothing of the company has it."""
    alias = Alias.objects.filter(company=company, address=address).first()
    if alias is not None:
        return places_of_address(company, alias.target)  # ends: an alias is made after its target
    mailbox = Mailbox.objects.select_related("person", "unit").filter(company=company, address=address).first()
    if mailbox is not None:
        return places_of_mailbox(mailbox)
    group = Group.objects.select_related("unit").filter(company=company, address=address).first()
    return places_of_group(group) if group is not None else ()


_PERSONAL = Q(kind__in=PERSONAL_KINDS, person__isnull=False)


def parts_below(company: Company, paths: tuple[str, ...]) -> tuple[QuerySet[Mailbox], QuerySet[Mailbox]]:
    """What lies in these units or under them: with the persons there, and by itself. No mailbox is in both.

    That they are of the company follows from their unit; said once more, it would have SQLite read the whole company.
    """
    units, every = units_below(company, paths), Mailbox.objects.all()
    persons = Appointment.objects.filter(unit__in=units).values("person")
    return every.filter(_PERSONAL, person__in=persons), every.filter(~_PERSONAL, unit__in=units)


def mailboxes_below(company: Company, paths: tuple[str, ...]) -> QuerySet[Mailbox]:
    """The mailboxes that lie in these units or under them, each once.

    A database that sorts a company's list by its index looks at every row until it has a page full of the branch's. So the
    rows of a small branch are named, and of one that holds much of the company each row is asked for as it comes.
    """
    with_persons, alone = parts_below(company, paths)
    size = size_below(company, paths)
    if size <= FEW:
        named = [*with_persons.values_list("pk", flat=True), *alone.values_list("pk", flat=True)[: FEW + 1]]
        if len(named) <= 2 * FEW:
            return Mailbox.objects.filter(pk__in=named)
    if size <= MANY:
        found = Q(pk__in=with_persons.values("pk")) | Q(pk__in=alone.values("pk"))
    else:
        found = _PERSONAL & Q(has_post_below("person", paths)) | ~_PERSONAL & Q(unit__in=units_below(company, paths))
    return Mailbox.objects.filter(found, company=company)


def mailboxes_within(actor: Actor, permission: Permission, company: Company) -> QuerySet[Mailbox]:
    """The mailboxes that the permission reaches, each once, in no particular order."""
    reach = actor.reach(permission, company.slug)
    return Mailbox.objects.filter(company=company) if reach is None else mailboxes_below(company, reach)


def groups_within(actor: Actor, permission: Permission, company: Company) -> QuerySet[Group]:
    """The groups that the permission reaches, in no particular order."""
    groups = Group.objects.filter(company=company)
    reach = actor.reach(permission, company.slug)
    return groups if reach is None else groups.filter(unit__in=units_below(company, reach))


def aliases_within(actor: Actor, permission: Permission, company: Company) -> QuerySet[Alias]:
    """The aliases whose targets the permission reaches, in no particular order."""
    aliases = Alias.objects.filter(company=company)
    if actor.reach(permission, company.slug) is None:
        return aliases
    reached = Q(target__in=mailboxes_within(actor, permission, company).values("address"))
    reached |= Q(target__in=groups_within(actor, permission, company).values("address"))
    return aliases.filter(reached | Q(target__in=aliases.filter(reached).values("address")))


def require_at(actor: Actor, permission: Permission, mailbox: Mailbox) -> None:
    """Refuses `permission.missing` unless the mailbox lies where the actor holds the permission."""
    actor.require(permission, mailbox.company.slug, places_of_mailbox(mailbox))


def require_group_at(actor: Actor, permission: Permission, group: Group) -> None:
    actor.require(permission, group.company.slug, places_of_group(group))


def require_address(actor: Actor, permission: Permission, company: Company, address: str) -> None:
    """Beyond the actor's reach an address is as unknown as none. Refuses `address.unknown`."""
    known = Claim.objects.filter(address=address, company=company).exists()
    if not known or not actor.may(permission, company.slug, places_of_address(company, address)):
        raise Refusal("address.unknown", address=address)
