from __future__ import annotations

from pathlib import Path

import pytest

from hongyan.engines.gate.message import INSIDE
from hongyan.engines.gate.rules import View
from hongyan.engines.gate.rules.group_open_to import check
from tests.engines.gate import world
from tests.engines.gate.world import ALICE, BOB, CAROL, CHARLIE, arrived, sent

NEWS, STAFF, TEAM, HEADS, BOARD = (f"{name}@corp.test" for name in ("news", "staff", "team", "heads", "board"))


@pytest.mark.parametrize(
    ("login", "sender", "open_to"),
    [
        (ALICE, ALICE, {NEWS, STAFF, TEAM, HEADS, BOARD}),  # member; through team in heads; by alias on board's list
        (BOB, BOB, {NEWS, STAFF, HEADS, BOARD}),
        (CAROL, CAROL, {NEWS, STAFF}),
        (CHARLIE, CHARLIE, {NEWS}),
        (CHARLIE, ALICE, {NEWS}),  # another rule refuses the sender; this one does not believe it either
    ],
)
def test_who_may_write_to_which_group(view: View, login: str, sender: str, open_to: set[str]) -> None:
    passed = {g for g in (NEWS, STAFF, TEAM, HEADS, BOARD) if check(sent(login, g, sender=sender), view) is None}
    assert passed == open_to


def test_a_member_mailbox_that_the_login_may_use_and_uses_may_write(view: View) -> None:
    assert check(sent(CAROL, TEAM, sender="sales@corp.test"), view) is not None
    assert check(sent(ALICE, TEAM, sender="sales@corp.test"), view) is None


@pytest.mark.parametrize("sender", [ALICE, "", "someone@example.org", CHARLIE])
@pytest.mark.parametrize("listener", ["mx", "submission", ""])
def test_from_outside_nobody_is_a_colleague(view: View, sender: str, listener: str) -> None:
    for group in (STAFF, TEAM, HEADS, BOARD):
        assert check(arrived(group, sender=sender, listener=listener), view) is not None
    assert check(arrived(NEWS, sender=sender, listener=listener), view) is None


@pytest.mark.parametrize(
    ("sender", "open_to"),
    [
        (ALICE, {NEWS, STAFF, TEAM, HEADS, BOARD}),
        ("a.li+x@corp.test", {NEWS, STAFF, TEAM, HEADS, BOARD}),
        ("team@corp.test", {NEWS}),
        ("no-reply@mail.example", {NEWS}),
        ("", {NEWS}),
    ],
)
def test_mail_from_inside_acts_as_its_sender(view: View, sender: str, open_to: set[str]) -> None:
    groups = (NEWS, STAFF, TEAM, HEADS, BOARD)
    assert {g for g in groups if check(arrived(g, sender=sender, listener=INSIDE), view) is None} == open_to


@pytest.mark.parametrize(
    "address", ["Team@Corp.Test", "team+x@corp.test", "crew@corp.test", "crew+y@corp.test", '"team"@corp.test']
)
def test_no_spelling_gets_around_the_rule(view: View, address: str) -> None:
    assert check(sent(CAROL, address), view) is not None
    assert check(sent(ALICE, address), view) is None


def test_the_refusal_names_the_closed_groups_as_written(view: View) -> None:
    decision = check(sent(CAROL, BOB, "crew@corp.test", STAFF, "Heads@corp.test", "crew@corp.test"), view)
    assert decision is not None
    assert (decision.code, decision.clause) == ("group.members", "P12")
    assert decision.params == {"groups": ["crew@corp.test", "Heads@corp.test"]}


@pytest.mark.parametrize(("group", "code", "clause"), [(STAFF, "group.company", "P7"), (BOARD, "group.listed", "P12")])
def test_codes(view: View, group: str, code: str, clause: str) -> None:
    decision = check(sent(CHARLIE, group), view)
    assert decision is not None
    assert (decision.code, decision.clause) == (code, clause)


def test_alias_and_group_loops_end(tmp_path: Path) -> None:
    view = world.view(world.publish(tmp_path / "gate.cdb", team={"mem": [HEADS]}, heads={"mem": [TEAM]}))
    assert check(sent(CAROL, TEAM, "loop@corp.test"), view) is not None
    assert check(sent(CAROL, "loop@corp.test"), view) is None


def test_a_list_may_name_a_group_that_anyone_may_write_to(view: View) -> None:
    assert check(sent(CAROL, "club@corp.test"), view) is None
    assert check(sent(BOB, "club@corp.test"), view) is not None
