"""Who holds which role, and where."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.http import HttpResponse
from ninja import Router

from hongyan.company.people import models, roles
from hongyan.company.people.queries import find_unit
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, addressed, created
from hongyan.faces.api.schemas import machine as shapes
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal

router = Router(tags=["Roles"])
_RELATED = ("account__company", "account__person", "company", "unit")


def _shown(grant: models.RoleGrant) -> shapes.RoleGrant:
    return shapes.RoleGrant(
        id=grant.pk, login=grant.account.login, role=grant.role, company=grant.company.slug if grant.company else None,
        unit=grant.unit.path if grant.unit else None, permissions=grant.permissions, until=grant.until,
        seats=grant.seats, storage_mb=grant.storage_mb, granted_at=grant.granted_at,
    )  # fmt: skip


def _in_force(today: date) -> Q:
    return Q(until__isnull=True) | Q(until__gte=today)


@router.get("roles", response=shapes.RoleGrantPage, summary="List who holds a role in a company")
def list_roles(
    request: Asking, response: HttpResponse, company: Company = None, limit: Limit = DEFAULT, cursor: Cursor = None
) -> object:
    found = company_of(request, company, "role.read")
    request.actor.require("role.read", found.slug)
    rows = models.RoleGrant.objects.select_related(*_RELATED).filter(_in_force(clock.today()), company=found)
    return page_of(request, response, rows, Page(limit, cursor), lambda some: [_shown(g) for g in some], by="id")


@router.post("roles", response={201: shapes.RoleGrant}, summary="Give a role")
def grant_role(request: Asking, response: HttpResponse, body: shapes.GrantRole) -> object:
    company = company_of(request, body.company, "role.write")
    login = body.login.strip().lower()
    account = models.Account.objects.select_related("company", "person").filter(login=login, company=company).first()
    if account is None:
        raise Refusal("account.unknown", login=login)
    grant = roles.grant_role(
        actor=request.actor, account=account, role=body.role, company=company,
        unit=find_unit(company, body.unit) if body.unit else None, permissions=body.permissions, until=body.until,
        seats=body.seats, storage_mb=body.storage_mb, reason=body.reason,
    )  # fmt: skip
    created(response, f"roles/{grant.pk}")
    return _shown(grant)


def _find(request: Asking, number: int) -> models.RoleGrant:
    grant = models.RoleGrant.objects.select_related(*_RELATED).filter(pk=number, company__isnull=False).first()
    with addressed():
        if grant is None or grant.company is None or not request.actor.may("role.read", grant.company.slug):
            raise Refusal("role.unknown")
    return grant


@router.get("roles/{int:number}", response=shapes.RoleGrant, summary="Show who holds a role, and until when")
def show_role(request: Asking, number: int) -> object:
    return _shown(_find(request, number))


@router.delete("roles/{int:number}", response={204: None}, summary="Take a role")
def revoke_role(request: Asking, number: int) -> None:
    roles.revoke_role(actor=request.actor, grant=_find(request, number))
