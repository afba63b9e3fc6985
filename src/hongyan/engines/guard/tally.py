"""Sign-ins as events, without a flood: a mail program that signs in every minute is one event each five minutes.

Owns: which repetitions are counted together.
Always: the first of a kind is told at once, its repetitions together with their number when the five minutes are over;
memory is bounded, what is pushed out is told first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hongyan.engines.guard.attempt import Attempt

SECONDS: Final = 300.0
_MOST: Final = 20_000


@dataclass(slots=True)
class _Seen:
    attempt: Attempt
    since: float
    untold: int = 0


class Tally:
    """`tell(kind, attempt, count)` writes one event."""

    def __init__(self, tell: Callable[[str, Attempt, int], None]) -> None:
        self._tell = tell
        self._seen: OrderedDict[tuple[str, ...], _Seen] = OrderedDict()  #: in the order of `since`

    def add(self, kind: str, attempt: Attempt, now: float) -> None:
        """`now` is monotonic."""
        key = (kind, attempt.login, attempt.remote, attempt.protocol, attempt.client, attempt.device, attempt.master)
        seen = self._seen.get(key)
        if seen is not None and now - seen.since < SECONDS:
            seen.untold += 1
            return
        if seen is not None:
            self._close(kind, self._seen.pop(key))
        self._tell(kind, attempt, 1)
        self._seen[key] = _Seen(attempt, now)
        if len(self._seen) > _MOST:
            oldest, pushed = self._seen.popitem(last=False)
            self._close(oldest[0], pushed)

    def sweep(self, now: float) -> None:
        """Tell the repetitions of what began more than five minutes ago."""
        while self._seen:
            key, seen = next(iter(self._seen.items()))
            if now - seen.since < SECONDS:
                return
            del self._seen[key]
            self._close(key[0], seen)

    def close(self) -> None:
        while self._seen:
            key, seen = self._seen.popitem(last=False)
            self._close(key[0], seen)

    def _close(self, kind: str, seen: _Seen) -> None:
        if seen.untold:
            self._tell(kind, seen.attempt, seen.untold)
