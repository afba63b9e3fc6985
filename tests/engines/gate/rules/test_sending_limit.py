from __future__ import annotations

from pathlib import Path

from hongyan.engines.gate.limits import Limits
from hongyan.engines.gate.rules.sending_limit import check
from tests.engines.gate import world
from tests.engines.gate.world import ALICE, BOB, CHARLIE, arrived, sent

NOW = 100_000.0


def to(count: int) -> list[str]:
    return [f"r{n}@example.org" for n in range(count)]


def test_recipients_are_counted_up_to_the_limit(table: Path) -> None:
    limits = Limits()
    limits.add(ALICE, 4, NOW - 1800)
    view = world.view(table, now=NOW, limits=limits)
    assert check(sent(ALICE, *to(6)), view) is None
    decision = check(sent(ALICE, *to(7)), view)
    assert decision is not None
    assert (decision.code, decision.clause) == ("limit.reached", "B4.4")
    assert {k: decision.params[k] for k in ("limit", "used", "count")} == {"limit": 10, "used": 4, "count": 7}
    assert 1800 <= decision.params["until"] - view.wall <= 1800 + 120


def test_the_promised_time_is_kept(table: Path) -> None:
    limits = Limits()
    for minutes_ago, count in ((50, 5), (40, 3), (10, 2)):
        limits.add(ALICE, count, NOW - 60 * minutes_ago)
    view = world.view(table, now=NOW, limits=limits)
    decision = check(sent(ALICE, *to(6)), view)
    assert decision is not None
    wait = decision.params["until"] - view.wall
    assert 20 * 60 <= wait <= 22 * 60, "five of fifty and three of forty minutes ago have to go"
    assert check(sent(ALICE, *to(6)), world.view(table, now=NOW + wait, limits=limits)) is None


def test_one_message_over_the_limit_is_told_so_at_once(table: Path) -> None:
    decision = check(sent(ALICE, *to(11)), world.view(table))
    assert decision is not None
    assert (decision.code, decision.params) == ("limit.message", {"limit": 10, "count": 11})


def test_limits_are_each_mailbox_s_own(table: Path) -> None:
    limits = Limits()
    limits.add(ALICE, 10, NOW)
    view = world.view(table, now=NOW, limits=limits)
    assert check(sent(ALICE, BOB), view) is not None
    assert check(sent(CHARLIE, BOB), view) is None
    assert check(arrived(BOB, sender=ALICE), view) is None
