"""What the console's frame shows around every page: the rooms that are open, the company worked on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template

from hongyan.company.people.models import Company
from hongyan.faces.console import companies, navigation
from hongyan.faces.console.search.pages import finds
from hongyan.faces.web import themes

register = template.Library()


@dataclass(frozen=True, slots=True)
class Frame:
    groups: list[navigation.Group]
    company: Company | None
    companies: list[Company]
    finds: bool  #: whether the search finds anything for the reader


@register.simple_tag(takes_context=True)
def console_frame(context: dict[str, Any]) -> Frame:
    request = context["request"]
    actor = getattr(request, "actor", None)
    if actor is None:
        return Frame([], None, [], False)
    here = request.resolver_match.url_name if request.resolver_match else ""
    known = companies.companies_to_choose(actor)
    shown = context.get("company")
    if not isinstance(shown, Company):
        wanted = (request.COOKIES.get(companies.COOKIE, ""), actor.company)
        shown = next((c for slug in wanted for c in known if c.slug == slug), known[0] if known else None)
    return Frame(navigation.groups_for(actor, here or ""), shown, known, finds(actor))


@register.simple_tag(takes_context=True)
def theme(context: dict[str, Any]) -> str:
    request = context.get("request")
    return themes.theme_of(request) if request else "auto"


@register.simple_tag
def theme_names() -> dict[str, Any]:
    return dict(themes.THEMES)
