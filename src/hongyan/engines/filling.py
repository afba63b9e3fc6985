"""Mailboxes whose limit has come down to what is in them.

Dovecot warns when a mailbox grows over 80 per cent of its quota, not when the quota shrinks; Postfix asks it only about
mailboxes that it has warned of. So whoever's quota changed is measured here once, and from 80 per cent on the warning is
given as Dovecot gives it (bin/quota-warning.sh): the owner is told, and a full mailbox is refused at RCPT.

Also here: what lists show of every mailbox's usage (`Sweep`).

Owns: the outbox entries `filling`: {"addresses": [...]} or {"company": SLUG}, whose mailboxes have no quota of their own.
Always: some at a time, so that no release waits for it; an entry is settled when all of its mailboxes were measured.
"""

from __future__ import annotations

import logging
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db.models import F, Q

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import quota_mb
from hongyan.engines import doveadm
from hongyan.kernel import clock, outbox
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Outbox

log = logging.getLogger(__name__)
BATCH: Final = 100
TIMEOUT: Final = 30
LEVELS: Final = (95, 90, 80)
MIB: Final = 1024 * 1024
SWEEP_SECONDS: Final = 10.0
MEASURED_FOR: Final = timedelta(minutes=15)


class NotMeasured(Exception):
    """Dovecot did not say; the text is its own."""


@dataclass(slots=True)
class Filling:
    instance: Instance
    entry: Outbox | None = None
    left: list[str] = field(default_factory=list)
    measure: Callable[[Instance, list[str]], Mapping[str, int]] | None = None

    def turn(self) -> bool:
        """Measure some of what waits; whether there is more."""
        if self.entry is None:
            waiting = outbox.pending([outbox.FILLING], limit=1)
            if not waiting:
                return False
            self.entry, self.left = waiting[0], addresses_of(waiting[0].payload)
        batch, entry = self.left[:BATCH], self.entry
        try:
            self._look(batch)
        except (NotMeasured, OSError, subprocess.SubprocessError) as problem:
            log.warning("filling %s: %s", entry.pk, problem)
            outbox.failed([entry], str(problem))
            self.entry, self.left = None, []
            return False
        self.left = self.left[BATCH:]
        if not self.left:
            outbox.settle([entry])
            self.entry = None
        return True

    def _look(self, batch: list[str]) -> None:
        rows = Mailbox.objects.filter(address__in=batch, closed_at=None).select_related("company")
        limits = {mailbox.address: quota_mb(mailbox) * MIB for mailbox in rows}
        used = (self.measure or measured)(self.instance, sorted(limits)) if limits else {}
        for address, size in used.items():
            level = level_of(size, limits.get(address, 0))
            if level:
                warn(self.instance, level, address)


@dataclass(slots=True)
class Sweep:
    """Keeps `Mailbox.used_mb` fresh enough for lists: some mailboxes at a time, the longest unmeasured first.

    Never waits for its process: releases go before.
    """

    instance: Instance
    next_turn: float = 0.0
    rows: list[Mailbox] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None

    def turn(self, now: float) -> int:
        """`now` on the monotonic clock; returns how many were measured."""
        if self.process is not None:
            return 0 if self.process.poll() is None else self._collect(self.process)
        if now < self.next_turn:
            return 0
        self.next_turn = now + SWEEP_SECONDS
        old = clock.now() - MEASURED_FOR
        due = Mailbox.objects.filter(closed_at=None).filter(Q(measured_at=None) | Q(measured_at__lt=old))
        self.rows = list(due.order_by(F("measured_at").asc(nulls_first=True))[:BATCH])
        if self.rows:
            self.process = begin(self.instance, [row.address for row in self.rows])
        return 0

    def _collect(self, process: subprocess.Popen[str]) -> int:
        said, complaint = process.communicate()
        rows, self.rows, self.process = self.rows, [], None
        used = parse(said)
        if not used and process.returncode:
            log.info("sweep: %s", complaint.strip()[-300:])
            return 0
        for row in rows:
            row.used_mb = -(-used.get(row.address, row.used_mb * MIB) // MIB)
            row.measured_at = clock.now()
        Mailbox.objects.bulk_update(rows, ["used_mb", "measured_at"])
        return len(rows)


def addresses_of(payload: Mapping[str, Any]) -> list[str]:
    if "company" not in payload:
        return list(payload.get("addresses", ()))
    rows = Mailbox.objects.filter(company__slug=payload["company"], quota_mb=None, closed_at=None)
    return list(rows.order_by("address").values_list("address", flat=True))


def level_of(used: int, limit: int) -> int:
    """The highest warning that is due, or 0."""
    return next((level for level in LEVELS if limit and used * 100 >= limit * level), 0)


def measured(instance: Instance, addresses: list[str]) -> dict[str, int]:
    """Bytes by address, as Dovecot counts them against the quota; who has no mail yet may be missing."""
    with begin(instance, addresses) as process:
        try:
            said, complaint = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    found = parse(said)
    if process.returncode and not found:
        raise NotMeasured(complaint.strip()[-300:] or f"doveadm: exit {process.returncode}")
    return found


def begin(instance: Instance, addresses: list[str]) -> subprocess.Popen[str]:
    """Dovecot's own count of these, being made. What it says fits into its pipe."""
    with tempfile.TemporaryFile("w") as names:
        names.write("".join(f"{address}\n" for address in addresses))
        names.flush()
        number = names.fileno()
        return subprocess.Popen(
            ["/usr/bin/nice", *doveadm.argv(instance, "-f", "tab", "quota", "get", "-F", f"/proc/self/fd/{number}")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, pass_fds=[number],
        )  # fmt: skip


def parse(said: str) -> dict[str, int]:
    """`doveadm -f tab quota get` of many users: the rows of type STORAGE, in units of 1024 octets."""
    head, *lines = said.splitlines() or [""]
    names = head.split("\t")
    found: dict[str, int] = {}
    for line in lines:
        row = dict(zip(names, line.split("\t"), strict=False))
        if row.get("Type") == "STORAGE" and row.get("Value", "").isdigit():
            found[row.get("Username", "")] = int(row["Value"]) * 1024
    return found


def warn(instance: Instance, level: int, address: str) -> None:
    """As Dovecot does, under the same user."""
    script = str(instance.live / "bin/quota-warning.sh")
    subprocess.run(
        [script, str(level), address], user="vmail", group="vmail", extra_groups=[], timeout=TIMEOUT, check=True,
        stdin=subprocess.DEVNULL, capture_output=True,
    )  # fmt: skip
