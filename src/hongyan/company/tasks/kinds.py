"""Which function does a task of which kind.

A handler is `function(task, actor, progress) -> dict`: it calls actions as that actor (built anew when the work begins,
so a right that was taken away meanwhile is gone), tells `progress` how far it is, and returns what its page shows.
Named by path and imported when needed, so that the worker stays small and any room may offer one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from hongyan.kernel.decision import Refusal

if TYPE_CHECKING:
    from hongyan.company.tasks.models import Task
    from hongyan.company.tasks.progress import Progress
    from hongyan.kernel.actor import Actor


class Handler(Protocol):
    def __call__(self, task: Task, actor: Actor, progress: Progress) -> dict[str, Any]: ...


HANDLERS: Final[dict[str, str]] = {
    "bulk.apply": "hongyan.company.bulk.work:apply",
    "import.check": "hongyan.company.imports.tasks:check",
    "import.apply": "hongyan.company.imports.tasks:apply",
    "import.undo": "hongyan.jobs.imports:undo",
    "staff.sync": "hongyan.company.staff.tasks:sync",
    "staff.look": "hongyan.company.staff.tasks:look",
    "staff.apply": "hongyan.company.staff.tasks:apply",
}


def handler(kind: str) -> Handler:
    if kind not in HANDLERS:
        raise Refusal("task.kind_unknown", kind=kind)
    module, _, name = HANDLERS[kind].partition(":")
    found: Handler = getattr(import_module(module), name)
    return found
