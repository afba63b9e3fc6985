"""Leaving by a program: begun by HR's staff system, looked at, steered; within its branch (clauses G2.2.2, B4.8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hongyan.company.leaving.models import Leaving
from hongyan.company.mailboxes.models import Mailbox
from hongyan.kernel import clock
from tests.branches import Branches
from tests.cast import Cast
from tests.faces.api.conftest import Program, make_token


@pytest.mark.clause("G2.2.2", "B4.8")
def test_a_leaver_from_the_staff_system(cast: Cast, office: Program) -> None:
    day = (clock.today() + timedelta(days=3)).isoformat()
    body = {"person": cast.alice.person_id, "kind": "scheduled", "last_day": day, "successor": cast.dave.person_id}
    begun = office.post("leavings", body)
    assert (begun.status, begun.json["state"], begun.json["mailboxes"]) == (201, "planned", ["alice@corp.test"])
    number = begun.json["id"]
    assert begun.headers["Location"] == f"/api/v1/leavings/{number}"
    assert office.post("leavings", body).code == "leaving.open"
    assert office.post("leavings", {"kind": "normal"}).code == "leaving.who"
    line = office.get("leavings?state=planned").json["items"][0]
    assert (line["id"], line["due"]) == (number, (clock.today() + timedelta(days=4)).isoformat())
    assert office.post(f"leavings/{number}/tick", {"step": "handover"}).json["steps"][10]["state"] == "done"
    assert office.post(f"leavings/{number}/tick", {"step": "handover"}).code == "leaving.step_done"
    assert office.post(f"leavings/{number}/pause", {"reason": "x"}).json["paused"]
    assert not office.post(f"leavings/{number}/resume", None).json["paused"]
    assert office.post(f"leavings/{number}/hold", {"reason": "court"}).json["held"]
    assert not office.post(f"leavings/{number}/release", {"reason": "over"}).json["held"]
    assert office.post(f"leavings/{number}/end", {"end": "alias"}).json["end"] == "alias"
    assert (
        office.post(f"leavings/{number}/successor", {"person": cast.bob.person_id}).json["successor"]
        == cast.bob.person_id
    )
    assert office.post(f"leavings/{number}/export", {}).code == "leaving.not_effective"
    assert office.post(f"leavings/{number}/finish", {"reason": "x"}).code == "leaving.period"
    assert office.post(f"leavings/{number}/back", {}).code == "leaving.not_begun"
    assert office.post(f"leavings/{number}/cancel", {}).json["state"] == "cancelled"
    assert office.get("leavings/999").status == 404


@pytest.mark.clause("B4.8")
def test_the_rule(office: Program) -> None:
    assert office.get("leaving-rule").json["retain_days"] == 30
    changed = office.ask("PATCH", "leaving-rule", {"retain_days": 60, "format": "eml", "automatic": True})
    assert (changed.json["retain_days"], changed.json["format"], changed.json["automatic"]) == (60, "eml", True)
    assert office.ask("PATCH", "leaving-rule", {"encrypt_to": "nonsense"}).code == "leaving.recipient_malformed"


@pytest.mark.clause("G2.1.3")
def test_a_branchs_program_ends_at_its_branch(branches: Branches) -> None:
    cast = branches.cast
    branch = Program(make_token(cast.actor(cast.carol), "scoped", cast.corp, unit=branches.sales))
    assert branch.post("leavings", {"person": cast.alice.person_id}).status == 404
    assert branch.post("leavings", {"mailbox": "alice@corp.test"}).code == "mailbox.unknown"
    assert (
        branch.post("leavings", {"person": branches.erin.person_id, "kind": "immediate", "reason": "x"}).status == 201
    )
    assert Mailbox.objects.get(pk=branches.erin.pk).suspended_at is not None
    office = Program(make_token(cast.actor(cast.carol), "office", cast.corp))
    other = office.post("leavings", {"person": cast.alice.person_id}).json["id"]
    assert branch.get(f"leavings/{other}").status == 404
    assert [row["name"] for row in branch.get("leavings").json["items"]] == ["Erin"]
    assert Leaving.objects.count() == 2
