"""One instance for the tests of this directory that leave it whole behind them; the others make their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.resilience import hands
from tests.system.hands import Running, running_instance

#: Mailboxes of one test each, so that what a test does to one disturbs no other.
MORE = ("erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj", "peggy", "trent")


@pytest.fixture(scope="session")
def house() -> Iterator[Running]:
    with running_instance(name="r") as running:
        hands.settle_in(running, *MORE)
        yield running
