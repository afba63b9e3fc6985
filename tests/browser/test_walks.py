"""Whole walks through the web as people take them."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Open, Site, sign_in
from tests.cast import PASSWORD

NEW = "Copper-Teapot-7358"


def test_sign_in_and_out(open_page: Open) -> None:
    page = open_page("/")
    page.fill("#login", "charlie@other.test")
    page.fill("#password", "nonsense-1")
    page.press("#password", "Enter")
    expect(page.get_by_role("alert")).to_have_text("The address or the password is wrong.")
    expect(page.locator("#login")).to_have_value("charlie@other.test")
    expect(page.locator("#password")).to_be_focused()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#password")).to_have_attribute("type", "text")
    sign_in(page, "charlie@other.test")
    expect(page.get_by_role("heading", level=1)).to_have_text("Charlie Reed")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto("/mailbox")
    expect(page).to_have_url(re.compile("/signin"))


def test_the_first_password_is_changed_before_anything_else(open_page: Open, site: Site) -> None:
    page = open_page("/signin", locale="zh-TW")
    sign_in(page, "eve@corp.test", site.first)
    expect(page.get_by_role("heading", level=1)).to_have_text("設定自己的密碼")
    page.goto("/mailbox")
    expect(page).to_have_url(re.compile("/password/change$"))
    page.fill("#password", "eve123")
    row = page.locator('[data-key="length"]')
    expect(row).to_have_attribute("data-state", "bad")
    expect(row).to_contain_text("至少要有 10 個字元")
    page.fill("#password", NEW)
    expect(page.locator('.rules [data-state="good"]')).to_have_count(6)
    page.fill("#again", NEW)
    page.get_by_role("button", name="設定密碼").click()
    expect(page.get_by_role("status")).to_contain_text("新密碼已生效")
    page.reload()  # said once
    expect(page.locator("[data-passing]")).to_have_count(0)


def test_activation(open_page: Open, site: Site) -> None:
    page = open_page(f"/activate/{site.activate}", locale="zh-CN", width=390)
    page.fill("#password", "fan")
    page.fill("#again", "fan")
    page.get_by_role("button", name="激活").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator('.rules [data-state="bad"]').first).to_be_visible()
    page.fill("#password", NEW)
    page.fill("#again", NEW)
    page.get_by_role("button", name="激活").click()
    expect(page).to_have_url(re.compile("/mailbox"))
    page.goto(f"/activate/{site.activate}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("失效"))


def test_an_app_password_is_made_copied_and_revoked(open_page: Open) -> None:
    page = open_page("/signin", locale="zh-TW")
    sign_in(page, "alice@corp.test")
    page.get_by_text("新增裝置").click()
    page.fill("#device", "平板電腦")
    page.get_by_role("button", name="建立密碼").click()
    secret = page.locator("#app-password").inner_text()
    assert re.fullmatch(r"(\w{4}-){6}\w{4}", secret)
    page.get_by_role("button", name="複製").click()
    expect(page.get_by_role("button", name="已複製")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_role("link", name="完成").click()
    assert secret not in page.content()
    page.get_by_role("button", name="撤銷 平板電腦").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("撤銷「平板電腦」？")
    question.get_by_role("button", name="保留").click()
    expect(question).to_be_hidden()
    page.get_by_role("button", name="撤銷 平板電腦").click()
    page.get_by_role("dialog").get_by_role("button", name="撤銷").click()
    expect(page.get_by_role("status")).to_contain_text("不能再登入")
    expect(page.get_by_text("平板電腦")).to_have_count(0)


def test_signing_out_everywhere(open_page: Open) -> None:
    here, there = open_page("/signin", locale="zh-TW"), open_page("/signin", locale="zh-TW", width=390)
    for page in (here, there):
        sign_in(page, "bob@corp.test")
    here.reload()
    here.get_by_role("button", name="登出所有裝置").click()
    here.get_by_role("dialog").get_by_role("button", name="登出所有裝置").click()
    expect(here.get_by_role("status")).to_contain_text("所有地方登出")
    there.goto("/mailbox")
    expect(there).to_have_url(re.compile("/signin"))
    expect(there.get_by_role("status")).to_contain_text("登入已結束")


def test_a_link_needs_a_press_and_leads_to_the_overview(open_page: Open, site: Site) -> None:
    assert open_page(f"/link/{site.link}").get_by_role("button", name="Sign in").is_visible()
    page = open_page(f"/link/{site.link}")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/console$"))
    expect(page.get_by_role("status")).to_be_visible()


def test_the_language_is_changed_where_one_is(open_page: Open) -> None:
    page = open_page("/signin")
    for button, heading, lang in (
        ("繁體中文", "登入", "zh-Hant"),
        ("简体中文", "登录", "zh-Hans"),
        ("English", "Sign in", "en"),
    ):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page.locator("html")).to_have_attribute("lang", lang)


def test_everything_works_with_the_keyboard(open_page: Open) -> None:
    page = open_page("/signin")
    page.keyboard.type("charlie@other.test")  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/mailbox")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


def test_without_scripts_everything_is_there(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(base_url=site.url, ignore_https_errors=True, java_script_enabled=False)
    page = context.new_page()
    page.goto("/signin")
    page.fill("#login", "charlie@other.test")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/mailbox")
    page.get_by_text("Add a device").click()
    page.fill("#device", "Old phone")
    page.get_by_role("button", name="Make a password").click()
    assert page.locator("#app-password").inner_text()
    context.close()
