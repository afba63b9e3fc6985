from __future__ import annotations

import pytest

from hongyan.engines.gate.message import INSIDE, Message
from hongyan.engines.gate.rules import View, evaluate
from tests.engines.gate.world import ALICE, BOB, arrived, sent

COPY = "desk+hongyan-sent.bob=corp.test@corp.test"


@pytest.mark.clause("G4.2.4")
@pytest.mark.parametrize("address", [COPY, COPY.upper(), "info+hongyan-sent@corp.test", f'"{COPY[:-10]}"@corp.test'])
def test_nobody_files_into_the_sent_folder_of_a_shared_mailbox(view: View, address: str) -> None:
    mails: list[Message] = [sent(ALICE, BOB, address), arrived(address), arrived(address, sender=BOB, listener=INSIDE)]
    for mail in mails:
        decision = evaluate(mail, view)
        assert decision is not None and decision.code == "recipient.reserved"


def test_details_of_ones_own_and_others_addresses_are_free(view: View) -> None:
    assert evaluate(sent(ALICE, "desk+sent@corp.test", "x+hongyan-sent.a=b@example.org"), view) is None
