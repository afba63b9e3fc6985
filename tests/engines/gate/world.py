"""The cast as a release: what `gate.cdb` holds in these tests, and messages of theirs."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from hongyan.engines.gate.limits import Limits
from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules import View
from hongyan.engines.gate.tables import Tables
from tests.kernel import cdbfile

ALICE, BOB, CAROL, DAVE = (f"{name}@corp.test" for name in ("alice", "bob", "carol", "dave"))
CHARLIE = "charlie@other.test"


def mailbox(address: str, **more: Any) -> dict[str, Any]:
    company = "corp" if address.endswith("@corp.test") else "other"
    return {"k": "mailbox", "c": company, "l": "en", "st": "active", "lim": 200, "snd": [address]} | more


def group(who: str, **more: Any) -> dict[str, Any]:
    return {"k": "group", "c": "corp", "who": who, "snd": []} | more


ROWS: dict[str, dict[str, Any]] = {
    "instance": {"k": "instance", "web": "https://mail.example", "host": "mail.example"},
    "company/corp": {"k": "company", "l": "zh-Hant", "max": 1_000_000},
    "company/other": {"k": "company", "l": "zh-Hans", "max": 2_000_000},
    "@corp.test": {"k": "domain", "c": "corp"},
    "@other.test": {"k": "domain", "c": "other"},
    ALICE: mailbox(ALICE, lim=10),
    BOB: mailbox(BOB, l="zh-Hant"),
    CAROL: mailbox(CAROL, l="zh-Hans"),
    DAVE: mailbox(DAVE, st="suspended"),
    "erin@corp.test": mailbox("erin@corp.test", st="first"),
    "frank@corp.test": mailbox("frank@corp.test", st="activation"),
    CHARLIE: mailbox(CHARLIE),
    "sales@corp.test": mailbox("sales@corp.test", snd=["sales@corp.test", ALICE]),
    "desk@corp.test": mailbox("desk@corp.test", sh=1, snd=["desk@corp.test", ALICE], obh=[BOB]),
    "info@corp.test": {
        "k": "alias",
        "c": "corp",
        "to": "desk@corp.test",
        "snd": ["desk@corp.test", ALICE],
        "obh": [BOB],
    },
    "a.li@corp.test": {"k": "alias", "c": "corp", "to": ALICE, "snd": [ALICE]},
    "loop@corp.test": {"k": "alias", "c": "corp", "to": "loop@corp.test", "snd": []},
    "news@corp.test": group("anyone", mem=[CAROL]),
    "club@corp.test": group("listed", lst=["news@corp.test"]),
    "staff@corp.test": group("company"),
    "team@corp.test": group("members", mem=[ALICE, "sales@corp.test"], snd=[ALICE]),
    "heads@corp.test": group("members", mem=["team@corp.test", BOB]),
    "board@corp.test": group("listed", lst=["a.li@corp.test", "heads@corp.test"]),
    "crew@corp.test": {"k": "alias", "c": "corp", "to": "team@corp.test", "snd": []},
}


def publish(path: Path, **changes: dict[str, Any]) -> Path:
    """Write gate.cdb; keyword names are addresses of corp.test without the domain."""
    rows = ROWS | {f"{name}@corp.test": ROWS[f"{name}@corp.test"] | change for name, change in changes.items()}
    cdbfile.write(path, {key: json.dumps(row, separators=(",", ":")) for key, row in rows.items()})
    return path


def view(path: Path, *, now: float = 10_000.0, limits: Limits | None = None) -> View:
    return View(Tables(path), limits or Limits(), now, time.time())


def sent(login: str, *to: str, **more: Any) -> Message:
    """A proper authenticated message from the login."""
    fields: dict[str, Any] = {"sender": login, "headers": {"from": [f"<{login}>"]}, "size": 1000} | more
    return Message(listener="submission", client="192.0.2.1", login=login, recipients=list(to or (BOB,)), **fields)


def arrived(*to: str, listener: str = "mx", **more: Any) -> Message:
    """An unauthenticated message from outside."""
    fields: dict[str, Any] = {"sender": "someone@example.org", "size": 1000} | more
    return Message(listener=listener, client="198.51.100.7", recipients=list(to or (ALICE,)), **fields)
