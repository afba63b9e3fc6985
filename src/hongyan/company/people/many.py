"""The actions on units, persons and posts, for many at once: same checks, same audit events, one lock and few inserts.

Owns: `add_units`, `add_persons`, `change_persons`, `change_posts`, `appoint_many`. The single ones are in `actions.py`,
`persons.py` and `posts.py`; what can be chosen in a list is in `bulk.py`.
Always: all or none; each event is the one that the single action records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from hongyan.company.people.actions import (
    MAX_UNIT_DEPTH,
    check_locale,
    clean_grade,
    clean_name,
    post_facts,
    require_staff,
)
from hongyan.company.people.models import Account, Appointment, Company, Person, Unit
from hongyan.company.people.moves import have_left, have_taken
from hongyan.company.people.persons import SAID, clean_phone
from hongyan.company.people.scope import places_of_many
from hongyan.company.people.standing import is_self
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

T = TypeVar("T")

BATCH: Final = 500
POST_FIELDS: Final = ("unit", "post", "head", "deputy", "grade", "since")
CHANGEABLE: Final = (
    "name", "number", "latin_name", "locale", "phone", "mobile", "identity_number", "card_number", "birthday",
)  # fmt: skip
#: (done, all): called between batches; may raise to end the work.
Step = Callable[[int, int], None]


def no_step(done: int, total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    name: str
    number: str = ""
    locale: str = ""
    unit: Unit | None = None
    post: str = ""
    head: bool = False
    latin_name: str = ""
    phone: str = ""
    mobile: str = ""
    identity_number: str = ""
    card_number: str = ""
    birthday: date | None = None
    joined_on: date | None = None
    grade: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """New values of some fields of a person (`CHANGEABLE`)."""

    person: Person
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PostChange:
    """What an appointment becomes. `grade` None: as it is. Who goes to another unit is no deputy head there."""

    appointment: Appointment
    unit: Unit
    post: str
    head: bool
    grade: int | None = None


@dataclass(frozen=True, slots=True)
class NewPost:
    person: Person
    unit: Unit
    post: str = ""
    head: bool = False
    grade: int = 0


def batches(rows: Sequence[T], size: int = BATCH) -> Iterable[Sequence[T]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _stepped(rows: Sequence[T], step: Step) -> Iterable[Sequence[T]]:
    done = 0
    for part in batches(rows):
        step(done, len(rows))
        done += len(part)
        yield part


# -- units -----------------------------------------------------------------------------------------------
def add_units(*, actor: Actor, company: Company, paths: Iterable[str]) -> dict[str, Unit]:
    """The units at these paths that are missing, with every missing one above them; returns the new ones by path."""
    wanted: dict[str, str] = {}
    for path in sorted(set(paths)):
        names = [clean_name(part, "unit.name_malformed", 80) for part in path.strip("/").split("/")]
        if len(names) > MAX_UNIT_DEPTH:
            raise Refusal("unit.too_deep", path=path[:120], limit=MAX_UNIT_DEPTH)
        actor.require("people.write", company.slug, ["/".join(names)])
        wanted |= {"/".join(names[: depth + 1]): name for depth, name in enumerate(names)}
    made: dict[str, Unit] = {}
    with transaction.atomic():
        units = {unit.path: unit for unit in Unit.objects.filter(company=company)}
        for path in sorted(set(wanted) - set(units), key=lambda p: (p.count("/"), p)):
            parent = units.get(path.rpartition("/")[0])
            units[path] = made[path] = Unit.objects.create(company=company, parent=parent, name=wanted[path], path=path)
        ledger.record_all(company.slug, [ledger.Entry("unit.added", actor.name, path) for path in made])
    return made


# -- persons ---------------------------------------------------------------------------------------------
def add_persons(*, actor: Actor, company: Company, new: Sequence[NewPerson], step: Step = no_step) -> list[Person]:
    """Members of staff, in the order given, each with a first post when a unit is given. Refuses `person.number_taken`."""
    for place in {n.unit.path if n.unit else "" for n in new}:
        actor.require("people.write", company.slug, [place] if place else [])
    if any(n.unit is not None and n.unit.company_id != company.pk for n in new):
        raise Refusal("unit.unknown", path="")
    made: list[Person] = []
    with transaction.atomic():
        for part in _stepped(new, step):
            made += _add_persons(actor, company, part)
    return made


def _add_persons(actor: Actor, company: Company, new: Sequence[NewPerson]) -> list[Person]:
    rows = [
        Person(
            company=company, name=clean_name(n.name, "person.name_malformed", 100),
            number=clean_name(n.number, "person.number_malformed", 40) if n.number else "",
            locale=check_locale(n.locale or company.locale), latin_name=n.latin_name, phone=n.phone, mobile=n.mobile,
            identity_number=n.identity_number, card_number=n.card_number, birthday=n.birthday, joined_on=n.joined_on,
            created_at=clock.now(),
        )
        for n in new
    ]  # fmt: skip
    try:
        with transaction.atomic():
            persons = Person.objects.bulk_create(rows)
    except IntegrityError:
        raise _number_taken(company, [row.number for row in rows]) from None
    Appointment.objects.bulk_create(
        Appointment(
            person=person, unit=n.unit, post=n.post, head=n.head, grade=clean_grade(n.grade), since=clock.today()
        )
        for person, n in zip(persons, new, strict=True)
        if n.unit is not None
    )  # fmt: skip
    ledger.record_all(
        company.slug,
        [
            ledger.Entry(
                "person.added", actor.name, f"person/{person.pk}",
                {"name": person.name, "number": person.number, "unit": n.unit.path if n.unit else "", "post": n.post},
            )
            for person, n in zip(persons, new, strict=True)
        ],
    )  # fmt: skip
    have_taken(actor, [person.pk for person, n in zip(persons, new, strict=True) if n.unit is not None])
    return persons


def _number_taken(company: Company, numbers: Sequence[str]) -> Refusal:
    taken = Person.objects.filter(company=company, number__in=[n for n in numbers if n])
    return Refusal("person.number_taken", number=taken.values_list("number", flat=True).first() or "")


def change_persons(*, actor: Actor, company: Company, changes: Sequence[Change], step: Step = no_step) -> None:
    """New values of fields; asks for where each person lies. A new language holds for his accounts, too.

    Refuses `person.number_taken`, `person.name_malformed`, `person.phone_malformed`, `locale.unknown`.
    """
    places = places_of_many(c.person.pk for c in changes)
    for change in changes:
        _require_own(company, change.person)
        actor.require("people.write", company.slug, places[change.person.pk])
    with transaction.atomic():
        for part in _stepped(changes, step):
            _change_persons(actor, company, part)
        _follow_locales([c.person for c in changes if "locale" in c.fields])


def _change_persons(actor: Actor, company: Company, changes: Sequence[Change]) -> None:
    entries, names = [], set[str]()
    for change in changes:
        before = {name: getattr(change.person, name) for name in change.fields}
        for name, value in change.fields.items():
            setattr(change.person, name, _checked(name, value))
        names.update(change.fields)
        said = [name for name in change.fields if name in SAID]
        params = {
            "changed": list(change.fields), "before": {name: before[name] for name in said},
            "after": {name: getattr(change.person, name) for name in said},
        }  # fmt: skip
        entries.append(ledger.Entry("person.changed", actor.name, f"person/{change.person.pk}", params))
    try:
        with transaction.atomic():
            Person.objects.bulk_update([c.person for c in changes], sorted(names))
    except IntegrityError:
        raise _number_taken(company, [c.person.number for c in changes if "number" in c.fields]) from None
    ledger.record_all(company.slug, entries)


def _checked(name: str, value: Any) -> Any:
    match name:
        case "name":
            return clean_name(value, "person.name_malformed", 100)
        case "number":
            return clean_name(value, "person.number_malformed", 40) if value else ""
        case "locale":
            return check_locale(value)
        case "phone" | "mobile":
            return clean_phone(value)
    if name not in CHANGEABLE:
        raise AttributeError(name)
    return value


def _follow_locales(persons: Sequence[Person]) -> None:
    logins: list[str] = []
    for locale in {p.locale for p in persons}:
        for part in batches([p.pk for p in persons if p.locale == locale]):
            accounts = Account.objects.filter(person__in=part, closed_at__isnull=True).exclude(locale=locale)
            logins += accounts.values_list("login", flat=True)
            accounts.update(locale=locale)
    if logins:
        outbox.release(*logins)


# -- posts -----------------------------------------------------------------------------------------------
def change_posts(*, actor: Actor, company: Company, changes: Sequence[PostChange], step: Step = no_step) -> None:
    """Appointments become others: asks for the unit that is left and the one gone to. Refuses `appointment.exists`."""
    for change in changes:
        old, person = change.appointment.unit, change.appointment.person
        _require_own(company, person)
        require_staff(person)
        actor.require("people.write", company.slug, [old.path])
        new_head = change.head and (change.unit.pk != old.pk or not change.appointment.head)
        _require_place(actor, company, change.unit, person, head=new_head)
    with transaction.atomic():
        for part in _stepped(changes, step):
            _change_posts(actor, company, part)


def _change_posts(actor: Actor, company: Company, changes: Sequence[PostChange]) -> None:
    entries = []
    for change in changes:
        row = change.appointment
        before, moves = post_facts(row), row.unit_id != change.unit.pk
        row.unit, row.post, row.head = change.unit, change.post, change.head
        row.deputy = row.deputy and not moves and not row.head
        row.grade = row.grade if change.grade is None else clean_grade(change.grade)
        row.since = clock.today() if moves else row.since
        after = post_facts(row)
        subject = f"person/{row.person_id}"
        entries.append(ledger.Entry("person.post_changed", actor.name, subject, {"before": before, "after": after}))
    try:
        with transaction.atomic():
            Appointment.objects.bulk_update([c.appointment for c in changes], POST_FIELDS)
    except IntegrityError:
        raise Refusal("appointment.exists", unit=changes[0].unit.path, post=changes[0].post) from None
    ledger.record_all(company.slug, entries)
    have_left(actor, [c.appointment.person_id for c in changes])
    have_taken(actor, [c.appointment.person_id for c in changes])


def appoint_many(*, actor: Actor, company: Company, new: Sequence[NewPost], step: Step = no_step) -> list[Appointment]:
    """One more post each: asks for where the person lies and for the unit. Refuses `appointment.exists`."""
    places = places_of_many(n.person.pk for n in new)
    for n in new:
        _require_own(company, n.person)
        require_staff(n.person)
        actor.require("people.write", company.slug, places[n.person.pk])
        _require_place(actor, company, n.unit, n.person, head=n.head)
    made: list[Appointment] = []
    with transaction.atomic():
        for part in _stepped(new, step):
            made += _appoint(actor, company, part)
    return made


def _appoint(actor: Actor, company: Company, new: Sequence[NewPost]) -> list[Appointment]:
    try:
        with transaction.atomic():
            made = Appointment.objects.bulk_create(
                Appointment(
                    person=n.person, unit=n.unit, post=n.post, head=n.head, grade=clean_grade(n.grade),
                    since=clock.today(),
                )
                for n in new
            )  # fmt: skip
    except IntegrityError:
        raise Refusal("appointment.exists", unit=new[0].unit.path, post=new[0].post) from None
    ledger.record_all(
        company.slug,
        [
            ledger.Entry(
                "person.appointed", actor.name, f"person/{a.person_id}", post_facts(a),
            )
            for a in made
        ],
    )  # fmt: skip
    have_taken(actor, [a.person_id for a in made])
    return made


def _require_own(company: Company, person: Person) -> None:
    if person.company_id != company.pk:
        raise Refusal("person.unknown", person=person.pk)


def _require_place(actor: Actor, company: Company, unit: Unit, person: Person, *, head: bool) -> None:
    if unit.company_id != company.pk:
        raise Refusal("unit.unknown", path=unit.path)
    actor.require("people.write", company.slug, [unit.path])
    if head and actor.account_id is not None and is_self(actor, person):
        raise Refusal("role.own", clause="G2.1.3")


# -- taking back -----------------------------------------------------------------------------------------
def remove_persons(*, actor: Actor, company: Company, persons: Sequence[Person], step: Step = no_step) -> None:
    """Persons on whom nothing depends, with their posts: for taking back what was entered by mistake, never for leavers.

    Refuses `person.in_use`.
    """
    places = places_of_many(p.pk for p in persons)
    for person in persons:
        _require_own(company, person)
        actor.require("people.write", company.slug, places[person.pk])
    with transaction.atomic():
        for part in _stepped(persons, step):
            entries = [
                ledger.Entry("person.removed", actor.name, f"person/{p.pk}", {"name": p.name, "number": p.number})
                for p in part
            ]
            try:
                with transaction.atomic():
                    Person.objects.filter(pk__in=[p.pk for p in part]).delete()
            except (ProtectedError, IntegrityError):
                raise Refusal("person.in_use", name=part[0].name) from None
            ledger.record_all(company.slug, entries)


def end_posts(*, actor: Actor, company: Company, posts: Sequence[Appointment], step: Step = no_step) -> None:
    """Appointments end, as `posts.end_post` ends one."""
    for post in posts:
        _require_own(company, post.person)
        actor.require("people.write", company.slug, [post.unit.path])
    with transaction.atomic():
        for part in _stepped(posts, step):
            entries = [
                ledger.Entry(
                    "person.post_ended", actor.name, f"person/{a.person_id}", post_facts(a),
                )
                for a in part
            ]  # fmt: skip
            Appointment.objects.filter(pk__in=[a.pk for a in part]).delete()
            ledger.record_all(company.slug, entries)
            have_left(actor, [a.person_id for a in part])
