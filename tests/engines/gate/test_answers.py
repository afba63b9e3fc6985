"""Answers to notices: who has signed in is said by the gate, and by nobody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hongyan.engines.gate import answers
from hongyan.engines.gate.rules import View, evaluate
from tests.engines.gate import world
from tests.engines.gate.world import ALICE, BOB, arrived, sent
from tests.kernel import cdbfile

TO = "approval+7-abc@corp.test"


@pytest.fixture
def view(tmp_path: Path) -> View:
    rows = world.ROWS | {
        "approval@corp.test": {"k": "alias", "c": "corp", "to": "approval@approval.invalid", "snd": [], "ans": 1},
        "approval@also.test": {"k": "alias", "c": "corp", "to": "approval@corp.test", "snd": []},
    }  # fmt: skip
    cdbfile.write(tmp_path / "gate.cdb", {key: json.dumps(row) for key, row in rows.items()})
    return world.view(tmp_path / "gate.cdb")


@pytest.mark.clause("B2", "G4.2.3")
def test_the_gate_names_who_has_signed_in(view: View) -> None:
    mail = sent(BOB, TO, "Approval@Corp.test", "approval+8-d@also.test", ALICE, headers={"from": [f"Alice <{BOB}>"]})
    assert evaluate(mail, view) is None
    assert answers.additions(mail, view) == (
        "approval+7-abc.hongyan-by.bob=corp.test@corp.test", "approval+hongyan-by.bob=corp.test@corp.test",
        "approval+8-d.hongyan-by.bob=corp.test@also.test",
    )  # fmt: skip
    assert answers.additions(sent(BOB, ALICE, "x+hongyan-by@elsewhere.test"), view) == ()


@pytest.mark.clause("B2", "G4.2.3")
@pytest.mark.parametrize("listener", ["mx", "inside"])
def test_without_a_login_it_is_refused_before_it_is_taken(view: View, listener: str) -> None:
    for sender in (BOB, "someone@example.org", ""):
        decision = evaluate(arrived(TO, listener=listener, sender=sender, headers={"from": [BOB]}), view)
        assert decision is not None and decision.code == "answer.sign_in"
    assert answers.additions(arrived(TO), view) == ()


@pytest.mark.clause("G4.2.3")
@pytest.mark.parametrize(
    "address",
    ["approval+7-abc.hongyan-by.bob=corp.test@corp.test", "Approval+HONGYAN-BY.bob=corp.test@Corp.Test",
     '"approval+hongyan-by.bob=corp.test"@corp.test', "approval+x.hongyan-by.bob=corp.test@also.test",
     "approval+7-abc.hongyan-by.bob=corp.test@approval.invalid", "x@APPROVAL.invalid"],
)  # fmt: skip
def test_nobody_writes_the_gates_mark(view: View, address: str) -> None:
    for mail in (sent(ALICE, address), arrived(address), arrived(address, listener="inside")):
        decision = evaluate(mail, view)
        assert decision is not None and decision.code == "recipient.reserved"


def test_a_release_without_the_address_takes_no_answers(tmp_path: Path) -> None:
    view = world.view(world.publish(tmp_path / "gate.cdb"))
    assert evaluate(arrived(TO), view) is None and answers.additions(sent(BOB, TO), view) == ()
