"""A day's mail as a bar chart: plain numbers in, rectangles out.

Always: what the picture shows stands in a table beside it; the picture needs no style of its own (strict CSP).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from hongyan.evidence.usage.queries import Hour

WIDTH, HEIGHT, GAP = 720, 150, 4
#: From the bottom up.
SERIES = ("received", "sent", "deferred", "refused")


@dataclass(frozen=True, slots=True)
class Bar:
    series: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Row:
    text: str  #: "14:00"
    received: int
    sent: int
    deferred: int
    refused: int

    @property
    def total(self) -> int:
        return self.received + self.sent + self.deferred + self.refused


@dataclass(frozen=True, slots=True)
class Chart:
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[str, ...]  #: every sixth hour, each at the beginning of its quarter
    top: int  #: what the full height stands for
    sums: Row

    @property
    def empty(self) -> bool:
        return self.sums.total == 0


def draw(hours: Sequence[Hour]) -> Chart:
    rows = tuple(
        Row(f"{timezone.localtime(hour.at):%H}:00", hour.received, hour.sent, hour.deferred, hour.refused)
        for hour in hours
    )
    top = nice(max((row.total for row in rows), default=0))
    step = WIDTH / max(1, len(rows))
    bars, ticks = list[Bar](), list[str]()
    for number, row in enumerate(rows):
        x, level = number * step + GAP / 2, float(HEIGHT)
        for series in SERIES:
            height = getattr(row, series) * HEIGHT / top
            if height:
                level -= height
                bars.append(Bar(series, round(x, 2), round(level, 2), round(step - GAP, 2), round(height, 2)))
        if number % 6 == 0:
            ticks.append(row.text)
    sums = Row(
        "", *(sum(getattr(row, series) for row in rows) for series in ("received", "sent", "deferred", "refused"))
    )
    return Chart(rows, tuple(bars), tuple(ticks), top, sums)


def nice(value: int) -> int:
    """The next of 10, 20, 50, 100, 200, ... that is not less."""
    step = 10
    while True:
        for factor in (1, 2, 5):
            if value <= step * factor:
                return step * factor
        step *= 10
