"""Undoing an import as a background task: it asks the mail store whether a mailbox is empty.

Parameters: `import`, `dry` (look only).
"""

from __future__ import annotations

from typing import Any

from hongyan.company.imports.applying.undoing import undo_import
from hongyan.company.imports.queries import find_import
from hongyan.company.tasks.models import Task
from hongyan.company.tasks.progress import Progress
from hongyan.engines.store import quota_used
from hongyan.kernel.actor import Actor
from hongyan.kernel.instance import current


def undo(task: Task, actor: Actor, progress: Progress) -> dict[str, Any]:
    instance = current()
    batch = find_import(actor, task.params["import"])
    dry = bool(task.params.get("dry"))
    outcome = undo_import(
        actor=actor, batch=batch, used=lambda address: quota_used(instance, address), progress=progress, dry=dry
    )
    return {"import": batch.pk, "dry": dry, **outcome.as_row()}
