"""One running instance for all system tests (starting it takes seconds), with the cast's mailboxes.

Tests that stop, kill or damage things make an instance of their own (`hands.running_instance`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.hands import Running, running_instance


def populate(running: Running) -> None:
    running.run("company", "add", "corp", "--name", "北辰集團")
    running.run("company", "add", "other", "--name", "Other Ltd", "--locale", "en")
    running.run("domain", "add", "corp.test", "--company", "corp")
    running.run("domain", "add", "other.test", "--company", "other")
    for name in ("alice", "bob", "carol", "dave"):
        running.open(f"{name}@corp.test")
    running.open("charlie@other.test")


@pytest.fixture(scope="session")
def world() -> Iterator[Running]:
    with running_instance() as running:
        populate(running)
        yield running
