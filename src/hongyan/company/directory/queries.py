"""The company's address book, open to everybody with an account in the company and to nobody else.

Owns: what of a person colleagues see: name, posts, office phone, addresses; never the mobile number or what the password
rules compare with (clause B4.12). Always: of those who work here; of one company.
Clauses: P2, G2.3.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from hongyan.company.finder.queries import matching, matching_owner
from hongyan.company.mailboxes.models import PERSONAL_KINDS, SHARED_KINDS, Mailbox
from hongyan.company.people.holding import holds, leads, staff
from hongyan.company.people.models import Account, Appointment, Company, Person, Unit
from hongyan.company.people.relations import State, states_of
from hongyan.company.people.tree import below, units_below
from hongyan.company.reading import queries as reading
from hongyan.company.reading.models import Acknowledgement


def entries(company: Company, *, unit: Unit | None = None, text: str = "") -> QuerySet[Person]:
    """Who works here (in the unit itself, when one is named), by name; `text`: name, pinyin, initials, number, address."""
    found = Person.objects.filter(staff(), company=company)
    if unit is not None:
        found = found.filter(Exists(Appointment.objects.filter(holds(), unit=unit, person=OuterRef("pk"))))
    if text:
        own = matching(company, "person", text)
        found = found.filter(own | matching_owner(company, "mailbox", text, open_boxes(), "person"))
    return with_cards(found).order_by("name", "pk")


def open_boxes() -> QuerySet[Mailbox]:
    """Addresses that reach a person; shared ones are listed by themselves."""
    return Mailbox.objects.filter(kind__in=PERSONAL_KINDS, closed_at=None, suspended_at=None).order_by("address")


def with_cards(found: QuerySet[Person]) -> QuerySet[Person]:
    """Their posts of today (`posts`) and addresses (`boxes`), in two queries."""
    posts = Appointment.objects.filter(holds()).select_related("unit").order_by("-head", "-deputy", "pk")
    return found.prefetch_related(
        Prefetch("appointments", posts, to_attr="posts"), Prefetch("mailboxes", open_boxes(), to_attr="boxes")
    )


def units_under(company: Company, unit: Unit | None) -> QuerySet[Unit]:
    """The units directly below (at the top, without one)."""
    return Unit.objects.filter(company=company, parent=unit).order_by("path")


def find_unit(company: Company, unit_id: int) -> Unit | None:
    return Unit.objects.filter(company=company, pk=unit_id).first()


def way_to(unit: Unit) -> list[Unit]:
    """The units above it, from the top."""
    names = unit.path.split("/")
    paths = ["/".join(names[:depth]) for depth in range(1, len(names))]
    return list(Unit.objects.filter(company=unit.company_id, path__in=paths).order_by("path"))


# -- a head's units ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Member:
    person: Person
    state: State
    boxes: tuple[Mailbox, ...]
    read: bool | None  #: has acknowledged the newest policy; None: there is none, or he has no account


def headed_by(person: Person) -> list[Unit]:
    """The units that the person heads or deputises for today, without those that lie below another one of them."""
    paths = (
        Appointment.objects.filter(leads(), person=person).order_by("unit__path").values_list("unit__path", flat=True)
    )
    top: list[str] = []
    for path in paths:
        if not any(path == above or path.startswith(above + "/") for above in top):
            top.append(path)
    return list(Unit.objects.filter(company=person.company_id, path__in=top).order_by("path"))


def team_of(company: Company, unit: Unit) -> QuerySet[Person]:
    """Who works in the unit and below it, by name."""
    posts = Appointment.objects.filter(holds(), unit__in=units_below(company, [unit.path]), person=OuterRef("pk"))
    return with_cards(Person.objects.filter(staff(), Exists(posts), company=company)).order_by("name", "pk")


def members(company: Company, people: list[Person]) -> list[Member]:
    """What a head sees of a page of his people: where they are, their mailboxes, whether they have read the policy."""
    states, edition = states_of(people), reading.newest(company)
    keys = [person.pk for person in people]
    own = Mailbox.objects.filter(person__in=keys, kind__in=PERSONAL_KINDS, closed_at=None).order_by("address")
    boxes: dict[int, list[Mailbox]] = {}
    for box in own.select_related("company", "account"):
        boxes.setdefault(box.person_id or 0, []).append(box)
    accounts = set(Account.objects.filter(person__in=keys, closed_at=None).values_list("person", flat=True))
    done = Acknowledgement.objects.filter(edition=edition, account__person__in=keys)
    read = set(done.values_list("account__person", flat=True)) if edition is not None else set()
    return [
        Member(
            p, states[p.pk], tuple(boxes.get(p.pk, ())),
            p.pk in read if edition is not None and p.pk in accounts else None,
        )
        for p in people
    ]  # fmt: skip


def shared_below(company: Company, unit: Unit) -> QuerySet[Mailbox]:
    """Shared mailboxes of the unit and below it, with how many members each has (clause G3.2.2)."""
    found = Mailbox.objects.filter(
        below([unit.path], "unit__path"), company=company, kind__in=SHARED_KINDS, closed_at=None
    )
    return found.select_related("keeper", "unit").annotate(count=Count("memberships")).order_by("address")


def without_keeper(found: QuerySet[Mailbox]) -> QuerySet[Mailbox]:
    """Those that nobody who works here keeps."""
    return found.filter(Q(keeper=None) | Q(keeper__left_on__isnull=False))
