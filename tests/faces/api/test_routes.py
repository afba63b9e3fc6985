"""What each route does, from the request to the rows and the audit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hongyan.company.finder.following import catch_up
from hongyan.company.mailboxes.actions import add_app_password
from hongyan.company.mailboxes.models import Group, Mailbox
from hongyan.company.people.models import Account, Person
from hongyan.company.tasks.models import Task
from hongyan.company.webhooks.models import Webhook
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Event, Outbox
from hongyan.release.store import Manifest
from tests.cast import Cast
from tests.faces.api.conftest import Program, make_token

DEPARTMENT = "總公司/信息部"


def done(answer: Any, status: int = 200) -> Any:
    assert answer.status == status, answer.text
    return answer.json if answer.text else None


def last_event(kind: str) -> Event:
    return Event.objects.filter(kind=kind).latest("pk")


def test_a_company_is_made_and_set(machine: Program, office: Program) -> None:
    made = machine.post("companies", {"slug": "new", "name": "新公司"})
    assert made.headers["Location"] == "/api/v1/companies/new" and done(made, 201)["name"] == "新公司"
    assert [c["slug"] for c in done(machine.get("companies"))["items"]] == ["corp", "new", "other"]
    assert [c["slug"] for c in done(office.get("companies"))["items"]] == ["corp"]
    assert done(office.ask("PATCH", "companies/corp", {"quota_mb": 4096}))["quota_mb"] == 4096
    wrong = office.ask("PATCH", "companies/corp", {"quota_mb": 0, "junk_days": 0})
    assert (wrong.status, wrong.code, len(wrong.json["errors"])) == (422, "setting.unfit", 2)
    assert office.post("companies", {"slug": "mine", "name": "我的"}).status == 403


def test_domains_and_their_records(machine: Program, office: Program) -> None:
    made = done(machine.post("domains", {"name": "Corp2.Test", "company": "corp"}), 201)
    assert made["name"] == "corp2.test"
    records = done(office.get("domains/corp2.test/dns", **{"Accept-Language": "zh-TW"}))
    assert {"MX", "TXT"} <= {r["type"] for r in records["records"]} and "corp2.test. " in records["zone"]
    assert any("一" <= letter <= "鿿" for letter in records["records"][0]["why"])
    assert done(office.post("domains/corp2.test/default"))["name"] == "corp2.test"
    assert office.delete("domains/corp2.test").status == 403 and machine.delete("domains/corp2.test").status == 204
    assert office.get("domains/corp2.test").status == 404


def test_the_tree_is_changed(office: Program) -> None:
    made = done(office.post("units", {"path": f"{DEPARTMENT}/機房"}), 201)
    assert done(office.get(f"units/{made['id']}"))["path"] == f"{DEPARTMENT}/機房"
    changed = done(office.ask("PATCH", f"units/{made['id']}", {"name": "主機房", "parent": "總公司"}))
    assert changed["path"] == "總公司/主機房"
    assert office.delete(f"units/{changed['id']}").status == 204 and office.get(f"units/{changed['id']}").status == 404
    top = next(u for u in done(office.get("units"))["items"] if u["path"] == "總公司")
    assert office.delete(f"units/{top['id']}").status in (409, 422)


def test_a_person_and_his_posts(office: Program) -> None:
    made = done(
        office.post("persons", {"name": "新人", "number": "2001", "unit": DEPARTMENT, "mobile": "13900139000"}), 201
    )
    assert "13900139000" not in str(made) and made["posts"][0]["unit"] == DEPARTMENT
    here = f"persons/{made['id']}"
    assert done(office.ask("PATCH", here, {"latin_name": "Xin Ren", "locale": "en"}))["latin_name"] == "Xin Ren"
    more = done(office.post(f"{here}/posts", {"unit": "總公司", "post": "助理"}), 201)
    post = more["posts"][1]["id"]
    changed = done(office.ask("PATCH", f"{here}/posts/{post}", {"post": "秘書"}))
    assert changed["posts"][1]["post"] == "秘書" and changed["posts"][1]["unit"] == "總公司"
    assert office.delete(f"{here}/posts/{post}").status == 204 and len(done(office.get(here))["posts"]) == 1
    assert office.ask("PATCH", f"{here}/posts/{post}", {"post": "x"}).status == 404
    assert [p["id"] for p in done(office.get("persons?number=2001"))["items"]] == [made["id"]]
    catch_up()
    assert [p["id"] for p in done(office.get("persons?q=xinren"))["items"]] == [made["id"]]
    assert [h["kind"] for h in done(office.get("search?q=2001"))["items"]] == ["person"]


def test_the_life_of_a_mailbox(cast: Cast, office: Program) -> None:
    opened = done(
        office.post(
            "mailboxes",
            {"address": "Eve@corp.test", "person": cast.alice.person_id, "quota_mb": 100, "start": "first_password"},
        ),
        201,
    )
    assert opened["first_password"] and opened["state"] == "first" and opened["own_quota_mb"] == 100
    assert (
        last_event("mailbox.opened").actor.startswith("token/")
        and "carol@corp.test" in last_event("mailbox.opened").actor
    )
    link = done(office.post("mailboxes", {"address": "eva2@corp.test"}), 201)
    assert "/activate/" in link["activation_url"] and link["state"] == "activation" and not link["first_password"]
    here = "mailboxes/eve@corp.test"
    day = (clock.today() + timedelta(days=9)).isoformat()
    changed = done(office.ask("PATCH", here, {"quota_mb": None, "hourly_limit": 7, "expires_on": day}))
    assert (changed["own_quota_mb"], changed["quota_mb"], changed["hourly_limit"], changed["expires_on"]) == (
        None,
        3072,
        7,
        day,
    )
    assert done(office.post(f"{here}/suspend", {"reason": "leave"}))["suspended_reason"] == "leave"
    assert office.post(f"{here}/suspend").status == 409
    assert [m["address"] for m in done(office.get("mailboxes?state=suspended"))["items"]] == ["eve@corp.test"]
    assert done(office.post(f"{here}/resume"))["state"] == "first"
    assert "/activate/" in done(office.post(f"{here}/password", {"activation": True}))["activation_url"]
    assert done(office.post(f"{here}/password", {}))["first_password"]
    assert done(office.post(f"{here}/password", {"password": "Geese-fly-north-4711"})) == {
        "address": "eve@corp.test", "first_password": None, "activation_url": None
    }  # fmt: skip
    assert done(office.post(f"{here}/rename", {"address": "eva@corp.test"}))["aliases"] == ["eve@corp.test"]
    assert done(office.post("mailboxes/eva@corp.test/close", {"reason": "left"}))["state"] == "closed"
    assert Mailbox.objects.get(address="eva@corp.test").closed_at and office.get(here).status == 404


def test_many_are_opened_at_once(office: Program) -> None:
    rows = [{"address": f"m{n}@corp.test"} for n in range(30)]
    opened = done(office.post("mailboxes/bulk", {"mailboxes": rows, "activation": True}), 201)
    assert opened["opened"] == 30 and all("/activate/" in row["activation_url"] for row in opened["items"])
    assert Outbox.objects.filter(kind=outbox.RELEASE, payload__addresses__icontains="m29@").count() == 1


def test_devices_and_rights(cast: Cast, office: Program) -> None:
    device, _ = add_app_password(actor=cast.actor(cast.alice), mailbox=cast.alice, device="Phone")
    assert [d["device"] for d in done(office.get("mailboxes/alice@corp.test/devices"))["items"]] == ["Phone"]
    assert office.delete(f"mailboxes/alice@corp.test/devices/{device.pk}").status == 204
    assert office.delete(f"mailboxes/alice@corp.test/devices/{device.pk}").status == 404
    done(office.post("groups", {"address": "net@corp.test"}), 201)
    shown = done(office.post("mailboxes/alice@corp.test/send-as", {"address": "net@corp.test"}))
    assert shown["send_as"] == ["net@corp.test"]
    assert done(office.delete("mailboxes/alice@corp.test/send-as/net@corp.test"))["send_as"] == []


def test_aliases_and_groups(cast: Cast, office: Program) -> None:
    done(office.post("aliases", {"address": "lin@corp.test", "target": "alice@corp.test"}), 201)
    assert done(office.ask("PUT", "aliases/lin@corp.test", {"target": "bob@corp.test"}))["target"] == "bob@corp.test"
    assert office.delete("aliases/lin@corp.test").status == 204 and office.get("aliases/lin@corp.test").status == 404
    group = {
        "address": "net@corp.test",
        "name": "網絡處",
        "who": "listed",
        "listed": ["bob@corp.test"],
        "members": ["alice@corp.test"],
    }
    assert done(office.post("groups", group), 201)["listed"] == ["bob@corp.test"]
    changed = done(
        office.ask("PATCH", "groups/net@corp.test", {"name": "網絡", "who": "members", "owner": cast.bob.person_id})
    )
    assert (changed["name"], changed["who"], changed["listed"], changed["owner"]) == (
        "網絡",
        "members",
        [],
        cast.bob.person_id,
    )
    assert office.post("groups/net@corp.test/members", {"address": "bob@corp.test"}).status == 201
    assert office.post("groups/net@corp.test/members", {"address": "bob@corp.test"}).status == 409
    assert len(done(office.get("groups/net@corp.test/members"))["items"]) == 2
    assert office.delete("groups/net@corp.test/members/bob@corp.test").status == 204
    assert done(office.post("groups/net@corp.test/rename", {"address": "it@corp.test"}))["address"] == "it@corp.test"
    assert office.delete("groups/it@corp.test").status == 204 and not Group.objects.exists()


@pytest.mark.clause("G3.2.2", "G4.2.4")
def test_a_shared_mailbox_and_who_uses_it(cast: Cast, office: Program) -> None:
    desk = {"address": "desk@corp.test", "kind": "shared", "keeper": cast.bob.person_id}
    assert "first_password" in done(office.post("mailboxes", desk), 201)
    here = "mailboxes/desk@corp.test/members"
    added = done(office.post(here, {"address": "alice@corp.test", "rights": ["read", "send_as"]}), 201)
    assert [(m["address"], m["keeper"]) for m in added["items"]] == [
        ("bob@corp.test", True),
        ("alice@corp.test", False),
    ]
    changed = done(office.ask("PUT", f"{here}/alice@corp.test", {"rights": ["read"]}))
    assert changed["items"][1]["rights"] == ["read"]
    own = office.ask("PUT", "mailboxes/desk@corp.test/keeper", {"person": cast.carol.person_id})
    assert (own.status, own.code) == (403, "member.own")  # a token lets nobody into mail whom his office does not
    moved = done(office.ask("PUT", "mailboxes/desk@corp.test/keeper", {"person": cast.dave.person_id}))
    assert moved["items"][0]["address"] == "dave@corp.test"
    assert office.delete(f"{here}/alice@corp.test").status == 204
    assert len(done(office.get(here))["items"]) == 1


@pytest.mark.clause("G2.1.3")
def test_roles_are_given_within_the_makers_rights(cast: Cast, office: Program, machine: Program) -> None:
    given = done(office.post("roles", {"login": "bob@corp.test", "role": "it", "unit": DEPARTMENT}), 201)
    assert given["unit"] == DEPARTMENT
    assert office.get(f"roles/{given['id']}").status == 200
    own = office.post("roles", {"login": "carol@corp.test", "role": "hr"})
    assert (own.status, own.code) == (403, "role.own")  # who made the token widens nothing of his own
    assert office.post("roles", {"login": "bob@corp.test", "role": "security"}).status in (403, 409, 422)
    assert office.post("roles", {"login": "charlie@other.test", "role": "hr"}).status == 422
    assert office.delete(f"roles/{given['id']}").status == 204
    assert "bob@corp.test" not in [r["login"] for r in done(office.get("roles"))["items"]]


def test_tokens_over_the_api(office: Program) -> None:
    day = (clock.today() + timedelta(days=20)).isoformat()
    made = done(
        office.post("tokens", {"name": "Sync", "role": "hr", "permissions": ["people.read"], "expires_on": day}), 201
    )
    assert made["permissions"] == ["people.read"] and made["token"].startswith("hy_")
    child = Program(made["token"])
    assert child.get("persons").status == 200 and child.post("persons", {"name": "x"}).status == 403
    assert done(child.get("token"))["id"] == made["id"]
    assert {t["name"]: t["state"] for t in done(office.get("tokens"))["items"]} == {"Sync": "active", "test": "active"}
    assert office.delete(f"tokens/{made['id']}").status == 204 and child.get("persons").status == 401
    assert done(office.get(f"tokens/{made['id']}"))["state"] == "revoked"
    late = (clock.today() + timedelta(days=40)).isoformat()  # after the token's own last day
    assert office.post("tokens", {"name": "x", "role": "hr", "expires_on": late}).code == "token.expiry_range"


def test_webhooks_over_the_api(office: Program) -> None:
    hook = {"name": "Badges", "url": "https://badges.example/hook", "kinds": ["mailbox.*"]}
    made = done(office.post("webhooks", hook), 201)
    here = f"webhooks/{made['id']}"
    assert made["secret"].startswith("whsec_") and "secret" not in done(office.get(here))
    assert done(office.post(f"{here}/secret"))["secret"] != made["secret"]
    sent = done(office.post(f"{here}/test"), 202)
    assert [d["message_id"] for d in done(office.get(f"{here}/deliveries"))["items"]] == [sent["message_id"]]
    assert done(office.post(f"{here}/deliveries/{sent['message_id']}/resend"), 202)["state"] == "waiting"
    assert done(office.post(f"{here}/disable"))["state"] == "disabled" and office.post(f"{here}/test").status == 409
    assert done(office.post(f"{here}/enable"))["state"] == "active"
    assert office.delete(here).status == 204 and not Webhook.objects.exists()
    inside = office.post("webhooks", hook | {"url": "https://10.0.0.1/"})
    assert (inside.status, inside.code) == (422, "webhook.url_private")


def test_the_audit_is_for_those_who_read_it(cast: Cast, office: Program) -> None:
    auditor = Program(make_token(cast.operator, "audit", cast.corp))
    ledger.record("mail.refused", chain="corp", actor="bob@corp.test", subject="bob@corp.test")
    found = done(auditor.get("events?kind=mail.&subject=bob@corp.test"))["items"]
    assert [e["kind"] for e in found] == ["mail.refused"]
    first = done(auditor.get("events?limit=1"))
    ledger.record("mail.refused", chain="corp", actor="bob@corp.test", subject="bob@corp.test")
    following = done(auditor.get(f"events?limit=1&cursor={first['next']}"))["items"][0]
    assert following["number"] == first["items"][0]["number"] - 1
    assert done(auditor.get("events?since=2999-01-01T00:00:00"))["items"] == []
    assert auditor.get("events?company=instance").status == 404 and office.get("events").status == 403


def test_state_releases_and_tasks(cast: Cast, machine: Program, office: Program, instance: Instance) -> None:
    assert done(office.get("status"))["services"] is None and done(machine.get("status"))["ready"] is False
    for number in (1, 2):
        directory = instance.releases / str(number)
        directory.mkdir(exist_ok=True)
        (directory / "manifest.json").write_text(
            Manifest(number, clock.now().isoformat(), number - 1, "full", ()).text()
        )
    assert [r["number"] for r in done(machine.get("releases?limit=1"))["items"]] == [2]
    assert [r["number"] for r in done(machine.get("releases?limit=1&cursor=2"))["items"]] == [1]
    asked = machine.post("releases/1/roll-back", {"reason": "try"})
    assert asked.status == 202 and Outbox.objects.filter(payload__do="release.roll_back").exists(), asked.text
    assert office.post("releases/1/roll-back", {"reason": "try"}).status == 403
    account = Account.objects.get(login="carol@corp.test")
    task = Task.objects.create(
        kind="import", company=cast.corp, actor=account.login, account=account, created_at=clock.now()
    )
    assert [t["state"] for t in done(office.get("tasks"))["items"]] == ["waiting"]
    assert done(office.post(f"tasks/{task.pk}/stop"), 202)["state"] == "stopped"
    assert Person.objects.filter(company=cast.corp).count() == 4
