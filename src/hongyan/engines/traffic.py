"""Counts mail from Postfix's log: what arrived in mailboxes, what was refused, what had to wait, by domain and hour.

Owns: the lines that are counted, the place up to which the log was read, the journal `traffic.jsonl`.
Never: keeps an address: a line of the journal names a domain and numbers.
Always: the counts and the place are written together, place last: a crash between counts a moment twice, loses none.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter, OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hongyan.kernel import clock
from hongyan.kernel.instance import Instance
from hongyan.kernel.journal import Journal

MOST_BYTES = 4 << 20  #: in one turn
REMEMBERED = 20_000  #: messages whose first deferral was counted
_DELIVERY = re.compile(rb" postfix/(?:\w+/)*(lmtp|smtp)\[\d+\]: (\w+): to=<([^>]*)>,.* status=(sent|deferred|bounced)")
_REFUSAL = re.compile(
    rb" postfix/[\w/]+\[\d+\]: (?:NOQUEUE|\w+): (?:milter-)?reject: .*? from=<([^>]*)>(?: to=<([^>]*)>)?"
)


@dataclass(slots=True)
class Traffic:
    instance: Instance
    deferred: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    def turn(self) -> Counter[tuple[str, str]]:
        """Count what is new; (domain, what) -> number, already written to the journal."""
        counts: Counter[tuple[str, str]] = Counter()
        place, log = self._place(), self.instance.log / "postfix.log"
        try:
            status = log.stat()
        except FileNotFoundError:
            if place is None:
                self._keep(-1, 0)
            return counts
        inode, offset = place or (status.st_ino, status.st_size)  # what was logged before the first look is history
        if inode != status.st_ino:  # it was rotated: what is left of the old one, then the new one
            self._read(log.with_name("postfix.log.1"), inode, offset, counts)
            offset = 0
        inode, offset = self._read(log, status.st_ino, offset, counts)
        if counts:
            self._write(counts)
        self._keep(inode, offset)
        return counts

    def _read(
        self, path: os.PathLike[str], inode: int, offset: int, counts: Counter[tuple[str, str]]
    ) -> tuple[int, int]:
        """Whole lines from `offset`; the file's inode and the place after them."""
        with suppress(FileNotFoundError), open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_ino == inode:
                start = offset if offset <= status.st_size else 0
                data = os.pread(file.fileno(), MOST_BYTES, start)
                whole = data[: data.rfind(b"\n") + 1]
                for line in whole.splitlines():
                    self._count(line, counts)
                return inode, start + len(whole)
        return inode, offset

    def _count(self, line: bytes, counts: Counter[tuple[str, str]]) -> None:
        if b" status=" in line:
            if found := _DELIVERY.search(line):
                self._delivery(found[1], found[2], found[3], found[4], counts)
        elif b"reject: " in line and (found := _REFUSAL.search(line)):
            counts[_domain(found[2] or found[1]), "refused"] += 1

    def _delivery(
        self, transport: bytes, identifier: bytes, to: bytes, status: bytes, counts: Counter[tuple[str, str]]
    ) -> None:
        if status == b"sent" and transport == b"lmtp":
            counts[_domain(to), "received"] += 1
        elif status == b"deferred" and identifier not in self.deferred:
            self.deferred[identifier] = None
            if len(self.deferred) > REMEMBERED:
                self.deferred.popitem(last=False)
            counts[_domain(to), "deferred"] += 1

    def _write(self, counts: Counter[tuple[str, str]]) -> None:
        by_domain: dict[str, dict[str, Any]] = {}
        for (domain, what), number in counts.items():
            by_domain.setdefault(domain, {})[what] = number
        journal = Journal(self.instance.events / "traffic.jsonl")
        for domain, numbers in sorted(by_domain.items()):
            journal.add("traffic", address=domain, **numbers)
        journal.close()
        for path in self.instance.events.glob("traffic*.jsonl"):
            path.chmod(0o644)

    def _place(self) -> tuple[int, int] | None:
        """(inode, offset); None at the first start."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            raw = json.loads((self.instance.state / "traffic.json").read_text("ascii"))
            return int(raw["inode"]), int(raw["offset"])
        return None

    def _keep(self, inode: int, offset: int) -> None:
        aside = self.instance.state / "traffic.new"
        aside.write_text(json.dumps({"inode": inode, "offset": offset, "at": clock.now().isoformat()}), "ascii")
        os.replace(aside, self.instance.state / "traffic.json")


def _domain(address: bytes) -> str:
    return address.rpartition(b"@")[2].decode("ascii", "replace").lower()[:253]
