"""A company's look in templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse

from hongyan.faces.web import look as looks

register = template.Library()


@dataclass(frozen=True, slots=True)
class Shown:
    company: str
    sheet: str  #: addresses; empty for none
    logo: str
    title: str
    welcome: str


@register.simple_tag(takes_context=True)
def page_look(context: dict[str, Any]) -> Shown | None:
    request = context.get("request")
    look = looks.look_of(request) if request is not None else None
    if look is None:
        return None
    logo = reverse("look-picture", args=[look.company.slug, look.logo]) if look.logo else ""
    return Shown(look.company.name, looks.sheet_url(look), logo, look.title or look.company.name, look.welcome)
