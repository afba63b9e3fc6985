"""The console's operations rooms: dashboard, queue, services and logs, releases, audit, notices."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import hongyan
from hongyan.company.mailboxes import actions as mailboxes
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.notices.models import Hours, Template
from hongyan.company.people import credentials
from hongyan.company.people.models import Account, RoleGrant, Unit
from hongyan.engines import queue
from hongyan.engines.desk import answers, asking, differ, work
from hongyan.evidence.usage.models import MailHour, StorageDay
from hongyan.faces.console.events import KINDS as KINDS_SAID
from hongyan.faces.console.overview import chart
from hongyan.faces.console.overview.needs import needs
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Event, Outbox
from hongyan.release import publish
from tests.cast import Cast
from tests.engines.desk.test_queue import entry, list_queue
from tests.faces.conftest import Browser, Visit
from tests.instance import make_instance

ROOMS = ("/console/queue", "/console/services", "/console/logs", "/console/releases", "/console/releases/1",
         "/console/notices", "/console/notices/quota/en", "/console/audit", "/console/audit/export.csv")  # fmt: skip
KINDS = ("first_dying", "locked", "full", "expiring")
MACHINE = ("/console/services", "/console/logs", "/console/releases", "/console/releases/1")


@pytest.fixture(autouse=True)
def instance(tmp_path: Path, settings: Any) -> Instance:
    """An instance of its own: these tests leave queues, logs and releases in it."""
    settings.INSTANCE = make_instance(tmp_path / "i")
    (settings.INSTANCE.root / "log").mkdir()
    made: Instance = settings.INSTANCE
    return made


@pytest.fixture
def operator(cast: Cast) -> Client:
    browser = Browser()
    account = credentials.ensure_operator(actor=cast.operator)
    browser.post(f"/link/{credentials.make_link(actor=cast.operator, account=account, purpose='signin')}")
    browser.post("/language", {"locale": "en"})
    return browser


@pytest.fixture
def branch(cast: Cast, visit: Visit) -> Client:
    """Bob administers the branch that Alice and he lie in; Carol and Dave lie in none."""
    assert cast.bob.account is not None
    RoleGrant.objects.create(
        account=cast.bob.account, role="scoped", company=cast.corp, granted_at=clock.now(),
        unit=Unit.objects.get(path="總公司/信息部"),
    )  # fmt: skip
    return visit(cast.bob)


@pytest.fixture
def publisher(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions to root are answered at once, in this process."""

    def answer(name: str, order: dict[str, Any], ask: Callable[..., Any] = asking.ask) -> Any:
        outbox.enqueue(outbox.OPERATE, order)
        if order["do"] == "release.difference":
            differ.differ(instance, order["old"], order["new"])
        else:
            work.perform(instance, None, order)
        return answers.read(instance, name)

    monkeypatch.setattr("hongyan.engines.desk.actions.ask", lambda _, name, order, **__: answer(name, order))


def text_of(browser: Client, path: str, status: int = 200) -> str:
    found = browser.get(path)
    assert found.status_code == status, path
    return found.content.decode()


def account_of(mailbox: Mailbox) -> Account:
    assert mailbox.account is not None
    return mailbox.account


# -- who sees what -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ROOMS)
def test_without_a_role_no_room_is_there(cast: Cast, visit: Visit, path: str) -> None:
    assert visit(cast.alice).get(path).status_code == 404
    assert Browser().get(path).status_code == 303


@pytest.mark.clause("G2.1.3")
@pytest.mark.parametrize("path", ROOMS)
def test_a_branch_s_administrator_has_none_of_the_operations_rooms(branch: Client, path: str) -> None:
    assert branch.get(path).status_code == 404


@pytest.mark.clause("G2.1.1")
@pytest.mark.parametrize("path", MACHINE)
def test_the_machine_s_rooms_are_its_operator_s(
    cast: Cast, visit: Visit, operator: Client, instance: Instance, path: str
) -> None:
    for member in (cast.carol, cast.dave, cast.charlie):
        assert visit(member).get(path).status_code == 404
    publish.ensure_release(instance)
    assert operator.get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/console/services/dovecot/restart", "/console/releases/1/back", "/console/queue/retry",
             "/console/queue/delete", "/console/notices/hours", "/console/notices/quota/en/reset"],
)  # fmt: skip
def test_nobody_else_s_press_does_anything(cast: Cast, visit: Visit, branch: Client, path: str) -> None:
    for browser in (visit(cast.alice), branch, visit(cast.dave)):
        assert browser.post(path, {"id": "AAAAAA1", "sure": "1", "reason": "x"}).status_code == 404
    assert not Outbox.objects.filter(kind=outbox.OPERATE).exists()


