"""How many recipients each login has written to in the last hour.

Owns: the counts, in memory, one per minute and login; rebuilt from the gate's journal at start.
Never: decides (the rule `sending_limit` does).
Always: ages are measured on a clock that does not jump; a count older than an hour is gone; memory is bounded by the
logins that sent within the hour.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

HOUR: Final = 3600.0
_BUCKET: Final = 60.0
_SWEEP: Final = 300.0


class Limits:
    """Times are seconds of one monotonic clock, given by the caller."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[list[float]]] = {}  #: login -> [start of the minute, recipients], oldest first
        self._swept = 0.0

    def add(self, login: str, recipients: int, now: float) -> None:
        minute = now // _BUCKET * _BUCKET
        counts = self._sent.setdefault(login, deque())
        if counts and counts[-1][0] >= minute:
            counts[-1][1] += recipients
        else:
            counts.append([minute, recipients])
        if now - self._swept > _SWEEP:
            self._sweep(now)

    def used(self, login: str, now: float) -> int:
        counts = self._sent.get(login)
        if counts is None:
            return 0
        while counts and counts[0][0] + _BUCKET + HOUR <= now:
            counts.popleft()
        return int(sum(count for _, count in counts))

    def frees_at(self, login: str, room: int, now: float) -> float:
        """When at most `room` recipients will be left in the window (now, if that is so already)."""
        left = self.used(login, now)
        at = now
        for minute, count in self._sent.get(login, ()):
            if left <= room:
                break
            left -= int(count)
            at = minute + _BUCKET + HOUR
        return at

    def rebuild(self, events: Iterable[dict[str, Any]], wall: float, now: float) -> None:
        """Count `mail.sent` events again. `wall` is the epoch time of the monotonic moment `now`."""
        for event in events:
            if event["kind"] != "mail.sent":
                continue
            # A clock that was set back must not make a count live longer than an hour.
            age = max(0.0, wall - datetime.fromisoformat(event["at"]).timestamp())
            if age < HOUR + _BUCKET:
                self.add(event["address"], int(event["params"]["recipients"]), now - age)

    def _sweep(self, now: float) -> None:
        self._swept = now
        for login in list(self._sent):
            if not self.used(login, now):
                del self._sent[login]
