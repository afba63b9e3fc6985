"""The one source of the time. Tests and what-if runs replace it; nothing else calls `datetime.now`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

_shift = timedelta()


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC) + _shift


def today() -> date:
    return now().date()


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Within the block this process lives `by` later (or earlier)."""
    global _shift
    before, _shift = _shift, _shift + by
    try:
        yield
    finally:
        _shift = before
