"""Persons' leave, loans, leaving and returning; relations; grades."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse
from ninja import Router

from hongyan.company.people import life, models, relations
from hongyan.company.people.grades import name_grades as set_names
from hongyan.company.people.queries import find_person, find_unit
from hongyan.company.people.scope import places_of
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.routes.common import Company, addressed, created
from hongyan.faces.api.routes.companies import unit_named
from hongyan.faces.api.routes.persons import find, find_post, shown
from hongyan.faces.api.schemas import lives as shapes, people

router = Router(tags=["Persons"])


def _somebody(persons: Iterable[models.Person]) -> list[shapes.Somebody]:
    return [shapes.Somebody(id=p.pk, name=p.name) for p in persons]


def _leave(row: models.Absence, *, reasons: bool = True) -> shapes.Leave:
    return shapes.Leave(
        id=row.pk, since=row.since, until=row.until, reason=row.reason if reasons else "",
        deputy=_somebody([row.deputy])[0] if row.deputy else None,
    )  # fmt: skip


# -- leave and loans -----------------------------------------------------------------------------------------
@router.get("persons/{int:number}/leave", response=shapes.Leaves, summary="List a person's leave, the latest first")
def list_leave(request: Asking, number: int) -> object:
    """Why is told to those who may change the person's data."""
    person = find(request, number)
    reasons = request.actor.may("people.write", person.company.slug, places_of(person))
    rows = person.absences.select_related("deputy").order_by("-since", "-pk")
    return {"items": [_leave(row, reasons=reasons) for row in rows]}


@router.post("persons/{int:number}/leave", response={201: shapes.Leave}, summary="Enter leave, with who stands in")
def take_leave(request: Asking, response: HttpResponse, number: int, body: shapes.TakeLeave) -> object:
    person = find(request, number)
    deputy = find_person(person.company, body.deputy) if body.deputy is not None else None
    absence = life.take_leave(
        actor=request.actor, person=person, since=body.since, until=body.until, deputy=deputy, reason=body.reason
    )
    created(response, f"persons/{person.pk}/leave")
    return _leave(absence)


@router.delete("persons/{int:number}/leave/{int:absence}", response={204: None}, summary="End leave: back since today")
def end_leave(request: Asking, number: int, absence: int) -> None:
    person = find(request, number)
    with addressed():
        found = life.find_absence(person, absence)
    life.end_leave(actor=request.actor, absence=found)


@router.post("persons/{int:number}/loans", response={201: people.Person}, summary="Lend a person to another unit")
def lend_person(request: Asking, response: HttpResponse, number: int, body: shapes.Lend) -> object:
    person = find(request, number)
    unit = find_unit(person.company, body.unit)
    life.lend(actor=request.actor, person=person, unit=unit, until=body.until, post=body.post, grade=body.grade)
    created(response, f"persons/{person.pk}")
    return shown([person])[0]


@router.delete("persons/{int:number}/loans/{int:post}", response={204: None}, summary="End a loan")
def return_loan(request: Asking, number: int, post: int) -> None:
    life.return_loan(actor=request.actor, appointment=find_post(request, number, post)[1])


# -- leaving and returning ------------------------------------------------------------------------------------
@router.post("persons/{int:number}/leaving", response=people.Person, summary="A person has left the company")
def leave_company(request: Asking, number: int, body: shapes.Left) -> object:
    person = find(request, number)
    life.leave_company(actor=request.actor, person=person, on=body.on, kind=body.kind)
    return shown([person])[0]


@router.post("persons/{int:number}/return", response=people.Person, summary="A person who had left is back")
def return_person(request: Asking, number: int, body: shapes.Return) -> object:
    person = find(request, number)
    unit = find_unit(person.company, body.unit) if body.unit else None
    life.return_person(actor=request.actor, person=person, on=body.on, unit=unit, post=body.post, grade=body.grade)
    return shown([person])[0]


# -- relations -----------------------------------------------------------------------------------------------
@router.get("persons/{int:number}/relations", response=shapes.Relations, summary="Who is what to a person")
def show_relations(request: Asking, number: int) -> object:
    person = find(request, number)
    post, acting = relations.main_post(person), relations.stand_in(person)
    branch = relations.branch_of(post.unit) if post else None
    return shapes.Relations(
        heads=_somebody(relations.head_of(person)),
        stand_in=_somebody([acting])[0] if acting else None,
        branch=branch.path if branch else None,
        it_clerks=_somebody(relations.it_clerks_of(post.unit) if post else []),
    )


@router.get("units/{int:number}/leaders", response=shapes.Leaders, tags=["Units"], summary="Heads, deputies, IT clerks")
def show_leaders(request: Asking, number: int) -> object:
    unit = unit_named(request, number)
    branch = relations.branch_of(unit)
    return shapes.Leaders(
        heads=_somebody(relations.heads_of(unit)), deputies=_somebody(relations.deputies_of(unit)),
        branch=branch.path if branch else None, it_clerks=_somebody(relations.it_clerks_of(unit)),
    )  # fmt: skip


# -- grades --------------------------------------------------------------------------------------------------
def _grades(names: dict[int, str]) -> dict[str, list[shapes.GradeName]]:
    return {"items": [shapes.GradeName(level=level, name=name) for level, name in sorted(names.items())]}


@router.get("grades", response=shapes.Grades, tags=["Units"], summary="What the company calls its grades")
def list_grades(request: Asking, company: Company = None) -> object:
    return _grades(relations.grade_names(company_of(request, company, "people.read")))


@router.put("grades", response=shapes.Grades, tags=["Units"], summary="Name the company's grades, all at once")
def name_grades(request: Asking, body: shapes.NameGrades) -> object:
    company = company_of(request, body.company, "people.write")
    names = {grade.level: grade.name for grade in body.items}
    return _grades(set_names(actor=request.actor, company=company, names=names))
