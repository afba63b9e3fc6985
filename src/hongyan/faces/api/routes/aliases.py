"""Aliases: other addresses for mailboxes and groups."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from hongyan.company.finder.queries import matching
from hongyan.company.mailboxes import changes, models, routing
from hongyan.company.mailboxes.scope import aliases_within, places_of_address
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, Text, addressed, created
from hongyan.faces.api.routes.opening import company_by
from hongyan.faces.api.schemas import mailboxes as shapes
from hongyan.kernel import address as addresses
from hongyan.kernel.decision import Refusal

router = Router(tags=["Aliases"])


def _shown(alias: models.Alias) -> shapes.Alias:
    return shapes.Alias(
        address=alias.address, company=alias.company.slug, target=alias.target, until=alias.until,
        created_at=alias.created_at,
    )  # fmt: skip


def _find(request: Asking, address: str) -> models.Alias:
    with addressed():
        address = addresses.parse(address)
        alias = models.Alias.objects.select_related("company").filter(address=address).first()
        places = places_of_address(alias.company, alias.target) if alias else ()
        if alias is None or not request.actor.may("mailbox.read", alias.company.slug, places):
            raise Refusal("alias.unknown", address=address)
    return alias


@router.get("aliases", response=shapes.AliasPage, summary="List aliases")
def list_aliases(
    request: Asking, response: HttpResponse, company: Company = None, q: Text = "", limit: Limit = DEFAULT,
    cursor: Cursor = None,
) -> object:  # fmt: skip
    found = company_of(request, company, "mailbox.read")
    rows = aliases_within(request.actor, "mailbox.read", found)
    if q:
        rows = rows.filter(matching(found, "alias", q))
    return page_of(
        request, response, rows.select_related("company"), Page(limit, cursor), lambda some: [_shown(a) for a in some],
        by="address",
    )  # fmt: skip


@router.post("aliases", response={201: shapes.Alias}, summary="Add an alias")
def add_alias(request: Asking, response: HttpResponse, body: shapes.AddAlias) -> object:
    alias = routing.add_alias(
        actor=request.actor, company=company_by(request, body.address), address=body.address, target=body.target,
        until=body.until,
    )  # fmt: skip
    created(response, f"aliases/{alias.address}")
    return _shown(alias)


@router.get("aliases/{address}", response=shapes.Alias, summary="Show an alias")
def show_alias(request: Asking, address: str) -> object:
    return _shown(_find(request, address))


@router.put("aliases/{address}", response=shapes.Alias, summary="Let an alias lead elsewhere")
def change_alias(request: Asking, address: str, body: shapes.ChangeAlias) -> object:
    alias = _find(request, address)
    changes.change_alias(actor=request.actor, alias=alias, target=body.target, until=body.until)
    return _shown(alias)


@router.delete("aliases/{address}", response={204: None}, summary="Remove an alias")
def remove_alias(request: Asking, address: str) -> None:
    routing.remove_alias(actor=request.actor, alias=_find(request, address))
