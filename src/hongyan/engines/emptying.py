"""Junk and Trash of those whom no session empties: once a day each mailbox, a sixteenth of them at a time.

Owns: the round over the mailboxes, where it stands (state/emptying/), and the doveadm process that does it.
Never: decides a period: what the release's `users` tables say holds, as for Dovecot itself, which empties these folders
whenever a session ends (clause B4.9). Never waits for its process, so that a release is not held up.
Always: after a restart the round goes on where it was.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hongyan.engines import doveadm
from hongyan.kernel.instance import Instance
from hongyan.release.tables import DEFAULT_JUNK_DAYS, DEFAULT_TRASH_DAYS, SHARDS, TABLES, BadFact

DAY_SECONDS = 86_400
SHARD_SECONDS = DAY_SECONDS / len(SHARDS)
DEFAULTS = {"Junk": DEFAULT_JUNK_DAYS, "Trash": DEFAULT_TRASH_DAYS}
_OWN = re.compile(r"userdb_namespace/inbox/mailbox/(Junk|Trash)/autoexpunge=(\d+)d")

Command = list[str]


def periods(text: str) -> dict[tuple[str, int], list[str]]:
    """(folder, days) -> addresses, from the text of one `users` file. Folders that are kept for ever are left out."""
    found: dict[tuple[str, int], list[str]] = {}
    for address, value in TABLES["users"].parse(text).items():
        for folder, days in (DEFAULTS | {name: int(number) for name, number in _OWN.findall(value)}).items():
            if days:
                found.setdefault((folder, days), []).append(address)
    return found


@dataclass(slots=True)
class Emptying:
    instance: Instance
    unit: str = "d"  #: of the periods, as doveadm spells it; a test has no days to wait
    waiting: list[Command] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def turn(self, now: float) -> None:
        """Go on with what is under way; `now` in seconds since the epoch."""
        if self.process is not None and self.process.poll() is None:
            return
        self.process = None
        if not self.waiting:
            self.waiting = list(self._next_shard(now))
        if self.waiting:
            self.process = subprocess.Popen(
                self.waiting.pop(0), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )

    @property
    def directory(self) -> Path:
        return self.instance.state / "emptying"

    def _next_shard(self, now: float) -> Iterator[Command]:
        """The next sixteenth's commands, when it is due."""
        digit, since = self._place()
        if 0 <= now - since < SHARD_SECONDS:
            return
        following = SHARDS[(SHARDS.index(digit) + 1) % len(SHARDS)]
        self.directory.mkdir(mode=0o700, exist_ok=True)
        (self.directory / "place").write_text(f"{following} {now:.0f}\n", "ascii")
        yield from self._commands(following)

    def _place(self) -> tuple[str, float]:
        """The shard that was last begun, and when; long ago when that cannot be told."""
        try:
            digit, since = (self.directory / "place").read_text("ascii").split()
            return SHARDS[SHARDS.index(digit)], float(since)
        except (OSError, ValueError):
            return SHARDS[-1], float("-inf")

    def _commands(self, digit: str) -> Iterator[Command]:
        try:
            groups = periods((self.instance.live / "tables" / f"users.{digit}").read_text("utf-8"))
        except (OSError, BadFact):  # no release yet, or a damaged one, which the publisher mends
            return
        for (folder, days), addresses in sorted(groups.items()):
            users = self.directory / f"{folder}-{days}"
            users.write_text("".join(f"{address}\n" for address in addresses), "utf-8")
            which = ("mailbox", folder, "savedbefore", f"{days}{self.unit}")
            yield ["/usr/bin/nice", "-n", "10", *doveadm.argv(self.instance, "expunge", "-F", str(users), *which)]
