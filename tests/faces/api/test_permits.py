"""Permits and profiles by a program: what it gives, sees and takes, within its branch (clauses B4.10, P12, R4)."""

from __future__ import annotations

import pytest

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Appointment
from hongyan.company.permits.models import Permit
from hongyan.company.profiles.models import Profile
from tests.branches import Branches
from tests.cast import Cast
from tests.faces.api.conftest import Program, make_token


@pytest.mark.clause("B4.10", "R4")
def test_permits(office: Program) -> None:
    assert office.get("permit-modes").json == {"outside": "everyone", "forward": "approved"}
    assert office.ask("PATCH", "permit-modes", {"outside": "approved"}).json["outside"] == "approved"
    given = office.post(
        "mailboxes/alice@corp.test/permits", {"kind": "forward", "value": "@Partner.test", "reason": "代理"}
    )
    assert given.status == 201 and given.json["value"] == "@partner.test" and given.json["source"] == ""
    assert office.post("mailboxes/alice@corp.test/permits", {"kind": "large", "value": "9999"}).status == 422
    assert office.get("mailboxes/alice@corp.test/permits").json["items"] == office.get("permits").json["items"]
    assert office.get("permits?kind=large").json["items"] == []
    assert office.ask("DELETE", f"permits/{given.json['id']}").status == 204
    assert office.ask("DELETE", f"permits/{given.json['id']}").status == 404
    assert not Permit.objects.exists()


@pytest.mark.clause("G2.1.3")
def test_a_branchs_program_ends_at_its_branch(branches: Branches) -> None:
    cast = branches.cast
    branch = Program(make_token(cast.actor(cast.carol), "scoped", cast.corp, unit=branches.sales))
    assert branch.post("mailboxes/erin@corp.test/permits", {"kind": "outside"}).status == 201
    assert branch.post("mailboxes/alice@corp.test/permits", {"kind": "outside"}).status == 404
    assert branch.post("mailboxes/erin@corp.test/permits", {"kind": "group", "value": "team@corp.test"}).status == 403
    assert branch.ask("PATCH", "permit-modes", {"outside": "approved"}).status == 403
    assert branch.get("profiles").status == 403
    assert [p["address"] for p in branch.get("permits").json["items"]] == ["erin@corp.test"]


@pytest.mark.clause("P12", "R4")
def test_profiles(cast: Cast, office: Program) -> None:
    made = office.post("profiles", {"name": "專員", "unit": "總公司/信息部", "post": "專員"})
    assert made.status == 201 and made.json["below"] and made.json["items"] == []
    path = f"profiles/{made.json['id']}"
    with_item = office.post(f"{path}/items", {"kind": "size", "value": "4096"})
    assert [(i["kind"], i["value"]) for i in with_item.json["items"]] == [("size", "4096")]
    assert Mailbox.objects.get(address="alice@corp.test").quota_mb == 4096
    person = cast.alice.person_id
    assert [g["state"] for g in office.get(f"persons/{person}/given").json["items"]] == ["given"]
    asked = {"unit": "總公司", "leaving": Appointment.objects.get(person=person).pk}
    view = office.post(f"persons/{person}/move-preview", asked).json
    assert (view["taken"], view["given"], view["keeps"]) == (["size"], [], [])
    changed = office.ask("PUT", path, {"name": "主管", "post": "主管"})
    assert changed.json["unit"] is None and Mailbox.objects.get(address="bob@corp.test").quota_mb == 4096
    assert office.ask("DELETE", f"{path}/items/{with_item.json['items'][0]['id']}").status == 204
    assert office.ask("DELETE", f"{path}/items/1000").status == 404
    assert office.ask("DELETE", path).status == 204 and not Profile.objects.exists()
    assert Mailbox.objects.get(address="bob@corp.test").quota_mb is None
