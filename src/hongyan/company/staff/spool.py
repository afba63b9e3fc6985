"""A list on its way: its entries in a file without a name, so that memory does not grow with the company.

Owns: `Entry`, `Spool`. Always: an entry is read as it was put; what has to be known of all entries before the first is
looked at (units, numbers that stand twice) is gathered while they are put.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from hongyan.company.imports.cells import Parsed, Problem

CHUNK = 500


@dataclass(slots=True)
class Entry:
    """One person as the list has him. `key`: the list's own, never changing one; `active`: works (still)."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    key: str = ""
    active: bool = True

    def parsed(self, columns: dict[str, str]) -> Parsed:
        return Parsed(self.number, self.values, list(self.problems), columns)


class Spool:
    def __init__(self, columns: dict[str, str] | None = None) -> None:
        """`columns`: field -> letter of a sheet's column, for naming what is wrong."""
        self.columns = columns or {}
        self.count = 0
        self.units: set[str] = set()
        self.twice: dict[str, list[int]] = {}  #: number of a person -> the rows that have it
        self._first: dict[str, int] = {}
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - ends with the spool

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self._file.close()

    def put(self, entry: Entry) -> None:
        self.count += 1
        if unit := entry.values.get("unit"):
            self.units.add(unit)
        if entry.active and (number := entry.values.get("number")):
            first = self._first.setdefault(number, entry.number)
            if first != entry.number:
                self.twice.setdefault(number, [first]).append(entry.number)
        row = [
            entry.number,
            entry.values,
            [[p.code, p.params, p.column] for p in entry.problems],
            entry.key,
            entry.active,
        ]
        self._file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")

    def chunks(self) -> Iterator[list[Entry]]:
        """All entries in the order they were put, some hundreds at a time."""
        self._first.clear()
        self._file.seek(0)
        part: list[Entry] = []
        for line in self._file:
            number, values, problems, key, active = json.loads(line)
            part.append(Entry(number, values, [Problem(*problem) for problem in problems], key, active))
            if len(part) == CHUNK:
                yield part
                part = []
        if part:
            yield part
