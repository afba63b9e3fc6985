"""The SCIM server, asked as Entra ID and Okta ask (RFC 7643, RFC 7644)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hongyan.company.mailboxes import routing
from hongyan.company.mailboxes.models import GroupMember, Mailbox
from hongyan.company.people.models import Person
from hongyan.company.staff import guard, keeping, queries
from hongyan.company.staff.models import Report, ScimGroup, ScimUser, Source
from hongyan.company.staff.scim.groups import bind_group
from hongyan.company.staff.syncing import sync_source
from hongyan.company.tasks.progress import Progress
from hongyan.kernel import clock
from hongyan.kernel.models import Event
from tests.cast import Cast
from tests.faces.scim.conftest import ENTERPRISE, GROUP, USER, Provider

Make = Callable[..., Provider]


def entra(number: str, name: str, mail: str, **more: Any) -> dict[str, Any]:
    """As Entra ID's default mapping sends it."""
    return {
        "schemas": [USER, ENTERPRISE], "externalId": mail.partition("@")[0], "userName": mail, "active": True,
        "displayName": name, "emails": [{"primary": True, "type": "work", "value": mail}],
        "meta": {"resourceType": "User"}, ENTERPRISE: {"employeeNumber": number, "department": "市場部"},
    } | more  # fmt: skip


def standing() -> dict[str, str]:
    return {p.number: "left" if p.left_on else "staff" for p in Person.objects.filter(company__slug="corp")}


def waiting() -> dict[str, str]:
    reports = Report.objects.filter(state="open")
    return {line.label: line.verdict for report in reports for line in queries.list_lines(report, states=("open",))}


@pytest.mark.clause("G2.2.2")
def test_entra_id_looks_creates_disables_and_enables(provider: Make) -> None:
    """Its cycle: is there such a user; make him; disable and enable him with its own spelling of PATCH."""
    ask = provider(auto=True, open_mailboxes=True)
    missing = ask.get('Users?filter=userName+eq+"zhang@corp.test"')
    assert (missing["totalResults"], missing["Resources"]) == (0, [])
    made = ask.ask("POST", "Users", entra("2001", "張小明", "zhang@corp.test"), 201)
    assert ask.headers["Location"].endswith(f"/scim/v2/Users/{made['id']}") and ask.headers["ETag"] == 'W/"1"'
    assert made["userName"] == "zhang@corp.test" and made[ENTERPRISE]["department"] == "市場部"
    person = Person.objects.get(number="2001")
    assert person.name == "張小明" and person.appointments.get().unit.path == "市場部"
    assert Mailbox.objects.get(address="zhang@corp.test").person == person
    found = ask.get('Users?filter=userName+eq+"ZHANG@corp.test"')
    assert [user["id"] for user in found["Resources"]] == [made["id"]]
    ask.patch(f"Users/{made['id']}", {"op": "Replace", "path": "active", "value": "False"})
    assert standing()["2001"] == "left"
    ask.patch(f"Users/{made['id']}", {"op": "Replace", "value": {"active": True, "displayName": "張曉明"}})
    assert standing()["2001"] == "staff" and Person.objects.get(number="2001").name == "張曉明"
    ask.ask("DELETE", f"Users/{made['id']}", status=204)
    assert standing()["2001"] == "left" and ask.get(f"Users/{made['id']}", 404)["status"] == "404"
    actors = set(
        Event.objects.filter(kind__in=("person.added", "person.left"))
        .exclude(actor="cli:test")
        .values_list("actor", flat=True)
    )
    assert actors == {f"source/{ask.source.pk} (Entra ID)"}


@pytest.mark.clause("G2.2.2")
def test_okta_creates_puts_and_deactivates(provider: Make) -> None:
    ask = provider(name="Okta", auto=True)
    made = ask.user(
        "bob@corp.test", name={"givenName": "博", "familyName": "王"}, emails=[{"primary": True, "value": "bob@corp.test", "type": "work"}],
        phoneNumbers=[{"type": "mobile", "value": "13900139000"}], password="Never-Kept-1",
    )  # fmt: skip
    assert "password" not in made and "Never-Kept-1" not in str(ScimUser.objects.get().data)
    bob = Person.objects.get(number="1002")  # known by his address
    assert bob.mobile == "13900139000" and Person.objects.filter(company__slug="corp").count() == 4
    assert [
        user["id"] for user in ask.get('Users?filter=userName+eq+"bob@corp.test"&startIndex=1&count=100')["Resources"]
    ] == [made["id"]]
    put = {**made, "title": "處長", "active": True}
    assert ask.ask("PUT", f"Users/{made['id']}", put)["meta"]["version"] == 'W/"2"'
    ask.patch(f"Users/{made['id']}", {"op": "replace", "value": {"active": False}})
    assert standing()["1002"] == "left"


