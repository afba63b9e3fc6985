"""My requests, and the page of one: where it is, what was asked, what has happened, what its reader can do about it.

Always: a request that is not the reader's to see is as unknown as none (`queries.find_request`); what he is offered to do
is asked of the rooms that would do it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hongyan.company.requests import queries
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import OPEN_STATES, Request as Filed
from hongyan.faces.requests import drawing, fields, words
from hongyan.faces.requests.fields import number_of
from hongyan.faces.requests.filing import company_of
from hongyan.faces.web.pages import SeeOther, page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal

SHOWN: Final = 25
OPEN_SHOWN: Final = 50


# -- mine -------------------------------------------------------------------------------------------------
@signed_in
def index(request: Request) -> HttpResponse:
    company_of(request)
    before = number_of(request.GET.get("before", ""))
    found = drawing.requests_to_draw(queries.mine(request.account))
    past = found.exclude(state__in=OPEN_STATES)
    rows = list((past.filter(pk__lt=before) if before else past)[: SHOWN + 1])
    under_way = [] if before else list(found.filter(state__in=OPEN_STATES)[:OPEN_SHOWN])
    values = {
        "open": [drawing.line(row, request.account) for row in under_way],
        "past": [drawing.line(row, request.account) for row in rows[:SHOWN]],
        "older": rows[SHOWN - 1].pk if len(rows) > SHOWN else 0, "newer": bool(before),
        "notice": words.NOTICES.get(request.GET.get("said", "")),
    }  # fmt: skip
    return page(request, "requests/index.html", values)


# -- one --------------------------------------------------------------------------------------------------
@signed_in
def show(request: Request, number: int) -> HttpResponse:
    return answer(request, queries.find_request(number, request.actor))


@signed_in
def step(request: Request, number: int) -> HttpResponse:
    """Where a notice leads: the request that the step is of."""
    found = queries.find_step(number, request.actor)
    return SeeOther(reverse("request", args=[found.request_id]))


@dataclass(frozen=True, slots=True)
class Given:
    """What is shown once."""

    title: words.Text
    about: words.Text
    text: str


def first_password(secret: str) -> Given:
    return Given(_("The first password"), _("It is shown only here and only once, and dies after two hours."), secret)


def values_of(
    request: Request, filed: Filed, refused: Refusal | None = None, *, at: str = "", given: Given | None = None
) -> dict[str, Any]:
    """`at`: what was refused, whose form is shown with what was typed."""
    form = FORMS[filed.form]
    typed = fields.typed(form, request.POST) if at in ("amend", "resubmit") else fields.kept(form, filed.fields)
    only = form.amendable if filed.state == "stuck" else fields.answered(form)
    asked = (
        fields.inputs(form, filed.company, filed.person, typed, only) if filed.state in ("stuck", "returned") else []
    )
    decision, by_field, reasons = fields.sorted_out(refused)
    return {
        "company": filed.company, "it": drawing.whole(filed, request.actor, request.account), "secret": given,
        "fields": fields.with_wrongs(asked, by_field), "refusal": decision, "reasons": reasons, "at": at,
        "typed_reason": request.POST.get("reason", "") if at == "decide" else "", "files_hint": fields.files_hint(),
        "notice": words.NOTICES.get(request.GET.get("said", "")),
    }  # fmt: skip


def answer(
    request: Request, filed: Filed, refused: Refusal | None = None, *, at: str = "", given: Given | None = None
) -> HttpResponse:
    values = values_of(request, filed, refused, at=at, given=given)
    return page(request, "requests/show.html", values, status=422 if refused else 200)