# -- the dashboard -------------------------------------------------------------------------------


def ripen(cast: Cast) -> None:
    """Something to do about Alice (in the branch), Carol (in none) and Charlie (elsewhere)."""
    for mailbox in (cast.alice, cast.carol, cast.charlie):
        account = account_of(mailbox)
        account.must_change, account.first_until = True, clock.now() + timedelta(hours=1)
        account.save()
        mailbox.expires_on = clock.today() + timedelta(days=3)
        mailbox.save()
        ledger.record(
            "signin.locked", chain=mailbox.company.slug, actor=mailbox.address, subject=mailbox.address,
            until=int(clock.now().timestamp()) + 600,
        )  # fmt: skip
    assert cast.dave.account is not None
    cast.dave.account.roles.update(until=clock.today() + timedelta(days=5))


def test_what_needs_somebody_is_told_to_whom_it_concerns(cast: Cast, branch: Client, instance: Instance) -> None:
    ripen(cast)
    instance.filling.parent.mkdir(parents=True)
    instance.filling.write_text(
        "alice@corp.test\task_quota\ncarol@corp.test\task_quota\ncharlie@other.test\task_quota\n"
    )

    def told(actor: Any) -> dict[str, list[str]]:
        return {need.kind: [name.text for name in need.names] for need in needs(actor)}

    carol = told(cast.actor(cast.carol))
    both = ["alice@corp.test", "carol@corp.test"]
    assert carol == dict.fromkeys(KINDS, both) | {"grants": ["dave@corp.test"]}
    bob = told(cast.actor(cast.bob))
    assert bob == {kind: ["alice@corp.test"] for kind in KINDS}
    assert set(told(cast.actor(cast.charlie))["full"]) == {"charlie@other.test"}
    with clock.shifted(timedelta(hours=2)):
        later = told(cast.actor(cast.carol))
        assert "first_dying" not in later and len(later["first_dead"]) == 2 and "locked" not in later
    page = text_of(branch, "/console")
    assert "alice@corp.test" in page
    assert not any(text in page for text in ("carol@", "dave@", "charlie@", "其他公司"))


def test_the_day_s_mail_is_a_chart_with_a_table(cast: Cast, visit: Visit, operator: Client, branch: Client) -> None:
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    MailHour.objects.create(company="corp", hour=hour, sent=12, received=311, refused=7, deferred=2)
    MailHour.objects.create(company="other", hour=hour, sent=1, received=977)
    page = text_of(visit(cast.carol), "/console")
    assert "<svg" in page and "style=" not in page and 'class="received"' in page
    assert re.search(r'<td class="right number">311</td>', page) and ">977<" not in page
    assert ">1288<" in text_of(operator, "/console")
    assert '<svg class="chart"' not in text_of(branch, "/console")


def test_a_chart_s_bars_stand_on_each_other() -> None:
    from hongyan.evidence.usage.queries import Hour

    at = clock.now()
    drawn = chart.draw([Hour(at, 10, 20, 5, 0), Hour(at, 0, 0, 0, 0)])
    assert drawn.top == 50 and [bar.series for bar in drawn.bars] == ["received", "sent", "refused"]
    for lower, upper in zip(drawn.bars, drawn.bars[1:], strict=False):
        assert upper.y + upper.height == pytest.approx(lower.y)
    assert drawn.bars[0].y + drawn.bars[0].height == chart.HEIGHT
    assert [chart.nice(n) for n in (0, 10, 11, 201, 5000)] == [10, 10, 20, 500, 5000]


def test_storage_says_how_long_the_disk_lasts(cast: Cast, visit: Visit, operator: Client) -> None:
    assert "No forecast yet: 0 of 7 days" in text_of(operator, "/console")
    for n in range(10):
        day = clock.today() - timedelta(days=n)
        StorageDay.objects.create(company="", day=day, used=(100 - n) << 30, free=20 << 30)
        StorageDay.objects.create(company="corp", day=day, used=(50 - n) << 30)
    assert "1 GB more each day: the disk lasts about 20 days" in text_of(operator, "/console")
    carol = visit(cast.carol)
    carol.post("/language", {"locale": "en"})
    page = text_of(carol, "/console")
    assert "1 GB more each day, 80 GB in a month" in page and "lasts" not in page


