"""Writes to a person's posts: end one, change one, move to another unit. Giving one more is `actions.appoint`, lending
him out `life.lend`.

Always: asks for the right over the unit that is left and the one that is gone to; nobody makes himself a head or a deputy
head, since both see their unit; who is head is not his own deputy.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from hongyan.company.people.actions import clean_grade, clean_name, post_facts, require_staff
from hongyan.company.people.models import Appointment, Person, Unit
from hongyan.company.people.moves import have_left, have_taken
from hongyan.company.people.scope import places_of_unit
from hongyan.company.people.standing import require_other_head
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def find_post(person: Person, appointment_id: int) -> Appointment:
    """One of the person's posts. Refuses `appointment.unknown`."""
    rows = Appointment.objects.select_related("person__company", "unit__company")
    found = rows.filter(pk=appointment_id, person=person).first()
    if found is None:
        raise Refusal("appointment.unknown", appointment=appointment_id)
    return found


def clean_post(text: str) -> str:
    """A title as stored; a post may have none. Refuses `appointment.post_malformed`."""
    return clean_name(text, "appointment.post_malformed", 80) if text.strip() else ""


def end_post(*, actor: Actor, appointment: Appointment) -> None:
    """The person leaves this post; what he holds by it (head) ends with it."""
    person, unit = appointment.person, appointment.unit
    actor.require("people.write", person.company.slug, places_of_unit(unit))
    with transaction.atomic():
        if not Appointment.objects.filter(pk=appointment.pk).delete()[0]:
            raise Refusal("appointment.unknown", appointment=appointment.pk)
        ledger.record(
            "person.post_ended", chain=person.company.slug, actor=actor.name, subject=f"person/{person.pk}",
            **post_facts(appointment),
        )  # fmt: skip
        have_left(actor, [person.pk])


def change_post(
    *,
    actor: Actor,
    appointment: Appointment,
    unit: Unit | None = None,
    post: str | None = None,
    head: bool | None = None,
    deputy: bool | None = None,
    grade: int | None = None,
) -> bool:
    """Another unit, title or grade, head or deputy head or not (None: as it is); whether anything changed.

    Who goes to another unit leads it only when that is said. Refuses `appointment.exists`, `grade.range`, `person.has_left`.
    """
    person, old_unit = appointment.person, appointment.unit
    slug, new_unit = person.company.slug, unit or old_unit
    for place in {old_unit.path: old_unit, new_unit.path: new_unit}.values():
        actor.require("people.write", slug, places_of_unit(place))
    if new_unit.company_id != person.company_id:
        raise Refusal("unit.unknown", path=new_unit.path)
    if post is not None:
        post = clean_post(post)
    if grade is not None:
        grade = clean_grade(grade)
    require_staff(person)
    before, led = post_facts(appointment), appointment.head or appointment.deputy
    moves = new_unit.pk != old_unit.pk
    appointment.unit = new_unit
    appointment.post = appointment.post if post is None else post
    appointment.head = (appointment.head and not moves) if head is None else head
    appointment.deputy = ((appointment.deputy and not moves) if deputy is None else deputy) and not appointment.head
    appointment.grade = appointment.grade if grade is None else grade
    after = post_facts(appointment)
    if before == after:
        return False
    if (appointment.head or appointment.deputy) and (moves or not led):
        require_other_head(actor, person)
    if moves:
        appointment.since = clock.today()
    try:
        with transaction.atomic():
            appointment.save(update_fields=["unit", "post", "head", "deputy", "grade", "since"])
            ledger.record(
                "person.post_changed", chain=slug, actor=actor.name, subject=f"person/{person.pk}",
                before=before, after=after,
            )  # fmt: skip
            have_left(actor, [person.pk] if moves else [])
            have_taken(actor, [person.pk])
    except IntegrityError:
        raise Refusal("appointment.exists", unit=new_unit.path, post=appointment.post) from None
    return True
