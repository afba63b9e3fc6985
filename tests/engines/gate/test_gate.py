from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from hongyan.engines.gate import rules, wire
from hongyan.engines.gate.gate import Gate
from hongyan.kernel import journal
from tests.engines.gate import world
from tests.engines.gate.world import ALICE, BOB, CHARLIE, arrived, sent
from tests.kernel import cdbfile


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return tmp_path / "events" / "gate.jsonl"


@pytest.fixture
def gate(table: Path, events: Path) -> Gate:
    return Gate(table, events, later=lambda: None)


def last(events: Path) -> dict[str, Any]:
    return list(journal.read(events))[-1]


def test_accepted_mail_is_counted_and_written_at_the_next_flush(gate: Gate, events: Path) -> None:
    message = sent(ALICE, BOB, CHARLIE, queue_id="4abc")
    assert gate.judge(message) == wire.CONTINUE
    assert not events.exists()
    gate.flush()
    event = last(events)
    assert (event["kind"], event["company"], event["address"]) == ("mail.sent", "corp", ALICE)
    assert (event["params"]["recipients"], event["params"]["size"], event["params"]["queue_id"]) == (2, 1000, "4abc")


def test_mail_without_login_leaves_no_event(gate: Gate, events: Path) -> None:
    assert gate.judge(arrived()) == wire.CONTINUE
    gate.flush()
    assert not events.exists()


def test_a_refusal_is_written_before_it_is_said(gate: Gate, events: Path) -> None:
    assert gate.judge(sent(BOB, ALICE, "team@corp.test", queue_id="4abc")).startswith(wire.reply("550")[4:5], 4)
    event = last(events)
    assert (event["kind"], event["company"], event["address"]) == ("mail.refused", "corp", BOB)
    params = event["params"]
    assert (params["code"], params["clause"], params["why"]) == ("group.members", "P12", {"groups": ["team@corp.test"]})
    assert (params["recipients"], params["first"], params["queue_id"]) == (2, [ALICE, "team@corp.test"], "4abc")


def test_a_refused_outsider_is_filed_under_the_company_written_to(gate: Gate, events: Path) -> None:
    gate.judge(arrived("staff@corp.test"))
    assert (last(events)["company"], last(events)["address"]) == ("corp", "staff@corp.test")


def test_the_limit_holds_and_survives_a_kill(gate: Gate, table: Path, events: Path) -> None:
    for _ in range(10):
        assert gate.judge(sent(ALICE)) == wire.CONTINUE
    assert b"limit" not in gate.judge(sent(BOB))
    assert gate.judge(sent(ALICE)) != wire.CONTINUE
    gate.flush()
    again = Gate(table, events, later=lambda: None)
    assert again.judge(sent(ALICE)) != wire.CONTINUE
    assert again.judge(sent(BOB)) == wire.CONTINUE


def test_a_change_of_the_release_holds_within_a_moment(gate: Gate, table: Path) -> None:
    assert gate.judge(sent(ALICE)) == wire.CONTINUE
    world.publish(table, alice={"st": "suspended"})
    time.sleep(0.25)
    assert b"550 5.7.1" in gate.judge(sent(ALICE))


@pytest.mark.parametrize("damage", ["missing", "cut", "json", "instance"])
def test_without_a_readable_release_mail_is_deferred(gate: Gate, table: Path, events: Path, damage: str) -> None:
    match damage:
        case "missing":
            table.unlink()
        case "cut":
            table.write_bytes(table.read_bytes()[:3000])
        case "json":
            cdbfile.write(table, {BOB: '{"k":'})
        case "instance":
            cdbfile.write(table, {BOB: '{"k":"mailbox","st":"suspended"}'})
    assert b"451 4.3.0" in gate.judge(sent(BOB))
    assert b"451 4.3.0" in gate.judge(sent(BOB))
    deferred = [event for event in journal.read(events) if event["kind"] == "mail.deferred"]
    assert [event["params"]["code"] for event in deferred] == ["gate.unready"], "said once, not for every message"


def test_a_failing_rule_defers_and_is_recorded(gate: Gate, events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(rules, "RULES", (rules.Rule(broken),))
    assert b"451 4.3.0" in gate.judge(arrived())
    assert last(events)["params"]["code"] == "gate.failed" and "oops" in last(events)["params"]["error"]


def test_an_unknown_state_or_group_kind_defers(table: Path, events: Path) -> None:
    world.publish(table, alice={"st": "new"}, team={"who": "new"})
    gate = Gate(table, events, later=lambda: None)
    assert b"451" in gate.judge(sent(ALICE)) and b"451" in gate.judge(sent(BOB, "team@corp.test"))


def test_a_full_disk_neither_stops_mail_nor_loses_the_event(gate: Gate, events: Path) -> None:
    os.makedirs(events.parent.parent, exist_ok=True)
    events.parent.write_text("in the way")
    assert b"550" in gate.judge(sent(BOB, "team@corp.test"))
    events.parent.unlink()
    gate.flush()
    assert last(events)["kind"] == "mail.refused"
