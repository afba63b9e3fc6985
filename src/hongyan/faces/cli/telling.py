"""What commands on lists of people say while they work, and how a change of a row reads."""

from __future__ import annotations

import time
from typing import Any

from hongyan.company.tasks.progress import Standing
from hongyan.faces.cli.output import Output

TELL_SECONDS = 2.0


class Teller:
    """A new stage at once, its progress every other second."""

    def __init__(self, out: Output) -> None:
        self.out, self.stage, self.next = out, "", 0.0

    def __call__(self, now: Standing) -> None:
        if now.stage == self.stage and time.monotonic() < self.next:
            return
        self.stage, self.next = now.stage, time.monotonic() + TELL_SECONDS
        figures = f" {now.done}/{now.total}" if now.total else ""
        self.out.progress(self.out.say(f"import.stage.{now.stage}") + figures)


def said_changes(changes: list[list[Any]], out: Output) -> str:
    parts = []
    for name, before, after in changes:
        word, new = out.say(f"import.field.{name}"), ", ".join(after) if isinstance(after, list) else after
        parts.append(f"{word} {before} -> {new}" if before not in ("", None, []) else f"{word} {new}")
    return "; ".join(parts)
