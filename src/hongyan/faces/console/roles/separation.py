"""The switch of the separation of offices (三員分立), with what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse

from hongyan.company.people.models import RoleGrant
from hongyan.company.people.roles import separate_offices
from hongyan.company.people.standing import OFFICES, gives_roles, holders_of_offices
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.roles.words import role_word
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal


@dataclass(frozen=True, slots=True)
class Office:
    name: str
    holders: list[RoleGrant]


@console_page("role.read")
def show(request: Request) -> HttpResponse:
    company = current_company(request, "role.read")
    refusal: Decision | None = None
    reasons: tuple[Decision, ...] = ()
    if request.method == "POST":
        on = request.POST.get("on") == "1"
        try:
            separate_offices(actor=request.actor, company=company, on=on)
            said = "separated" if on else "joined"
            return SeeOther(reverse("roles") + f"?said={said}")
        except Refusal as refused:
            refusal, reasons = refused.decision, refused.reasons
    holders = list(holders_of_offices(company))
    values = {
        "company": company,
        "gives": gives_roles(request.actor, company),
        "offices": [Office(role_word(name), [g for g in holders if g.role == name]) for name in OFFICES],
        "refusal": refusal,
        "reasons": reasons,
    }
    return page(request, "console/roles/separation.html", values, status=422 if refusal else 200)
