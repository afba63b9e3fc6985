from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from hongyan.company.people import credentials
from hongyan.company.people.models import Company
from hongyan.faces.console.overview import figures as overview
from hongyan.kernel import clock, ledger
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Event
from tests.cast import Cast
from tests.faces.conftest import Browser, Visit


@pytest.fixture
def operator(cast: Cast) -> Client:
    browser = Browser()
    account = credentials.ensure_operator(actor=cast.operator)
    token = credentials.make_link(actor=cast.operator, account=account, purpose="signin")
    browser.post(f"/link/{token}")
    browser.post("/language", {"locale": "en"})
    return browser


def report(instance: Instance, *, ago: timedelta = timedelta(), **changes: object) -> None:
    health = {
        "at": (clock.now() - ago).isoformat(), "release": 4217, "queue": 3, "signatures": "present",
        "disk_free_mb": 20480,
        "services": [{"name": "dovecot", "state": "running", "pid": 1}, {"name": "gate", "state": "running", "pid": 2}],
    } | changes  # fmt: skip
    (instance.state / "health.json").write_text(json.dumps(health))


@pytest.fixture(autouse=True)
def no_report(instance: Instance) -> None:
    (instance.state / "health.json").unlink(missing_ok=True)


def test_the_operator_sees_the_machine_and_every_company(operator: Client, instance: Instance) -> None:
    report(instance)
    page = operator.get("/console").content.decode()
    assert all(text in page for text in ("All is well", "4217", "20 GB", "2 services run", "北辰集團", "Other Ltd"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"signatures": "absent"}, "no virus signatures"),
        ({"disk_free_mb": 100}, "disk is nearly full"),
        ({"queue": 5000}, "waiting in the queue"),
        ({"services": [{"name": "gate", "state": "fatal", "pid": 0}]}, "A service is not running"),
        ({"ago": timedelta(minutes=2)}, "may be old"),
    ],
)
def test_what_needs_attention_is_said(
    operator: Client, instance: Instance, changes: dict[str, object], said: str
) -> None:
    report(instance, **changes)  # type: ignore[arg-type]
    page = operator.get("/console").content.decode()
    assert said in page and "All is well" not in page


def test_an_unreported_state_is_not_called_well(operator: Client) -> None:
    page = operator.get("/console").content.decode()
    assert "is not reported" in page and "All is well" not in page


def test_a_certificate_that_cannot_be_read_is_unknown() -> None:
    assert overview.certificate_until(Path("/nonexistent")) is None


def test_the_fragment_is_the_part_that_changes(operator: Client, instance: Instance) -> None:
    report(instance)
    part = operator.get("/console/health").content.decode()
    assert "4217" in part and "<html" not in part


def test_the_office_sees_its_own_company_and_nothing_of_the_machine(
    cast: Cast, visit: Visit, instance: Instance
) -> None:
    report(instance)
    ledger.record("mail.refused", chain="other", actor="charlie@other.test", subject="charlie@other.test")
    ledger.record("mail.refused", chain="corp", actor="bob@corp.test", subject="bob@corp.test")
    for path in ("/console", "/console/health"):
        page = visit(cast.carol).get(path).content.decode()
        assert "bob@corp.test" in page and ("北辰集團" in page or path == "/console/health")
        assert not any(text in page for text in ("Other Ltd", "charlie@", "dovecot", "4217", "磁碟"))


def test_an_outsider_sees_his_own_company(cast: Cast, visit: Visit) -> None:
    page = visit(cast.charlie).get("/console").content.decode()
    assert "Other Ltd" in page and "北辰集團" not in page and "corp.test" not in page


@pytest.mark.parametrize("path", ["/console", "/console/health", "/console/audit"])
def test_without_a_role_the_console_is_not_there(cast: Cast, visit: Visit, path: str) -> None:
    assert visit(cast.alice).get(path).status_code == 404


def test_the_auditor_reads_the_audit_of_his_company(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.dave)
    page = browser.get("/console/audit").content.decode()
    assert "dave@corp.test" in page and "other.test" not in page
    assert browser.get("/console/audit?chain=other").status_code == 404
    assert browser.get("/console/audit?chain=instance").status_code == 404


def test_the_office_reads_no_audit(cast: Cast, visit: Visit) -> None:
    for member in (cast.carol, cast.charlie):
        assert visit(member).get("/console/audit").status_code == 404


def test_a_role_of_the_past_opens_nothing(cast: Cast, visit: Visit) -> None:
    assert cast.dave.account is not None
    cast.dave.account.roles.update(until=clock.today() - timedelta(days=1))
    assert visit(cast.dave).get("/console/audit").status_code == 404


def test_the_audit_is_filtered(cast: Cast, visit: Visit) -> None:
    ledger.record_all("corp", [
        ledger.Entry("mail.refused", "bob@corp.test", "bob@corp.test", {"code": "size.exceeded", "why": {"size": 30 << 20, "limit": 25 << 20}}),
        ledger.Entry("signin.failed", "carol@corp.test", "carol@corp.test", {}, clock.now() - timedelta(days=40)),
    ])  # fmt: skip
    browser = visit(cast.dave)

    def rows(query: str) -> int:
        return browser.get(f"/console/audit?{query}").content.decode().count('class="right number soft">')

    assert rows("kind=mail.") == 1 and rows("subject=BOB@corp.test&kind=mail.") == 1 and rows("kind=nothing") == 0
    long_ago = (clock.now() - timedelta(days=30)).date().isoformat()
    assert rows(f"until={long_ago}") == 1 and rows(f"since={long_ago}&kind=signin.failed") == 0
    assert "超过公司上限 25 MB" in browser.get("/console/audit?kind=mail.").content.decode()
    assert browser.get("/console/audit?since=nonsense&until=2026-13-45&page=x").status_code == 200


def test_a_changed_row_is_found(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.dave)
    assert "未经更改" in browser.get("/console/audit?verify=1").content.decode()
    event = Event.objects.filter(chain="corp").order_by("seq")[2]
    Event.objects.filter(pk=event.pk).update(subject="nobody")
    page = browser.get("/console/audit?verify=1").content.decode()
    assert "审计记录被改动过" in page and f"第 {event.seq} 条" in page


def test_long_audits_come_in_pages(cast: Cast, visit: Visit) -> None:
    ledger.record_all("corp", [ledger.Entry("mail.sent", "a", "bulk@corp.test") for _ in range(70)])
    browser = visit(cast.dave)
    first = browser.get("/console/audit?subject=bulk@corp.test").content.decode()
    assert first.count("bulk@corp.test</td>") + first.count("bulk@corp.test</a>") == 50
    older = re.search(r'href="(\?[^"]*before=[^"]*)"', first)
    assert older is not None and "subject=bulk%40corp.test" in older[1]
    second = browser.get("/console/audit" + html.unescape(older[1])).content.decode()
    assert second.count("bulk@corp.test</td>") + second.count("bulk@corp.test</a>") == 20 and 'rel="next"' not in second


def test_figures_count_living_mailboxes(cast: Cast, operator: Client) -> None:
    figures = {row.slug: row for row in overview.overview(cast.operator).companies}
    assert (figures["corp"].seats, figures["corp"].mailboxes, figures["corp"].domains) == (4, 4, 1)
    assert Company.objects.count() == len(figures)
