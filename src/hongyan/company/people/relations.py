"""Who is what to whom: heads, deputies, branches, their IT clerks, holders of roles, who stands in for whom.

Owns: the relations that approval chains, notices and pages ask for. Never: writes, or decides what a relation permits.
Always: answers are of today, of persons who have not left, of the person's own company, in the order of names; who is on
leave is still named (ask `stand_in` for who acts). Every question is a few queries, however large the company is.
Clauses: B1, B2, G3.1.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

from django.db.models import Q

from hongyan.company.people.holding import absent, holds, leads, staff
from hongyan.company.people.models import Absence, Appointment, Company, Grade, Person, RoleGrant, Unit
from hongyan.kernel import clock

State = Literal["staff", "leave", "lent", "left"]
#: How far a chain of stand-ins (who are on leave themselves) is followed.
STAND_INS = 5


def state_of_person(person: Person, on: date | None = None) -> State:
    """`left` before `leave` before `lent`."""
    return states_of([person], on)[person.pk]


def states_of(persons: Iterable[Person], on: date | None = None) -> dict[int, State]:
    """`state_of_person` for a page of persons, in two queries."""
    wanted = list(persons)
    keys = [person.pk for person in wanted]
    away = set(Absence.objects.filter(absent(on), person__in=keys).values_list("person", flat=True))
    lent = set(Appointment.objects.filter(holds(on), person__in=keys, lent=True).values_list("person", flat=True))
    return {
        p.pk: "left" if p.left_on else "leave" if p.pk in away else "lent" if p.pk in lent else "staff" for p in wanted
    }


def main_post(person: Person) -> Appointment | None:
    """His first own post, else a loan; of a leaver the one that he had."""
    posts = Appointment.objects.filter(person=person).select_related("unit__company")
    return posts.order_by("lent", "pk").first()


# -- units ------------------------------------------------------------------------------------------------
def upward(unit: Unit) -> list[str]:
    """The paths from the unit up to the top."""
    names = unit.path.split("/")
    return ["/".join(names[:depth]) for depth in range(len(names), 0, -1)]


def heads_of(unit: Unit) -> list[Person]:
    return _unique(a.person for a in _leaders(unit, [unit.path]) if a.head)


def deputies_of(unit: Unit) -> list[Person]:
    """Deputy heads: they decide as the head does."""
    return _unique(a.person for a in _leaders(unit, [unit.path]) if a.deputy)


def head_of(person: Person, levels: int = 1, unit: Unit | None = None) -> list[Person]:
    """Who heads the nearest unit upward from the person's main post (or `unit`), other than the person himself.

    `levels` 2 is the next one above that with somebody else, and so on; nobody is counted twice. A unit without a head is
    headed by its deputies; one whose only head is the person is passed over. Empty: there is nobody so far up.
    """
    if unit is None:
        post = main_post(person)
        if post is None:
            return []
        unit = post.unit
    paths, passed = upward(unit), {person.pk}
    leaders = list(_leaders(unit, paths))
    for path in paths:
        here = [a for a in leaders if a.unit.path == path]
        acting = [a for a in here if a.head] or here
        found = _unique(a.person for a in acting if a.person_id not in passed)
        if not found:
            continue
        if levels <= 1:
            return found
        levels, passed = levels - 1, passed | {p.pk for p in found}
    return []


def branch_of(unit: Unit) -> Unit | None:
    """The branch that the unit is or lies in; None at the head office."""
    rows = Unit.objects.filter(company=unit.company_id, path__in=upward(unit), branch=True)
    return max(rows, key=lambda row: len(row.path), default=None)


def it_clerks_of(unit: Unit) -> list[Person]:
    """Who looks after IT nearest to the unit (clause B2, 本單位信息人員): of the branch, else of the whole company."""
    return holders(unit.company, "it", unit)


def holders(company: Company, role: str, unit: Unit | None = None) -> list[Person]:
    """Persons who hold the role for the nearest unit upward where somebody does, else for the whole company.

    Without a unit: for the whole company. `head`: heads of the nearest headed unit, without a unit of the topmost ones.
    """
    if role == "head":
        return _heads_near(company, unit)
    grants = RoleGrant.objects.filter(
        Q(until__isnull=True) | Q(until__gte=clock.today()), staff("account__person"), company=company, role=role,
        account__closed_at__isnull=True, account__person__isnull=False,
    )  # fmt: skip
    paths = upward(unit) if unit else []
    rows = list(grants.filter(Q(unit__isnull=True) | Q(unit__path__in=paths)).select_related("unit", "account__person"))
    for path in [*paths, ""]:
        found = [row.account.person for row in rows if (row.unit.path if row.unit else "") == path]
        if found:
            return _unique(person for person in found if person is not None)
    return []


def _heads_near(company: Company, unit: Unit | None) -> list[Person]:
    if unit is None:
        rows = Appointment.objects.filter(holds(), unit__company=company, unit__parent=None, head=True)
        return _unique(a.person for a in rows.select_related("person"))
    leaders = list(_leaders(unit, upward(unit)))
    for path in upward(unit):
        here = [a for a in leaders if a.unit.path == path]
        if here:
            return _unique(a.person for a in [a for a in here if a.head] or here)
    return []


# -- leave ------------------------------------------------------------------------------------------------
def absence_of(person: Person, on: date | None = None) -> Absence | None:
    """The leave that he is on that day; of several that with a stand-in, then the latest."""
    rows = Absence.objects.filter(absent(on), person=person).select_related("deputy")
    found = list(rows.order_by("-since", "-pk"))
    return next((row for row in found if row.deputy_id), found[0] if found else None)


def stand_in(person: Person, on: date | None = None) -> Person | None:
    """Who acts for a person who is on leave that day; None: he is there himself, or nobody acts for him.

    That is whoever he named; else, of a head, a deputy of his unit. Who is on leave himself is stood in for in turn.
    """
    acting, passed = person, {person.pk}
    for _ in range(STAND_INS):
        absence = absence_of(acting, on)
        if absence is None:
            return acting if acting.pk != person.pk else None
        named = absence.deputy if absence.deputy and absence.deputy.left_on is None else None
        follows = named or _own_deputy(acting, passed, on)
        if follows is None or follows.pk in passed:
            return None
        acting, passed = follows, passed | {follows.pk}
    return None


def _own_deputy(person: Person, passed: set[int], on: date | None) -> Person | None:
    headed = Appointment.objects.filter(holds(on), person=person, head=True).values("unit")
    rows = Appointment.objects.filter(holds(on), unit__in=headed, deputy=True).exclude(person__in=passed)
    return _first_there([a.person for a in rows.select_related("person").order_by("person__name", "person")], on)


def _first_there(persons: list[Person], on: date | None) -> Person | None:
    away = set(Absence.objects.filter(absent(on), person__in=persons).values_list("person", flat=True))
    return next((p for p in persons if p.pk not in away), None)


# -- grades -----------------------------------------------------------------------------------------------
def grade_names(company: Company) -> dict[int, str]:
    """The company's words for grades, the lowest first."""
    return dict(Grade.objects.filter(company=company).order_by("level").values_list("level", "name"))


def _leaders(unit: Unit, paths: list[str]) -> Iterable[Appointment]:
    rows = Appointment.objects.filter(leads(), unit__company=unit.company_id, unit__path__in=paths)
    return rows.select_related("person", "unit")


def _unique(persons: Iterable[Person]) -> list[Person]:
    return sorted({p.pk: p for p in persons}.values(), key=lambda p: (p.name, p.pk))
