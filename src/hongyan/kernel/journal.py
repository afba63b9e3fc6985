"""Append-only event journals: one JSON object a line, rotated by size, read back by the worker and at start-up.

Owns: the line's shape, the files' names. `gate.jsonl` is being written; `gate-20261124T085300123456.jsonl` are full
ones, in the order of their names.
Never: deletes a line or a file (who has taken a full file in may delete it once it is older than `KEEP_SECONDS`).
Always: several events go out in one write; a line cut off by a crash is closed before the next one is written, and
readers skip it. Lines reach the kernel at `flush` (a killed process loses only what was not flushed), not the disk.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hongyan.kernel import clock

MAX_BYTES: Final = 16 << 20
#: Full files stay at least this long: the gate counts the last hour from them when it starts.
KEEP_SECONDS: Final = 7200
#: What may wait in memory while the disk refuses to take it.
MAX_WAITING: Final = 4 << 20


class Journal:
    """A writer. Not for several threads or processes on one path."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._path, self._max_bytes = path, max_bytes
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._file = -1
        self._size = 0
        self.lost = 0  #: events given up because the disk did not take them for too long

    def add(self, kind: str, *, company: str = "", address: str = "", **params: Any) -> None:
        """Queue one event; it is written by the next `flush`."""
        line = encode(kind, company, address, params)
        if self._waiting_bytes + len(line) > MAX_WAITING:
            self.lost += 1
            return
        self._waiting.append(line)
        self._waiting_bytes += len(line)

    def flush(self) -> None:
        """Write what waits. Raises OSError when the disk refuses; the events then wait for the next call."""
        if not self._waiting:
            return
        if self._file < 0:
            self._open()
        data = b"".join(self._waiting)
        written = os.write(self._file, data)
        if written < len(data):  # a full disk takes a part: keep the rest, in whole bytes
            self._waiting, self._waiting_bytes = [data[written:]], len(data) - written
            self._size += written
            raise OSError(f"{self._path}: only {written} of {len(data)} bytes were taken")
        self._waiting, self._waiting_bytes = [], 0
        self._size += written
        if self._size >= self._max_bytes:
            self._rotate()

    def close(self) -> None:
        self.flush()
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._size = os.fstat(self._file).st_size
        if self._size and os.pread(self._file, 1, self._size - 1) != b"\n":
            self._size += os.write(self._file, b"\n")

    def _rotate(self) -> None:
        os.close(self._file)
        self._file = -1
        self._path.rename(self._path.with_name(f"{self._path.stem}-{clock.now():%Y%m%dT%H%M%S%f}.jsonl"))


def encode(kind: str, company: str, address: str, params: dict[str, Any]) -> bytes:
    at = clock.now().isoformat(timespec="microseconds")
    event = {"at": at, "kind": kind, "company": company, "address": address, "params": params}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"


def files(path: Path) -> list[Path]:
    """The journal's files, oldest first, the one being written last."""
    full = sorted(path.parent.glob(f"{path.stem}-*.jsonl"))
    return [*full, path] if path.exists() else full


def read(path: Path, *, since: float = 0.0) -> Iterator[dict[str, Any]]:
    """Whole events of all files, oldest first. `since` (epoch seconds) skips files last written before it."""
    for file in files(path):
        if file.stat().st_mtime < since:
            continue
        with file.open("rb") as lines:
            for line in lines:
                event = decode(line)
                if event is not None:
                    yield event


def decode(line: bytes) -> dict[str, Any] | None:
    """The event of one line; None for a line that a crash has cut off."""
    if not line.endswith(b"\n"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "kind" in event and "at" in event else None
