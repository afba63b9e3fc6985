"""Reads: mail of a day by the hour, and where disk space is heading."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from hongyan.evidence.usage.models import MailHour, StorageDay
from hongyan.kernel import clock

#: A forecast looks back so far, and says nothing before it has seen so many days.
LOOK_BACK = 30
ENOUGH_DAYS = 7


@dataclass(frozen=True, slots=True)
class Hour:
    at: datetime
    sent: int
    received: int
    refused: int
    deferred: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """`per_day` and `full_in` are None while there are not enough days, or nothing grows."""

    days: int  #: that were measured
    used: int | None  #: bytes at the newest measure
    free: int | None
    per_day: int | None  #: bytes
    full_in: int | None  #: days

    @property
    def enough(self) -> bool:
        return self.days >= ENOUGH_DAYS

    @property
    def in_a_month(self) -> int | None:
        """Bytes after 30 more days like these."""
        return None if self.used is None or self.per_day is None else max(0, self.used + 30 * self.per_day)


def mail_by_hour(companies: Collection[str] | None, begin: datetime, hours: int = 24) -> list[Hour]:
    """`hours` rows from `begin` on, with zeros where nothing was. `companies` None: the whole machine."""
    rows = MailHour.objects.filter(hour__gte=begin, hour__lt=begin + timedelta(hours=hours))
    if companies is not None:
        rows = rows.filter(company__in=companies)
    found = {
        row["hour"]: row
        for row in rows.values("hour").annotate(s=Sum("sent"), r=Sum("received"), f=Sum("refused"), d=Sum("deferred"))
    }
    moments = [begin + timedelta(hours=n) for n in range(hours)]
    return [
        Hour(at, found[at]["s"], found[at]["r"], found[at]["f"], found[at]["d"])
        if at in found
        else Hour(at, 0, 0, 0, 0)
        for at in moments
    ]


def forecast(company: str) -> Forecast:
    """The line of least squares through the last 30 days. `company` empty: the machine's disk."""
    since = clock.today() - timedelta(days=LOOK_BACK)
    rows = list(StorageDay.objects.filter(company=company, day__gt=since).order_by("day"))
    if not rows:
        return Forecast(0, None, None, None, None)
    newest = rows[-1]
    if len(rows) < ENOUGH_DAYS:
        return Forecast(len(rows), newest.used, newest.free, None, None)
    per_day = slope([((row.day - rows[0].day).days, row.used) for row in rows])
    full_in = None
    if newest.free is not None and per_day >= 1:
        full_in = int(newest.free / per_day)
    return Forecast(len(rows), newest.used, newest.free, round(per_day), full_in)


def slope(points: list[tuple[int, int]]) -> float:
    count = len(points)
    x_mean, y_mean = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread if spread else 0.0
