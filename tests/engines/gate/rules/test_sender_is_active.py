from __future__ import annotations

import pytest

from hongyan.engines.gate.rules import View
from hongyan.engines.gate.rules.sender_is_active import check
from tests.engines.gate.world import ALICE, DAVE, arrived, sent


@pytest.mark.parametrize(
    ("login", "code", "clause"),
    [
        (DAVE, "sender.suspended", "G5.1"),
        ("erin@corp.test", "sender.first", "G3.1.1"),
        ("frank@corp.test", "sender.activation", "G3.1.1"),
        ("gone@corp.test", "sender.unknown", "G3.2.1"),
        ("a.li@corp.test", "sender.unknown", "G3.2.1"),
    ],
)
def test_only_an_active_mailbox_sends(view: View, login: str, code: str, clause: str) -> None:
    decision = check(sent(login), view)
    assert decision is not None
    assert (decision.code, decision.clause, decision.params) == (code, clause, {"login": login})


def test_alice_and_mail_without_login_pass(view: View) -> None:
    assert check(sent(ALICE), view) is None
    assert check(arrived(DAVE), view) is None