def test_given_up_work_is_told_to_the_operator_alone(cast: Cast, visit: Visit, operator: Client) -> None:
    outbox.enqueue(outbox.NOTICE, {"notice": "quota", "to": "alice@corp.test"})
    Outbox.objects.filter(kind=outbox.NOTICE).update(attempts=outbox.MAX_ATTEMPTS, error="550 no such user")
    assert "550 no such user" in text_of(operator, "/console/services")
    assert "550" not in text_of(visit(cast.carol), "/console")


# -- the queue -----------------------------------------------------------------------------------


@pytest.fixture
def waiting(instance: Instance) -> None:
    list_queue(
        instance,
        entry("AAAAAA1", "alice@corp.test", "far@away.test", reason="connect to away.test: timed out"),
        entry("BBBBBB2", "charlie@other.test", "far@away.test"),
        entry("CCCCCC3", "stranger@away.test", "bob@corp.test", "charlie@other.test"),
    )


def test_an_office_sees_its_own_mail_in_the_queue(cast: Cast, visit: Visit, operator: Client, waiting: None) -> None:
    carol, charlie = (text_of(visit(m), "/console/queue") for m in (cast.carol, cast.charlie))
    assert "alice@corp.test" in carol and "timed out" in carol and "bob@corp.test" in carol
    assert "charlie@other.test" not in carol
    assert "charlie@other.test" in charlie and "bob@corp.test" not in charlie and "alice@" not in charlie
    page = text_of(operator, "/console/queue")
    assert all(text in page for text in ("alice@corp.test", "charlie@other.test", "3 messages"))
    assert "1 message" in text_of(operator, "/console/queue?q=stranger")
    assert "BBBBBB2" not in text_of(operator, "/console/queue?q=connect+to&state=deferred&page=x")
    assert text_of(visit(cast.carol), "/console/queue/BBBBBB2", 404)
    assert "charlie@" not in text_of(visit(cast.carol), "/console/queue/CCCCCC3")


def test_a_message_is_deleted_with_a_reason_after_a_question(cast: Cast, visit: Visit, waiting: None) -> None:
    carol = visit(cast.carol)
    asked = carol.post("/console/queue/delete", {"id": "AAAAAA1"})
    assert asked.status_code == 200 and 'name="reason"' in asked.content.decode()
    assert not Outbox.objects.filter(kind=outbox.OPERATE).exists()
    assert carol.post("/console/queue/delete", {"id": "AAAAAA1", "sure": "1", "reason": " "}).status_code == 422
    assert carol.post("/console/queue/delete", {"id": "AAAAAA1", "sure": "1", "reason": "誤寄"}).status_code == 303
    assert Outbox.objects.get(kind=outbox.OPERATE).payload == {"do": "queue.delete", "ids": ["AAAAAA1"]}
    assert Event.objects.get(kind="queue.deleted").params["reason"] == "誤寄"
    refused = carol.post("/console/queue/delete", {"id": "CCCCCC3", "sure": "1", "reason": "x"})
    assert refused.status_code == 422 and "其他公司" in refused.content.decode()
    assert carol.post("/console/queue/retry", {"id": ["AAAAAA1", "CCCCCC3"]}).status_code == 303
    assert carol.post("/console/queue/retry", {"id": "BBBBBB2"}).status_code == 422
    assert carol.post("/console/queue/retry", {}).status_code == 422


