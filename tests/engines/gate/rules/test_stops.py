"""Stops in the gate: who sends nothing, who takes no mail, whose rules pass nothing on (clauses G2.1.6, G3.2.1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules import owner_is_active, recipient_receives, sender_is_active
from tests.engines.gate import world
from tests.engines.gate.world import ALICE, BOB, CAROL, DAVE, arrived, sent


def code(decision: object) -> str:
    return str(getattr(decision, "code", ""))


@pytest.mark.clause("G2.1.6")
def test_a_stop_of_sending_holds_in_a_session_that_was_open(tmp_path: Path) -> None:
    view = world.view(world.publish(tmp_path / "gate.cdb", alice={"ns": 1}))
    assert code(sender_is_active.check(sent(ALICE), view)) == "sender.stopped"
    assert sender_is_active.check(sent(BOB, ALICE), view) is None


@pytest.mark.clause("G2.1.6")
@pytest.mark.parametrize("to", [ALICE, "A.Li@corp.test", "alice+x@corp.test"])
@pytest.mark.parametrize("listener", ["mx", "inside"])
def test_who_takes_no_mail_takes_none_under_any_name(tmp_path: Path, to: str, listener: str) -> None:
    view = world.view(world.publish(tmp_path / "gate.cdb", alice={"nr": 1}))
    decision = recipient_receives.check(arrived(CAROL, to, listener=listener), view)
    assert decision is not None and (decision.code, decision.params) == ("recipient.stopped", {"address": to})
    assert recipient_receives.check(arrived(CAROL, "staff@corp.test", "x@elsewhere.test"), view) is None


def passed_on(owner: str, *, sender: str | None = None) -> Message:
    headers = {"x-sieve-redirected-from": [f"<{owner}>"], "from": ["x@example.org"]}
    return arrived(BOB, listener="inside", sender=owner if sender is None else sender, headers=headers)


@pytest.mark.clause("G3.2.1")
def test_the_rules_of_who_is_kept_out_pass_nothing_on(tmp_path: Path) -> None:
    view = world.view(world.publish(tmp_path / "gate.cdb", carol={"ns": 1}))
    for owner in (DAVE, CAROL):
        for sender in (owner, ""):  # a bounce is passed on without a sender
            assert code(owner_is_active.check(passed_on(owner, sender=sender), view)) == "redirect.stopped"
    assert owner_is_active.check(passed_on(ALICE), view) is None
    answer = arrived("x@example.org", listener="inside", sender="", headers={"from": [f"<{DAVE}>"]})
    assert owner_is_active.check(answer, view) is None  # what his mailbox answers
    assert owner_is_active.check(passed_on("x@example.org"), view) is None
