"""Processor time and memory of a tree of processes, from /proc.

Owns: who belongs to a side (everything below its root processes), and what that costs.
Never: signals a process.
Always: the total is exact: a process that ended within the measurement is counted through the parent that waited for
it (`cutime`, `cstime`).
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Proc:
    pid: int
    parent: int
    name: str
    own: float  #: seconds of processor time of its own
    waited: float  #: of its children that ended


def parse_stat(text: str) -> Proc:
    """One line of /proc/PID/stat; the name may hold blanks and parentheses (proc(5))."""
    pid, _, rest = text.partition(" (")
    name, _, fields = rest.rpartition(") ")
    f = fields.split()
    return Proc(int(pid), int(f[1]), name, (int(f[11]) + int(f[12])) / TICK, (int(f[13]) + int(f[14])) / TICK)


def everything() -> dict[int, Proc]:
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                proc = parse_stat(Path("/proc", entry, "stat").read_text("utf-8", "replace"))
            except (FileNotFoundError, ProcessLookupError):
                continue
            found[proc.pid] = proc
    return found


def below(roots: Iterable[int], procs: Mapping[int, Proc]) -> dict[int, Proc]:
    """The roots and all their descendants."""
    children: dict[int, list[int]] = {}
    for proc in procs.values():
        children.setdefault(proc.parent, []).append(proc.pid)
    found: dict[int, Proc] = {}
    wanted = [pid for pid in roots if pid in procs]
    while wanted:
        pid = wanted.pop()
        if pid not in found:
            found[pid] = procs[pid]
            wanted.extend(children.get(pid, ()))
    return found


def tree(roots: Iterable[int]) -> dict[int, Proc]:
    return below(roots, everything())


def total(procs: Mapping[int, Proc]) -> float:
    return sum(p.own + p.waited for p in procs.values())


def label(proc: Proc) -> str:
    """What kind of process: Dovecot and Postfix both have an `lmtp`, and our services all carry the interpreter's name."""
    try:
        program = os.readlink(f"/proc/{proc.pid}/exe")
        if "/python" not in program:
            return f"dovecot {proc.name}" if "/dovecot/" in program else proc.name
        words = Path("/proc", str(proc.pid), "cmdline").read_bytes().split(b"\0")
    except OSError:
        return proc.name
    return python_label([word.decode("utf-8", "replace") for word in words if word])


def python_label(words: list[str]) -> str:
    """The module of `python -m MODULE`, else the script's name."""
    if "-m" in words[:-1]:
        return words[words.index("-m") + 1]
    named = [word for word in words[1:] if not word.startswith("-")]
    return Path(named[0]).name if named else "python"


class Watch:
    """Looks at a side's tree again and again, so that processes that end meanwhile are told by kind too."""

    def __init__(self, roots: Iterable[int]) -> None:
        self.roots = list(roots)
        self.labels: dict[int, str] = {}
        self.last: dict[int, Proc] = {}
        self.look()
        self.begin = dict(self.last)

    def look(self) -> None:
        self.now = tree(self.roots)
        for pid, proc in self.now.items():
            if pid not in self.labels or self.last[pid].name != proc.name:
                self.labels[pid] = label(proc)
        self.last |= self.now

    def seconds(self) -> float:
        """All processor time since the beginning."""
        return total(self.now) - total(self.begin)

    def by_class(self) -> dict[str, float]:
        """The same by kind; `ended` is what processes spent after they were last seen."""
        spent: defaultdict[str, float] = defaultdict(float)
        for pid, proc in self.last.items():
            spent[self.labels[pid]] += proc.own - (self.begin[pid].own if pid in self.begin else 0.0)
        spent["ended"] = max(0.0, self.seconds() - sum(spent.values()))
        return dict(spent)


def pss(pid: int) -> int:
    """Proportional set size in bytes: shared pages are divided among those who share them. 0 when it is gone."""
    try:
        for line in Path("/proc", str(pid), "smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0


def memory(procs: Mapping[int, Proc]) -> Counter[str]:
    """Bytes of PSS by kind of process."""
    sizes: Counter[str] = Counter()
    for proc in procs.values():
        sizes[label(proc)] += pss(proc.pid)
    return sizes
