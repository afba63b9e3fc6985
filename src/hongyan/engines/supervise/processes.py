"""The processes of an instance, found in /proc whoever started them.

Owns: how a process is recognised as this instance's, and ending those that a dead supervisor left behind.
Never: touches a process of another instance, of another root directory (a chroot may hold an instance of the same
path), or one that merely mentions the instance (an editor, `tail`, a shell standing in its directory).

Recognised are: processes with HONGYAN_INSTANCE=<root> in their environment (all that the supervisor starts), Postfix's
(MAIL_CONFIG below the root), engine programs that name the instance or work in it, and all descendants of these.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MARKER = "HONGYAN_INSTANCE"
#: Engines that clean their children's environment or write their title over it (Dovecot, Rspamd, Redis). They name the
#: instance in their title or work in one of its directories.
ENGINES = (
    *("/usr/lib/dovecot/", "/usr/libexec/dovecot/", "/usr/sbin/dovecot"),
    *("/usr/bin/rspamd", "/usr/bin/redis-", "/usr/sbin/clamd", "/usr/bin/freshclam"),
)
TERM_SECONDS = 10.0
KILL_SECONDS = 5.0


class Process(NamedTuple):
    pid: int
    parent: int
    started: int  #: clock ticks since boot: tells a reused pid from the process that was seen
    command: str


def find(root: Path) -> list[Process]:
    """All processes of the instance, without this one and its ancestors."""
    seen = {process.pid: process for process in _all()}
    ours = {pid for pid in seen if _is_marked(pid, str(root))}
    children: dict[int, list[int]] = {}
    for process in seen.values():
        children.setdefault(process.parent, []).append(process.pid)
    waiting = list(ours)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in ours:
                ours.add(child)
                waiting.append(child)
    return [seen[pid] for pid in sorted(ours - _lineage(seen))]


def end_all(
    root: Path, *, patience: float = TERM_SECONDS, among: Callable[[Process], bool] = lambda _: True
) -> list[Process]:
    """TERM, then KILL, until no process of the instance (`among`: no such one) is left. Returns those that were found."""
    found: dict[int, Process] = {}
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, KILL_SECONDS)):
        until = time.monotonic() + seconds
        told: set[Process] = set()
        while left := [process for process in find(root) if among(process)]:
            for process in left:
                found.setdefault(process.pid, process)
                if process not in told:
                    told.add(process)
                    with suppress(ProcessLookupError):
                        os.kill(process.pid, number)
            if time.monotonic() > until:
                break
            time.sleep(0.05)
    return list(found.values())


def _all() -> Iterator[Process]:
    for name in os.listdir("/proc"):
        if name.isdigit() and (process := _read(int(name))):
            yield process


def _read(pid: int) -> Process | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    command, _, fields = text.partition("(")[2].rpartition(") ")
    values = fields.split()
    if values[0] == "Z":  # ended already; its parent has not asked for the outcome yet
        return None
    return Process(pid, int(values[1]), int(values[19]), command)


def _lineage(seen: dict[int, Process]) -> set[int]:
    """This process and its ancestors: `up` run from an instance's own service must not end itself."""
    lineage, pid = set[int](), os.getpid()
    while pid in seen and pid not in lineage:
        lineage.add(pid)
        pid = seen[pid].parent
    return lineage


def _is_marked(pid: int, root: str) -> bool:
    """Needs root's rights for other users' processes."""
    inside = root + "/"
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            environment = file.read().split(b"\0")
        if f"{MARKER}={root}".encode() in environment or _names_postfix(environment, inside):
            return _same_root(pid, inside)
        return _is_engine_of(pid, inside) and _same_root(pid, inside)
    except OSError:  # it ended meanwhile, or belongs to somebody else and we are not root
        return False


def _names_postfix(environment: list[bytes], inside: str) -> bool:
    return any(value.startswith(f"MAIL_CONFIG={inside}".encode()) for value in environment)


def _is_engine_of(pid: int, inside: str) -> bool:
    if not os.readlink(f"/proc/{pid}/exe").startswith(ENGINES):
        return False
    if f"{os.readlink(f'/proc/{pid}/cwd')}/".startswith(inside):
        return True
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        # The whole path: /a/b must not take what runs in /x/a/b.
        return re.search(rb"(?<![\w./-])" + re.escape(inside.encode()), file.read()) is not None


def _same_root(pid: int, inside: str) -> bool:
    """The process sees the same file tree as we do, or is locked into a part of the instance (Dovecot's logins)."""
    theirs, ours = os.stat(f"/proc/{pid}/root"), os.stat("/")
    if (theirs.st_dev, theirs.st_ino) == (ours.st_dev, ours.st_ino):
        return True
    return f"{os.readlink(f'/proc/{pid}/root')}/".startswith(inside)
