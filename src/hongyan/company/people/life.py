"""A person's life in the company: joins, takes leave, is lent, leaves, returns (clauses G2.2.2, G3.2.1, B4.8).

Owns: `join`, `take_leave`, `end_leave`, `lend`, `return_loan`, `leave_company`, `return_person`. Posts, headships and grades
are in `posts.py`, what a grade is called in `grades.py`; which posts hold today says `holding.py`, who acts for whom
`relations.py`. Mailboxes have their own life; the rooms above hear of everything here through `moves.py`.
Always: who has left holds no role, derives nothing from his posts and does not sign in; his posts stay as rows until he
returns, so that he lies where he worked and that place's administrators reach him. Nobody names himself as a stand-in, or
enters his own leaving. A person's row is locked while his life changes, so of two changes at once the later sees the earlier.
"""

from __future__ import annotations

import contextlib
from datetime import date, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from hongyan.company.people.actions import add_person, clean_grade, clean_name, require_staff
from hongyan.company.people.models import (
    LEAVING_KINDS,
    Absence,
    Appointment,
    Company,
    Person,
    RoleGrant,
    Unit,
    WebSession,
)
from hongyan.company.people.moves import have_left, have_taken, left_company, returned
from hongyan.company.people.posts import clean_post
from hongyan.company.people.roles import revoke_role
from hongyan.company.people.scope import places_of, places_of_unit
from hongyan.company.people.standing import is_self, require_other_head
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor, schedule
from hongyan.kernel.decision import Refusal

REASON_LIMIT: Final = 200


def join(*, actor: Actor, company: Company, name: str, on: date | None = None, **facts: Any) -> Person:
    """A joiner: `actions.add_person` with the day he joined (today). Takes and refuses what that does."""
    return add_person(actor=actor, company=company, name=name, joined_on=on or clock.today(), **facts)


# -- leave ------------------------------------------------------------------------------------------------
def take_leave(
    *,
    actor: Actor,
    person: Person,
    since: date,
    until: date | None = None,
    deputy: Person | None = None,
    reason: str = "",
) -> Absence:
    """Leave from one day to another (None: until it is ended), with who stands in. Anybody may enter his own.

    Refuses `leave.backwards`, `leave.overlaps`, `leave.own_deputy`, `person.has_left`, `role.own` for a stand-in who is the
    actor: whoever stands in decides for the other.
    """
    slug = person.company.slug
    if not is_self(actor, person):
        actor.require("people.write", slug, places_of(person))
    if until is not None and until < since:
        raise Refusal("leave.backwards", since=since.isoformat(), until=until.isoformat())
    if deputy is not None:
        _check_deputy(actor, person, deputy)
    reason = clean_name(reason, "leave.reason_malformed", REASON_LIMIT) if reason.strip() else ""
    with transaction.atomic():
        require_staff(_locked(person))
        others = Absence.objects.filter(Q(until__isnull=True) | Q(until__gte=since), person=person)
        other = (others.filter(since__lte=until) if until else others).order_by("since").first()
        if other is not None:
            raise Refusal(
                "leave.overlaps", since=other.since.isoformat(), until=other.until.isoformat() if other.until else ""
            )
        absence = Absence.objects.create(
            person=person, since=since, until=until, deputy=deputy, reason=reason, created_at=clock.now()
        )
        ledger.record(
            "person.leave_taken", chain=slug, actor=actor.name, subject=f"person/{person.pk}", name=person.name,
            since=since.isoformat(), until=until.isoformat() if until else "", stand_in=deputy.name if deputy else "",
        )  # fmt: skip
    return absence


def _check_deputy(actor: Actor, person: Person, deputy: Person) -> None:
    if deputy.company_id != person.company_id:
        raise Refusal("person.unknown", person=deputy.pk)
    if deputy.pk == person.pk:
        raise Refusal("leave.own_deputy", name=person.name)
    require_staff(deputy)
    require_other_head(actor, deputy)


