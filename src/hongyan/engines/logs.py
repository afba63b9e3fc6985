"""The services' logs for reading on a page: which there are, and their last lines, filtered.

Never: follows a path from outside: a log is one of the files in the instance's `log/`.
Always: reads from the end and stops at `MOST_BYTES`, however long the file is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hongyan.engines.desk.answers import share
from hongyan.kernel.instance import Instance

MOST_BYTES = 8 << 20
_BLOCK = 64 << 10


@dataclass(frozen=True, slots=True)
class Log:
    name: str
    size: int
    changed: datetime


@dataclass(frozen=True, slots=True)
class Tail:
    lines: tuple[str, ...]  #: oldest first
    whole: bool  #: the file was searched to its beginning


def list_logs(instance: Instance) -> list[Log]:
    found = []
    for path in sorted(instance.log.glob("*.log")):
        with suppress(OSError):
            status = path.stat()
            found.append(Log(path.stem, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC)))
    return found


def tail(instance: Instance, name: str, *, count: int = 200, text: str = "") -> Tail | None:
    """The last `count` lines that hold `text` (any case); None when there is no such log or it cannot be read."""
    if name not in {log.name for log in list_logs(instance)}:
        return None
    wanted, found = text.lower(), list[str]()
    try:
        with (instance.log / f"{name}.log").open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            for line in _backwards(file.fileno(), size):
                said = line.decode("utf-8", "replace")
                if wanted and wanted not in said.lower():
                    continue
                if len(found) == count:
                    return Tail(tuple(reversed(found)), whole=False)
                found.append(said)
    except OSError:
        return None
    return Tail(tuple(reversed(found)), whole=size <= MOST_BYTES)


def _backwards(handle: int, size: int) -> Iterator[bytes]:
    """The file's lines, newest first, within MOST_BYTES of its end."""
    start, rest = size, b""
    lowest = max(0, size - MOST_BYTES)
    while start > lowest:
        length = min(_BLOCK, start - lowest)
        start -= length
        lines = (os.pread(handle, length, start) + rest).split(b"\n")
        rest = lines[0]
        yield from (line for line in reversed(lines[1:]) if line)
    if rest and lowest == 0:
        yield rest


def open_to_web(instance: Instance) -> None:
    """Engines make their logs for root alone; our own programs may read them (they hold no mail)."""
    for path in instance.log.glob("*.log"):
        with suppress(OSError):
            if path.stat().st_mode & 0o044 == 0 or not _is_ours(path):
                share(path, 0o640)


def _is_ours(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o004) or path.group() == "hongyan"
