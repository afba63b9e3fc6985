"""The office's page of a request: everything of it, and what the office can do: decide, call somebody in, put somebody else
in charge, change a stuck one, hand over a first password, make an activation link anew."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from hongyan.company.people.scope import places_of_unit
from hongyan.company.requests import queries
from hongyan.company.requests.models import Request as Filed
from hongyan.evidence.audit.queries import list_events
from hongyan.faces.console.access import console_page
from hongyan.faces.requests import doing, drawing, showing
from hongyan.faces.requests.showing import Given
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal

HISTORY = 30


def find(request: Request, number: int) -> Filed:
    """Within the reach of the reader's rights; his own requests have their page at the portal."""
    filed = queries.find_request(number, request.actor)
    if not request.actor.may("mailbox.read", filed.company.slug, places_of_unit(filed.unit)):
        raise Http404
    return filed


@console_page("mailbox.read")
def show(request: Request, number: int) -> HttpResponse:
    return answer(request, find(request, number))


def answer(
    request: Request, filed: Filed, refused: Refusal | None = None, *, at: str = "", given: Given | None = None
) -> HttpResponse:
    values = showing.values_of(request, filed, refused, at=at, given=given)
    values["it"] = drawing.whole(filed, request.actor, request.account, "console-request-do")
    if request.actor.may("audit.read", filed.company.slug):
        values["events"] = list(list_events(filed.company.slug, subject=f"request/{filed.pk}")[:HISTORY])
    return page(request, "console/requests/one.html", values, status=422 if refused else 200)


@require_POST
@console_page("mailbox.read")
def do(request: Request, number: int, what: str) -> HttpResponse:
    filed = find(request, number)
    if what not in doing.DEEDS:
        raise Http404
    try:
        done = doing.DEEDS[what](request, filed)
    except Refusal as refusal:
        if refusal.code == "permission.missing":
            raise
        return answer(request, find(request, number), refusal, at=what)
    if isinstance(done, Given):
        return answer(request, find(request, number), given=done)
    return SeeOther(reverse("console-request", args=[filed.pk]) + f"?said={done}")
