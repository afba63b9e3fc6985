"""What the policy was told, on disk: so that locks and counts outlive the process.

Owns: `state/guard/told.jsonl`, one line for each failure, clearing success and unlock.
Never: keeps more than the policy remembers; `compact` drops older lines.
Always: a line reaches the kernel before the answer goes out; a line cut off by a crash is skipped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Kind = Literal["failed", "succeeded", "unlocked"]
_SMALL: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Told:
    kind: Kind
    at: float
    login: str = ""
    network: str = ""
    pwhash: str = ""


class Store:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._size = self._compact_at = 0

    def load(self, since: float) -> list[Told]:
        """What was told since then, oldest first; the file is rewritten with that alone."""
        kept = [told for told in self._read() if told.at >= since]
        self._rewrite(kept)
        return kept

    def add(self, told: Told, since: float) -> None:
        """Append; now and then drop what was told before `since`. Raises OSError."""
        if self._file < 0 or self._size > self._compact_at:
            self._rewrite([old for old in self._read() if old.at >= since])
        self._size += os.write(self._file, _line(told))

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _read(self) -> Iterator[Told]:
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                kind, at, login, network, pwhash = json.loads(line)
                yield Told(kind, float(at), login, network, pwhash)
            except (ValueError, TypeError):
                continue

    def _rewrite(self, kept: list[Told]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside = self._path.with_name(self._path.name + ".new")
        aside.write_bytes(b"".join(map(_line, kept)))
        aside.chmod(0o600)
        aside.rename(self._path)
        self.close()
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._size = self._path.stat().st_size
        self._compact_at = 2 * self._size + _SMALL


def _line(told: Told) -> bytes:
    return json.dumps([told.kind, told.at, told.login, told.network, told.pwhash]).encode() + b"\n"
