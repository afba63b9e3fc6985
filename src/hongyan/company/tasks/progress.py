"""How far a running task is, and whether it was asked to stop: two small files beside the database.

Not rows: a task may work in one transaction, whose own rows nobody else sees before its end and which (on SQLite) lets
nobody else write meanwhile.
Always: files of one task are gone when it has ended; a reader finds a whole file or none.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hongyan.kernel.instance import current

WRITE_SECONDS = 0.2


class Stopped(Exception):
    """The task was asked to stop; raised out of `Progress.at`, through the transaction, which rolls back."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far: `stage` is a code of the handler's, `done` of `total` its steps."""

    stage: str = ""
    done: int = 0
    total: int = 0


def directory() -> Path:
    path = current().state / "tasks"
    path.mkdir(mode=0o2770, exist_ok=True)
    return path


class Progress:
    """What a handler is given. `at` may be called as often as one likes: it writes a few times a second at most."""

    def __init__(
        self, task_id: int = 0, tell: Callable[[Standing], None] | None = None,
        keep: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:  # fmt: skip
        """Without a task's number nothing is written (a command that works in the foreground); `tell` is called instead."""
        self.task_id, self._tell, self._keep, self._next = task_id, tell, keep, 0.0
        self.now = Standing()

    def at(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Says how far; raises Stopped when somebody asked for the end. A new stage is always told."""
        new_stage = stage != self.now.stage
        self.now = Standing(stage, done, total)
        if not new_stage and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + WRITE_SECONDS
        if self._tell:
            self._tell(self.now)
        if self.task_id:
            if _stop_file(self.task_id).exists():
                raise Stopped
            _write(self.task_id, self.now)

    def keep(self, cursor: dict[str, Any]) -> None:
        """Remember where to go on after an interruption. For work in steps: outside a step's transaction."""
        if self._keep:
            self._keep(cursor)


def _file(task_id: int) -> Path:
    return directory() / f"{task_id}.json"


def _stop_file(task_id: int) -> Path:
    return directory() / f"{task_id}.stop"


def _lock_file(task_id: int) -> Path:
    return directory() / f"{task_id}.lock"


@contextmanager
def hold(task_id: int) -> Iterator[None]:
    """While this process works on the task: the lock ends with the process, however that ends."""
    descriptor = os.open(_lock_file(task_id), os.O_RDWR | os.O_CREAT, 0o660)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def held(task_id: int) -> bool:
    """Whether a living process works on it."""
    try:
        descriptor = os.open(_lock_file(task_id), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _write(task_id: int, standing: Standing) -> None:
    aside = directory() / f"{task_id}.new"
    aside.write_text(json.dumps([standing.stage, standing.done, standing.total]), "utf-8")
    aside.rename(_file(task_id))


def read(task_id: int) -> Standing:
    try:
        stage, done, total = json.loads(_file(task_id).read_text("utf-8"))
    except (OSError, ValueError):
        return Standing()
    return Standing(str(stage), int(done), int(total))


def ask_stop(task_id: int) -> None:
    _stop_file(task_id).touch()


def stopping(task_id: int) -> bool:
    """Whether it was asked to stop and has not yet."""
    return _stop_file(task_id).exists()


def clear(task_id: int) -> None:
    for path in (_file(task_id), _stop_file(task_id), _lock_file(task_id)):
        path.unlink(missing_ok=True)
