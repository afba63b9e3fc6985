"""Who gets in, and what is not there for whom: each route of the document is asked by everybody who must not."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from hongyan.company.access.actions import revoke_token
from hongyan.company.access.models import Token
from hongyan.company.leaving.actions import begin
from hongyan.company.mailboxes.actions import NewMailbox, grant_send_as, open_mailboxes, suspend_mailbox
from hongyan.company.mailboxes.routing import add_alias, add_group
from hongyan.company.people.actions import add_person, add_unit
from hongyan.company.people.models import Appointment, RoleGrant, Unit
from hongyan.company.people.roles import revoke_role
from hongyan.company.permits.actions import grant_permit
from hongyan.company.profiles.actions import Posts, add_item, add_profile
from hongyan.company.requests.actions import file_request
from hongyan.company.staff.models import Line, Report
from hongyan.company.webhooks.actions import add_webhook, send_test
from hongyan.faces.api import document, service
from hongyan.kernel import clock
from hongyan.kernel.models import Event
from tests.cast import Cast
from tests.faces.api.conftest import Program, make_token
from tests.faces.conftest import Visit

DOCUMENT = document.build()
OPERATIONS = [(method.upper(), path, op) for path, ways in DOCUMENT["paths"].items() for method, op in ways.items()]


@pytest.fixture
def things(cast: Cast) -> dict[str, str]:
    """One of everything in corp.test, by the names that paths have for them."""
    carol = cast.actor(cast.carol)
    add_alias(actor=carol, company=cast.corp, address="lin@corp.test", target="alice@corp.test")
    add_group(actor=carol, company=cast.corp, address="net@corp.test", members=["alice@corp.test"])
    grant_send_as(actor=carol, mailbox=cast.alice, address="net@corp.test")
    make_token(carol, "hr", cast.corp)
    webhook, _ = add_webhook(
        actor=carol, company=cast.corp, name="Badges", url="https://badges.example/", kinds=["unit.*"]
    )
    delivery = send_test(actor=carol, webhook=webhook)
    permit = grant_permit(actor=carol, mailbox=cast.alice, kind="outside")
    profile = add_profile(actor=carol, company=cast.corp, posts=Posts("Clerks", post="專員"))
    item = add_item(actor=carol, profile=profile, kind="size", value="4096")
    asked = file_request(
        actor=cast.actor(cast.alice), form="quota",
        fields={"mailbox": "alice@corp.test", "quota_mb": 4096, "reason": "林愛麗"},
    )  # fmt: skip
    leaving = begin(
        actor=carol, person=add_person(actor=carol, company=cast.corp, name="林愛麗"), last_day=clock.today()
    )
    report = Report.objects.create(
        company=cast.corp, kind="sheet", name="林愛麗.xlsx", state="open", actor="x", created_at=clock.now()
    )
    line = Line.objects.create(report=report, number=2, verdict="join", label="林愛麗", values={"name": "林愛麗"})
    token, grant = Token.objects.get(role="hr"), RoleGrant.objects.get(account=cast.carol.account)
    return {
        "persons": str(cast.alice.person_id), "units": str(Unit.objects.filter(company=cast.corp).latest("pk").pk),
        "mailboxes": "alice@corp.test", "aliases": "lin@corp.test", "groups": "net@corp.test", "companies": "corp",
        "domains": "corp.test", "tokens": str(token.pk), "webhooks": str(webhook.pk), "roles": str(grant.pk),
        "other": "net@corp.test", "member": "alice@corp.test", "devices": "1", "message_id": delivery.message_id,
        "releases": "1", "tasks": "1", "post": str(Appointment.objects.filter(person=cast.alice.person_id).get().pk),
        "absence": "1", "requests": str(asked.pk), "permits": str(permit.pk), "profiles": str(profile.pk), "items": str(item.pk),
        "leavings": str(leaving.pk), "staff-reports": str(line.report.pk),
    }  # fmt: skip


def address_of(path: str, things: dict[str, str]) -> str:
    """`/api/v1/mailboxes/{address}` of the thing that it names."""
    path = path.removeprefix("/api/v1/")
    while match := re.search(r"(\w[\w-]*)/\{(\w+)\}", path):
        kind, name = match.groups()
        path = path[: match.start()] + f"{kind}/{things.get(name) or things[kind]}" + path[match.end() :]
    return path


def body_of(operation: dict[str, Any], **more: object) -> object:
    content = operation.get("requestBody", {}).get("content", {})
    body = content["application/json"]["example"] if content else None
    return {**body, **more} if isinstance(body, dict) else body


@pytest.mark.clause("R1")
def test_an_outsider_finds_nothing_of_another_company(cast: Cast, outsider: Program, things: dict[str, str]) -> None:
    before = Event.objects.filter(chain="corp").count()
    for method, path, operation in OPERATIONS:
        url, said = address_of(path, things), f"{method} {path}"
        content = operation.get("requestBody", {}).get("content", {})
        named = {"company": "corp"} if content and "company" in schema_of(content)["properties"] else {}
        answer = outsider.ask(
            method, url + ("?company=corp&q=lin" if method == "GET" else ""), body_of(operation, **named)
        )
        if "{" in path:
            assert answer.status == (403 if url.startswith("releases") else 404), (said, answer.text)
        elif operation["operationId"] in ("show_own_token", "show_status", "list_companies", "list_tasks"):
            assert answer.status == 200, said
        else:
            assert answer.status in (403, 404, 422), (said, answer.text)
        assert "北辰" not in answer.text and "林愛麗" not in answer.text, said
        assert Event.objects.filter(chain="corp").count() == before, said


def schema_of(content: dict[str, Any]) -> dict[str, Any]:
    ref: str = content["application/json"]["schema"]["$ref"]
    schema: dict[str, Any] = DOCUMENT["components"]["schemas"][ref.rpartition("/")[2]]
    return schema


def test_without_a_living_token_nothing_opens(
    cast: Cast, things: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_WRONG", 60_000)
    for method, path, operation in OPERATIONS:
        url, body = address_of(path, things), body_of(operation)
        for token in ("", "hy_" + "x" * 43, "nonsense"):
            answer = Program(token).ask(method, url, body)
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="hongyan"'), url
            assert answer.code in ("token.missing", "token.wrong"), url


def test_a_browsers_session_opens_nothing(cast: Cast, visit: Visit) -> None:
    """No cookie counts here, so no other site can make a browser act."""
    browser = visit(cast.carol)
    assert browser.get("/console").status_code == 200
    for answer in (browser.get("/api/v1/mailboxes"), browser.post("/api/v1/persons", {"name": "乙"})):
        assert answer.status_code == 401


def test_an_expired_token_is_refused(cast: Cast) -> None:
    program = Program(make_token(cast.actor(cast.carol), "office", cast.corp, until=clock.today()))
    assert program.get("mailboxes").status == 200
    with clock.shifted(timedelta(days=1)):
        answer = program.get("mailboxes")
    assert (answer.status, answer.code) == (401, "token.expired")


def test_a_revoked_token_is_refused_at_once(cast: Cast, office: Program) -> None:
    assert office.get("mailboxes").status == 200
    revoke_token(actor=cast.actor(cast.carol), token=Token.objects.get())
    assert office.get("mailboxes").code == "token.revoked"


@pytest.mark.clause("G2.1.3")
def test_a_token_dies_with_its_makers_role(cast: Cast, office: Program) -> None:
    revoke_role(actor=cast.operator, grant=RoleGrant.objects.get(account=cast.carol.account))
    answer = office.get("mailboxes")
    assert (answer.status, answer.code) == (401, "token.maker_gone")


@pytest.mark.clause("G5.1")
def test_a_token_dies_with_its_makers_mailbox(cast: Cast, office: Program) -> None:
    suspend_mailbox(actor=cast.operator, mailbox=cast.carol, reason="")
    assert office.get("mailboxes").code == "token.maker_gone"


def test_a_token_that_a_token_made_dies_with_it(cast: Cast, office: Program) -> None:
    day = (clock.today() + timedelta(days=7)).isoformat()
    made = office.post("tokens", {"name": "child", "role": "office", "expires_on": day})
    child = Program(made.json["token"])
    assert child.get("mailboxes").status == 200
    assert child.post("tokens", {"name": "grandchild", "role": "hr", "expires_on": day}).status == 403
    revoke_token(actor=cast.actor(cast.carol), token=Token.objects.get(name="test"))
    assert child.get("mailboxes").code == "token.maker_gone"


# -- a branch's program ----------------------------------------------------------------------------------------
@pytest.fixture
def branch(cast: Cast) -> Program:
    """Of the information department; Mei and her mailbox are of another one, `net` lies in the department."""
    operator = cast.operator
    finance = add_unit(actor=operator, company=cast.corp, path="總公司/財務部")
    mei = add_person(actor=operator, company=cast.corp, name="梅", unit=finance)
    information = Unit.objects.get(company=cast.corp, path="總公司/信息部")
    open_mailboxes(actor=operator, company=cast.corp, new=[NewMailbox("mei@corp.test", person=mei)])
    add_group(actor=operator, company=cast.corp, address="pay@corp.test", members=["mei@corp.test"], unit=finance)
    add_group(actor=operator, company=cast.corp, address="net@corp.test", members=["alice@corp.test"], unit=information)
    add_alias(actor=operator, company=cast.corp, address="mm@corp.test", target="mei@corp.test")
    return Program(make_token(cast.actor(cast.carol), "scoped", cast.corp, unit=information))


@pytest.mark.clause("G2.1.3", "R4")
def test_lists_end_at_the_branch(branch: Program) -> None:
    assert [m["address"] for m in branch.get("mailboxes").json["items"]] == ["alice@corp.test", "bob@corp.test"]
    assert [p["name"] for p in branch.get("persons").json["items"]] == ["林愛麗", "王博"]
    assert [g["address"] for g in branch.get("groups").json["items"]] == ["net@corp.test"]
    assert branch.get("aliases").json["items"] == []
    assert [u["path"] for u in branch.get("units").json["items"]] == ["總公司/信息部", "總公司/信息部/網絡處"]


@pytest.mark.clause("G2.1.3", "R4")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "mailboxes/mei@corp.test", None), ("POST", "mailboxes/mei@corp.test/suspend", {}),
        ("POST", "mailboxes/mei@corp.test/password", {}), ("PATCH", "mailboxes/mei@corp.test", {"quota_mb": 1}),
        ("POST", "mailboxes/mei@corp.test/close", {}), ("GET", "groups/pay@corp.test", None),
        ("GET", "groups/pay@corp.test/members", None), ("DELETE", "groups/pay@corp.test", None),
        ("GET", "aliases/mm@corp.test", None), ("DELETE", "aliases/mm@corp.test", None),
        ("POST", "mailboxes/carol@corp.test/rename", {"address": "x@corp.test"}),
    ],
)  # fmt: skip
def test_what_lies_elsewhere_is_not_there(branch: Program, method: str, path: str, body: object) -> None:
    before = Event.objects.count()
    answer = branch.ask(method, path, body)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert Event.objects.count() == before


@pytest.mark.clause("G2.1.3")
def test_a_branch_opens_nothing_elsewhere_and_runs_no_settings(cast: Cast, branch: Program) -> None:
    mei = branch.post("mailboxes", {"address": "new@corp.test"})
    assert mei.status == 403
    assert branch.post("persons", {"name": "甲", "unit": "總公司/財務部"}).status == 403
    assert branch.ask("PATCH", "companies/corp", {"quota_mb": 1}).status == 403
    for path in ("tokens", "webhooks", "events", "roles", "releases"):
        assert branch.get(path).status == 403, path
    opened = branch.post("mailboxes", {"address": "a2@corp.test", "person": cast.alice.person_id})
    assert opened.status == 201 and "/activate/" in opened.json["activation_url"]
