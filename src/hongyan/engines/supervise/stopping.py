"""Stopping an instance: services first, then the supervisor, then whatever is left.

Always: returns only when no process of the instance is left, within a bounded time; what had to be killed is told.
"""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

from hongyan.engines.supervise import control, processes
from hongyan.kernel.instance import Instance

#: Longer than the longest stop of a service (`stopwaitsecs` in the rendered configuration), then they are killed.
SERVICE_SECONDS = 30.0
SUPERVISOR_SECONDS = 10.0
_PASSIVE = ("stopped", "exited", "fatal")


def is_running(instance: Instance) -> bool:
    return control.supervisor_pid(instance) is not None


def stop(instance: Instance) -> list[processes.Process]:
    """Stop everything. Returns the processes that did not end by themselves."""
    pid = control.supervisor_pid(instance)
    if pid is not None:
        control.stop_services(instance)
        _wait_for_services(instance)
        control.shut_down(instance)
        _wait_for_end(pid)
    left = processes.end_all(instance.root)
    remove_remains(instance)
    return left


def _wait_for_services(instance: Instance) -> None:
    until = time.monotonic() + SERVICE_SECONDS
    while time.monotonic() < until:
        states = control.states(instance)
        if states is None or all(state.state in _PASSIVE for state in states):
            return
        time.sleep(0.1)


def _wait_for_end(pid: int) -> None:
    until = time.monotonic() + SUPERVISOR_SECONDS
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)


def remove_remains(instance: Instance) -> None:
    """Sockets and pid files of processes that are gone: a stale one would block or mislead the next start."""
    for pattern in ("*.pid", "*.sock"):
        for path in instance.run.rglob(pattern) if instance.run.is_dir() else ():
            with suppress(FileNotFoundError):
                path.unlink()
    for directory in (instance.run / "dovecot", instance.locks):
        shutil.rmtree(directory, ignore_errors=True)
    for path in (instance.root / "spool" / "pid").glob("*"):
        with suppress(OSError):
            path.unlink()
    control.socket_of(instance).unlink(missing_ok=True)
