"""Making a token in two steps: which role, then for what, where and until when. It is shown once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast

from django.http import Http404, HttpResponse

from hongyan.company.access import actions, queries
from hongyan.company.people.models import Company, Unit
from hongyan.company.people.queries import find_unit
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.roles.granting import SUGGESTED_UNITS, Kind, kind_of
from hongyan.faces.console.tokens.pages import show_one
from hongyan.faces.web.pages import page
from hongyan.faces.web.requests import Request
from hongyan.kernel import clock
from hongyan.kernel.actor import PERMITS, Actor, Grant, Role
from hongyan.kernel.decision import Refusal

DAYS = 90


def kinds_for(actor: Actor, company: Company) -> dict[str, Kind]:
    """The roles of which the actor holds everything himself."""
    return {
        role: kind_of(role, False)
        for role, permits in PERMITS.items()
        if permits and role != "head" and not queries.beyond(Grant(cast(Role, role), company.slug), actor)
    }


@console_page("token.write")
def choose(request: Request) -> HttpResponse:
    company = current_company(request, "token.write")
    values = {"company": company, "kinds": kinds_for(request.actor, company).values()}
    return page(request, "console/tokens/choose.html", values)


@console_page("token.write")
def add(request: Request, role: str) -> HttpResponse:
    company = current_company(request, "token.write")
    kind = kinds_for(request.actor, company).get(role)
    if kind is None:
        raise Http404
    if request.method != "POST":
        return _form(request, company, kind, {"until": (clock.today() + timedelta(days=DAYS)).isoformat()})
    try:
        token, text = _made(request, company, kind)
    except Refusal as refusal:
        return _form(request, company, kind, request.POST, refusal)
    return show_one(request, token, text=text)


def _made(request: Request, company: Company, kind: Kind) -> tuple[Any, str]:
    form = request.POST
    only, known = form.getlist("permission"), {right.permission for right in kind.rights}
    path = form.get("unit", "").strip().strip("/")
    return actions.add_token(
        actor=request.actor, name=form.get("name", ""), role=kind.role, company=company,
        unit=find_unit(company, path) if path and kind.units else None, only=None if set(only) == known else only,
        expires_on=_day(form.get("until", "")),
    )  # fmt: skip


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        latest = clock.today() + timedelta(days=actions.MAX_DAYS)
        raise Refusal("token.expiry_range", latest=latest.isoformat()) from None


def _form(
    request: Request, company: Company, kind: Kind, asked: Any, refusal: Refusal | None = None
) -> HttpResponse:  # fmt: skip
    chosen = request.POST.getlist("permission") if refusal else [right.permission for right in kind.rights]
    values = {
        "company": company, "kind": kind, "asked": asked, "chosen": chosen, "today": clock.today().isoformat(),
        "latest": (clock.today() + timedelta(days=actions.MAX_DAYS)).isoformat(),
        "refusal": refusal.decision if refusal else None,
        "units": Unit.objects.filter(company=company).order_by("path")[:SUGGESTED_UNITS] if kind.units else (),
    }  # fmt: skip
    return page(request, "console/tokens/add.html", values, status=422 if refusal else 200)
