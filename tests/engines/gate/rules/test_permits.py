"""Writing and forwarding outside, large messages, groups: what a permit opens and what stays shut (B4.10, P12, P13)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hongyan.engines.gate.message import INSIDE
from hongyan.engines.gate.rules import View, forward, group_open_to, message_size, outside
from hongyan.kernel.decision import Decision
from tests.engines.gate import world
from tests.engines.gate.world import ALICE, BOB, CAROL, CHARLIE, arrived, sent
from tests.kernel import cdbfile

AWAY = "someone@example.org"


def asking(path: Path, company: dict[str, Any], **changes: dict[str, Any]) -> View:
    """The cast's release with what the company asks for."""
    rows = world.ROWS | {
        "company/corp": world.ROWS["company/corp"] | company,
        "@alias.test": {"k": "domain", "c": "corp"},
    }
    rows |= {f"{name}@corp.test": rows[f"{name}@corp.test"] | change for name, change in changes.items()}
    cdbfile.write(path, {key: json.dumps(row) for key, row in rows.items()})
    return world.view(path)


def said(decision: Decision | None) -> tuple[str, str] | None:
    return (decision.code, decision.clause) if decision else None


NOT_OUTSIDE, NOT_FORWARD = ("outside.not_permitted", "P13"), ("forward.not_permitted", "B4.10")


@pytest.mark.clause("P13")
@pytest.mark.parametrize(
    ("recipients", "refused"),
    [
        ((BOB, "Carol@CORP.test", "x@alias.test", "bob+x@corp.test"), []),
        ((AWAY,), [AWAY]),
        ((BOB, AWAY, AWAY), [AWAY]),
        ((CHARLIE,), [CHARLIE]),  # another company of the machine is outside, too
        ((f"@corp.test:{AWAY}",), [f"@corp.test:{AWAY}"]),
        (("someone%example.org",), ["someone%example.org"]),
        (("x@sub.corp.test", "y@[192.0.2.1]"), ["x@sub.corp.test", "y@[192.0.2.1]"]),
    ],
)
def test_without_the_permit_no_outside_address_gets_mail(
    tmp_path: Path, recipients: tuple[str, ...], refused: list[str]
) -> None:
    view = asking(tmp_path / "g.cdb", {"om": 1}, bob={"out": 1})
    decision = outside.check(sent(ALICE, *recipients), view)
    assert (decision.params["addresses"] if decision else []) == refused
    assert outside.check(sent(BOB, *recipients), view) is None
    assert outside.check(sent(ALICE, *recipients), asking(tmp_path / "h.cdb", {})) is None


@pytest.mark.clause("P13")
def test_who_writes_as_a_mailbox_with_the_permit_writes_outside(tmp_path: Path) -> None:
    view = asking(tmp_path / "g.cdb", {"om": 1}, desk={"out": 1})
    for author, expected in (("desk@corp.test", None), (f"desk@corp.test, {ALICE}", NOT_OUTSIDE), ("<", NOT_OUTSIDE)):
        assert said(outside.check(sent(ALICE, AWAY, headers={"from": [author]}), view)) == expected


@pytest.mark.clause("B4.10")
@pytest.mark.parametrize(
    ("company", "permits", "to", "expected"),
    [
        ({"fm": 1}, {}, AWAY, NOT_FORWARD),
        ({"fm": 1}, {}, CHARLIE, NOT_FORWARD),
        ({"fm": 1}, {}, BOB, None),
        ({"fm": 1}, {"fwd": [AWAY]}, "SomeOne@Example.ORG", None),
        ({"fm": 1}, {"fwd": [AWAY]}, "other@example.org", NOT_FORWARD),
        ({"fm": 1}, {"fwd": ["@example.org"]}, "other@example.org", None),
        ({"fm": 1}, {"fwd": ["@example.org"]}, "other@sub.example.org", NOT_FORWARD),
        ({"fm": 1}, {"fwd": ["*"]}, CHARLIE, None),
        ({"fm": 1}, {"out": 1}, AWAY, NOT_FORWARD),
        ({"om": 1}, {}, AWAY, NOT_OUTSIDE),  # a filter rule is no way around
        ({"om": 1}, {"out": 1}, AWAY, None),
        ({"om": 1, "fm": 1}, {"fwd": [AWAY]}, AWAY, None),
        ({}, {}, AWAY, None),
    ],
)
def test_what_a_rule_passes_on(
    tmp_path: Path, company: dict[str, Any], permits: dict[str, Any], to: str, expected: tuple[str, str] | None
) -> None:
    view = asking(tmp_path / "g.cdb", company, alice=permits)
    assert said(forward.check(arrived(to, sender=ALICE, listener=INSIDE), view)) == expected
    assert said(forward.check(arrived(to, sender="A.Li+x@corp.test", listener=INSIDE), view)) == expected
    # a bounce that is passed on keeps its empty sender; Pigeonhole says whose rule it was
    bounce = {"x-sieve-redirected-from": [ALICE], "from": ["MAILER-DAEMON@example.net"]}
    assert said(forward.check(arrived(to, sender="", listener=INSIDE, headers=bounce), view)) == expected


