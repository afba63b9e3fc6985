"""Who enters the room of imports, and for which company.

Always: for somebody without any of the rights to import a page is as unknown as none; an import is looked up within what
the actor may see.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse

from hongyan.company.imports.queries import RIGHTS
from hongyan.company.people.models import Company
from hongyan.faces.console.companies import current_company
from hongyan.faces.web.pages import Page, signed_in
from hongyan.faces.web.requests import Request

P = ParamSpec("P")


def room(view: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    @signed_in
    @wraps(view)
    def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not any(grant.permits(right) for grant in request.actor.grants for right in RIGHTS.values()):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def company_of(request: Request) -> Company:
    """The company that is worked on, of those where the actor may import anything."""
    for right in dict.fromkeys(RIGHTS.values()):
        try:
            return current_company(request, right)
        except Http404:
            continue
    raise Http404
