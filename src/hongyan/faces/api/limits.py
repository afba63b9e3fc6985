"""How often a token may ask, counted in this process: the web is one process, and a count needs no row.

Always: a bucket holds a minute's requests and fills evenly; the memory for it is bounded.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

KEPT = 5000
WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Taken:
    allowed: bool
    left: int
    wait: int  #: seconds until another one is allowed; until the bucket is full when there is one


class Buckets:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, per_minute: int, *, spend: bool = True) -> Taken:
        """One request of `key`, if there is one left. `spend` False looks without taking."""
        now = time.monotonic()
        rate = per_minute / WINDOW
        with self._lock:
            level, at = self._levels.pop(key, (float(per_minute), now))
            level = min(float(per_minute), level + (now - at) * rate)
            allowed = level >= 1
            if allowed and spend:
                level -= 1
            self._levels[key] = (level, now)
            while len(self._levels) > KEPT:
                self._levels.popitem(last=False)
        missing = (per_minute - level) if allowed else 1 - level
        return Taken(allowed, int(level), max(1 if not allowed else 0, math.ceil(missing / rate)))
