"""The guard over the cast's release, and attempts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hongyan.engines.guard.attempt import Attempt
from hongyan.engines.guard.guard import Guard
from hongyan.kernel import journal
from tests.engines.gate import world
from tests.engines.gate.world import ALICE


def guard(root: Path) -> Guard:
    if not (root / "gate.cdb").exists():
        world.publish(root / "gate.cdb")
    return Guard(tables=root / "gate.cdb", events=root / "guard.jsonl", told=root / "told.jsonl")


def attempt(login: str = ALICE, **more: Any) -> Attempt:
    return Attempt(login, **{"remote": "203.0.113.9", "protocol": "imap", "pwhash": "p"} | more)


def guess(guard: Guard, times: int, login: str = ALICE, **more: Any) -> dict[str, Any]:
    """So many different wrong passwords; the answer to the attempt after them."""
    for number in range(times):
        guard.allow(attempt(login, **more))
        guard.report(attempt(login, **more | {"pwhash": f"{login}{number}"}))
    return guard.allow(attempt(login, **more))


def events(root: Path) -> list[dict[str, Any]]:
    return list(journal.read(root / "guard.jsonl"))
