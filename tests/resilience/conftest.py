"""One instance for the tests of this directory that leave it whole behind them; the others make their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.conftest import populate
from tests.system.hands import Running, running_instance


@pytest.fixture(scope="session")
def house() -> Iterator[Running]:
    with running_instance(name="r") as running:
        populate(running)
        yield running