def end_leave(*, actor: Actor, absence: Absence, on: date | None = None) -> None:
    """`on`: its last day, yesterday when none is said. Leave that had not begun by then never was."""
    person, slug = absence.person, absence.person.company.slug
    if not is_self(actor, person):
        actor.require("people.write", slug, places_of(person))
    last = on or clock.today() - timedelta(days=1)
    with transaction.atomic():
        _locked(person)
        found = Absence.objects.filter(pk=absence.pk).first()
        if found is None or (found.until is not None and found.until <= last):
            raise Refusal("leave.over")
        if last < found.since:
            found.delete()
        else:
            found.until = absence.until = last
            found.save(update_fields=["until"])
        ledger.record(
            "person.leave_ended", chain=slug, actor=actor.name, subject=f"person/{person.pk}", name=person.name,
            since=found.since.isoformat(), until=last.isoformat() if last >= found.since else "",
        )  # fmt: skip


def find_absence(person: Person, absence_id: int) -> Absence:
    """Refuses `leave.unknown`."""
    found = Absence.objects.select_related("person__company", "deputy").filter(pk=absence_id, person=person).first()
    if found is None:
        raise Refusal("leave.unknown", absence=absence_id)
    return found


def next_leave(person: Person) -> Absence | None:
    """The next that is entered for days to come."""
    rows = Absence.objects.select_related("person__company").filter(person=person, since__gt=clock.today())
    return rows.order_by("since").first()


# -- loans ------------------------------------------------------------------------------------------------
def lend(*, actor: Actor, person: Person, unit: Unit, until: date, post: str = "", grade: int = 0) -> Appointment:
    """A second post in another unit from today until a last day; his own stays. Asks at both ends.

    Refuses `loan.past`, `loan.own_unit`, `appointment.exists`, `person.has_left`.
    """
    slug = person.company.slug
    actor.require("people.write", slug, places_of(person))
    actor.require("people.write", slug, places_of_unit(unit))
    if unit.company_id != person.company_id:
        raise Refusal("unit.unknown", path=unit.path)
    if until < clock.today():
        raise Refusal("loan.past", until=until.isoformat())
    post, grade = clean_post(post), clean_grade(grade)
    try:
        with transaction.atomic():
            require_staff(_locked(person))
            if Appointment.objects.filter(person=person, unit=unit, lent=False).exists():
                raise Refusal("loan.own_unit", name=person.name, unit=unit.path)
            appointment = Appointment.objects.create(
                person=person, unit=unit, post=post, grade=grade, since=clock.today(), until=until, lent=True
            )
            ledger.record(
                "person.lent", chain=slug, actor=actor.name, subject=f"person/{person.pk}", name=person.name,
                unit=unit.path, post=post, until=until.isoformat(),
            )  # fmt: skip
            have_taken(actor, [person.pk])
    except IntegrityError:
        raise Refusal("appointment.exists", unit=unit.path, post=post) from None
    return appointment


def return_loan(*, actor: Actor, appointment: Appointment) -> None:
    """The loan ends; either side may end it. Refuses `loan.unknown`."""
    person, slug = appointment.person, appointment.person.company.slug
    actor.require("people.write", slug, places_of(person))
    with transaction.atomic():
        if not Appointment.objects.filter(pk=appointment.pk, lent=True).delete()[0]:
            raise Refusal("loan.unknown")
        ledger.record(
            "person.loan_ended", chain=slug, actor=actor.name, subject=f"person/{person.pk}", name=person.name,
            unit=appointment.unit.path, post=appointment.post,
        )  # fmt: skip
        have_left(actor, [person.pk])


def end_past_loans() -> int:
    """For the schedule: loans whose last day is over. They have given nothing since (`holding.holds`). A loan during which
    somebody became the keeper of a mailbox there stays as a row until another keeper is named (clause G3.2.2)."""
    due = Appointment.objects.filter(until__lt=clock.today(), lent=True)
    rows = list(due.select_related("person__company", "unit"))
    ended = 0
    for appointment in rows:
        with contextlib.suppress(Refusal):
            return_loan(actor=schedule("loans"), appointment=appointment)
            ended += 1
    return ended


