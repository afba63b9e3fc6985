"""Asking root for something that only root may read, and waiting a moment for the answer.

Always: the question is a row of the outbox, the answer a file (see `answers`); "no answer yet" is None, never empty.
Never: checks who asks (`actions` does).
"""

from __future__ import annotations

import time
from typing import Any

from hongyan.engines.desk import answers
from hongyan.kernel import outbox
from hongyan.kernel.instance import Instance

PATIENCE = 2.5
_PAUSE = 0.03


def ask(instance: Instance, name: str, order: dict[str, Any], *, fresh: float = 0.0) -> dict[str, Any] | None:
    """The answer `name`, asked for by `order` unless there is one younger than `fresh` seconds."""
    if fresh and (known := answers.read(instance, name, newer=time.time() - fresh)) is not None:
        return known
    asked = time.time() - 0.01  # file systems keep time a little coarser than the clock
    outbox.enqueue(outbox.OPERATE, order)
    end = time.monotonic() + PATIENCE
    while True:
        if (answer := answers.read(instance, name, newer=asked)) is not None:
            return answer
        if time.monotonic() >= end:
            return None
        time.sleep(_PAUSE)
