from __future__ import annotations

import pytest

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules import View
from hongyan.engines.gate.rules.message_size import check
from tests.engines.gate.world import ALICE, BOB, CHARLIE, arrived, sent


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        (sent(ALICE, BOB, size=1_000_000), None),
        (sent(ALICE, BOB, size=1_000_001), 1_000_000),
        (sent(ALICE, BOB, size=10, declared_size=1_000_001), 1_000_000),
        (sent(ALICE, "x@example.org", size=1_500_000), 1_000_000),
        (sent(CHARLIE, "x@example.org", size=1_500_000), None),
        (sent(CHARLIE, ALICE, size=1_500_000), 1_000_000),
        (arrived("team@corp.test", size=1_500_000), 1_000_000),
        (arrived(CHARLIE, size=1_500_000), None),
        (arrived(CHARLIE, "alice+x@corp.test", size=1_500_000), 1_000_000),
        (arrived("nobody@corp.test", size=1_500_000), None),
    ],
)
def test_the_smallest_limit_of_the_companies_concerned(view: View, message: Message, limit: int | None) -> None:
    decision = check(message, view)
    assert (decision.params["limit"] if decision else None) == limit
    if decision:
        assert (decision.code, decision.clause) == ("size.exceeded", "C3")
        assert decision.params["size"] == max(message.size, message.declared_size)
