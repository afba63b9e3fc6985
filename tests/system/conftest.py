"""One running instance for all system tests (starting it takes seconds), with the cast's mailboxes.

Tests that stop, kill or damage things make an instance of their own (`hands.running_instance`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.resilience.hands import settle_in
from tests.system import names
from tests.system.hands import Running, running_instance
from tests.system.names import Names

#: Mailboxes of one theme each, so that what one test leaves in a mailbox disturbs no other.
MORE = (
    "erin",
    "frank",
    "grace",
    "heidi",
    "ivan",
    "judy",
    "mike",
    "nina",
    "olga",
    "peggy",
    "quinn",
    "rupert",
    "sybil",
    "trudy",
)


@pytest.fixture(scope="session")
def zone() -> Iterator[Names]:
    """What the instance hears when it asks a name server."""
    with names.serving() as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
def world(zone: Names) -> Iterator[Running]:
    with running_instance("--offline", "--resolver", f"127.0.0.1:{zone.port}") as running:
        settle_in(running, *MORE)
        yield running