def test_a_header_is_looked_at_by_pressing(
    cast: Cast, visit: Visit, waiting: None, publisher: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    carol = visit(cast.carol)
    assert "Received" not in text_of(carol, "/console/queue/AAAAAA1")
    assert not Event.objects.filter(kind="queue.looked").exists()
    found = [("Received", "from <b>evil</b>"), ("Message-ID", "<1@corp.test>")]
    monkeypatch.setattr(queue, "routing_headers", lambda *_: found)
    page = carol.post("/console/queue/AAAAAA1").content.decode()
    assert "from &lt;b&gt;evil" in page and Event.objects.get(kind="queue.looked").actor == "carol@corp.test"
    assert visit(cast.charlie).post("/console/queue/AAAAAA1").status_code == 404


# -- services, logs, releases --------------------------------------------------------------------


def test_a_service_is_restarted_after_a_question(operator: Client, instance: Instance) -> None:
    services = [{"name": "dovecot", "state": "running", "pid": 7}, {"name": "gate", "state": "fatal", "pid": 0}]
    (instance.state / "health.json").write_text(json.dumps({
        "at": clock.now().isoformat(), "release": 1, "queue": 0, "signatures": "present", "disk_free_mb": 9999,
        "services": services,
    }))  # fmt: skip
    page = text_of(operator, "/console/services")
    assert "Restart dovecot?" in page and "fatal" in page
    assert operator.post("/console/services/dovecot/restart").status_code == 303
    assert Outbox.objects.get(kind=outbox.OPERATE).payload == {"do": "service.restart", "service": "dovecot"}
    assert Event.objects.get(kind="service.restarted").subject == "dovecot"
    assert operator.post("/console/services/sshd/restart").status_code == 404


def test_a_log_is_filtered_and_escaped(operator: Client, instance: Instance) -> None:
    (instance.log / "postfix.log").write_text("one <script>x</script>\ntwo\n")
    (instance.log / "dovecot.log").write_text("")
    page = text_of(operator, "/console/logs?log=postfix&q=ONE")
    assert "one &lt;script&gt;" in page and "two" not in page
    assert "is empty" in text_of(operator, "/console/logs?log=dovecot")
    assert text_of(operator, "/console/logs?log=../instance.toml", 404)


def test_releases_tell_in_words_what_changed_and_go_back(
    cast: Cast, operator: Client, instance: Instance, publisher: None
) -> None:
    publish.ensure_release(instance)
    mailboxes.suspend_mailbox(actor=cast.operator, mailbox=cast.bob, reason="away")
    publish.publish(instance, publish.Change(addresses=("bob@corp.test",)), None)
    page = text_of(operator, "/console/releases")
    assert "runs now" in page and "bob@corp.test" in page
    page = text_of(operator, "/console/releases/2")
    assert "state: active → suspended" in page and "tables/gate" in page and "argon2id$" not in page
    assert "state: suspended → active" not in text_of(operator, "/console/releases/1?against=2")
    back = "/console/releases/1/back"
    assert operator.post(back, {"typed": "2", "reason": "x"}).status_code == 422
    assert operator.post(back, {"typed": "1", "reason": ""}).status_code == 422
    assert operator.get(back).status_code == 303
    assert operator.post(back, {"typed": "1", "reason": "wrong"}).status_code == 303
    order = Outbox.objects.filter(kind=outbox.OPERATE).order_by("-pk").first()
    assert order is not None and order.payload["do"] == "release.roll_back"
    work.perform(instance, None, order.payload)
    event = Event.objects.get(kind="release.rolled_back")
    assert (event.actor, event.params["to"], event.params["reason"]) == ("operator", 1, "wrong")
    assert "roll-back to 1" in text_of(operator, "/console/releases")
    assert operator.post("/console/releases/99/back", {"typed": "99", "reason": "x"}).status_code == 404


def test_a_difference_that_is_not_ready_is_said(
    cast: Cast, operator: Client, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish.ensure_release(instance)
    mailboxes.suspend_mailbox(actor=cast.operator, mailbox=cast.bob, reason="away")
    publish.publish(instance, publish.Change(full=True), None)
    monkeypatch.setattr(asking, "PATIENCE", 0.0)
    assert "are being compared" in text_of(operator, "/console/releases/2")


# -- the audit -----------------------------------------------------------------------------------


def test_the_audit_is_asked_by_actor_kind_and_word(cast: Cast, visit: Visit) -> None:
    mailboxes.suspend_mailbox(actor=cast.actor(cast.carol), mailbox=cast.bob, reason="長假")
    dave = visit(cast.dave)

    def rows(query: str) -> int:
        return text_of(dave, f"/console/audit?{query}").count('class="right number soft">')

    assert rows("actor=carol@corp.test") == 1 and rows("actor=nobody") == 0
    assert rows("kind=mailbox.suspended") == 1 and rows("kind=mailbox.&subject=bob@corp.test") == 2
    assert rows("q=長假") == 1 and rows("q=SUSPENDED") == 1 and rows("q=%25") == 0
    assert rows(f"q=長假&since={clock.today()}") == 1 and rows("q=長假&until=2020-01-01") == 0


def test_what_an_event_is_about_has_a_way_to_its_page(cast: Cast, visit: Visit) -> None:
    page = text_of(visit(cast.dave), "/console/audit?kind=mailbox.")
    assert 'href="/console/mailboxes/alice@corp.test?company=corp"' in page.replace("%40", "@")
    page = text_of(visit(cast.dave), "/console/audit?kind=person.")
    assert f'href="/console/people/{cast.alice.person_id}"' in page


def test_every_event_that_is_recorded_has_words() -> None:
    """The filter by group finds the kinds that have words: one without would be found by nobody who looks for its group."""
    source, unsaid = Path(hongyan.__file__).parent, set[str]()
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                kind = node.args[0].value
                if name in ("record", "_record", "Entry") and isinstance(kind, str) and re.fullmatch(r"\w+\.\w+", kind):
                    unsaid |= {kind} - KINDS_SAID.keys()
    assert not unsaid, f"add to faces/console/events.py: {sorted(unsaid)}"


def test_the_audit_is_taken_along_and_that_is_in_it(cast: Cast, visit: Visit) -> None:
    ledger.record("mail.refused", chain="corp", actor="=cmd()", subject="=cmd()")
    dave = visit(cast.dave)
    taken = dave.get("/console/audit/export.csv?kind=mail.")
    text = b"".join(taken.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert text.count("\n") == 2 and "'=cmd()" in text and "audit-corp-" in taken["Content-Disposition"]
    event = Event.objects.get(kind="audit.exported")
    assert (event.chain, event.actor) == ("corp", "dave@corp.test")
    assert dave.get("/console/audit/export.csv?chain=other").status_code == 404
    assert dave.get("/console/audit/export.exe").status_code == 404
    for member in (cast.carol, cast.charlie):
        assert visit(member).get("/console/audit/export.csv").status_code == 404


# -- notices -------------------------------------------------------------------------------------

EDIT = "/console/notices/quota/zh-Hant"


def test_a_notice_is_worded_previewed_and_reset(cast: Cast, visit: Visit) -> None:
    carol = visit(cast.carol)
    assert "您的郵箱 alice@corp.test 已使用 90%" in text_of(carol, EDIT)
    typed = {"subject": "{address} 快滿了", "body": "剩下不多：{level}"}
    page = carol.post(EDIT, typed | {"preview": "1"}).content.decode()
    assert "alice@corp.test 快滿了" in page and not Template.objects.exists()
    wrong = carol.post(EDIT, typed | {"body": "{levle} {"})
    assert wrong.status_code == 422 and "{levle} {" in wrong.content.decode()
    wrong = carol.post(EDIT, typed | {"body": "{levle}"})
    assert wrong.status_code == 422 and "沒有名為 levle 的變數" in wrong.content.decode()
    assert carol.post(EDIT, typed).status_code == 303
    assert Template.objects.get().company == cast.corp and "快滿了" in text_of(carol, EDIT)
    assert carol.post(f"{EDIT}/reset").status_code == 303 and not Template.objects.exists()
    assert text_of(carol, "/console/notices/nothing/en", 404) and text_of(carol, "/console/notices/quota/fr", 404)


def test_another_company_s_notices_are_not_there(cast: Cast, visit: Visit) -> None:
    charlie = visit(cast.charlie)
    assert "Other Ltd" in text_of(charlie, "/console/notices")
    assert text_of(charlie, f"{EDIT}?company=corp", 404)
    typed = {"subject": "x", "body": "y", "company": "corp"}
    assert charlie.post(EDIT, typed).status_code == 404
    assert charlie.post("/console/notices/hours", {"company": "corp", "digest_at": "09:00"}).status_code == 404
    assert not Template.objects.exists() and not Hours.objects.exists()


def test_hours_are_set(cast: Cast, visit: Visit) -> None:
    carol = visit(cast.carol)
    post = "/console/notices/hours"
    assert carol.post(post, {"quiet_from": "22:00", "quiet_until": "", "digest_at": "08:00"}).status_code == 422
    assert carol.post(post, {"quiet_from": "late", "quiet_until": "", "digest_at": "08:00"}).status_code == 422
    assert carol.post(post, {"quiet_from": "22:00", "quiet_until": "07:00", "digest_at": "09:30"}).status_code == 303
    assert 'value="22:00"' in text_of(carol, "/console/notices") and Hours.objects.get().company == cast.corp


def test_a_person_chooses_one_mail_a_day(cast: Cast, visit: Visit) -> None:
    alice = visit(cast.alice)
    assert alice.post("/mailbox/notices", {"digest": "1"}).status_code == 303
    assert Event.objects.get(kind="notice.digest").subject == "alice@corp.test"
    assert "checked" in text_of(alice, "/mailbox").partition('name="digest"')[2][:60]
    assert alice.post("/mailbox/notices", {}).status_code == 303
    assert Browser().post("/mailbox/notices", {"digest": "1"}).status_code == 303
    assert Event.objects.filter(kind="notice.digest").count() == 2
