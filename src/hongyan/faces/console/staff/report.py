"""One comparison: its lines, what is applied of them, what is left out."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.staff import guard, queries
from hongyan.company.staff.applying import CLEAR
from hongyan.company.staff.models import LINE_STATES, VERDICTS, Line, Report
from hongyan.company.staff.reports import drop_report, skip_lines
from hongyan.company.staff.tasks import begin_apply
from hongyan.company.tasks.actions import error_of, reasons_of
from hongyan.company.tasks.models import OPEN_STATES
from hongyan.faces.console.access import console_page
from hongyan.faces.console.staff.reports import TONES as STATE_TONES, standing_of
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

SHOWN: Final = 100
TONES: Final = {"conflict": "bad", "leave": "warn", "join": "good", "back": "good", "move": "", "change": ""}
NOTICES: Final = {"applied": _("Done."), "skipped": _("Left out.")}


@console_page("people.write")
def show(request: Request, number: int) -> HttpResponse:
    report = queries.find_report(request.actor, number)
    if request.headers.get("X-Part") == "run":
        return page(request, "console/staff/report_part.html", values_of(request, report))
    return page(request, "console/staff/report.html", values_of(request, report))


def values_of(request: Request, report: Report) -> dict[str, Any]:
    values: dict[str, Any] = {
        "company": report.company, "report": report, "kind": Decision(f"staff.kind_word.{report.kind}"),
        "state": Decision(f"staff.state_word.{report.state}"), "state_tone": STATE_TONES[report.state],
        "notice": NOTICES.get(request.GET.get("said", "")), "here": reverse("staff-report", args=[report.pk]),
        "notes": [Decision(code, params) for code, params in report.notes], "same": report.counts.get("same", 0),
    }  # fmt: skip
    task = report.task
    if task is not None and task.state in OPEN_STATES:
        return values | {"running": True, "task": task} | standing_of(task)
    if task is not None and task.state == "failed" and report.state == "open":
        values |= {"error": error_of(task), "error_reasons": reasons_of(task)}
    return values | _lines(request, report)


def _lines(request: Request, report: Report) -> dict[str, Any]:
    counted = queries.counts(report)
    totals = {verdict: sum(counted.get(verdict, {}).values()) for verdict in VERDICTS}
    waiting = {verdict: counted.get(verdict, {}).get("open", 0) for verdict in VERDICTS}
    chosen = request.GET.get("show", "")
    if chosen not in (*VERDICTS, "all"):
        chosen = "all"
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0
    found = queries.list_lines(report, () if chosen == "all" else (chosen,)).filter(pk__gt=start)
    part = list(found[: SHOWN + 1])
    now = guard.standing(report.company)
    over = not now.allows(waiting["leave"])
    return {
        "lines": [_line(line) for line in part[:SHOWN]], "shown": chosen, "totals": totals,
        "older": part[SHOWN - 1].pk if len(part) > SHOWN else None, "first": start == 0,
        "tabs": [(v, Decision(f"staff.verdict.{v}"), totals[v]) for v in VERDICTS if totals[v]],
        "all_lines": sum(totals.values()), "clear": sum(waiting[v] for v in CLEAR), "conflicts": waiting["conflict"],
        "leaving": waiting["leave"], "guard": now if over else None,
        "overrides": guard.may_override(request.actor, report.company),
    }  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    changes = [(Decision(f"import.field.{name}"), before, after) for name, before, after in line.changes]
    return {
        "line": line, "verdict": Decision(f"staff.verdict.{line.verdict}"), "tone": TONES[line.verdict],
        "state": Decision(f"staff.line_word.{line.state}") if line.state in LINE_STATES else None, "changes": changes,
        "problems": [(column, Decision(code, params)) for column, code, params in line.problems],
    }  # fmt: skip


@require_POST
@console_page("people.write")
def change(request: Request, number: int, what: str) -> HttpResponse:
    report, actor = queries.find_report(request.actor, number), request.actor
    back = reverse("staff-report", args=[report.pk])
    reason = request.POST.get("override", "").strip()
    try:
        match what:
            case "apply":
                begin_apply(actor=actor, report=report, override=reason)
            case "chosen" if request.POST.get("do") == "skip":
                skip_lines(actor=actor, report=report, lines=_chosen(request))
                return SeeOther(back + "?said=skipped")
            case "chosen":
                begin_apply(actor=actor, report=report, lines=_chosen(request), override=reason)
            case "drop":
                drop_report(actor=actor, report=report)
                return SeeOther(reverse("staff") + "?said=dropped")
            case _:
                raise Http404
    except Refusal as refusal:
        if refusal.code == "permission.missing":
            raise
        values = values_of(request, report) | {"refusal": refusal.decision}
        return page(request, "console/staff/report.html", values, status=422)
    return SeeOther(back)


def _chosen(request: Request) -> list[int]:
    return [int(text) for text in request.POST.getlist("line") if text.isascii() and text.isdigit() and len(text) < 18]
