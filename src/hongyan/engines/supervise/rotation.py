"""The engines' own logs, kept to a size. What services print is rotated by the supervisor.

Always: an engine is told to open its log anew after the file was renamed, so that no line is lost.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hongyan.engines import doveadm
from hongyan.engines.supervise import control
from hongyan.kernel.instance import Instance

MAX_BYTES = 20 << 20
BACKUPS = 3


def rotate(instance: Instance, limit: int = MAX_BYTES) -> list[str]:
    """Rotate what grew past `limit` bytes; the names of the files."""
    reopen: dict[str, Callable[[], None]] = {
        "dovecot.log": lambda: _run(*doveadm.argv(instance, "log", "reopen")),
        "postfix.log": lambda: _run("/usr/sbin/postfix", "-c", str(instance.live / "etc/postfix"), "reload"),
        "rspamd.log": lambda: _signal(instance, "rspamd", signal.SIGUSR1),
    }
    grown = [name for name in reopen if _size(instance.log / name) > limit]
    for name in grown:
        _shift(instance.log / name)
        reopen[name]()
    return grown


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _shift(path: Path) -> None:
    for number in range(BACKUPS, 0, -1):
        older = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
        with suppress(FileNotFoundError):
            older.rename(path.with_name(f"{path.name}.{number}"))


def _run(*command: str) -> None:
    subprocess.run(command, capture_output=True, timeout=30)


def _signal(instance: Instance, service: str, number: signal.Signals) -> None:
    for state in control.states(instance) or ():
        if state.name == service and state.pid:
            with suppress(ProcessLookupError):
                os.kill(state.pid, number)