@pytest.mark.clause("B4.10")
def test_a_forged_name_opens_nothing(tmp_path: Path) -> None:
    view = asking(tmp_path / "g.cdb", {"fm": 1, "om": 1}, bob={"fwd": ["*"], "out": 1})
    for names in ([BOB, ALICE], [ALICE, BOB]):
        message = arrived(AWAY, sender="", listener=INSIDE, headers={"x-sieve-redirected-from": names, "from": [BOB]})
        assert said(forward.check(message, view)) == NOT_FORWARD
    assert forward.check(arrived(AWAY, sender=ALICE, listener="mx"), view) is None  # not a rule's doing


@pytest.mark.clause("P13")
def test_an_answer_needs_the_right_to_write_and_no_target(tmp_path: Path) -> None:
    view = asking(tmp_path / "g.cdb", {"fm": 1, "om": 1}, bob={"out": 1})
    for owner, expected in ((ALICE, NOT_OUTSIDE), (BOB, None)):
        answer = arrived(AWAY, sender="", listener=INSIDE, headers={"from": [f"<{owner}>"]})
        assert said(forward.check(answer, view)) == expected
    # what the office has set for a leaver is the office's; his own rules pass on no more for it
    view = asking(tmp_path / "h.cdb", {"fm": 1, "om": 1}, alice={"rpl": 1})
    assert forward.check(arrived(AWAY, sender="", listener=INSIDE, headers={"from": [ALICE]}), view) is None
    assert said(forward.check(arrived(AWAY, sender=ALICE, listener=INSIDE), view)) == NOT_FORWARD
    notice = arrived(AWAY, sender="", listener=INSIDE, headers={"from": ["Hongyan <no-reply@mail.example>"]})
    assert forward.check(notice, view) is None


def test_a_size_of_its_own(tmp_path: Path) -> None:
    view = asking(tmp_path / "g.cdb", {}, alice={"max": 3_000_000})
    for message, limit in (
        (sent(ALICE, BOB, AWAY, size=3_000_000), None),
        (sent(ALICE, BOB, size=3_000_001), 3_000_000),
        (sent(ALICE, CHARLIE, size=2_500_000), 2_000_000),  # his company takes less
        (sent(BOB, ALICE, size=1_500_000), 1_000_000),
        (arrived(ALICE, "a.li@corp.test", size=2_500_000), None),
        (arrived(ALICE, BOB, size=1_500_000), 1_000_000),
    ):
        decision = message_size.check(message, view)
        assert (decision.params["limit"] if decision else None) == limit


@pytest.mark.clause("P12")
def test_a_permit_for_a_group(tmp_path: Path) -> None:
    groups = {name: {"pmt": [CAROL]} for name in ("team", "board")}
    view = asking(tmp_path / "g.cdb", {}, **groups)
    for group in ("team@corp.test", "board@corp.test", "crew@corp.test"):  # crew is an alias of team
        assert group_open_to.check(sent(CAROL, group), view) is None
        assert group_open_to.check(sent(CHARLIE, group), view) is not None
        assert group_open_to.check(arrived(group, sender=CAROL), view) is not None
    assert group_open_to.check(sent(CAROL, "heads@corp.test"), view) is not None  # a permit is for that group alone
