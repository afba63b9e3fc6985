"""Leave, loans, leaving, returning, relations and grades over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hongyan.company.people.models import Appointment, Person
from hongyan.kernel import clock
from tests.branches import IT, NET, SALES, Branches
from tests.cast import Cast
from tests.faces.api.conftest import Program, make_token

DAY = timedelta(days=1)


@pytest.fixture
def office(cast: Cast) -> Program:
    return Program(make_token(cast.actor(cast.carol), "office", cast.corp))


def test_leave_with_a_stand_in(cast: Cast, office: Program) -> None:
    bob, today = f"persons/{cast.bob.person_id}", clock.today()
    asked = {"since": today.isoformat(), "deputy": cast.alice.person_id, "reason": "年假"}
    taken = office.post(f"{bob}/leave", asked)
    assert (taken.status, taken.json["deputy"]["name"], taken.json["until"]) == (201, "林愛麗", None)
    assert office.post(f"{bob}/leave", asked).code == "leave.overlaps"
    assert office.get(bob).json["state"] == "leave"
    assert [p["name"] for p in office.get("persons?state=leave").json["items"]] == ["王博"]
    assert office.get(f"{bob}/relations").json["stand_in"]["name"] == "林愛麗"
    assert office.ask("DELETE", f"{bob}/leave/{taken.json['id']}").status == 204
    assert office.get(f"{bob}/leave").json == {"items": []} and office.get(bob).json["state"] == "staff"
    assert office.ask("DELETE", f"{bob}/leave/{taken.json['id']}").code == "leave.unknown"


def test_why_somebody_is_away_is_told_to_few(cast: Cast, office: Program) -> None:
    bob = f"persons/{cast.bob.person_id}/leave"
    office.post(bob, {"since": clock.today().isoformat(), "reason": "病假"})
    reader = Program(make_token(cast.operator, "it", cast.corp))
    assert reader.get(bob).json["items"][0]["reason"] == "" and office.get(bob).json["items"][0]["reason"] == "病假"


def test_a_loan_and_its_end(branches: Branches, office: Program) -> None:
    erin = f"persons/{branches.erin.person_id}"
    day = (clock.today() + DAY).isoformat()
    lent = office.post(f"{erin}/loans", {"unit": IT, "until": day, "post": "支援", "grade": 3}).json
    assert lent["state"] == "lent"
    own, loan = lent["posts"]
    assert (own["lent"], loan["lent"], loan["until"], loan["grade"]) == (False, True, day, 3)
    tina = Program(make_token(branches.cast.operator, "hr", branches.cast.corp, unit=branches.sales))
    assert tina.post(f"{erin}/loans", {"unit": NET, "until": day}).status == 403
    assert office.ask("DELETE", f"{erin}/loans/{own['id']}").code == "loan.unknown"
    assert tina.ask("DELETE", f"{erin}/loans/{loan['id']}").status == 204  # either side ends it
    assert Appointment.objects.get(person=branches.erin.person_id).unit.path == SALES


@pytest.mark.clause("G2.2.2")
def test_leaving_and_returning(cast: Cast, office: Program) -> None:
    bob = f"persons/{cast.bob.person_id}"
    gone = office.post(f"{bob}/leaving", {"kind": "dismissed"}).json
    assert (gone["state"], gone["left_on"]) == ("left", clock.today().isoformat())
    assert office.post(f"{bob}/leaving", {}).code == "person.has_left"
    assert office.post(f"persons/{cast.carol.person_id}/leaving", {}).status == 403  # of who made the token
    back = office.post(f"{bob}/return", {"unit": IT, "post": "顧問", "grade": 2})
    assert [(p["unit"], p["post"], p["head"], p["grade"]) for p in back.json["posts"]] == [(IT, "顧問", False, 2)]
    assert office.post(f"{bob}/return", {}).status == 409


def test_units_lead_and_branches(cast: Cast, office: Program) -> None:
    post = Appointment.objects.select_related("unit").get(person=cast.alice.person_id)
    alice = f"persons/{cast.alice.person_id}"
    assert office.ask("PATCH", f"{alice}/posts/{post.pk}", {"deputy": True, "grade": 5}).json["posts"][0]["deputy"]
    unit = f"units/{post.unit_id}"
    assert office.ask("PATCH", unit, {"branch": True}).json["branch"] is True
    leaders = office.get(f"{unit}/leaders").json
    assert [p["name"] for p in leaders["heads"] + leaders["deputies"]] == ["王博", "林愛麗"]
    assert leaders["branch"] == NET and leaders["it_clerks"] == []
    assert [p["name"] for p in office.get(f"{alice}/relations").json["heads"]] == ["王博"]


def test_grades_are_named_whole(cast: Cast, office: Program) -> None:
    named = {"items": [{"level": 6, "name": "經理"}, {"level": 5, "name": "副經理"}]}
    assert [g["level"] for g in office.ask("PUT", "grades", named).json["items"]] == [5, 6]
    assert (
        office.ask("PUT", "grades", {"items": [{"level": 1, "name": "x"}, {"level": 2, "name": "x"}]}).code
        == "grade.twice"
    )
    assert len(office.get("grades").json["items"]) == 2
    joined = office.post("persons", {"name": "新人", "unit": IT, "grade": 5, "joined_on": "2026-11-01"}).json
    assert (joined["joined_on"], joined["posts"][0]["grade"]) == ("2026-11-01", 5)
    assert Person.objects.get(pk=joined["id"]).left_on is None
