"""Distribution groups and their members."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from ninja import Router

from hongyan.company.finder.queries import matching
from hongyan.company.mailboxes import changes, models, queries, routing
from hongyan.company.mailboxes.scope import groups_within
from hongyan.company.people.queries import find_person, find_unit
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, Text, addressed, created
from hongyan.faces.api.routes.opening import company_by
from hongyan.faces.api.schemas import mailboxes as shapes
from hongyan.kernel import address as addresses

router = Router(tags=["Groups"])


def _row(group: models.Group) -> dict[str, object]:
    return {
        "address": group.address, "company": group.company.slug, "name": group.name, "who": group.who,
        "unit": group.unit.path if group.unit else None, "owner": group.owner_id, "created_at": group.created_at,
    }  # fmt: skip


def _whole(group: models.Group) -> dict[str, object]:
    listed = group.entries.filter(writer=True).order_by("address").values_list("address", flat=True)
    return _row(group) | {"members": group.entries.filter(writer=False).count(), "listed": list(listed)}


def _find(request: Asking, address: str) -> models.Group:
    with addressed():
        return queries.find_group(addresses.parse(address), request.actor)


@router.get("groups", response=shapes.GroupPage, summary="List groups")
def list_groups(
    request: Asking, response: HttpResponse, company: Company = None, q: Text = "", limit: Limit = DEFAULT,
    cursor: Cursor = None,
) -> object:  # fmt: skip
    found = company_of(request, company, "group.read")
    rows = groups_within(request.actor, "group.read", found)
    if q:
        rows = rows.filter(matching(found, "group", q))
    return page_of(
        request, response, rows.select_related("company", "unit"), Page(limit, cursor),
        lambda some: [_row(g) for g in some], by="address",
    )  # fmt: skip


@router.post("groups", response={201: shapes.Group}, summary="Add a group")
def add_group(request: Asking, response: HttpResponse, body: shapes.AddGroup) -> object:
    company = company_by(request, body.address, "group.write")
    group = routing.add_group(
        actor=request.actor, company=company, address=body.address, name=body.name, who=body.who, members=body.members,
        listed=body.listed, unit=find_unit(company, body.unit) if body.unit else None,
    )  # fmt: skip
    created(response, f"groups/{group.address}")
    return _whole(group)


@router.get("groups/{address}", response=shapes.Group, summary="Show a group")
def show_group(request: Asking, address: str) -> object:
    return _whole(_find(request, address))


@router.patch("groups/{address}", response=shapes.Group, summary="Change its name, owner, or who may write to it")
def change_group(request: Asking, address: str, body: shapes.ChangeGroup) -> object:
    group, given, actor = _find(request, address), body.dict(exclude_unset=True), request.actor
    with transaction.atomic():
        if body.name is not None:
            changes.name_group(actor=actor, group=group, name=body.name)
        if body.who is not None:
            routing.set_group_writers(actor=actor, group=group, who=body.who, listed=body.listed)
        if "owner" in given:
            owner = find_person(group.company, body.owner) if body.owner is not None else None
            changes.set_group_owner(actor=actor, group=group, owner=owner)
    return _whole(group)


@router.post("groups/{address}/rename", response=shapes.Group, summary="Give a group another address")
def rename_group(request: Asking, address: str, body: shapes.Rename) -> object:
    group = _find(request, address)
    return _whole(
        changes.rename_group(actor=request.actor, group=group, address=body.address, keep_days=body.keep_days)
    )


@router.delete("groups/{address}", response={204: None}, summary="Remove a group")
def remove_group(request: Asking, address: str) -> None:
    changes.remove_group(actor=request.actor, group=_find(request, address))


@router.get("groups/{address}/members", response=shapes.MemberPage, summary="List a group's members")
def list_members(
    request: Asking, response: HttpResponse, address: str, limit: Limit = DEFAULT, cursor: Cursor = None
) -> object:
    rows = models.GroupMember.objects.filter(group=_find(request, address), writer=False)
    return page_of(
        request,
        response,
        rows,
        Page(limit, cursor),
        lambda found: [{"address": m.address} for m in found],
        by="address",
    )


@router.post("groups/{address}/members", response={201: shapes.Member}, summary="Add a member")
def add_member(request: Asking, address: str, body: shapes.Right) -> object:
    routing.add_member(actor=request.actor, group=_find(request, address), address=body.address)
    return {"address": addresses.parse(body.address)}


@router.delete("groups/{address}/members/{member}", response={204: None}, summary="Remove a member")
def remove_member(request: Asking, address: str, member: str) -> None:
    group = _find(request, address)
    with addressed():
        routing.remove_member(actor=request.actor, group=group, address=member)
