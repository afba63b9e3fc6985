"""The page, and the part of it that changes by itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from hongyan.faces.console.access import console_page
from hongyan.faces.console.overview import figures
from hongyan.faces.web.pages import page
from hongyan.faces.web.requests import Request


@console_page("health.read")
def show(request: Request) -> HttpResponse:
    return page(request, "console/overview/page.html", _values(request))


@console_page("health.read")
def fragment(request: Request) -> HttpResponse:
    """The part of the page that changes by itself; the page asks for it every few seconds."""
    return page(request, "console/overview/part.html", _values(request))


def _values(request: Request) -> dict[str, Any]:
    return {"overview": figures.overview(request.actor)}
