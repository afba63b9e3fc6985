"""A bulk run's page: before it begins its questions and what will happen, afterwards how far it is and what came of it.

Always: the page may be left and found again; it is its maker's, and that of those who hold the right for the company.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from hongyan.company.bulk import actions, looking
from hongyan.company.bulk.models import Run, RunRow
from hongyan.company.tasks import progress
from hongyan.company.tasks.actions import error_of
from hongyan.faces.console.companies import companies_to_choose
from hongyan.faces.console.lists.query import options_of
from hongyan.faces.console.lists.spec import Bulk, Field, Scope, offered
from hongyan.faces.web.pages import SeeOther, page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

SHOWN = 50
OUTCOMES = ("refused", "failed", "done", "waiting")


@signed_in
def index(request: Request) -> HttpResponse:
    """The actor's latest runs, in every company that he works for."""
    if not request.actor.grants:
        raise Http404
    runs = [run for company in companies_to_choose(request.actor) for run in actions.list_runs(request.actor, company)]
    shown = [{"run": run, "bulk": offered(run.operation), "state": state_of(run)} for run in runs]
    return page(request, "console/bulk/index.html", {"runs": shown})


@signed_in
def show(request: Request, run_id: int) -> HttpResponse:
    run, bulk = _found(request, run_id)
    if run.begun_at is not None:
        template = "console/bulk/progress.html" if request.headers.get("X-Part") != "run" else "console/bulk/part.html"
        return page(request, template, _progress(request, run, bulk))
    if bulk.fields and not run.params:
        return page(request, "console/bulk/questions.html", _questions(request, run, bulk, run.params))
    return page(request, "console/bulk/preview.html", _preview(request, run, bulk))


def _found(request: Request, run_id: int) -> tuple[Run, Bulk]:
    run = actions.find_run(actor=request.actor, run_id=run_id)
    bulk = offered(run.operation)
    if bulk is None:
        raise Http404
    return run, bulk


def _values(request: Request, run: Run, bulk: Bulk) -> dict[str, Any]:
    return {"run": run, "bulk": bulk, "company": run.company}


# -- before ----------------------------------------------------------------------------------------------
def _questions(request: Request, run: Run, bulk: Bulk, given: dict[str, Any]) -> dict[str, Any]:
    scope = Scope(request.actor, run.company)
    asked = [
        {"field": f, "options": options_of(f.options, scope), "value": _shown(f, given, scope)} for f in bulk.fields
    ]
    return _values(request, run, bulk) | {"questions": asked}


def _shown(field: Field, given: dict[str, Any], scope: Scope) -> str:
    """What stands in the field: of a picked thing its name."""
    value = str(given.get(field.name, ""))
    if field.kind != "pick":
        return value
    return next((str(title) for key, title in options_of(field.options, scope) if key == value), value)


def _preview(request: Request, run: Run, bulk: Bulk) -> dict[str, Any]:
    rows, newer, older = _rows(request, run, "")
    return _questions(request, run, bulk, run.params) | {
        "outlook": looking.outlook(request.actor, run, rows), "forecast": looking.forecast(request.actor, run),
        "newer": newer, "older": older,
    }  # fmt: skip


def _rows(request: Request, run: Run, state: str) -> tuple[list[RunRow], int | None, int | None]:
    """A page of the run's rows, with the numbers after which the pages beside it begin."""
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    found = run.rows.filter(state=state) if state else run.rows.all()
    rows = list(found.filter(number__gt=start).order_by("number")[: SHOWN + 1])
    before = list(found.filter(number__lte=start).order_by("-number").values_list("number", flat=True)[: SHOWN + 1])
    newer = None if not before else (before[SHOWN] if len(before) > SHOWN else 0)
    return rows[:SHOWN], newer, rows[SHOWN - 1].number if len(rows) > SHOWN else None


@require_POST
@signed_in
def answers(request: Request, run_id: int) -> HttpResponse:
    run, bulk = _found(request, run_id)
    given = {field.name: request.POST.get(field.name, "").strip()[:500] for field in bulk.fields}
    try:
        actions.answer_run(actor=request.actor, run=run, params=given)
    except Refusal as refusal:
        values = _questions(request, run, bulk, given) | {"refusal": refusal.decision}
        return page(request, "console/bulk/questions.html", values, status=422)
    return SeeOther(reverse("bulk-run", args=[run.pk]))


@require_POST
@signed_in
def begin(request: Request, run_id: int) -> HttpResponse:
    run, bulk = _found(request, run_id)
    try:
        if bulk.danger and request.POST.get("count", "").strip() != str(run.total):
            raise Refusal("bulk.count_typed", count=run.total)
        actions.begin_run(actor=request.actor, run=run)
    except Refusal as refusal:
        values = _preview(request, run, bulk) | {"refusal": refusal.decision}
        return page(request, "console/bulk/preview.html", values, status=422)
    return SeeOther(reverse("bulk-run", args=[run.pk]))


# -- under way and afterwards ------------------------------------------------------------------------------
def state_of(run: Run) -> str:
    """waiting, running, stopped, failed (given up, rows wait), done."""
    if run.settled >= run.total:
        return "done"
    if run.task is None:
        return "failed"
    if run.task.state == "running" and progress.stopping(run.task.pk):
        return "stopping"
    return "failed" if run.task.state == "done" else run.task.state


def _progress(request: Request, run: Run, bulk: Bulk) -> dict[str, Any]:
    state = request.GET.get("state", "")
    state = state if state in OUTCOMES else ("refused" if run.refused else "failed" if run.failed else "")
    if request.GET.get("state") == "all":
        state = ""
    rows, newer, older = _rows(request, run, state)
    waiting = run.total - run.settled
    return _values(request, run, bulk) | {
        "state": state_of(run), "percent": 100 * run.settled // run.total, "waiting": waiting, "chosen": state,
        "rows": [{"row": row, "said": looking.outcome_of(row)} for row in rows], "newer": newer, "older": older,
        "error": _error(run), "counts": {"done": run.done, "refused": run.refused, "failed": run.failed, "waiting": waiting},
    }  # fmt: skip


def _error(run: Run) -> Decision | None:
    return error_of(run.task) if run.task is not None else None


@require_POST
@signed_in
def stop(request: Request, run_id: int) -> HttpResponse:
    run, _ = _found(request, run_id)
    actions.stop_run(actor=request.actor, run=run)
    return SeeOther(reverse("bulk-run", args=[run.pk]))


@require_POST
@signed_in
def resume(request: Request, run_id: int) -> HttpResponse:
    run, _ = _found(request, run_id)
    actions.resume_run(actor=request.actor, run=run)
    return SeeOther(reverse("bulk-run", args=[run.pk]))
