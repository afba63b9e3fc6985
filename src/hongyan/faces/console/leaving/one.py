"""One leaving: its checklist, what can be done now, its mail, looks and papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from django.http import FileResponse, Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.leaving import actions, ending, looking, queries, returning
from hongyan.company.leaving.fetching import find_archive, note_fetched
from hongyan.company.leaving.models import Leaving
from hongyan.company.leaving.papers import paper_numbers
from hongyan.company.mailboxes import members
from hongyan.company.mailboxes.queries import find_mailbox
from hongyan.company.papers.queries import find_paper, pdf_of
from hongyan.faces.console.access import console_page
from hongyan.faces.console.leaving.words import KINDS, STATES, step_row
from hongyan.faces.console.mailboxes.forms import named_person
from hongyan.faces.console.people.life import the_day
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel import clock
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.instance import current

NOTICES: Final = {
    "begun": _("The leaving has begun."), "done": _("It is saved."), "asked": _("Another person must allow the look."),
    "export": _("The archive is being made."), "finish": _("The mail is being deleted."),
}  # fmt: skip


@console_page("people.read")
def show(request: Request, number: int) -> HttpResponse:
    return _page(request, queries.find_leaving(request.actor, number))


def _page(request: Request, leaving: Leaving, refusal: Decision | None = None) -> HttpResponse:
    actor, locale = request.actor, request.locale
    steps = queries.steps_of(leaving)
    kept = members.kept_by(leaving.person) if leaving.person is not None else []
    over = leaving.retain_until is not None and leaving.retain_until < clock.today()
    office = ending.is_office(actor, leaving)
    values: dict[str, Any] = {
        "leaving": leaving, "refusal": refusal, "state": STATES[leaving.state], "kind": KINDS[leaving.kind],
        "rows": [step_row(step, leaving, locale) for step in steps], "boxes": queries.boxes_of(leaving),
        "places": queries.places_of_leaving(leaving), "due": queries.due_on(leaving),
        "open": leaving.state in ("planned", "running", "retained"),
        "manages": queries.may_manage(actor, leaving), "helps": queries.may_help(actor, leaving), "office": office,
        "kept": [m for m in kept if members.may_name_keeper(actor, m)],
        "looks": [_look(request, look) for look in queries.looks_of(leaving)],
        "asks": looking.may_ask(actor, leaving) and leaving.state in ("running", "retained"),
        "exports": queries.exports_of(leaving), "deletions": leaving.deletions.select_related("mailbox"),
        "deletable": office and leaving.state == "retained" and over and not leaving.deletions.exists(),
        "papers": actor.may_somewhere("mailbox.read", leaving.company.slug), "notice": NOTICES.get(request.GET.get("said", "")), "today": clock.today(),
    }  # fmt: skip
    return page(request, "console/leaving/one.html", values, status=409 if refusal else 200)


def _look(request: Request, look: Any) -> dict[str, Any]:
    waits = look.allowed_at is None and look.ended_at is None
    mine = request.actor.account_id == look.asked_by_id
    return {
        "look": look, "waits": waits, "open": looking.is_open(look), "mine": mine,
        "allows": waits and looking.may_allow(request.actor, look), "ends": look.ended_at is None and (mine or looking.may_allow(request.actor, look)),
        "handed": list(look.handed.order_by("pk")),
    }  # fmt: skip


# -- what is done -------------------------------------------------------------------------------
def _tick(request: Request, leaving: Leaving) -> str:
    form = request.POST
    actions.tick(
        actor=request.actor, leaving=leaving, step=form.get("step", "")[:20], note=form.get("note", "")[:400]
    )  # fmt: skip
    return "done"


def _pause(request: Request, leaving: Leaving) -> str:
    actions.pause(actor=request.actor, leaving=leaving, reason=_reason(request))
    return "done"


def _resume(request: Request, leaving: Leaving) -> str:
    actions.resume(actor=request.actor, leaving=leaving)
    return "done"


def _cancel(request: Request, leaving: Leaving) -> str:
    actions.cancel(actor=request.actor, leaving=leaving, reason=_reason(request))
    return "done"


def _back(request: Request, leaving: Leaving) -> str:
    returning.take_back(actor=request.actor, leaving=leaving, reason=_reason(request))
    return "done"


def _day(request: Request, leaving: Leaving) -> str:
    day = the_day(request.POST.get("last_day", ""), needed=True)
    actions.change_day(actor=request.actor, leaving=leaving, last_day=day or clock.today())
    return "done"


def _successor(request: Request, leaving: Leaving) -> str:
    person = named_person(request.actor, leaving.company, request.POST.get("person", ""))
    if person is None:
        raise Refusal("person.unknown", person="")
    actions.name_successor(actor=request.actor, leaving=leaving, successor=person)
    return "done"


def _keeper(request: Request, leaving: Leaving) -> str:
    mailbox = find_mailbox(request.POST.get("mailbox", "")[:254])
    if leaving.person is None or mailbox.keeper_id != leaving.person_id:
        raise Refusal("mailbox.unknown", address=mailbox.address)
    person = named_person(request.actor, leaving.company, request.POST.get("person", ""))
    if person is None:
        raise Refusal("person.unknown", person="")
    actions.name_keeper(actor=request.actor, leaving=leaving, mailbox=mailbox, keeper=person)
    return "done"


def _hold(request: Request, leaving: Leaving) -> str:
    actions.hold(actor=request.actor, leaving=leaving, reason=_reason(request))
    return "done"


def _end_hold(request: Request, leaving: Leaving) -> str:
    actions.end_hold(actor=request.actor, leaving=leaving, reason=_reason(request))
    return "done"


def _ask_look(request: Request, leaving: Leaving) -> str:
    address = request.POST.get("mailbox", "")[:254]
    mailbox = next((m for m in queries.boxes_of(leaving) if m.address == address), None)
    if mailbox is None:
        raise Refusal("mailbox.unknown", address=address)
    days = request.POST.get("days", "3")
    looking.ask_look(
        actor=request.actor, leaving=leaving, mailbox=mailbox, reason=_reason(request),
        days=int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 0,
    )  # fmt: skip
    return "asked"


def _export(request: Request, leaving: Leaving) -> str:
    ending.export_again(actor=request.actor, leaving=leaving, form=request.POST.get("form", "")[:20])
    return "export"


def _end(request: Request, leaving: Leaving) -> str:
    ending.choose_end(actor=request.actor, leaving=leaving, end=request.POST.get("end", "")[:20])
    return "done"


def _finish(request: Request, leaving: Leaving) -> str:
    ending.finish(actor=request.actor, leaving=leaving, reason=_reason(request))
    return "finish"


def _reason(request: Request) -> str:
    return request.POST.get("reason", "")[:400]


DO: Final[dict[str, Callable[[Request, Leaving], str]]] = {
    "tick": _tick, "pause": _pause, "resume": _resume, "cancel": _cancel, "back": _back, "day": _day,
    "successor": _successor, "keeper": _keeper, "hold": _hold, "end-hold": _end_hold, "look": _ask_look,
    "export": _export, "end": _end, "finish": _finish,
}  # fmt: skip


@require_POST
@console_page("people.read")
def change(request: Request, number: int, what: str) -> HttpResponse:
    leaving = queries.find_leaving(request.actor, number)
    if what not in DO:
        raise Http404
    try:
        said = DO[what](request, leaving)
    except Refusal as refusal:
        return _page(request, queries.find_leaving(request.actor, number), refusal.decision)
    return SeeOther(f"{reverse('leaving', args=[leaving.pk])}?said={said}")


@console_page("people.read")
def archive(request: Request, number: int) -> HttpResponse:
    """An encrypted archive; others are root's alone."""
    leaving = queries.find_leaving(request.actor, number)
    try:
        export = find_archive(request.actor, leaving, request.GET.get("export", ""))
    except Refusal:
        raise Http404 from None
    try:
        file = (current().root / "exports" / export.file).open("rb")
    except OSError:
        raise Http404 from None
    note_fetched(request.actor, export)
    answer = FileResponse(file, as_attachment=True, filename=export.file, content_type="application/octet-stream")
    return cast(HttpResponse, answer)  # Django's types have no common name for the two


@console_page("people.read")
def paper(request: Request, number: int) -> HttpResponse:
    """One of its certificates, printed at first demand."""
    leaving = queries.find_leaving(request.actor, number)
    wanted = request.GET.get("number", "")
    if wanted not in paper_numbers(leaving):
        raise Http404
    try:
        found = find_paper(request.actor, leaving.company, wanted)
    except Refusal:
        raise Http404 from None
    answer = HttpResponse(pdf_of(found), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return answer