# -- leaving and returning -----------------------------------------------------------------------------------
def leave_company(*, actor: Actor, person: Person, on: date | None = None, kind: str = "normal") -> None:
    """He has left: `on` is his last day (today). His roles end, his web sessions too; `moves.left_company` tells the rest.

    `kind`: one of LEAVING_KINDS. Refuses `person.has_left`, `person.leaves_later` for a day to come (a planned leaving waits
    in its own process), `person.leaves_self`, `role.last_system`, `role.last_security`.
    """
    slug, last = person.company.slug, on or clock.today()
    actor.require("people.write", slug, places_of(person))
    if kind not in LEAVING_KINDS:
        raise Refusal("person.leaving_kind", kind=kind, known=list(LEAVING_KINDS))
    if last > clock.today():
        raise Refusal("person.leaves_later", on=last.isoformat())
    if is_self(actor, person):
        raise Refusal("person.leaves_self", clause="G2.2.2")
    with transaction.atomic():
        require_staff(_locked(person))
        person.left_on, person.left_kind = last, kind
        person.save(update_fields=["left_on", "left_kind"])
        ledger.record(
            "person.left", chain=slug, actor=actor.name, subject=f"person/{person.pk}", name=person.name,
            on=last.isoformat(), leaving=kind,
        )  # fmt: skip
        _end_roles(actor, person)
        WebSession.objects.filter(account__person=person).delete()
        have_left(actor, [person.pk])
        left_company(actor, [person.pk])


def _end_roles(actor: Actor, person: Person) -> None:
    """Under the name of who entered the leaving, who need not give roles: a leaver's end by themselves."""
    by = Actor(name=actor.name, grants=schedule("leaving").grants)
    rows = RoleGrant.objects.filter(account__person=person).select_related("company", "unit", "account__person")
    for grant in list(rows.order_by("pk")):
        revoke_role(actor=by, grant=grant, reason="left the company")


def return_person(
    *, actor: Actor, person: Person, on: date | None = None, unit: Unit | None = None, post: str = "", grade: int = 0
) -> None:
    """He is staff again from `on` (today): in his old posts, or in one in `unit` instead of them.

    No headship, loan or role comes back by itself. Refuses `person.not_left`, `unit.unknown`.
    """
    slug = person.company.slug
    actor.require("people.write", slug, places_of(person))
    if unit is not None:
        actor.require("people.write", slug, places_of_unit(unit))
        if unit.company_id != person.company_id:
            raise Refusal("unit.unknown", path=unit.path)
    post, grade, day = clean_post(post), clean_grade(grade), on or clock.today()
    with transaction.atomic():
        if _locked(person).left_on is None:
            raise Refusal("person.not_left", name=person.name)
        person.left_on, person.left_kind, person.joined_on = None, "", day
        person.save(update_fields=["left_on", "left_kind", "joined_on"])
        posts = Appointment.objects.filter(person=person)
        (posts.filter(lent=True) if unit is None else posts).delete()
        posts.update(head=False, deputy=False)
        if unit is not None:
            Appointment.objects.create(person=person, unit=unit, post=post, grade=grade, since=day)
        Absence.objects.filter(person=person, until__isnull=True).update(until=day - timedelta(days=1))
        ledger.record(
            "person.returned", chain=slug, actor=actor.name, subject=f"person/{person.pk}", name=person.name,
            on=day.isoformat(), unit=unit.path if unit else "", post=post,
        )  # fmt: skip
        returned(actor, [person.pk])
        have_taken(actor, [person.pk])


def _locked(person: Person) -> Person:
    """As he is now; nobody else changes his life meanwhile."""
    found = Person.objects.select_for_update(of=("self",)).filter(pk=person.pk).first()
    if found is None:
        raise Refusal("person.unknown", person=person.pk)
    person.left_on, person.left_kind, person.joined_on = found.left_on, found.left_kind, found.joined_on
    return found
