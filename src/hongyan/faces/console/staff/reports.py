"""The comparisons so far; a sheet that names everybody; work under way."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.imports import store
from hongyan.company.imports.queries import find_import
from hongyan.company.imports.tasks import SHORT_BYTES
from hongyan.company.staff import guard, queries
from hongyan.company.staff.models import KINDS, REPORT_STATES, Report
from hongyan.company.tasks import progress
from hongyan.company.tasks.actions import error_of, find_task, reasons_of, run_now, start_task
from hongyan.company.tasks.models import OPEN_STATES, Task
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.lists import Button, Column, Filter, List, Scope, answer
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.words import named
from hongyan.kernel.decision import Decision, Refusal

NOTICES: Final = {"rules": _("The limits are saved."), "dropped": _("The comparison is dropped.")}
TONES: Final = {"open": "warn", "settled": "good", "reading": "plain", "replaced": "plain", "dropped": "plain"}
COUNTED: Final = ("join", "move", "change", "leave", "back", "conflict")


def rows(scope: Scope) -> QuerySet[Report]:
    return queries.list_reports(scope.actor, scope.company)


def said_counts(report: Report) -> str:
    found = [(named("staff.verdict", verdict), int(report.counts.get(verdict, 0))) for verdict in COUNTED]
    return " · ".join(f"{word} {count}" for word, count in found if count)


def _state(report: Report) -> str:
    setattr(report, "tone", TONES[report.state])  # noqa: B010 - the cell's template finds it beside the word
    return named("staff.state_word", report.state)


def _options(table: str, values: tuple[str, ...]) -> Any:
    return lambda scope: tuple((value, named(table, value)) for value in values)


REPORTS: List[Report] = List(
    key="staff-reports",
    title=_("Staff lists"),
    permission="people.write",
    rows=rows,
    label="name",
    order="-at",
    columns=(
        Column("name", _("List"), lambda r: r.name, link=lambda r: reverse("staff-report", args=[r.pk])),
        Column("state", _("State"), _state, template="console/staff/state.html"),
        Column("counts", _("What differs"), said_counts),
        Column("kind", _("From"), lambda r: named("staff.kind_word", r.kind)),
        Column("at", _("Compared"), lambda r: r.created_at, sort="id"),
        Column("by", _("Compared by"), lambda r: r.actor, shown=False),
    ),
    filters=(
        Filter("state", _("State"), _options("staff.state_word", REPORT_STATES), lambda f, value, scope: f.filter(state=value)),
        Filter("kind", _("From"), _options("staff.kind_word", KINDS), lambda f, value, scope: f.filter(kind=value)),
    ),
    explain=_("What a list would change is shown first: who joins, moves, changes, leaves. Nothing is done before somebody applies it."),
    empty=_("No list has been compared yet."),
)  # fmt: skip


@console_page("people.write")
def show(request: Request) -> HttpResponse:
    return _show(request)


def _show(request: Request, refusal: Decision | None = None) -> HttpResponse:
    company, actor = current_company(request, "people.write"), request.actor
    buttons = [Button(_("Compare a whole list"), reverse("imports") + "?kind=persons")]
    if queries.may_see_sources(actor, company):
        buttons.append(Button(_("Directories and identity providers"), reverse("staff-sources"), main=False))
    most, percent = guard.rules(company)
    values = {
        "buttons": buttons, "notice": NOTICES.get(request.GET.get("said", "")), "refusal": refusal, "most": most,
        "percent": percent, "sets_rules": actor.may("settings.write", company.slug), "few": guard.FEW,
    }  # fmt: skip
    return answer(request, REPORTS, values, template="console/staff/index.html")


@require_POST
@console_page("settings.write")
def guard_rules(request: Request) -> HttpResponse:
    company = current_company(request, "settings.write")
    try:
        guard.set_rules(
            actor=request.actor, company=company, most_leavers=_number(request, "most"), most_percent=_number(request, "percent")
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code == "permission.missing":
            raise
        return page(
            request, "console/staff/refused.html", {"refusal": refusal.decision, "back": reverse("staff")}, status=422
        )
    return SeeOther(reverse("staff") + "?said=rules")


def _number(request: Request, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else -1


# -- a sheet that names everybody --------------------------------------------------------------------------
@require_POST
@console_page("people.write")
def from_import(request: Request, import_id: int) -> HttpResponse:
    """An uploaded and matched sheet becomes a comparison with the whole staff."""
    batch = find_import(request.actor, import_id)
    if batch.kind != "persons" or batch.state not in ("uploaded", "checked", "stale"):
        raise Refusal("import.state", state=batch.state)
    started = start_task(
        actor=request.actor, kind="staff.look", company=batch.company, params={"import": batch.pk, "whole": True}
    )  # fmt: skip
    if store.size(batch) <= SHORT_BYTES:
        started = run_now(started)
    return SeeOther(_page_of(started))


def _page_of(found: Task) -> str:
    if found.state == "done" and found.outcome.get("report"):
        return reverse("staff-report", args=[found.outcome["report"]])
    return reverse("staff-task", args=[found.pk])


@console_page("people.write")
def task(request: Request, number: int) -> HttpResponse:
    """How far a look is; its report when it is done."""
    found = find_task(actor=request.actor, task_id=number)
    if not found.kind.startswith("staff."):
        raise Refusal("task.unknown", task=number)
    part = request.headers.get("X-Part") == "run"
    if found.state == "done" and not part:
        return SeeOther(_page_of(found))
    values: dict[str, Any] = {"task": found, "running": found.state in OPEN_STATES, "result": _page_of(found)}
    if values["running"]:
        values |= standing_of(found)
    elif found.state == "failed":
        values |= {"error": error_of(found), "reasons": reasons_of(found)}
    return page(request, "console/staff/run.html" if part else "console/staff/task.html", values)


def standing_of(found: Task) -> dict[str, Any]:
    now = progress.read(found.pk)
    percent = min(100, 100 * now.done // now.total) if now.total else None
    return {"stage": Decision(f"import.stage.{now.stage}") if now.stage else None, "now": now, "percent": percent}
