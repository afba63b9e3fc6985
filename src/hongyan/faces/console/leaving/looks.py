"""The supervised look: allowing it, and reading what it opens (clause G2.1.5)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from hongyan.company.leaving import looking
from hongyan.company.leaving.models import Look
from hongyan.company.mailboxes.queries import find_mailbox
from hongyan.engines.desk import looks as desk
from hongyan.faces.console.access import console_page
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import whole
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.instance import current


@console_page("people.read")
def show(request: Request, number: int) -> HttpResponse:
    look = looking.find_look(request.actor, number)
    said = desk.folders(actor=request.actor, instance=current(), look=look)
    return _shown(request, look, "folders", {"said": said})


@console_page("people.read")
def folder(request: Request, number: int) -> HttpResponse:
    look = looking.find_look(request.actor, number)
    name, at = _folder(request), whole(request.GET.get("page", ""), digits=9)
    said = desk.messages(actor=request.actor, instance=current(), look=look, folder=name, page=at)
    return _shown(request, look, "folder", {"said": said, "folder": name, "page": at, "next": at + 1})


@console_page("people.read")
def message(request: Request, number: int) -> HttpResponse:
    look = looking.find_look(request.actor, number)
    return _message(request, look, _folder(request), whole(request.GET.get("uid", ""), digits=9))


def _message(
    request: Request, look: Look, name: str, uid: int, refusal: Decision | None = None
) -> HttpResponse:  # fmt: skip
    said = desk.message(actor=request.actor, instance=current(), look=look, folder=name, uid=uid)
    successor = look.leaving.successor
    return _shown(
        request, look, "message", {"said": said, "folder": name, "uid": uid, "refusal": refusal, "successor": successor}
    )


def _shown(request: Request, look: Look, what: str, values: dict[str, Any]) -> HttpResponse:
    return page(
        request, "console/leaving/look.html", {"supervised": look, "leaving": look.leaving, "what": what} | values,
        status=409 if values.get("refusal") else 200,
    )  # fmt: skip


@require_POST
@console_page("people.read")
def change(request: Request, number: int, what: str) -> HttpResponse:
    look, actor = looking.find_look(request.actor, number), request.actor
    match what:
        case "allow":
            looking.allow_look(actor=actor, look=look)
        case "refuse":
            looking.refuse_look(actor=actor, look=look)
        case "end":
            looking.end_look(actor=actor, look=look)
        case "hand":
            return _hand(request, look)
        case _:
            raise Http404
    return SeeOther(f"{reverse('leaving', args=[look.leaving_id])}?said=done")


def _hand(request: Request, look: Look) -> HttpResponse:
    form = request.POST
    name, uid = form.get("folder", "")[:500], whole(form.get("uid", ""), digits=9)
    try:
        to = find_mailbox(form.get("to", "").strip().lower()[:254])
        looking.hand_on(
            actor=request.actor, look=look, folder=name, uid=uid, subject=form.get("subject", "")[:300], to=to
        )  # fmt: skip
    except Refusal as refusal:
        return _message(request, look, name, uid, refusal.decision)
    return SeeOther(f"{reverse('look-folder', args=[look.pk])}?{urlencode({'folder': name})}")


def _folder(request: Request) -> str:
    return request.GET.get("folder", "INBOX")[:500]
