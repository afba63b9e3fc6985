"""What can be done to many people at once (`company/bulk/operations.py`)."""

from __future__ import annotations

from django.db.models import QuerySet

from hongyan.company.bulk.operations import Operation, Params
from hongyan.company.people.actions import appoint, check_locale
from hongyan.company.people.models import Company, Person, Unit
from hongyan.company.people.persons import edit_person
from hongyan.company.people.posts import change_post
from hongyan.company.people.scope import persons_within, units_within
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal


def people(actor: Actor, company: Company) -> QuerySet[Person]:
    rows = persons_within(actor, "people.write", company).select_related("company")
    return rows.prefetch_related("appointments__unit")


# -- language --------------------------------------------------------------------------------------------
def clean_locale(actor: Actor, company: Company, params: Params) -> Params:
    return {"locale": check_locale(str(params.get("locale", "")))}


def preview_locale(actor: Actor, person: Person, params: Params) -> Decision:
    if person.locale == params["locale"]:
        raise Refusal("bulk.same")
    return Decision(
        "bulk.people.set_locale", {"before": LANGUAGES[person.locale], "after": LANGUAGES[params["locale"]]}
    )


def apply_locale(actor: Actor, person: Person, params: Params) -> None:
    if not edit_person(actor=actor, person=person, locale=params["locale"]):
        raise Refusal("bulk.same")


LANGUAGES = {"zh-Hant": "繁體中文", "zh-Hans": "简体中文", "en": "English"}
SET_LOCALE = Operation(
    permission="people.write", rows=people, clean=clean_locale, preview=preview_locale, apply=apply_locale
)


# -- to another unit -------------------------------------------------------------------------------------
def clean_unit(actor: Actor, company: Company, params: Params) -> Params:
    unit = _unit(actor, company, str(params.get("unit", "")))
    return {"unit": unit.pk}


def _unit(actor: Actor, company: Company, text: str) -> Unit:
    """By number or by path. Refuses `unit.unknown`, also for a unit out of reach."""
    units = units_within(actor, "people.write", company)
    path = text.strip().strip("/")
    if text.isascii() and text.isdigit() and (found := units.filter(pk=int(text[:18])).first()):
        return found
    found = units.filter(path=path).first()
    if found is None:
        raise Refusal("unit.unknown", path=path[:120])
    return found


def preview_move(actor: Actor, person: Person, params: Params) -> Decision:
    unit, posts = _unit(actor, person.company, str(params["unit"])), list(person.appointments.all())
    if len(posts) > 1:
        raise Refusal("bulk.people.many_posts", count=len(posts))
    if not posts:
        return Decision("bulk.people.appoint", {"after": unit.path})
    if posts[0].unit_id == unit.pk:
        raise Refusal("bulk.same")
    actor.require("people.write", person.company.slug, [posts[0].unit.path])
    return Decision("bulk.people.move", {"before": posts[0].unit.path, "after": unit.path})


def apply_move(actor: Actor, person: Person, params: Params) -> None:
    preview_move(actor, person, params)  # refuses what it would not do
    unit = _unit(actor, person.company, str(params["unit"]))
    for appointment in person.appointments.all():
        appointment.person = person
        change_post(actor=actor, appointment=appointment, unit=unit)
        return
    appoint(actor=actor, person=person, unit=unit)


MOVE = Operation(permission="people.write", rows=people, clean=clean_unit, preview=preview_move, apply=apply_move)
