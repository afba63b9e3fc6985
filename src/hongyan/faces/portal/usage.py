"""How full a mailbox is, in the words of clause B4.6.

Always: at 80, 90 and 95 % the page says what to do; "cannot be read now" is said as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.conf import settings

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import quota_mb
from hongyan.engines.store import quota_used

Level = Literal["good", "warn", "bad"]
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Usage:
    limit_mb: int
    used_mb: float | None  #: None: the store cannot be asked now

    @property
    def percent(self) -> int:
        return 0 if self.used_mb is None else min(100, int(self.used_mb * 100 / self.limit_mb))

    @property
    def free_mb(self) -> float:
        return max(0.0, self.limit_mb - (self.used_mb or 0))

    @property
    def step(self) -> int:
        """The highest of 80, 90, 95, 100 that is reached, or 0."""
        return next((step for step in (100, 95, 90, 80) if self.percent >= step), 0)

    @property
    def level(self) -> Level:
        return "bad" if self.percent >= 95 else "warn" if self.percent >= 80 else "good"


def usage_of(mailbox: Mailbox) -> Usage:
    used = quota_used(settings.INSTANCE, mailbox.address) if settings.INSTANCE else None
    return Usage(quota_mb(mailbox), None if used is None else used / MIB)
