"""Undoing an import as a background task: it asks the mail store whether a mailbox is empty.

Parameters: `import`, `dry` (look only).
"""

from __future__ import annotations

from typing import Any

from hongyan.company.imports.applying.undoing import undo_import, untouched_homes
from hongyan.company.imports.queries import find_import
from hongyan.company.tasks.models import Task
from hongyan.company.tasks.progress import Progress
from hongyan.engines.desk.emptiness import with_mail
from hongyan.kernel.actor import Actor
from hongyan.kernel.instance import current


def undo(task: Task, actor: Actor, progress: Progress) -> dict[str, Any]:
    batch = find_import(actor, task.params["import"])
    dry = bool(task.params.get("dry"))
    lies = with_mail(current(), untouched_homes(batch), lambda done, total: progress.at("mail", done, total))
    outcome = undo_import(actor=actor, batch=batch, lies=lies, progress=progress, dry=dry)
    return {"import": batch.pk, "dry": dry, **outcome.as_row()}
