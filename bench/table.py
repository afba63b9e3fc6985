"""What every benchmark prints and keeps.

Owns: medians, percentiles, the plain table, `var/bench/NAME.json`.
Never: rounds what it keeps; only what it prints.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from unicodedata import east_asian_width

RESULTS = Path("var/bench")


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with its lowest and highest value."""

    median: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.median:.2f} [{self.low:.2f}-{self.high:.2f}]"


def spread(values: Iterable[float]) -> Spread:
    """Raises ValueError when there is no value: a run without one has measured nothing."""
    known = sorted(values)
    if not known:
        raise ValueError("nothing was measured")
    return Spread(median(known), known[0], known[-1], len(known))


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """The ratio of each pair measured one after the other; a drift of the machine then touches both."""
    return spread(a / b for a, b in zip(ours, theirs, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0..1) of the values do not exceed (nearest rank)."""
    known = sorted(values)
    if not known:
        raise ValueError("nothing was measured")
    rank = max(0, -(-int(share * 1000) * len(known) // 1000) - 1)
    return known[min(rank, len(known) - 1)]


def width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns aligned: the first to the left, figures to the right."""
    lines = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(width(line[i]) for line in lines) for i in range(len(head))]

    def put(line: Sequence[str]) -> str:
        first = line[0] + " " * (widths[0] - width(line[0]))
        rest = (" " * (widths[i] - width(line[i])) + line[i] for i in range(1, len(head)))
        return "  ".join([first, *rest]).rstrip()

    return "\n".join([put(lines[0]), "  ".join("-" * w for w in widths), *map(put, lines[1:])])


def machine() -> dict[str, Any]:
    return {
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "debian": Path("/etc/debian_version").read_text("ascii").strip(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def keep(name: str, result: dict[str, Any], *, about: dict[str, Any], directory: Path = RESULTS) -> Path:
    """Write the figures aside and rename, so that a broken run leaves the last whole one."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.json"
    document = {"bench": name, "at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": about, **result}
    aside = path.with_suffix(".json.new")
    aside.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    aside.rename(path)
    return path
