"""Where persons and accounts lie in the company's tree, and which of them an actor reaches.

Owns: the places of a person (the units of all his posts) and of an account; lists of persons narrowed to an actor's reach.
Never: decides what is permitted there (kernel/actor.py does). Always: who has no post lies in no unit, so that only grants
for the whole company reach him.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from hongyan.company.people.models import Account, Appointment, Company, Person, Unit
from hongyan.company.people.tree import below, units_below
from hongyan.kernel.actor import Actor, Permission

CHUNK = 500
#: Branches of no more posts than FEW are small, of more than MANY large: lists of them are asked for in other ways.
FEW, MANY = 1000, 30_000


def places_of(person: Person) -> tuple[str, ...]:
    """Paths of the units in which the person has a post."""
    return tuple(Appointment.objects.filter(person=person).order_by("unit__path").values_list("unit__path", flat=True))


def places_of_many(persons: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """`places_of` for many persons by primary key, in a few queries."""
    wanted, found = sorted(set(persons)), dict[int, tuple[str, ...]]()
    for start in range(0, len(wanted), CHUNK):
        rows = Appointment.objects.filter(person__in=wanted[start : start + CHUNK]).order_by("unit__path")
        for person, path in rows.values_list("person", "unit__path"):
            found[person] = (*found.get(person, ()), path)
    return {person: found.get(person, ()) for person in wanted}


def places_of_account(account: Account) -> tuple[str, ...]:
    """An account lies where its person does; without a person, where its mailbox does."""
    if account.person is not None:
        return places_of(account.person)
    mailbox = getattr(account, "mailbox", None)  # of the room above: mailboxes know accounts
    return () if mailbox is None or mailbox.unit is None else (mailbox.unit.path,)


def places_of_unit(unit: Unit | None) -> tuple[str, ...]:
    return () if unit is None else (unit.path,)


def units_within(actor: Actor, permission: Permission, company: Company) -> QuerySet[Unit]:
    """The units of the company that the permission reaches, in the order of the tree."""
    reach = actor.reach(permission, company.slug)
    units = Unit.objects.filter(company=company) if reach is None else units_below(company, reach)
    return units.order_by("path")


def persons_within(actor: Actor, permission: Permission, company: Company) -> QuerySet[Person]:
    """The persons that the permission reaches, each once, in no particular order."""
    persons = Person.objects.filter(company=company)
    reach = actor.reach(permission, company.slug)
    if reach is None:
        return persons
    posts = Appointment.objects.filter(unit__in=units_below(company, reach))
    if size_below(company, reach) <= MANY:
        return Person.objects.filter(pk__in=posts.values("person"))  # units are of one company, and so are their people
    return persons.filter(has_post_below("pk", reach))


def has_post_below(person: str, paths: Iterable[str]) -> Exists:
    """Asked row by row, for lists that take rows as they come: whether the person in this column has a post there."""
    return Exists(Appointment.objects.filter(below(paths, "unit__path"), person=OuterRef(person)))


def size_below(company: Company, paths: Iterable[str]) -> int:
    """How many posts there are in these units and under them, counted no further than MANY."""
    return Appointment.objects.filter(unit__in=units_below(company, paths))[: MANY + 1].count()
