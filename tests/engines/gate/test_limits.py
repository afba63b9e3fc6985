from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hongyan.engines.gate.limits import Limits

ALICE, BOB = "alice@corp.test", "bob@corp.test"


def event(at: float, address: str, recipients: int, kind: str = "mail.sent") -> dict[str, Any]:
    stamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")
    return {"at": stamp, "kind": kind, "address": address, "params": {"recipients": recipients}}


def test_counts_leave_the_window_after_an_hour() -> None:
    limits = Limits()
    limits.add(ALICE, 3, 0.0)
    limits.add(ALICE, 2, 1800.0)
    assert limits.used(ALICE, 3599.0) == 5
    assert limits.used(ALICE, 3661.0) == 2
    assert limits.used(ALICE, 5461.0) == 0
    assert limits.used(BOB, 0.0) == 0


def test_rebuilt_from_the_journal() -> None:
    limits, wall = Limits(), 1_800_000_000.0
    limits.rebuild(
        [event(wall - 7000, ALICE, 50), event(wall - 1800, ALICE, 4), event(wall - 5, BOB, 1),
         event(wall - 4, ALICE, 9, kind="mail.refused")],
        wall, 500.0,
    )  # fmt: skip
    assert (limits.used(ALICE, 500.0), limits.used(BOB, 500.0)) == (4, 1)
    assert limits.used(ALICE, 500.0 + 1900) == 0


def test_a_clock_that_was_set_back_keeps_nothing_longer_than_an_hour() -> None:
    limits, wall = Limits(), 1_800_000_000.0
    limits.rebuild([event(wall + 86_400, ALICE, 4)], wall, 500.0)
    assert limits.used(ALICE, 500.0) == 4
    assert limits.used(ALICE, 500.0 + 3661) == 0


def test_forgets_logins_that_stopped_sending() -> None:
    limits = Limits()
    for number in range(1000):
        limits.add(f"u{number}@corp.test", 1, 10.0)
    limits.add(ALICE, 1, 10_000.0)
    assert list(limits._sent) == [ALICE]
