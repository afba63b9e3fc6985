"""Working off a bulk run, some rows at a time.

Always: rows of one step, their outcomes and the run's counts are one transaction; a row's refusal undoes that row alone.
Stopped, killed or begun anew it goes on with the first row that waits.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from django.db.models import F

from hongyan.company.bulk.models import Run, RunRow
from hongyan.company.bulk.operations import Operation, find_operation
from hongyan.company.tasks.models import Task
from hongyan.company.tasks.progress import Progress
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal

log = logging.getLogger(__name__)
STEP = 20


def apply(task: Task, actor: Actor, progress: Progress) -> dict[str, Any]:
    """The handler of tasks `bulk.apply`."""
    run = Run.objects.select_related("company").get(pk=task.params["run"])
    operation, settled = find_operation(run.operation), run.settled
    progress.at("bulk.rows", settled, run.total)
    while count := _step(run, operation, actor):
        settled += count
        progress.at("bulk.rows", settled, run.total)
    return _end(run)


def _step(run: Run, operation: Operation[Any], actor: Actor) -> int:
    with transaction.atomic():
        rows = list(RunRow.objects.filter(run=run, state="waiting").order_by("number")[:STEP])
        objects = operation.rows(actor, run.company).in_bulk([row.object_id for row in rows])
        for row in rows:
            row.state, row.said = _one(operation, actor, objects.get(row.object_id), run.params)
        RunRow.objects.bulk_update(rows, ["state", "said"])
        states = [row.state for row in rows]
        Run.objects.filter(pk=run.pk).update(
            done=F("done") + states.count("done"),
            refused=F("refused") + states.count("refused"),
            failed=F("failed") + states.count("failed"),
        )
    return len(rows)


def _one(operation: Operation[Any], actor: Actor, row: Any, params: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if row is None:
        return "refused", as_row(Decision("bulk.gone"))
    try:
        with transaction.atomic():
            operation.apply(actor, row, params)
    except Refusal as refusal:
        return "refused", as_row(refusal.decision)
    except Exception as problem:  # one row's error is no reason to leave the others undone
        log.exception("bulk row %s", row.pk)
        return "failed", as_row(Decision("bulk.failed", {"problem": type(problem).__name__}))
    return "done", {}


def _end(run: Run) -> dict[str, Any]:
    with transaction.atomic():
        run.refresh_from_db()
        run.ended_at = clock.now()
        run.save(update_fields=["ended_at"])
        counts = {"done": run.done, "refused": run.refused, "failed": run.failed}
        ledger.record(
            "bulk.ended",
            chain=run.company.slug,
            actor=run.actor,
            subject=f"bulk/{run.pk}",
            operation=run.operation,
            **counts,
        )
    return counts


def as_row(decision: Decision) -> dict[str, Any]:
    return {"code": decision.code, "params": decision.params, "clause": decision.clause}


def as_decision(said: dict[str, Any]) -> Decision | None:
    return Decision(said["code"], said.get("params", {}), said.get("clause", "")) if said else None
