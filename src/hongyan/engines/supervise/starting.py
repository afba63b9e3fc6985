"""Starting an instance: sweep, configuration, supervisor, and waiting until every service answers.

Always: nothing of a former start stands in the way; the wait is bounded, and a service that does not come is named
with the last lines of its log.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path

from hongyan.engines import services as catalogue
from hongyan.engines.supervise import config, control, processes, readiness, stopping
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance

WAIT_SECONDS = 90.0
LOOK_SECONDS = 0.1
LOG_LINES = 8


def sweep(instance: Instance) -> list[processes.Process]:
    """End what a killed supervisor left behind, with its sockets and pid files. Not while a supervisor answers."""
    left = processes.end_all(instance.root)
    stopping.remove_remains(instance)
    return left


def start_supervisor(instance: Instance) -> None:
    path = config.write(instance, catalogue.services(instance))
    done = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "-m", "supervisor.supervisord", "-c", path],
        env=config.environment_of(instance),
        cwd=instance.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Refusal("up.supervisor", reason=(done.stderr or done.stdout).strip()[-500:])


def restart_missing(instance: Instance) -> None:
    """Start services that somebody stopped by hand, in a running supervisor."""
    control.call(instance, "supervisor.startAllProcesses", False)


def wait_until_ready(instance: Instance, among: Collection[str] | None = None) -> None:
    """Returns when every service (of `among`, else all) answers.

    One that did is not asked again and again: each question is a log line.
    """
    until = time.monotonic() + WAIT_SECONDS
    waiting = tuple(s.name for s in catalogue.services(instance) if among is None or s.name in among)
    while True:
        states = control.states(instance)
        if states is None:
            raise Refusal("up.supervisor", reason=tail(instance.log / "supervisor.log"))
        waiting = readiness.waiting(instance, states, waiting)
        if not waiting:
            # One that answered may have fallen since: they must all answer at once.
            waiting = readiness.waiting(instance, states, among)
            if not waiting:
                return
        if time.monotonic() > until:
            raise Refusal("up.not_ready", services=list(waiting), log=last_words(instance, waiting[0]))
        time.sleep(LOOK_SECONDS)


def last_words(instance: Instance, service: str) -> str:
    """The end of a service's own log, or of what the supervisor caught from it."""
    for name in (f"{service}-console.log", f"{service}.log"):
        if text := tail(instance.log / name):
            return text
    return "-"


def tail(path: Path, lines: int = LOG_LINES) -> str:
    try:
        text = path.read_text("utf-8", "replace")[-8000:]
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])
