"""Tokens: who a program is, and whose tokens there are."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from hongyan.company.access import actions, models, queries
from hongyan.company.people.models import Company as CompanyRow
from hongyan.company.people.queries import find_unit
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, addressed, created
from hongyan.faces.api.schemas import access as shapes
from hongyan.kernel.actor import Grant

router = Router(tags=["Tokens"])
EVERYWHERE = queries.EVERYWHERE


def _shown(token: models.Token, state: str, grant: Grant | None = None) -> dict[str, object]:
    held = queries.permissions_of(grant or queries.grant_of(token))
    return {
        "id": token.pk, "name": token.name, "hint": token.hint, "role": token.role,
        "company": token.company.slug if token.company else None, "unit": token.unit.path if token.unit else None,
        "permissions": sorted(held), "per_minute": token.per_minute, "made_by": token.made_by,
        "created_at": token.created_at, "expires_on": token.expires_on, "used_at": token.used_at, "state": state,
    }  # fmt: skip


def _company(request: Asking, slug: str | None) -> CompanyRow | None:
    """`*`: the machine itself."""
    return None if slug == EVERYWHERE else company_of(request, slug, "token.write")


@router.get("token", response=shapes.Token, summary="This token, and what it may do at this moment")
def show_own_token(request: Asking) -> object:
    return _shown(request.token, "active", request.actor.grants[0])


@router.get("tokens", response=shapes.TokenPage, summary="List a company's tokens (company=*: the machine's)")
def list_tokens(
    request: Asking, response: HttpResponse, company: Company = None, limit: Limit = DEFAULT, cursor: Cursor = None
) -> object:
    found = _company(request, company)
    request.actor.require("token.write", found.slug if found else EVERYWHERE)
    rows = queries.tokens_within(request.actor, found)
    return page_of(
        request, response, rows, Page(limit, cursor),
        lambda some: [_shown(t, state) for t, state in zip(some, queries.states_of(some), strict=True)], by="id", down=True,
    )  # fmt: skip


@router.post("tokens", response={201: shapes.NewToken}, summary="Make a token; it is told once")
def add_token(request: Asking, response: HttpResponse, body: shapes.AddToken) -> object:
    company = _company(request, body.company)
    unit = find_unit(company, body.unit) if body.unit and company else None
    token, text = actions.add_token(
        actor=request.actor, name=body.name, role=body.role, company=company, unit=unit, only=body.permissions,
        expires_on=body.expires_on, per_minute=body.per_minute, through=request.token,
    )  # fmt: skip
    created(response, f"tokens/{token.pk}")
    return _shown(token, "active") | {"token": text}


def _find(request: Asking, number: int) -> models.Token:
    with addressed():
        return queries.find_token(request.actor, number)


@router.get("tokens/{int:number}", response=shapes.Token, summary="Show a token")
def show_token(request: Asking, number: int) -> object:
    token = _find(request, number)
    return _shown(token, queries.state_of(token))


@router.delete("tokens/{int:number}", response={204: None}, summary="Revoke a token")
def revoke_token(request: Asking, number: int) -> None:
    actions.revoke_token(actor=request.actor, token=_find(request, number))
