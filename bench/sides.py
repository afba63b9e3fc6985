"""What a benchmark measures: the instance or the bare server, seen alike.

Owns: the view of one side (ports, queue, Dovecot configuration, root processes) and what is asked of it.
Never: reads a log to count: what was delivered is what Dovecot finds in the mailboxes.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol


class Side(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def ports(self) -> dict[str, int]: ...
    @property
    def spool(self) -> Path: ...
    @property
    def dovecot_conf(self) -> Path: ...
    @property
    def roots(self) -> list[int]: ...
    def stop(self) -> None: ...


def queued(spool: Path) -> int:
    """Messages that Postfix has taken and not finished."""
    return sum(len(files) for queue in ("maildrop", "incoming", "active", "deferred", "hold")
               for _, _, files in os.walk(spool / queue))  # fmt: skip


def stored(side: Side, addresses: Iterable[str]) -> dict[str, int]:
    """Messages in all folders of each mailbox, as Dovecot counts them."""
    with tempfile.NamedTemporaryFile("w", prefix="hongyan-bench-", suffix=".users") as users:
        users.write("".join(f"{a}\n" for a in addresses))
        users.flush()
        os.chmod(users.name, 0o644)
        command = ["doveadm", "-c", str(side.dovecot_conf), "-f", "tab", "mailbox", "status", "-F", users.name,
                   "-t", "messages", "*"]  # fmt: skip
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return parse_status(said)


def parse_status(text: str) -> dict[str, int]:
    """doveadm's tab format: a head line, then one line per user; the order of columns differs between versions."""
    head, *rows = [line.split("\t") for line in text.splitlines() if line]
    names = [name.lower() for name in head]
    user, messages = names.index("username"), names.index("messages")
    return {row[user]: int(row[messages]) for row in rows}
