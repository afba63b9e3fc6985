"""The life of a mailbox by a program: where it is, what moves it, within the program's branch (clauses B4.8, G2.1.6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hongyan.kernel import clock
from tests.branches import Branches
from tests.cast import Cast
from tests.faces.api.conftest import Program, make_token

ALICE = "mailboxes/alice@corp.test"
MONTH = (clock.today() + timedelta(days=30)).isoformat()


@pytest.mark.clause("B4.8", "G2.1.6")
def test_a_life(cast: Cast, office: Program) -> None:
    stopped = office.post(f"{ALICE}/stop", {"what": "sending", "reason": "misuse", "until": MONTH})
    assert stopped.json["state"] == "suspended" and stopped.json["next_step"]["code"] == "life.next.stop_ends"
    assert [(s["what"], s["reason"], s["until"]) for s in stopped.json["stops"]] == [("sending", "misuse", MONTH)]
    assert office.post(f"{ALICE}/stop", {"what": "sending"}).code == "life.already_stopped"
    assert office.post(f"{ALICE}/stop", {"what": "breathing"}).status == 422
    assert office.post(f"{ALICE}/lift", {"what": "sending"}).json["stops"] == []
    assert office.post(f"{ALICE}/leave", {"on": MONTH}).json["state"] == "leaving"
    assert [m["address"] for m in office.get("mailboxes?state=leaving").json["items"]] == ["alice@corp.test"]
    assert office.post(f"{ALICE}/stay").json["state"] == "active"
    kept = office.post(f"{ALICE}/retain", {"until": MONTH, "successor": "dave@corp.test"}).json
    assert (kept["state"], kept["forward_to"], kept["until"]) == ("retained", "dave@corp.test", MONTH)
    answered = office.ask("PUT", f"{ALICE}/reply", {"texts": {"en": "She has left.", "zh-Hans": "已离职"}})
    assert answered.json["reply"]["en"] == "She has left."
    assert office.ask("PUT", f"{ALICE}/forward", {"to": None}).json["forward_to"] == ""
    assert office.ask("PUT", f"{ALICE}/forward", {"to": "nobody@corp.test"}).code == "mailbox.unknown"
    assert office.post(f"{ALICE}/unretain").json["state"] == "active"
    alias = office.post(f"{ALICE}/keep-as-alias", {"of": "dave@corp.test", "until": MONTH}).json
    assert (alias["state"], alias["alias_of"]) == ("alias", "dave@corp.test")
    assert office.get(f"{ALICE}/life").json == alias
    first = office.get(f"{ALICE}/life/history?limit=2").json
    assert first["items"][0]["kind"] == "mailbox.kept_as_alias" and len(first["items"]) == 2
    rest = office.get(f"{ALICE}/life/history?limit=50&cursor={first['next']}").json
    assert rest["items"][-1]["kind"] == "mailbox.opened" and rest["next"] is None


@pytest.mark.clause("G2.1.3")
def test_a_branchs_program_ends_at_its_branch(branches: Branches) -> None:
    cast = branches.cast
    branch = Program(make_token(cast.actor(cast.carol), "scoped", cast.corp, unit=branches.sales))
    assert branch.get("mailboxes/erin@corp.test/life").json["state"] == "active"
    assert branch.get(f"{ALICE}/life").status == 404
    for path in ("stop", "lift", "leave", "stay", "retain", "unretain", "keep-as-alias"):
        body = {"what": "sending"} if path in ("stop", "lift") else {"until": MONTH} if path == "retain" else {}
        body = {"of": "erin@corp.test", "until": MONTH} if path == "keep-as-alias" else body
        assert branch.post(f"{ALICE}/{path}", body or None).status == 404, path
    # beyond his branch a colleague is as unknown as none
    kept = branch.post("mailboxes/erin@corp.test/retain", {"until": MONTH, "successor": "alice@corp.test"})
    assert kept.code == "mailbox.unknown"
    assert branch.ask("PUT", "companies/corp/idle-rule", {"notice_days": 90, "suspend_days": 14}).status == 403


@pytest.mark.clause("G2.1.6")
def test_the_rule_for_unused_mailboxes(office: Program) -> None:
    assert office.get("companies/corp/idle-rule").json["on"] is False
    assert office.ask("PUT", "companies/corp/idle-rule", {"notice_days": 3, "suspend_days": 14}).status == 422
    rule = office.ask("PUT", "companies/corp/idle-rule", {"notice_days": 90, "suspend_days": 14}).json
    assert rule == {"on": True, "notice_days": 90, "suspend_days": 14, "release_days": None}
    assert office.ask("DELETE", "companies/corp/idle-rule").status == 204
    assert office.get("companies/corp/idle-rule").json["on"] is False
    assert office.get("companies/other/idle-rule").status == 404
