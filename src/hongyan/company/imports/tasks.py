"""Checking and applying as background tasks. Parameters: `import`; for applying also `skip_bad`, `sure`."""

from __future__ import annotations

from typing import Any, Literal

from hongyan.company.imports import store
from hongyan.company.imports.actions import apply_import, check_import
from hongyan.company.imports.models import Import
from hongyan.company.imports.queries import find_import
from hongyan.company.tasks.actions import run_now, start_task
from hongyan.company.tasks.models import OPEN_STATES, Task
from hongyan.company.tasks.progress import Progress
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

#: What is no larger is done within the request: it takes less time than waiting for the worker.
SHORT_BYTES, SHORT_ROWS = 60 * 1024, 300


def begin(
    *, actor: Actor, batch: Import, what: Literal["check", "apply", "undo"], now: bool = False, **params: Any
) -> Task:  # fmt: skip
    """A task for this import, remembered as its current one; `now`: it is short, so it is done before this returns."""
    if batch.task is not None and batch.task.state in OPEN_STATES:
        raise Refusal("import.busy")
    task = start_task(
        actor=actor, kind=f"import.{what}", company=batch.company, params={"import": batch.pk, **params}
    )  # fmt: skip
    Import.objects.filter(pk=batch.pk).update(task=task)
    batch.task = task
    return run_now(task) if now else task


def begin_check(*, actor: Actor, batch: Import) -> Task:
    return begin(actor=actor, batch=batch, what="check", now=store.size(batch) <= SHORT_BYTES)


def check(task: Task, actor: Actor, progress: Progress) -> dict[str, Any]:
    batch = check_import(actor=actor, batch=find_import(actor, task.params["import"]), progress=progress)
    return {"import": batch.pk, "counts": batch.counts}


def apply(task: Task, actor: Actor, progress: Progress) -> dict[str, Any]:
    batch = apply_import(
        actor=actor, batch=find_import(actor, task.params["import"]), progress=progress,
        skip_bad=bool(task.params.get("skip_bad")), sure=bool(task.params.get("sure")),
    )  # fmt: skip
    return {"import": batch.pk, "counts": batch.counts}
