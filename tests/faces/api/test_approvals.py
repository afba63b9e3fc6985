"""Requests over the API: a program files, looks and decides what is the office's; it sits in nobody's seat."""

from __future__ import annotations

import pytest

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Unit
from hongyan.company.requests import actions
from hongyan.company.requests.models import Request
from tests.cast import Cast
from tests.company.requests.house import House, make_house, step
from tests.faces.api.conftest import Program, make_token


@pytest.fixture
def house(cast: Cast) -> House:
    return make_house(cast)


def test_filed_looked_at_and_decided(house: House, office: Program) -> None:
    request = house.approve("bob", house.file("alice", "quota", mailbox="alice@corp.test", quota_mb="4GB"))
    listed = office.get("requests?state=waiting").json
    assert [row["id"] for row in listed["items"]] == [request.pk] and listed["items"][0]["fields"]["quota_mb"] == 4096
    shown = office.get(f"requests/{request.pk}").json
    assert [(s["state"], s["asked"]) for s in shown["path"]] == [("approved", ["王博"]), ("open", ["Otto", "陳家蓉"])]
    done = office.post(f"requests/{request.pk}/decide", {"verdict": "approve"})
    assert (done.status, done.json["state"], done.json["first_password"]) == (200, "done", "")
    assert Mailbox.objects.get(address="alice@corp.test").quota_mb == 4096
    late = office.post(f"requests/{request.pk}/decide", {"verdict": "approve"})
    assert (late.status, late.code) == (409, "request.not_open")


def test_what_a_program_filed_its_maker_does_not_approve(house: House, office: Program) -> None:
    body = {"form": "shared", "person": house.person("alice").pk}
    wrong = office.post("requests", body | {"fields": {"address": "alice@corp.test", "color": 1}})
    assert (wrong.status, wrong.code) == (422, "request.fields_refused")
    assert {(e["pointer"], e["code"]) for e in wrong.json["errors"]} == {
        ("/fields/color", "request.field_unknown"), ("/fields/address", "address.taken"),
        ("/fields/display_name", "request.field_missing"), ("/fields/reason", "request.field_missing"),
    }  # fmt: skip
    filed = office.post(
        "requests", body | {"fields": {"address": "net@corp.test", "display_name": "網絡處", "reason": "對外"}}
    )
    assert (filed.status, filed.json["filed_as"], filed.json["applicant"]) == (201, "office", "陳家蓉")
    assert filed.headers["Location"] == f"/api/v1/requests/{filed.json['id']}"
    request = house.approve("bob", Request.objects.get(pk=filed.json["id"]))
    own = office.post(f"requests/{request.pk}/decide", {"verdict": "approve"})
    assert (own.status, own.code) == (403, "request.own")
    back = office.post(f"requests/{request.pk}/withdraw", {"reason": "x"})
    assert (back.status, back.json["state"]) == (200, "withdrawn")


@pytest.mark.clause("G2.1.3")
def test_a_branch_sees_its_own_and_decides_for_nobody(house: House) -> None:
    branch = Unit.objects.get(path="總公司/成都分公司")
    program = Program(make_token(house.actor("carol"), "scoped", house.cast.corp, unit=branch))
    there = house.file("cleo", "quota", mailbox="cleo@corp.test", quota_mb=4000)
    elsewhere = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    assert [row["id"] for row in program.get("requests").json["items"]] == [there.pk]
    assert program.get(f"requests/{elsewhere.pk}").status == 404
    house.approve("fay", there)
    refused = program.post(f"requests/{there.pk}/decide", {"verdict": "approve"})
    assert (refused.status, refused.code) == (403, "request.not_asked")


@pytest.mark.clause("B4.13")
def test_a_password_approved_elsewhere_is_handed_out_once(house: House, machine: Program) -> None:
    request = house.file("bob", "password", mailbox="alice@corp.test")
    actions.decide(actor=house.actor("carol"), step=step(request), verdict="approve", by="mail")
    answer = machine.post(f"requests/{request.pk}/hand-out", {})
    assert answer.status == 200 and answer.json["first_password"] and answer.json["state"] == "done"
    assert machine.post(f"requests/{request.pk}/hand-out", {}).code == "request.not_ready"
    assert "first_password" not in machine.get(f"requests/{request.pk}").text


def test_a_stuck_one_is_corrected(house: House, office: Program) -> None:
    request = house.file("alice", "alias", mailbox="alice@corp.test", new_address="lin@corp.test")
    house.file("bob", "alias", mailbox="bob@corp.test", new_address="lin@corp.test")
    for name in ("ida", "otto"):
        house.approve(name, Request.objects.get(number=2))
    for name in ("bob", "otto"):
        request = house.approve(name, request)
    stuck = office.get(f"requests/{request.pk}", **{"Accept-Language": "en"}).json
    assert stuck["state"] == "stuck" and "lin@corp.test" in stuck["outcome"]
    bad = office.post(f"requests/{request.pk}/amend", {"fields": {"new_address": "bob@corp.test"}})
    assert (bad.status, bad.json["errors"][0]["pointer"]) == (422, "/fields/new_address")
    good = office.post(f"requests/{request.pk}/amend", {"fields": {"new_address": "lin2@corp.test"}})
    assert (good.status, good.json["state"], good.json["outcome"]) == (200, "done", "lin2@corp.test")
