"""The first page of the console: how the machine does, for its operator; how the company does, for its office."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from hongyan.faces.console.access import console_page
from hongyan.faces.console.overview import overview
from hongyan.faces.web.pages import page
from hongyan.faces.web.requests import Request


@console_page("health.read")
def show(request: Request) -> HttpResponse:
    return page(request, "console/health.html", _values(request))


@console_page("health.read")
def fragment(request: Request) -> HttpResponse:
    """The part of the page that changes by itself; the page asks for it every few seconds."""
    return page(request, "console/parts/health.html", _values(request))


def _values(request: Request) -> dict[str, Any]:
    return {"overview": overview(request.actor)}
