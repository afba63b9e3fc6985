"""One import's page: columns, preview, progress, result, each as the import stands.

Always: works without scripts (a page under way can be loaded again); a script asks for the part that changes with
`X-Part: run`.
"""

from __future__ import annotations

from typing import Any, Final, cast

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from hongyan.company.imports import queries, store
from hongyan.company.imports.actions import set_columns
from hongyan.company.imports.fields import FIELDS, Kind
from hongyan.company.imports.models import VERDICTS, Import, ImportRow
from hongyan.company.imports.reading.table import column_letter
from hongyan.company.imports.tasks import begin_check
from hongyan.company.tasks import progress
from hongyan.company.tasks.actions import error_of, reasons_of
from hongyan.company.tasks.models import OPEN_STATES
from hongyan.faces.console.imports.room import room
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

SHOWN: Final = 100
TONES: Final = {"bad": "bad", "add": "good", "move": "warn", "change": "", "same": "plain", "leaver": "plain"}


@room
def show(request: Request, import_id: int) -> HttpResponse:
    batch = queries.find_import(request.actor, import_id)
    template = "console/imports/part.html" if request.headers.get("X-Part") == "run" else "console/imports/show.html"
    return page(request, template, values_of(request, batch))


@require_POST
@room
def columns(request: Request, import_id: int) -> HttpResponse:
    """The mapping as the person wants it; then it is checked."""
    batch = queries.find_import(request.actor, import_id)
    given = [request.POST.get(f"column{index}", "") for index in range(len(batch.headings))]
    try:
        set_columns(
            actor=request.actor, batch=batch, columns=given, create_units=request.POST.get("create_units") == "1"
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code != "import.map.wrong":
            raise
        batch.columns = given
        values = values_of(request, batch, step="columns")
        values |= {"refusal": refusal.decision, "reasons": refusal.reasons}
        return page(request, "console/imports/show.html", values, status=422)
    begin_check(actor=request.actor, batch=batch)
    return SeeOther(reverse("import", args=[batch.pk]))


def values_of(request: Request, batch: Import, step: str = "") -> dict[str, Any]:
    step = step or _step(request, batch)
    values: dict[str, Any] = {
        "company": batch.company, "batch": batch, "step": step, "kind": Decision(f"import.kind.{batch.kind}"),
        "state": Decision(f"import.state_word.{batch.state}"), "here": reverse("import", args=[batch.pk]),
    }  # fmt: skip
    if step == "running":
        return values | _running(batch)
    values |= _last_task(batch)
    if step == "columns":
        return values | _columns(batch)
    return values | _rows(request, batch) | _preview(request, batch)


def _step(request: Request, batch: Import) -> str:
    if batch.task is not None and batch.task.state in OPEN_STATES:
        return "running"
    if batch.state == "uploaded" or (request.GET.get("step") == "columns" and batch.state in ("checked", "stale")):
        return "columns"
    return "preview" if batch.state in ("checked", "stale") else "over"


def _running(batch: Import) -> dict[str, Any]:
    task = batch.task
    assert task is not None
    now = progress.read(task.pk)
    percent = min(100, 100 * now.done // now.total) if now.total else None
    return {
        "task": task, "stage": Decision(f"import.stage.{now.stage}") if now.stage else None, "now": now,
        "percent": percent, "stopping": progress.stopping(task.pk),
    }  # fmt: skip


def _last_task(batch: Import) -> dict[str, Any]:
    """What the last work said: an error, that it was stopped, what an undoing would do."""
    task = batch.task
    if task is None:
        return {}
    values: dict[str, Any] = {"task": task, "stopped": task.state == "stopped"}
    if task.state == "failed":
        values |= {"error": error_of(task), "error_reasons": reasons_of(task)}
    if task.kind == "import.undo" and task.state == "done":
        done = [(Decision(f"import.thing.{what}"), count) for what, count in sorted(task.outcome["done"].items())]
        left = [(row, what, Decision(code, params)) for row, what, code, params in task.outcome["left"]]
        values |= {
            "undo": {"dry": task.outcome["dry"], "done": done, "left": left, "count": task.outcome["left_count"]}
        }
    return values


# -- columns ---------------------------------------------------------------------------------------------
def _columns(batch: Import) -> dict[str, Any]:
    kind = cast(Kind, batch.kind)
    known = queries.remembered(batch.company, kind, batch.headings) is not None
    samples = batch.samples or [[] for _ in batch.headings]
    lines = [
        {"index": i, "letter": column_letter(i), "heading": heading, "samples": samples[i], "field": batch.columns[i]}
        for i, heading in enumerate(batch.headings)
    ]
    fields = [(f.name, Decision(f"import.field.{f.name}"), f.required) for f in FIELDS[kind]]
    has_units = any(f.name == "unit" for f in FIELDS[kind])
    return {
        "columns": lines,
        "fields": fields,
        "remembered": known,
        "has_units": has_units,
        "file_there": store.size(batch),
    }


# -- preview ---------------------------------------------------------------------------------------------
def _rows(request: Request, batch: Import) -> dict[str, Any]:
    counts = {verdict: int(batch.counts.get(verdict, 0)) for verdict in VERDICTS}
    chosen = request.GET.get("show", "")
    if chosen not in (*VERDICTS, "all"):
        chosen = next((verdict for verdict in ("bad", "move", "change", "add") if counts[verdict]), "all")
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 12 else 0
    found = ImportRow.objects.filter(batch=batch)
    if chosen != "all":
        found = found.filter(verdict=chosen)
    rows = list(found.filter(pk__gt=start).order_by("pk")[: SHOWN + 1])
    earlier = (
        list(found.filter(pk__lte=start).order_by("-pk").values_list("pk", flat=True)[: SHOWN + 1]) if start else []
    )
    newer = None if not earlier else (earlier[SHOWN] if len(earlier) > SHOWN else 0)
    tabs = [(v, Decision(f"import.verdict.{v}"), counts[v]) for v in VERDICTS if counts[v]]
    return {
        "tabs": tabs, "shown": chosen, "rows": [_row(row) for row in rows[:SHOWN]], "newer": newer,
        "older": rows[SHOWN - 1].pk if len(rows) > SHOWN else None, "counts": counts,
        "all_rows": sum(counts[v] for v in VERDICTS if v != "leaver"),
    }  # fmt: skip


def _row(row: ImportRow) -> dict[str, Any]:
    return {
        "row": row, "verdict": Decision(f"import.verdict.{row.verdict}"), "tone": TONES[row.verdict],
        "problems": [(column, Decision(code, params)) for column, code, params, _ in row.problems],
        "changes": [(Decision(f"import.field.{f}"), _shown(before), _shown(after)) for f, before, after in row.changes],
    }  # fmt: skip


def _shown(value: Any) -> str:
    match value:
        case None | "":
            return ""
        case bool():
            return "✓" if value else "–"
        case list():
            return "; ".join(map(str, value[:20])) + (" …" if len(value) > 20 else "")
    return str(value)


def _preview(request: Request, batch: Import) -> dict[str, Any]:
    applied = batch.state == "applied"
    last = queries.last_applied(batch.company) if applied else None
    return {
        "notes": [Decision(code, params) for code, params in batch.notes], "to_do": queries.to_do(batch),
        "changed": queries.changed_rows(batch), "mass": batch.state == "checked" and queries.is_mass(batch),
        "can_undo": last is not None and last.pk == batch.pk, "waiting": queries.waiting_mailboxes(batch).count() if applied else 0,
        "file_there": bool(store.size(batch)),
    }  # fmt: skip