@pytest.mark.clause("G2.2.2")
def test_what_is_not_to_be_done_by_itself_waits_for_a_person(cast: Cast, provider: Make) -> None:
    ask = provider()
    made = ask.ask("POST", "Users", entra("2001", "張小明", "zhang@corp.test"), 201)
    bob = ask.ask("POST", "Users", entra("1002", "王博", "bob@corp.test"), 201)
    assert waiting() == {"2001 張小明": "join", "1002 王博": "move"} and "2001" not in standing()
    ask.patch(f"Users/{made['id']}", {"op": "replace", "path": "displayName", "value": "張大明"})
    ask.patch(f"Users/{bob['id']}", {"op": "replace", "path": "active", "value": False})
    assert waiting() == {"2001 張大明": "join", "1002 王博": "leave"}  # the later word counts
    assert Report.objects.count() == 1
    report = sync_source(actor=cast.operator, source=ask.source, progress=Progress(), apply=True)
    assert report.state == "settled" and standing()["2001"] == "staff" and standing()["1002"] == "left"


@pytest.mark.clause("G2.2.2")
def test_the_guard_holds_a_provider_that_disables_everybody(cast: Cast, provider: Make) -> None:
    guard.set_rules(actor=cast.operator, company=cast.corp, most_leavers=4, most_percent=100)
    ask = provider(auto=True)
    made = [
        ask.user(f"n{i}@corp.test", displayName=f"員工{i}", **{ENTERPRISE: {"employeeNumber": f"N{i}"}})
        for i in range(6)
    ]
    for user in made:
        ask.patch(f"Users/{user['id']}", {"op": "replace", "value": {"active": False}})
    assert sorted(standing().values()).count("left") == 4
    assert waiting() == {"N4 員工4": "leave", "N5 員工5": "leave"}
    assert [user["active"] for user in ask.get("Users")["Resources"]] == [False] * 6


def test_what_cannot_be_done_waits_with_its_reason(provider: Make) -> None:
    ask = provider(auto=True)
    ask.user("wang@corp.test", displayName="王博")  # a name that somebody has, no number, no address of his
    ask.user("x@corp.test", displayName="林愛麗", **{ENTERPRISE: {"employeeNumber": "9" * 50}})
    lines = {line.label: line.problems[0][1] for line in queries.list_lines(Report.objects.get())}
    assert lines == {"王博": "import.row.same_name", "林愛麗": "import.cell.too_long"}


def test_filters_and_pages(provider: Make) -> None:
    ask = provider()
    made = [
        ask.user(
            f"u{i:02}@corp.test",
            externalId=f"e{i}",
            active=i % 2 == 0,
            emails=[{"type": "work", "value": f"W{i}@corp.test"}],
        )
        for i in range(12)
    ]

    def names(text: str) -> list[str]:
        return (
            [user["userName"][:3] for user in ask.get("Users")["Resources"]]
            if not text
            else [user["userName"][:3] for user in ask.ask("POST", "Users/.search", {"filter": text})["Resources"]]
        )

    assert names('externalId eq "e3"') == ["u03"] and names('externalId eq "E3"') == []
    assert names(f'id eq "{made[5]["id"]}"') == ["u05"] and names('id eq "none"') == []
    assert names('emails[type eq "work"].value eq "w7@CORP.test"') == ["u07"]
    assert names('emails.value sw "w1"') == ["u01", "u10", "u11"]
    assert names('userName sw "u0" and not (active eq true or externalId eq "e1")') == ["u03", "u05", "u07", "u09"]
    assert names('userName eq "u01@corp.test" or userName eq "u02@corp.test" and active eq false') == ["u01"]
    assert names('externalId pr and meta.created gt "2020-01-01T00:00:00Z"')[:2] == ["u00", "u01"]
    page = ask.get("Users?startIndex=11&count=5")
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (12, 11, 2)
    assert ask.get("Users?startIndex=-3&count=0")["Resources"] == [] and ask.get("Users?count=-1")["itemsPerPage"] == 0
    assert set(ask.get("Users?attributes=userName&count=1")["Resources"][0]) == {"schemas", "id", "userName"}
    assert "emails" not in ask.get(f"Users/{made[0]['id']}?excludedAttributes=emails")
    for wrong in (
        "userName eq",
        'userName like "x"',
        "(userName pr",
        'nickName eq "x"',
        'active co "t"',
        "(" * 50 + "userName pr" + ")" * 50,
    ):
        assert ask.ask("POST", "Users/.search", {"filter": wrong}, 400)["scimType"] == "invalidFilter"


