"""From joining to leaving, as the people of a company go through it in their browsers, while real mail flows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_looks import look
from tests.journeys.conftest import Enter
from tests.resilience import hands
from tests.system.hands import PASSWORD, Running, eventually


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
