"""The company that somebody who sees several works on now.

Owns: the choice (a cookie), `current_company` for the pages of one company, `POST /console/company`.
Always: only a company in which the actor holds the page's permission; another one is as unknown as none.
"""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from hongyan.company.people.models import Company
from hongyan.company.people.queries import list_companies
from hongyan.faces.console.access import companies_of
from hongyan.faces.web.pages import SeeOther, safe_next, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.actor import Actor, Permission

COOKIE = "hongyan-company"


def current_company(request: Request, permission: Permission) -> Company:
    """`?company=SLUG`, else the one chosen last, else the actor's own, else the first. 404 when there is none."""
    open_to = {company.slug: company for company in companies_of(request.actor, permission)}
    if asked := request.GET.get("company") or request.POST.get("company"):
        if asked not in open_to:
            raise Http404
        return open_to[asked]
    for slug in (request.COOKIES.get(COOKIE, ""), request.actor.company, next(iter(open_to), "")):
        if slug in open_to:
            return open_to[slug]
    raise Http404


def companies_to_choose(actor: Actor) -> list[Company]:
    """The companies in which the actor holds anything at all."""
    held = {grant.company for grant in actor.grants}
    return [company for company in list_companies() if "" in held or company.slug in held]


@require_POST
@signed_in
def choose(request: Request) -> HttpResponse:
    slug = request.POST.get("slug", "")
    if slug not in {company.slug for company in companies_to_choose(request.actor)}:
        raise Http404
    response = SeeOther(safe_next(request) or reverse("console"))
    keep(response, COOKIE, slug)
    return response


def keep(response: HttpResponse, name: str, value: str) -> None:
    """A choice of how pages look: for a year, for our pages alone."""
    response.set_cookie(
        name, value, max_age=365 * 86400, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
