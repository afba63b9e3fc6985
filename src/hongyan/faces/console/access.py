"""Who sees pages of the console, and of which companies.

Always: for somebody without the permission the page is as unknown as none (promise 7); a company's name in the address
opens only what the actor may see.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse

from hongyan.company.people.models import Company
from hongyan.company.people.queries import list_companies
from hongyan.faces.web.pages import Page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.actor import Actor, Permission

P = ParamSpec("P")


def console_page(permission: Permission) -> Callable[[Page[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    def wrap(view: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @signed_in
        @wraps(view)
        def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not any(grant.permits(permission) for grant in request.actor.grants):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def machine_page(view: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page about the machine itself, for who runs it."""

    @signed_in
    @wraps(view)
    def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not runs_machine(request.actor):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def runs_machine(actor: Actor) -> bool:
    """Whether the actor sees the machine itself: an empty company in a grant is every company and what is below them."""
    return any(grant.role == "system" and not grant.company for grant in actor.grants)


def companies_of(actor: Actor, permission: Permission) -> list[Company]:
    return [company for company in list_companies() if actor.may_somewhere(permission, company.slug)]
