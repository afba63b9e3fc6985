"""Writes to a person's posts: end one, change one, move to another unit. Giving one more is `actions.appoint`.

Always: asks for the right over the unit that is left and the one that is gone to; nobody makes himself a head, since a
head sees his unit.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Appointment, Person, Unit
from hongyan.company.people.moves import have_left
from hongyan.company.people.scope import places_of_unit
from hongyan.company.people.standing import require_other_head
from hongyan.kernel import ledger
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
            unit=unit.path, post=appointment.post, head=appointment.head,
        )  # fmt: skip
        have_left(actor, [person.pk])


def change_post(
    *,
    actor: Actor,
    appointment: Appointment,
    unit: Unit | None = None,
    post: str | None = None,
    head: bool | None = None,
) -> bool:
    """Another unit, another title, head or not (None: as it is); whether anything changed. Refuses `appointment.exists`.

    Who goes to another unit is its head only when that is said.
    """
    person, old_unit = appointment.person, appointment.unit
    slug, new_unit = person.company.slug, unit or old_unit
    for place in {old_unit.path: old_unit, new_unit.path: new_unit}.values():
        actor.require("people.write", slug, places_of_unit(place))
    if new_unit.company_id != person.company_id:
        raise Refusal("unit.unknown", path=new_unit.path)
    if post is not None:
        post = clean_post(post)
    before = {"unit": old_unit.path, "post": appointment.post, "head": appointment.head}
    moves = new_unit.pk != old_unit.pk
    appointment.unit = new_unit
    appointment.post = appointment.post if post is None else post
    appointment.head = (appointment.head and not moves) if head is None else head
    after = {"unit": new_unit.path, "post": appointment.post, "head": appointment.head}
    if before == after:
        return False
    if appointment.head and (moves or not before["head"]):
        require_other_head(actor, person)
    try:
        with transaction.atomic():
            appointment.save(update_fields=["unit", "post", "head"])
            ledger.record(
                "person.post_changed", chain=slug, actor=actor.name, subject=f"person/{person.pk}",
                before=before, after=after,
            )  # fmt: skip
            have_left(actor, [person.pk] if new_unit.pk != old_unit.pk else [])
    except IntegrityError:
        raise Refusal("appointment.exists", unit=new_unit.path, post=appointment.post) from None
    return True
