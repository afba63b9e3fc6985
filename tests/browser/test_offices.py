"""A day of each office that is not the mail office: HR, a branch's IT clerk, the security officer, the auditor. Each is
shown the rooms that are his, does his work there, and finds nothing beyond. Clauses G2.1.1-3, G2.2.1."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Server, Site, environment, sign_in
from tests.browser.test_looks import look

#: Harriet of HR; Ivan, IT clerk of sales, where Erin works; Vera, the security officer.
STAFF = """
import django; django.setup()
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.people.actions import add_person, add_unit
from hongyan.company.people.models import Company
from hongyan.company.people.roles import grant_role
from hongyan.kernel.actor import command_line
from tests.cast import _password_hash
root, corp = command_line("test"), Company.objects.get(slug="corp")
sales = add_unit(actor=root, company=corp, path="總公司/銷售部")
def opened(name, full, **more):
    person = add_person(actor=root, company=corp, name=full, unit=sales, **more)
    new = NewMailbox(f"{name}@corp.test", person=person, password_hash=_password_hash())
    return open_mailboxes(actor=root, company=corp, new=[new])[0].account
opened("erin", "尹艾琳", number="1101", post="銷售代表")
grant_role(actor=root, account=opened("harriet", "何瑞", number="1102"), role="hr", company=corp)
grant_role(actor=root, account=opened("ivan", "易凡", number="1103"), role="it", company=corp, unit=sales)
grant_role(actor=root, account=opened("vera", "魏蘭", number="1104"), role="security", company=corp)
"""


@pytest.fixture(scope="module", autouse=True)
def staff(server: Server, site: Site) -> None:
    settings = environment(server.root) | {"DJANGO_SETTINGS_MODULE": "hongyan.faces.settings"}
    subprocess.run([sys.executable, "-P", "-c", STAFF], cwd=server.root, env=settings, check=True)


def at_console(open_page: Open, who: str, locale: str = "zh-TW") -> Page:
    page = open_page("/signin", locale=locale)
    sign_in(page, f"{who}@corp.test")
    page.goto("/console")
    look(page)
    return page


def rooms(page: Page) -> list[str]:
    links = page.get_by_role("navigation", name="管理後台").get_by_role("link")
    return [text.strip() for text in links.all_inner_texts()]


@pytest.mark.clause("G2.2.1")
def test_hr_registers_a_joiner_and_moves_her(open_page: Open) -> None:
    page = at_console(open_page, "harriet")
    shown = set(rooms(page))
    assert shown >= {"總覽", "人員", "單位", "匯入", "郵箱"} and not shown & {
        "角色",
        "設定",
        "審計",
        "郵件佇列",
        "網域",
    }
    page.goto("/console/people")
    page.get_by_role("link", name="新增人員").click()
    expect(page.get_by_label("為此人開通郵箱")).to_have_count(0)  # the mail office opens mailboxes
    page.get_by_label("姓名", exact=True).fill("司馬靜")
    page.get_by_label("工號").fill("7301")
    page.get_by_label("單位", exact=True).fill("總公司/銷售部")
    page.get_by_label("職稱").fill("銷售代表")
    page.get_by_role("button", name="新增", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已新增 司馬靜")
    page.get_by_role("link", name="打開人員頁面").click()
    page.get_by_role("button", name="更改", exact=True).click()
    post = page.get_by_role("dialog", name=re.compile("司馬靜"))
    post.get_by_label("單位", exact=True).fill("總公司/信息部")
    look(page)
    with page.expect_navigation():
        post.get_by_role("button", name="儲存").click()
    expect(page.locator("#posts")).to_contain_text("總公司/信息部")
    look(page)
    assert page.request.get("/console/settings").status == 404


@pytest.mark.clause("G2.1.3")
def test_a_branchs_it_clerk_sees_and_helps_his_branch_alone(open_page: Open) -> None:
    page = at_console(open_page, "ivan")
    page.goto("/console/mailboxes")
    expect(page.locator("[data-row]")).to_have_count(4)
    expect(page.locator("main")).not_to_contain_text("alice@corp.test")
    look(page)
    page.get_by_role("link", name="erin@corp.test").click()
    page.get_by_role("button", name="停用", exact=True).click()
    page.locator("#ask-suspend").get_by_label("事由").fill("電腦送修")
    page.locator("#ask-suspend").get_by_role("button", name="停用").click()
    expect(page.locator("main")).to_contain_text("電腦送修")
    look(page)
    page.get_by_role("button", name="恢復使用").click()
    expect(page.get_by_role("button", name="停用", exact=True)).to_be_visible()
    page.goto("/console/people")
    expect(page.locator("main")).to_contain_text("尹艾琳")
    expect(page.locator("main")).not_to_contain_text("林愛麗")
    assert page.request.get("/console/mailboxes/alice@corp.test").status == 404


@pytest.mark.clause("G2.1.1-3")
def test_the_security_officer_gives_a_role_for_a_time_and_reads_what_it_means(open_page: Open) -> None:
    page = at_console(open_page, "vera")
    page.goto("/console/roles")
    look(page)
    page.get_by_role("link", name="授予角色").click()
    page.get_by_role("link", name=re.compile("^人事專員")).click()
    page.get_by_label("帳號", exact=True).fill("erin@corp.test")
    page.get_by_label("最後一日").fill("2099-12-31")
    page.get_by_label("事由").fill("代班")
    look(page)
    page.get_by_role("button", name="授予", exact=True).click()
    page.wait_for_url(re.compile("/console/roles"))
    page.goto("/console/roles/of/erin@corp.test")
    expect(page.locator("main")).to_contain_text("代班")
    expect(page.locator("main")).to_contain_text("2099")
    look(page)
    page.goto("/console/mailboxes/erin@corp.test")
    expect(page.get_by_role("button", name="停用", exact=True)).to_have_count(
        0
    )  # he gives rights, he does not use them


@pytest.mark.clause("G5.1")
def test_the_auditor_finds_who_did_it_and_proves_that_nothing_was_changed(open_page: Open) -> None:
    page = at_console(open_page, "dave", locale="zh-CN")
    page.goto("/console/audit")
    look(page)
    page.get_by_label("对象").fill("erin@corp.test")
    page.get_by_label("类别").select_option("mailbox.suspended")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("table.audit tbody tr")).to_have_count(1)
    expect(page.locator("table.audit")).to_contain_text("ivan@corp.test")
    expect(page.locator("table.audit")).to_contain_text("電腦送修")
    page.get_by_role("button", name="验证完整性").click()
    expect(page.get_by_role("status")).to_contain_text("次序完整")
    look(page)
    assert page.request.get("/console/people").status == 404
