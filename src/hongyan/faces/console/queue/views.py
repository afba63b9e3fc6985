"""The list of waiting mail, one message, and the two things that can be done to it.

Always: an office sees mail from or to its own domains, and of a message from elsewhere only its own recipients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.engines import queue
from hongyan.engines.desk import actions
from hongyan.faces.console.access import console_page
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import page_number
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance

PAGE = 50
QUEUES = (
    ("", _("Every state")),
    ("deferred", _("Put off")),
    ("active", _("Being delivered")),
    ("incoming", _("Arriving")),
    ("hold", _("On hold")),
)
NAMES = dict(QUEUES)


@dataclass(frozen=True, slots=True)
class Row:
    """A message as its reader may see it."""

    message: queue.Message
    recipients: tuple[queue.Waiting, ...]
    others: int  #: recipients of other companies, not named
    state: Any
    own: bool  #: may be deleted


def _instance() -> Instance:
    if settings.INSTANCE is None:
        raise Http404
    return settings.INSTANCE


def _row(message: queue.Message, domains: frozenset[str] | None) -> Row:
    shown = message.recipients
    if domains is not None and queue.domain_of(message.sender) not in domains:
        shown = tuple(w for w in message.recipients if queue.domain_of(w.address) in domains)
    own = domains is None or queue.belongs_to(message, domains)
    return Row(message, shown, len(message.recipients) - len(shown), NAMES.get(message.queue, message.queue), own)


@console_page("queue.write")
def index(request: Request) -> HttpResponse:
    return _index(request)


def _index(request: Request, status: int = 200, **more: Any) -> HttpResponse:
    domains, asked = actions.queue_domains(request.actor), request.GET
    wanted = queue.Wanted(domains, asked.get("q", "").strip()[:200], _known(asked.get("state", "")))
    number = page_number(asked.get("page", ""))
    found = queue.read_page(_instance(), wanted, offset=(number - 1) * PAGE, limit=PAGE)
    values = {
        "rows": [_row(message, domains) for message in found.messages], "found": found, "text": wanted.text,
        "state": wanted.queue, "queues": QUEUES, "pages": Paginator(range(found.count), PAGE).get_page(number),
        "asked": urlencode({k: v for k, v in (("q", wanted.text), ("state", wanted.queue)) if v}),
        "done": asked.get("did", "") if asked.get("did") in ("retry", "delete") else "",
    }  # fmt: skip
    return page(request, "console/queue/index.html", values | more, status=status)


def _known(state: str) -> str:
    return state if state in NAMES else ""


@console_page("queue.write")
def message(request: Request, identifier: str) -> HttpResponse:
    """The envelope is in the listing; the header is asked of root when somebody presses for it (POST), and recorded."""
    return _message(request, identifier, look=request.method == "POST")


def _message(request: Request, identifier: str, *, look: bool = False, status: int = 200, **more: Any) -> HttpResponse:
    try:
        found = actions.find_message(actor=request.actor, instance=_instance(), identifier=identifier)
        answer = (
            actions.look_at_message(actor=request.actor, instance=_instance(), identifier=identifier) if look else None
        )
    except Refusal as refusal:
        return page(request, "console/queue/gone.html", {"refusal": refusal.decision}, status=404)
    values = {
        "row": _row(found, actions.queue_domains(request.actor)), "looked": look, "answered": answer is not None,
        "headers": (answer or {}).get("headers"),
    }  # fmt: skip
    return page(request, "console/queue/message.html", values | more, status=status)


@require_POST
@console_page("queue.write")
def retry(request: Request) -> HttpResponse:
    chosen = request.POST.getlist("id")
    try:
        actions.retry_messages(actor=request.actor, instance=_instance(), identifiers=chosen)
    except Refusal as refusal:
        return _index(request, 422, refusal=refusal.decision)
    return SeeOther(reverse("queue") + "?did=retry")


@require_POST
@console_page("queue.write")
def delete(request: Request) -> HttpResponse:
    """First press: what will happen, and the question why. With a reason: done."""
    chosen, reason = request.POST.getlist("id"), request.POST.get("reason", "")
    try:
        if "sure" in request.POST:
            actions.delete_messages(
                actor=request.actor, instance=_instance(), identifiers=chosen, reason=reason
            )  # fmt: skip
            return SeeOther(reverse("queue") + "?did=delete")
        return _ask(request, chosen)
    except Refusal as refusal:
        if refusal.code.startswith("reason."):
            return _ask(request, chosen, status=422, refusal=refusal.decision, reason=reason)
        return _index(request, 422, refusal=refusal.decision)


def _ask(request: Request, chosen: list[str], status: int = 200, **more: Any) -> HttpResponse:
    if not chosen or len(chosen) > actions.MOST:
        raise Refusal("queue.none_chosen", limit=actions.MOST)
    domains = actions.queue_domains(request.actor)
    rows = [
        _row(actions.find_message(actor=request.actor, instance=_instance(), identifier=identifier), domains)
        for identifier in dict.fromkeys(chosen)
    ]
    return page(
        request, "console/queue/delete.html", {"rows": rows, "limit": actions.REASON_LIMIT} | more, status=status
    )