def test_patch_in_all_spellings(provider: Make) -> None:
    ask = provider()
    path = f"Users/{ask.user('a@corp.test', emails=[{'type': 'work', 'value': 'a@corp.test', 'primary': True}])['id']}"
    ask.patch(path, {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "138"})
    ask.patch(path, {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "b@corp.test"})
    ask.patch(
        path, {"op": "Add", "value": {"name.givenName": "A", f"{ENTERPRISE}:department": "IT", "unknownThing": 1}}
    )
    ask.patch(path, {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": "m1"})
    ask.patch(path, {"op": "add", "path": "emails", "value": [{"type": "home", "value": "h@x.test", "primary": True}]})
    got = ask.patch(path, {"op": "replace", "path": "name", "value": {"familyName": "B"}})
    assert got["phoneNumbers"] == [{"type": "mobile", "value": "138"}] and got["name"] == {
        "givenName": "A",
        "familyName": "B",
    }
    assert got["emails"] == [
        {"type": "work", "value": "b@corp.test"},
        {"type": "home", "value": "h@x.test", "primary": True},
    ]
    assert got[ENTERPRISE] == {"department": "IT", "manager": {"value": "m1"}}
    got = ask.patch(
        path, {"op": "remove", "path": 'emails[type eq "home"]'}, {"op": "remove", "path": "name.givenName"},
        {"op": "remove", "path": "phoneNumbers"}, {"op": "replace", "path": "title", "value": ""},
    )  # fmt: skip
    assert (
        [e["type"] for e in got["emails"]] == ["work"]
        and got["name"] == {"familyName": "B"}
        and "phoneNumbers" not in got
    )
    before = ask.get(path)
    for wrong, kind in (
        ({"op": "move", "path": "title"}, "invalidSyntax"), ({"op": "replace", "path": "active", "value": "perhaps"}, "invalidValue"),
        ({"op": "remove", "path": "userName"}, "mutability"), ({"op": "replace", "path": "title[", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "title", "value": {"a": 1}}, "invalidValue"), ({"op": "replace", "value": "x"}, "invalidValue"),
    ):  # fmt: skip
        # The first operation is good, the second is not: neither is done.
        assert ask.patch(path, {"op": "replace", "path": "title", "value": "T"}, wrong, status=400)["scimType"] == kind
    assert ask.get(path) == before


def test_etags_uniqueness_and_what_is_no_request(provider: Make) -> None:
    ask = provider()
    made = ask.user("a@corp.test")
    path = f"Users/{made['id']}"
    assert ask.get(path, 304, **{"If-None-Match": 'W/"1"'}) is None
    ask.patch(path, {"op": "replace", "path": "title", "value": "x"}, tag='W/"1"')
    assert ask.patch(path, {"op": "replace", "path": "title", "value": "y"}, status=412, tag='W/"1"')["status"] == "412"
    assert (
        ask.patch(path, {"op": "replace", "path": "title", "value": "x"})["meta"]["version"] == 'W/"2"'
    )  # nothing new
    assert ask.ask("POST", "Users", {"userName": "A@corp.test"}, 409)["scimType"] == "uniqueness"
    assert ask.ask("POST", "Users", {"displayName": "x"}, 400)["scimType"] == "invalidValue"
    assert ask.ask("POST", "Users", ["x"], 400)["scimType"] == "invalidSyntax"
    assert ask.ask("DELETE", "Users", status=405)["status"] == "405"
    for nothing in ("Users/none", "Robots", "Users/a/b", "Schemas/x"):
        assert ask.get(nothing, 404)["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_what_the_server_says_of_itself(provider: Make) -> None:
    ask = provider()
    config = ask.get("ServiceProviderConfig")
    assert config["patch"]["supported"] and config["etag"]["supported"] and not config["bulk"]["supported"]
    assert [each["id"] for each in ask.get("ResourceTypes")["Resources"]] == ["User", "Group"]
    assert ask.get(f"Schemas/{USER}")["name"] == "User"
    assert {each["id"] for each in ask.get("Schemas")["Resources"]} == {USER, ENTERPRISE, GROUP}


def test_groups_as_both_providers_push_them(provider: Make) -> None:
    ask = provider()
    a, b, c = (ask.user(f"{name}@corp.test")["id"] for name in "abc")
    made = ask.ask(
        "POST", "Groups", {"schemas": [GROUP], "displayName": "Sales", "externalId": "g1", "members": []}, 201
    )
    path = f"Groups/{made['id']}"
    ask.patch(path, {"op": "Add", "path": "members", "value": [{"value": a}, {"value": b}]})
    assert [each["value"] for each in ask.get(path)["members"]] == [a, b]
    assert [group["display"] for group in ask.get(f"Users/{a}")["groups"]] == ["Sales"]
    ask.patch(
        path,
        {"op": "remove", "path": f'members[value eq "{a}"]'},
        {"op": "add", "path": "members", "value": [{"value": c}]},
    )
    ask.patch(
        path,
        {"op": "Remove", "path": "members", "value": [{"value": b}]},
        {"op": "replace", "path": "displayName", "value": "Verkauf"},
    )
    got = ask.get('Groups?filter=displayName+eq+"verkauf"')["Resources"][0]
    assert [each["value"] for each in got["members"]] == [c]
    assert "members" not in ask.get('Groups?excludedAttributes=members&filter=displayName+eq+"Verkauf"')["Resources"][0]
    assert ask.get(f'Groups?filter=id+eq+"{made["id"]}"+and+members+eq+"{c}"')["totalResults"] == 1
    assert (
        ask.patch(path, {"op": "add", "path": "members", "value": [{"value": "nobody"}]}, status=400)["scimType"]
        == "invalidValue"
    )
    put = {"schemas": [GROUP], "displayName": "Sales", "members": [{"value": a}]}
    assert [each["value"] for each in ask.ask("PUT", path, put)["members"]] == [a]
    ask.patch(path, {"op": "replace", "path": "members", "value": []})
    assert ask.get(path)["members"] == []
    ask.ask("DELETE", path, status=204)
    assert ask.get("Groups")["totalResults"] == 0


def test_a_mail_group_follows_a_group(cast: Cast, provider: Make) -> None:
    """Members come and go with it; whom the office added stays."""
    ask = provider(auto=True)
    mail = routing.add_group(
        actor=cast.operator, company=cast.corp, address="team@corp.test", members=["carol@corp.test"]
    )
    alice, bob = (
        ask.user(f"{name}@corp.test", displayName=p)["id"] for name, p in (("alice", "林愛麗"), ("bob", "王博"))
    )
    made = ask.ask("POST", "Groups", {"displayName": "Team", "members": [{"value": alice}]}, 201)
    group = ScimGroup.objects.get(uid=made["id"])
    bind_group(actor=cast.actor(cast.carol), group=group, address="team@corp.test")

    def there() -> set[str]:
        return {
            address.partition("@")[0]
            for address in GroupMember.objects.filter(group=mail).values_list("address", flat=True)
        }

    assert there() == {"carol", "alice"}
    ask.patch(f"Groups/{made['id']}", {"op": "add", "path": "members", "value": [{"value": bob}]})
    assert there() == {"carol", "alice", "bob"}
    ask.patch(f"Users/{alice}", {"op": "replace", "path": "active", "value": False})
    assert there() == {"carol", "bob"}
    ask.patch(f"Groups/{made['id']}", {"op": "replace", "path": "members", "value": []})
    assert there() == {"carol"}


def test_a_provider_of_another_company_sees_and_touches_nothing(cast: Cast, provider: Make) -> None:
    ours, theirs = provider(), provider(cast.other, "Charlie's")
    made = ours.user("zhang@corp.test", displayName="張小明")
    group = ours.ask("POST", "Groups", {"displayName": "Team"}, 201)
    assert theirs.get("Users")["totalResults"] == theirs.get("Groups")["totalResults"] == 0
    for path in (f"Users/{made['id']}", f"Groups/{group['id']}"):
        theirs.get(path, 404)
        theirs.ask("DELETE", path, status=404)
        theirs.patch(path, {"op": "replace", "path": "displayName", "value": "x"}, status=404)
    assert (
        theirs.ask("POST", "Groups", {"displayName": "T", "members": [{"value": made["id"]}]}, 400)["scimType"]
        == "invalidValue"
    )
    assert ScimUser.objects.get().data["displayName"] == "張小明"


def test_only_with_its_key_and_for_nothing_else(cast: Cast, provider: Make) -> None:
    ask = provider()
    key = ask.key
    assert ask.client.get("/api/v1/persons", secure=True, headers={"Authorization": f"Bearer {key}"}).status_code == 401
    ask.key = "hys_wrong"
    assert ask.get("Users", 401)["status"] == "401" and ask.headers["WWW-Authenticate"] == 'Bearer realm="scim"'
    ask.key = key
    renewed = keeping.renew_key(actor=cast.actor(cast.carol), source=ask.source)
    ask.get("Users", 401)
    ask.key = renewed
    ask.get("Users")
    Source.objects.update(key_until=clock.today() - timedelta(days=1))
    ask.get("Users", 401)
    Source.objects.update(key_until=clock.today(), enabled=False)
    ask.get("Users", 401)
    assert renewed not in str(Source.objects.values().get())
