"""Profiles: what posts bring, what somebody has by them, what a move would change."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from django.http import HttpResponse
from ninja import Router

from hongyan.company.people.queries import find_unit
from hongyan.company.people.scope import units_within
from hongyan.company.profiles import actions, models, queries
from hongyan.company.profiles.actions import Posts
from hongyan.company.profiles.settling import label
from hongyan.company.profiles.things import Post
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes import persons
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, addressed, created
from hongyan.faces.api.schemas import permits as shapes
from hongyan.kernel.decision import Refusal

router = Router(tags=["Profiles"])


def _item(row: models.Item) -> shapes.ProfileItem:
    what = row.group.address if row.group else row.shared.address if row.shared else row.value
    return shapes.ProfileItem(id=row.pk, kind=cast(Any, row.kind), value=what, rights=row.rights)


def _shown(rows: list[models.Profile]) -> list[shapes.Profile]:
    items: dict[int, list[shapes.ProfileItem]] = {}
    for item in models.Item.objects.filter(profile__in=rows).select_related("group", "shared").order_by("pk"):
        items.setdefault(item.profile_id, []).append(_item(item))
    return [
        shapes.Profile(
            id=row.pk, company=row.company.slug, name=row.name, unit=row.unit.path if row.unit else None,
            below=row.below, post=row.post, grade=row.grade, items=items.get(row.pk, []),
        )
        for row in rows
    ]  # fmt: skip


def _find(request: Asking, number: int) -> models.Profile:
    row = models.Profile.objects.select_related("company", "unit").filter(pk=number).first()
    with addressed():
        if row is None or not request.actor.may("settings.write", row.company.slug):
            raise Refusal("profile.unknown")
    return row


@router.get("profiles", response=shapes.ProfilePage, summary="List profiles of posts")
def list_profiles(
    request: Asking, response: HttpResponse, company: Company = None, limit: Limit = DEFAULT, cursor: Cursor = None
) -> object:
    rows = queries.list_profiles(request.actor, company_of(request, company, "settings.write"))
    return page_of(request, response, rows, Page(limit, cursor), _shown, by="id")


@router.post("profiles", response={201: shapes.Profile}, summary="Add a profile")
def add_profile(request: Asking, response: HttpResponse, body: shapes.AddProfile) -> object:
    company = company_of(request, body.company, "settings.write")
    unit = find_unit(company, body.unit) if body.unit else None
    posts = Posts(body.name, unit, body.below, body.post, body.grade)
    profile = actions.add_profile(actor=request.actor, company=company, posts=posts)
    created(response, f"profiles/{profile.pk}")
    return _shown([profile])[0]


@router.get("profiles/{int:profile}", response=shapes.Profile, summary="Show a profile")
def show_profile(request: Asking, profile: int) -> object:
    return _shown([_find(request, profile)])[0]


@router.put("profiles/{int:profile}", response=shapes.Profile, summary="Change which posts a profile is for")
def change_profile(request: Asking, profile: int, body: shapes.ChangeProfile) -> object:
    row = _find(request, profile)
    unit = find_unit(row.company, body.unit) if body.unit else None
    posts = Posts(body.name, unit, body.below, body.post, body.grade)
    return _shown([actions.change_profile(actor=request.actor, profile=row, posts=posts)])[0]


@router.delete(
    "profiles/{int:profile}", response={204: None}, summary="Remove a profile; what it brought is taken back"
)
def remove_profile(request: Asking, profile: int) -> None:
    actions.remove_profile(actor=request.actor, profile=_find(request, profile))


@router.post("profiles/{int:profile}/items", response={201: shapes.Profile}, summary="Add what a profile brings")
def add_profile_item(request: Asking, response: HttpResponse, profile: int, body: shapes.AddProfileItem) -> object:
    row = _find(request, profile)
    actions.add_item(actor=request.actor, profile=row, kind=body.kind, value=body.value, rights=body.rights)
    created(response, f"profiles/{row.pk}")
    return _shown([row])[0]


@router.delete("profiles/{int:profile}/items/{int:item}", response={204: None}, summary="Remove what a profile brings")
def remove_profile_item(request: Asking, profile: int, item: int) -> None:
    row = _find(request, profile)
    with addressed():
        actions.remove_item(actor=request.actor, profile=row, item_id=item)


@router.get("persons/{int:number}/given", response=shapes.Givens, summary="List what a person has by his posts")
def list_given(request: Asking, number: int) -> object:
    rows = queries.given_to(persons.find(request, number))
    return {
        "items": [
            shapes.Given(
                id=row.pk, address=row.mailbox.address, kind=cast(Any, row.kind), value=label(row), profile=row.name,
                unit=row.unit.path if row.unit else None, state=cast(Any, row.state), problem=row.problem,
            )
            for row in rows
        ]
    }  # fmt: skip


@router.post("persons/{int:number}/move-preview", response=shapes.MovePreview, summary="Show what a move would change")
def preview_move(request: Asking, number: int, body: shapes.PreviewMove) -> object:
    """Changes nothing."""
    person = persons.find(request, number)
    leaving = persons.find_post(request, number, body.leaving)[1] if body.leaving else None
    unit = units_within(request.actor, "people.read", person.company).filter(path=body.unit).first()
    if unit is None:
        raise Refusal("unit.unknown", path=body.unit)
    return asdict(queries.preview_move(person, leaving, Post(unit, body.post, body.grade)))
