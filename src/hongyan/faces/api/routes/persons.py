"""Members of staff."""

from __future__ import annotations

from typing import Annotated, Any, cast

from django.http import HttpResponse
from ninja import Query, Router

from hongyan.company.finder.queries import matching
from hongyan.company.people import actions, models, posts
from hongyan.company.people.holding import in_state
from hongyan.company.people.persons import edit_person
from hongyan.company.people.queries import find_unit
from hongyan.company.people.relations import states_of
from hongyan.company.people.scope import persons_within, places_of
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, Text, addressed, created
from hongyan.faces.api.schemas import people as shapes
from hongyan.faces.api.schemas.lives import State
from hongyan.kernel.decision import Refusal

router = Router(tags=["Persons"])


def shown(persons: list[models.Person]) -> list[shapes.Person]:
    """Posts, states and mailboxes of all of them come in a few queries."""
    keys = [person.pk for person in persons]
    posts: dict[int, list[shapes.Post]] = {}
    for row in models.Appointment.objects.filter(person__in=keys).select_related("unit").order_by("pk"):
        posts.setdefault(row.person_id, []).append(
            shapes.Post(
                id=row.pk, unit=row.unit.path, post=row.post, head=row.head, deputy=row.deputy, grade=row.grade,
                since=row.since, until=row.until, lent=row.lent,
            )
        )  # fmt: skip
    mailboxes: dict[int, list[str]] = {}
    found = models.Person.objects.filter(pk__in=keys, mailboxes__closed_at__isnull=True, mailboxes__isnull=False)
    for key, address in found.order_by("mailboxes__address").values_list("pk", "mailboxes__address"):
        mailboxes.setdefault(key, []).append(address)
    states = states_of(persons)
    return [
        shapes.Person(
            id=p.pk, company=p.company.slug, name=p.name, latin_name=p.latin_name, number=p.number,
            locale=cast(Any, p.locale), posts=posts.get(p.pk, []), mailboxes=mailboxes.get(p.pk, []), created_at=p.created_at,
            state=states[p.pk], joined_on=p.joined_on, left_on=p.left_on,
        )
        for p in persons
    ]  # fmt: skip


def find(request: Asking, number: int) -> models.Person:
    person = models.Person.objects.select_related("company").filter(pk=number).first()
    with addressed():
        if person is None or not request.actor.may("people.read", person.company.slug, places_of(person)):
            raise Refusal("person.unknown", person=number)
    return person


@router.get("persons", response=shapes.PersonPage, summary="List persons")
def list_persons(
    request: Asking, response: HttpResponse, company: Company = None, q: Text = "",
    number: Annotated[str, Query(max_length=40, description="Staff number.")] = "",
    state: Annotated[State | None, Query(description="Without it, everybody, leavers too.")] = None,
    limit: Limit = DEFAULT, cursor: Cursor = None,
) -> object:  # fmt: skip
    found = company_of(request, company, "people.read")
    rows = persons_within(request.actor, "people.read", found)
    if q:
        rows = rows.filter(matching(found, "person", q))
    if number:
        rows = rows.filter(number=number)
    if state:
        rows = rows.filter(in_state(state))
    return page_of(request, response, rows.select_related("company"), Page(limit, cursor), shown, by="id")


@router.post("persons", response={201: shapes.Person}, summary="Add a person")
def add_person(request: Asking, response: HttpResponse, body: shapes.AddPerson) -> object:
    company = company_of(request, body.company, "people.write")
    unit = find_unit(company, body.unit) if body.unit else None
    person = actions.add_person(
        actor=request.actor, company=company, unit=unit, locale=body.locale or "",
        **body.dict(exclude={"company", "unit", "locale"}),
    )  # fmt: skip
    created(response, f"persons/{person.pk}")
    return shown([person])[0]


@router.get("persons/{int:number}", response=shapes.Person, summary="Show a person")
def show_person(request: Asking, number: int) -> object:
    return shown([find(request, number)])[0]


@router.post("persons/{int:number}/posts", response={201: shapes.Person}, summary="Give a person one more post")
def add_post(request: Asking, response: HttpResponse, number: int, body: shapes.AddPost) -> object:
    person = find(request, number)
    unit = find_unit(person.company, body.unit)
    actions.appoint(actor=request.actor, person=person, unit=unit, **body.dict(exclude={"unit"}))
    created(response, f"persons/{person.pk}")
    return shown([person])[0]


@router.patch("persons/{int:number}", response=shapes.Person, summary="Change a person's data")
def change_person(request: Asking, number: int, body: shapes.ChangePerson) -> object:
    person = find(request, number)
    given = {name: value for name, value in body.dict(exclude_unset=True).items() if value is not None}
    edit_person(actor=request.actor, person=person, **given)
    return shown([person])[0]


def find_post(request: Asking, number: int, post: int) -> tuple[models.Person, models.Appointment]:
    person = find(request, number)
    with addressed():
        return person, posts.find_post(person, post)


@router.patch("persons/{int:number}/posts/{int:post}", response=shapes.Person, summary="Change a post")
def change_post(request: Asking, number: int, post: int, body: shapes.ChangePost) -> object:
    person, appointment = find_post(request, number, post)
    unit = find_unit(person.company, body.unit) if body.unit else None
    posts.change_post(actor=request.actor, appointment=appointment, unit=unit, **body.dict(exclude={"unit"}))
    return shown([person])[0]


@router.delete("persons/{int:number}/posts/{int:post}", response={204: None}, summary="End a post")
def end_post(request: Asking, number: int, post: int) -> None:
    posts.end_post(actor=request.actor, appointment=find_post(request, number, post)[1])
