"""What is done with one request: decided, answered, changed, withdrawn, handed over; by the portal's and the console's page.

Always: each is one action; when it refuses, the request's page shows why, with what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.requests import actions, queries
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import Request as Filed, Step
from hongyan.faces.requests import fields, showing
from hongyan.faces.requests.approving import VERDICTS, say
from hongyan.faces.requests.fields import number_of
from hongyan.faces.requests.showing import Given
from hongyan.faces.web.pages import SeeOther, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal

Done = str | Given  #: what is said on the next page, or what is shown once


@require_POST
@signed_in
def do(request: Request, number: int, what: str) -> HttpResponse:
    filed = queries.find_request(number, request.actor)
    if what not in DEEDS:
        raise Http404
    try:
        done = DEEDS[what](request, filed)
    except Refusal as refusal:
        if refusal.code == "permission.missing":
            raise
        return showing.answer(request, queries.find_request(number, request.actor), refusal, at=what)
    if isinstance(done, Given):
        return showing.answer(request, queries.find_request(number, request.actor), given=done)
    back = reverse("approve") if what == "decide" else reverse("request", args=[filed.pk])
    return SeeOther(f"{back}?said={done}")


def _step(filed: Filed) -> Step:
    """Refuses `request.unknown` when nothing of it is to be decided."""
    step = queries.open_step(filed)
    if step is None:
        raise Refusal("request.not_waiting", number=filed.number)
    return step


def _decide(request: Request, filed: Filed) -> Done:
    verdict = request.POST.get("verdict", "")
    if verdict not in VERDICTS:
        raise Http404
    step, reason = _step(filed), request.POST.get("reason", "")
    if wanted := number_of(request.POST.get("step", "")):
        step = queries.find_step(wanted, request.actor)  # the one that was shown: meanwhile it may be over
    secret = say(request, step, verdict, reason, "page")
    return showing.first_password(secret) if secret else VERDICTS[verdict]


def _withdraw(request: Request, filed: Filed) -> Done:
    actions.withdraw(actor=request.actor, request=filed, reason=request.POST.get("reason", ""))
    return "withdrawn"


def _resubmit(request: Request, filed: Filed) -> Done:
    form = FORMS[filed.form]
    values = fields.raw(form, fields.typed(form, request.POST, fields.answered(form)), filed.company)
    actions.resubmit(
        actor=request.actor, request=filed, fields=values,
        note=request.POST.get("note", ""), attachments=fields.files(request.FILES.getlist("files")),
    )  # fmt: skip
    return "resubmitted"


def _amend(request: Request, filed: Filed) -> Done:
    form = FORMS[filed.form]
    values = fields.raw(form, fields.typed(form, request.POST, form.amendable), filed.company)
    changed = actions.amend(actor=request.actor, request=filed, fields=values, note=request.POST.get("note", ""))
    return "still-stuck" if changed.state == "stuck" else "amended"


def _carry_out(request: Request, filed: Filed) -> Done:
    return showing.first_password(actions.carry_out(actor=request.actor, request=filed).secret)


def _link(request: Request, filed: Filed) -> Done:
    token = actions.activation_link(actor=request.actor, request=filed)
    return Given(
        _("The activation link"), _("It works once, within seven days; a new one ends the one before."),
        settings.WEB_URL + reverse("activate", args=[token]),
    )  # fmt: skip


def _add(request: Request, filed: Filed) -> Done:
    person = fields.colleague(filed.company, request.POST.get("person", ""))
    actions.add_approver(actor=request.actor, step=_step(filed), person=person, reason=request.POST.get("reason", ""))
    return "added"


def _reassign(request: Request, filed: Filed) -> Done:
    person = fields.colleague(filed.company, request.POST.get("person", ""))
    actions.reassign(actor=request.actor, step=_step(filed), person=person, reason=request.POST.get("reason", ""))
    return "reassigned"


def _attach(request: Request, filed: Filed) -> Done:
    for name, data in fields.files(request.FILES.getlist("files")):
        actions.attach(actor=request.actor, request=filed, name=name, data=data)
    return "attached"


DEEDS: Final[dict[str, Callable[[Request, Filed], Done]]] = {
    "decide": _decide, "withdraw": _withdraw, "resubmit": _resubmit, "amend": _amend, "carry-out": _carry_out,
    "link": _link, "add": _add, "reassign": _reassign, "attach": _attach,
}  # fmt: skip
