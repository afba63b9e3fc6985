"""Looking and applying as background tasks.

Parameters: `staff.sync`: `source`; `staff.look`: `import`, `whole`; `staff.apply`: `report`, `lines` (None: all), `override`.
"""

from __future__ import annotations

from typing import Any

from hongyan.company.imports import store
from hongyan.company.imports.actions import drop_import
from hongyan.company.imports.queries import find_import
from hongyan.company.staff.applying import apply_lines
from hongyan.company.staff.models import Report, Source
from hongyan.company.staff.queries import find_report, find_source
from hongyan.company.staff.reports import require
from hongyan.company.staff.syncing import busy, look_at_sheet, sync_source
from hongyan.company.tasks.actions import run_now, start_task
from hongyan.company.tasks.models import OPEN_STATES, Task
from hongyan.company.tasks.progress import Progress
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

SHORT_LINES = 50  #: no more are applied within the request


def begin_sync(*, actor: Actor, source: Source) -> Task:
    """Refuses `staff.busy`, `staff.source_off`."""
    actor.require("people.write", source.company.slug)
    if busy(source):
        raise Refusal("staff.busy")
    if not source.enabled:
        raise Refusal("staff.source_off", name=source.name)
    return start_task(actor=actor, kind="staff.sync", company=source.company, params={"source": source.pk})


def begin_apply(*, actor: Actor, report: Report, lines: list[int] | None = None, override: str = "") -> Task:
    require(actor, report, "open")
    if report.task is not None and report.task.state in OPEN_STATES:
        raise Refusal("staff.busy")
    task = start_task(
        actor=actor, kind="staff.apply", company=report.company,
        params={"report": report.pk, "lines": lines, "override": override},
    )  # fmt: skip
    Report.objects.filter(pk=report.pk).update(task=task)
    report.task = task
    waiting = report.lines.filter(state="open").count() if lines is None else len(lines)
    return run_now(task) if waiting <= SHORT_LINES else task


def sync(task: Task, actor: Actor, progress: Progress) -> dict[str, Any]:
    assert task.company is not None
    source = find_source(actor, task.company, int(task.params["source"]))
    by_itself = task.account_id is None
    report = sync_source(actor=actor, source=source, progress=progress, by_itself=by_itself)
    return {"report": report.pk, "counts": report.counts}


def look(task: Task, actor: Actor, progress: Progress) -> dict[str, Any]:
    batch = find_import(actor, task.params["import"])
    report = look_at_sheet(
        actor=actor, batch=batch, data=store.load(batch), progress=progress, whole=bool(task.params.get("whole", True))
    )
    drop_import(actor=actor, batch=batch)  # what it said is in the report now
    return {"report": report.pk, "counts": report.counts}


def apply(task: Task, actor: Actor, progress: Progress) -> dict[str, Any]:
    report = find_report(actor, task.params["report"])
    done = apply_lines(
        actor=actor, report=report, progress=progress, lines=task.params.get("lines"),
        override=str(task.params.get("override") or ""),
    )  # fmt: skip
    return {"report": report.pk, "lines": done}
