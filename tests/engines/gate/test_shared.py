"""Sending as a shared mailbox, and on behalf of it: who may, what is added."""

from __future__ import annotations

import pytest

from hongyan.engines.gate import shared
from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules import View, evaluate
from tests.engines.gate.world import ALICE, BOB, CAROL, CHARLIE, arrived, sent

DESK = "desk@corp.test"
ALICES, BOBS = "desk+hongyan-sent.alice=corp.test@corp.test", "desk+hongyan-sent.bob=corp.test@corp.test"


def written(login: str, author: str = DESK, *, envelope: str = "", **headers: list[str]) -> Message:
    return sent(login, CHARLIE, sender=envelope or author, headers={"from": [f"Desk <{author}>"]} | headers)


@pytest.mark.clause("G4.2.4")
@pytest.mark.parametrize("author", [DESK, "info@corp.test", "Desk@Corp.Test", "desk+orders@corp.test"])
def test_who_may_send_as_it_leaves_a_copy_and_no_name(view: View, author: str) -> None:
    mail = written(ALICE, author)
    assert evaluate(mail, view) is None
    assert shared.additions(mail, view) == shared.Additions((DESK,), "", (ALICES,))


@pytest.mark.clause("G4.2.4")
@pytest.mark.parametrize("envelope", [DESK, BOB])
@pytest.mark.parametrize("author", [DESK, "info@corp.test"])
def test_who_may_send_on_behalf_is_named_in_sender(view: View, author: str, envelope: str) -> None:
    mail = written(BOB, author, envelope=envelope)
    assert evaluate(mail, view) is None
    assert shared.additions(mail, view) == shared.Additions((DESK,), BOB, (BOBS,))
    named = written(BOB, author, envelope=envelope, sender=[f"Bob <{BOB}>"])
    assert evaluate(named, view) is None
    assert shared.additions(named, view) == shared.Additions((DESK,), "", (BOBS,))


@pytest.mark.parametrize("sender", [DESK, ALICE, "boss@example.org"])
def test_on_behalf_under_somebody_elses_name_is_refused(view: View, sender: str) -> None:
    decision = evaluate(written(BOB, sender=[sender]), view)
    assert decision is not None and decision.code == "sender.from_not_yours" and decision.params["header"] == "Sender"


@pytest.mark.parametrize("login", [CAROL, CHARLIE])
def test_others_and_outsiders_may_neither(view: View, login: str) -> None:
    for mail in (written(login), written(login, envelope=login), written(login, envelope=login, sender=[login])):
        assert evaluate(mail, view) is not None


def test_other_mail_is_left_alone(view: View) -> None:
    for mail in (
        sent(ALICE, DESK), written(ALICE, "sales@corp.test"), written(ALICE, ALICE, envelope=DESK),
        arrived(CHARLIE, sender=DESK, headers={"from": [DESK]}), arrived(ALICE, listener="inside", headers={"from": [DESK]}),
    ):  # fmt: skip
        assert shared.additions(mail, view) == shared.NOTHING


def test_two_authors_one_copy(view: View) -> None:
    both = sent(ALICE, CHARLIE, headers={"from": [f"{ALICE}, {DESK}, info@corp.test"]})
    assert evaluate(both, view) is None
    assert shared.additions(both, view).copies == (ALICES,)
