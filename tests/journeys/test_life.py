"""From joining to leaving, as the people of a company go through it in their browsers, while real mail flows."""

from __future__ import annotations

import contextlib
import re
import smtplib
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_looks import look
from tests.journeys.conftest import Enter
from tests.resilience import hands
from tests.system.hands import PASSWORD, Running, eventually
from tests.system.test_approval_by_mail import reply, submit


def register(page: Page, name: str, number: str) -> None:
    """HR enters somebody who joins."""
    page.goto("/console/people")
    page.get_by_role("link", name="新增人員").click()
    page.get_by_label("姓名", exact=True).fill(name)
    page.get_by_label("工號").fill(number)
    page.get_by_label("單位", exact=True).fill("總公司/信息部/網絡處")
    page.get_by_label("職稱").fill("專員")
    page.get_by_role("button", name="新增", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def approve_all(page: Page) -> None:
    page.goto("/approve")
    for button in range(page.get_by_role("button", name=re.compile("^同意：")).count()):
        with page.expect_navigation():
            page.get_by_role("button", name=re.compile("^同意：")).first.click()
        assert button >= 0
    expect(page.get_by_role("button", name=re.compile("^同意："))).to_have_count(0)


@pytest.mark.clause("G2.2.1", "G3.1.1", "G3.1.2", "P5")
def test_a_joiner_from_hrs_form_to_her_first_mail(town: Running, enter: Enter) -> None:
    hr = enter("harriet")
    register(hr, "諸葛雨晴", "3001")
    hr.goto("/requests/new")
    hr.get_by_placeholder("為他人申請：姓名或工號").fill("3001")
    hr.get_by_role("button", name="選取").click()
    hr.get_by_role("link", name=re.compile("開通個人郵箱")).click()
    hr.get_by_label("地址").fill("yuqing")
    hr.get_by_label("申請理由").fill("新進人員")
    look(hr)
    hr.get_by_role("button", name="提交申請").click()
    hr.wait_for_url(re.compile(r"/requests/\d+"))
    expect(hr.locator(".path [aria-current=step]")).to_contain_text("陳家蓉")  # HR has registered him: the office opens
    assert town.arrive("yuqing@corp.test", subject="too-early")[0] == 550

    approve_all(enter("carol"))
    hr.reload()
    expect(hr.locator("main")).to_contain_text("yuqing@corp.test")
    look(hr)
    eventually(lambda: town.arrive("yuqing@corp.test", subject="welcome")[0] == 250, 10, "the mailbox on the wire")
    hr.get_by_role("button", name="啟用連結").click()
    link = re.search(r"https://\S+/activate/\S+", hr.locator("main").inner_text())
    shown = link[0] if link else hr.locator("input[value*='/activate/'], a[href*='/activate/']").first.input_value()

    new: Page = enter.visit()  # type: ignore[attr-defined]
    new.goto(re.sub(r"^https://[^/]+", town.instance.web_url, shown))
    new.locator("#password").fill("Quiet-Orchard-4417")
    new.locator("#again").fill("Quiet-Orchard-4417")
    new.locator("#again").press("Enter")
    new.wait_for_url(re.compile("/mailbox"))
    eventually(
        lambda: hands.refusal(town, "imap", "yuqing@corp.test", "Quiet-Orchard-4417") == "", 10, "she reads her mail"
    )


@pytest.mark.clause("G3.2.1", "B4.8", "R2")
def test_a_dismissal_ends_a_live_session_and_the_successor_gets_the_mail(town: Running, enter: Enter) -> None:
    assert town.arrive("judy@corp.test", subject="before-it")[0] == 250
    town.found("judy@corp.test", "before-it")
    hr = enter("harriet")
    hr.goto("/console/leaving")
    hr.get_by_role("link", name="登記離職").click()
    hr.get_by_label("對象").fill("2004")
    hr.get_by_label("立即").check()
    hr.get_by_label(re.compile("^接[手替]人")).fill("2002")
    hr.get_by_label("原因或書面命令").fill("人字第 12 號")
    look(hr)
    with hands.Idle(town, "judy@corp.test") as session:
        hr.get_by_role("button", name="開始辦理").click()
        hr.wait_for_url(re.compile(r"/console/leaving/\d+"))
        assert session.ended_within(2.0)
    said = hands.refusals(town, "judy@corp.test", PASSWORD)
    assert all(said.values()), said
    look(hr)
    eventually(lambda: _handed(town, "judy@corp.test", "hans@corp.test"), 30, "new mail at the successor")


def _handed(town: Running, leaver: str, heir: str) -> bool:
    assert town.arrive(leaver, subject="after-it", sender="customer@outside.test")[0] == 250
    return town.subjects(heir, "after-it") > 0


@pytest.mark.clause("G3.2.2")
def test_a_keepers_leaving_waits_until_the_head_has_named_another(town: Running, enter: Enter) -> None:
    hr = enter("harriet")
    hr.goto("/console/leaving")
    hr.get_by_role("link", name="登記離職").click()
    hr.get_by_label("對象").fill("2003")
    hr.get_by_label("立即").check()
    hr.get_by_label(re.compile("^接[手替]人")).fill("2002")
    hr.get_by_label("原因或書面命令").fill("辭職")
    hr.get_by_role("button", name="開始辦理").click()
    hr.wait_for_url(re.compile(r"/console/leaving/\d+"))
    expect(hr.locator("main")).to_contain_text("info@corp.test")

    head = enter("bob")
    head.goto(re.sub(r"^https://[^/]+", "", hr.url))
    head.get_by_label("info@corp.test").fill("1001")
    look(head)
    with head.expect_navigation():
        head.locator("form", has=head.get_by_label("info@corp.test")).get_by_role("button", name="指定").click()
    expect(head.get_by_label("info@corp.test")).to_have_count(0)
    assert town.arrive("info@corp.test", subject="to-the-desk")[0] == 250
    eventually(lambda: _shared_holds(town, "alice@corp.test", "to-the-desk"), 15, "the new keeper reads it")


def _shared_holds(town: Running, keeper: str, subject: str) -> bool:
    with town.reading(keeper) as client:
        if client.select('"Shared/info@corp.test"', readonly=True)[0] != "OK":
            return False
        return bool(client.search(None, "SUBJECT", subject)[1][0])


@pytest.mark.clause("G2.2.1", "G3.1.1")
def test_several_joiners_at_once_from_the_pages_to_the_wire(town: Running, enter: Enter) -> None:
    hr = enter("harriet")
    for name, number in (("司馬靜", "3101"), ("歐陽山", "3102")):
        register(hr, name, number)
    hr.goto("/requests/new/personal/many")
    hr.locator("textarea").first.fill("3101, sima.jing\n3102, ouyang.shan")
    hr.locator("#reason").fill("新進人員")
    look(hr)
    hr.locator("main form button.button").first.click()
    expect(hr.locator("main")).to_contain_text("sima.jing")
    carol = enter("carol")
    approve_all(carol)
    for address in ("sima.jing@corp.test", "ouyang.shan@corp.test"):
        eventually(lambda: town.arrive(address, subject="hello")[0] == 250, 10, address)  # noqa: B023 - asked at once


@pytest.mark.clause("P12", "G3.2.2")
def test_a_mover_leaves_the_group_and_the_shared_mailbox_behind(town: Running, enter: Enter) -> None:
    town.run(
        "group",
        "add",
        "net@corp.test",
        "--unit",
        "總公司/信息部/網絡處",
        "--member",
        "mona@corp.test",
        "--member",
        "hans@corp.test",
    )
    eventually(lambda: _taken(town, "net@corp.test", "while-there"), 10, "the group")
    town.found("mona@corp.test", "while-there")
    hr = enter("harriet")
    hr.goto("/console/people?q=2005")
    hr.get_by_role("link", name="莫娜").click()
    hr.get_by_role("button", name="更改", exact=True).click()
    post = hr.get_by_role("dialog", name=re.compile("莫娜"))
    post.get_by_label("單位", exact=True).fill("總公司/銷售部")
    with hr.expect_navigation():
        post.get_by_role("button", name="儲存").click()
    expect(hr.locator("#posts")).to_contain_text("總公司/銷售部")
    look(hr)
    hands.wait_published(town)
    town.send("alice@corp.test", "net@corp.test", subject="after-moving")
    town.arrive("mona@corp.test", subject="her-own")
    town.found("mona@corp.test", "her-own")
    assert town.subjects("mona@corp.test", "after-moving") == 0


@pytest.mark.clause("B2", "B4.8")
def test_an_interns_last_day_comes(town: Running, enter: Enter) -> None:
    assert town.arrive("ines@corp.test", subject="still-here")[0] == 250
    town.found("ines@corp.test", "still-here")
    hands.rows(town, _LAST_DAY)
    said = hands.refusals(town, "ines@corp.test", PASSWORD)
    assert all(said.values()), said
    carol = enter("carol")
    carol.goto("/console/leaving")
    expect(carol.locator("main")).to_contain_text("ines@corp.test")
    carol.goto("/console/mailboxes/ines@corp.test")
    expect(carol.locator("main")).to_contain_text("ines@corp.test")
    look(carol)


def _taken(town: Running, to: str, subject: str) -> bool:
    with contextlib.suppress(smtplib.SMTPRecipientsRefused):
        town.send("alice@corp.test", to, subject=subject)
        return True
    return False


_LAST_DAY = """
from datetime import timedelta
from hongyan.company.mailboxes.models import Mailbox
from hongyan.jobs import schedule
from hongyan.kernel import clock
Mailbox.objects.filter(address="ines@corp.test").update(expires_on=clock.today())
schedule.run_due()
"""


@pytest.mark.clause("G3.1.2", "B2")
def test_a_head_approves_by_answering_the_mail(town: Running, enter: Enter) -> None:
    alice = enter("alice")
    alice.goto("/requests/new/alias")
    alice.get_by_label("郵箱", exact=True).select_option("alice@corp.test")  # she keeps a shared one by now
    alice.get_by_label("另一個地址").or_(alice.locator("[name=new_address]")).first.fill("alice.lin")
    alice.get_by_label("申請理由").fill("名片")
    look(alice)
    alice.get_by_role("button", name="提交申請").click()
    assert alice.locator(".note.bad").count() == 0, alice.locator("main").inner_text()
    alice.wait_for_url(re.compile(r"/requests/\d+"))
    expect(alice.locator(".path [aria-current=step]")).to_contain_text("王博")
    for who, next_one in (("bob@corp.test", "陳家蓉"), ("carol@corp.test", "")):
        submit(town, reply(asking(town, who), who, "同意\n"), who)
        eventually(lambda: _turn_of(alice) == next_one, 30, "the answer counted")  # noqa: B023 - asked at once
    alice.reload()
    expect(alice.locator("main")).to_contain_text("alice.lin@corp.test")
    eventually(lambda: town.arrive("alice.lin@corp.test", subject="by-alias")[0] == 250, 10, "the alias")
    town.found("alice@corp.test", "by-alias")


def _turn_of(page: Page) -> str:
    """Whose turn the page of the request says it is; nobody's when it is done."""
    page.reload()
    now = page.locator(".path [aria-current=step]")
    text = now.inner_text() if now.count() else ""
    return next((name for name in ("王博", "陳家蓉") if name in text), "")


def asking(town: Running, who: str) -> EmailMessage:
    """The newest mail that asks for a decision about the alias."""
    return eventually(lambda: _newest(town, who, "alice.lin@corp.test"), 30, "the mail that asks")


def _newest(town: Running, who: str, word: str) -> EmailMessage | None:
    with town.reading(who) as client:
        client.select("INBOX", readonly=True)
        for number in reversed(client.search(None, "ALL")[1][0].split()):
            parts = client.fetch(number.decode(), "(BODY.PEEK[])")[1]
            mail = message_from_bytes(parts[0][1], policy=default)  # type: ignore[index,arg-type]
            assert isinstance(mail, EmailMessage)
            if str(mail["Reply-To"] or "").startswith("approval+") and word in mail.get_content():
                return mail
    return None
