"""Granting a role in two steps: which one, then to whom, where and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse

from hongyan.company.people import roles
from hongyan.company.people.models import Company, RoleGrant, Unit
from hongyan.company.people.queries import find_unit
from hongyan.company.people.rights import find_account, in_order
from hongyan.company.people.standing import gives_roles
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.roles.words import right_meaning, right_word, role_word
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import day
from hongyan.kernel.actor import PERMITS, UNIT_ROLES
from hongyan.kernel.decision import Refusal

SUGGESTED_UNITS = 500


@dataclass(frozen=True, slots=True)
class Right:
    permission: str
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A role as the form offers it."""

    role: str
    name: str
    rights: list[Right]
    units: bool  #: can be held for a unit
    needs_unit: bool
    shares: bool
    machine: bool  #: can be given for the whole machine by this actor


def kind_of(role: str, machine: bool) -> Kind:
    rights = [Right(p, right_word(p), right_meaning(p)) for p in in_order(PERMITS[role])]  # type: ignore[index]
    scoped = role == "scoped"
    return Kind(role, role_word(role), rights, role in UNIT_ROLES, scoped, scoped, machine)


def _company(request: Request) -> Company:
    company = current_company(request, "role.write")
    if not gives_roles(request.actor, company):
        raise Http404
    return company


def _kinds(request: Request, company: Company) -> dict[str, Kind]:
    machine = roles.givable_roles(request.actor, None)
    return {role: kind_of(role, role in machine) for role in roles.givable_roles(request.actor, company)}


@console_page("role.write")
def choose(request: Request) -> HttpResponse:
    company = _company(request)
    values = {"company": company, "kinds": _kinds(request, company).values(), "login": request.GET.get("login", "")}
    return page(request, "console/roles/choose.html", values)


@console_page("role.write")
def grant(request: Request, role: str) -> HttpResponse:
    company = _company(request)
    kind = _kinds(request, company).get(role)
    if kind is None:
        raise Http404
    asked = request.POST if request.method == "POST" else request.GET
    chosen = request.POST.getlist("permission") if request.method == "POST" else [r.permission for r in kind.rights]
    values: dict[str, Any] = {
        "company": company, "kind": kind, "asked": asked, "chosen": chosen,
        "units": Unit.objects.filter(company=company).order_by("path")[:SUGGESTED_UNITS] if kind.units else (),
    }  # fmt: skip
    if request.method == "POST":
        try:
            made = _granted(request, company, kind, chosen)
        except Refusal as refusal:
            return page(request, "console/roles/grant.html", values | {"refusal": refusal.decision}, status=422)
        return SeeOther(reverse("role-account", args=[made.account.login]) + "?said=role-granted")
    return page(request, "console/roles/grant.html", values)


def _granted(request: Request, company: Company, kind: Kind, chosen: list[str]) -> RoleGrant:
    asked = request.POST
    everywhere = kind.machine and "everywhere" in asked
    path = asked.get("unit", "").strip().strip("/")
    return roles.grant_role(
        actor=request.actor,
        account=find_account(asked.get("login", "")),
        role=kind.role,
        company=None if everywhere else company,
        unit=find_unit(company, path) if path and kind.units else None,
        permissions=chosen if kind.rights else None,
        until=day(asked.get("until", "")),
        seats=_count(asked.get("seats", "")) if kind.shares else None,
        storage_mb=_gigabytes(asked.get("storage", "")) if kind.shares else None,
        reason=" ".join(asked.get("reason", "").split()),
    )


def _count(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refusal("role.share_range")
    return int(text)


def _gigabytes(text: str) -> int | None:
    count = _count(text)
    return None if count is None else count * 1024
