"""An office clerk's day at the console: adds a person, finds her, moves a unit, changes a whole result, takes a list away;
on a desk, on a phone and with the keyboard alone."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import axe
from tests.browser.conftest import Open, Server, Site, environment, sign_in
from tests.browser.test_looks import look
from tests.cast import PASSWORD

CROWD = """
import django; django.setup()
from hongyan.company.people.actions import add_person
from hongyan.company.people.models import Company, Unit
from hongyan.kernel.actor import command_line
company = Company.objects.get(slug="corp")
unit = Unit.objects.get(company=company, name="信息部")
for n in range(64):
    add_person(actor=command_line("test"), company=company, name=f"實習生{n:02}", number=f"T{n}", unit=unit)
"""


@pytest.fixture(scope="module")
def worker(server: Server, site: Site) -> Iterator[None]:
    """Interns in the company, and the worker that follows what happens."""
    settings = environment(server.root) | {"DJANGO_SETTINGS_MODULE": "hongyan.faces.settings"}
    subprocess.run([sys.executable, "-P", "-c", CROWD], cwd=server.root, env=settings, check=True)
    with (server.root / "worker.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "hongyan.jobs", "worker"],
            cwd=server.root,
            env=settings,
            stdout=log,
            stderr=log,
        )
    yield
    process.terminate()
    process.wait(15)


def at_console(open_page: Open, path: str, **how: object) -> Page:
    page = open_page("/signin", locale="zh-TW", **how)
    sign_in(page, "carol@corp.test")
    page.goto(path)
    return page


def test_a_person_is_added_and_found(open_page: Open, worker: None) -> None:
    page = at_console(open_page, "/console/people")
    page.get_by_role("link", name="新增人員").click()
    page.get_by_label("姓名", exact=True).fill("諸葛雨晴")
    page.get_by_label("工號").fill("7001")
    page.get_by_label("單位", exact=True).fill("總公司/信息部/網絡處")
    page.get_by_label("地址").fill("yuqing")
    look(page)
    page.get_by_role("button", name="新增", exact=True).click()
    expect(page.locator("#secret")).to_contain_text("/activate/")
    page.get_by_role("link", name="打開人員頁面").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("諸葛雨晴")
    look(page)
    for text in ("zgyq", "诸葛", "7001"):  # initials, simplified, number
        page.keyboard.press("/")
        page.keyboard.type(text)
        hit = page.get_by_role("option", name=re.compile("諸葛雨晴"))
        for _ in range(20):  # the worker follows within a second or so
            if hit.is_visible():
                break
            page.wait_for_timeout(250)
            page.locator("#find-q").fill("")
            page.locator("#find-q").press_sequentially(text)
        expect(hit).to_be_visible()
        page.keyboard.press("Escape")
        page.locator("#find-q").fill("")
        page.locator("#find-q").blur()
    page.keyboard.press("/")
    page.keyboard.type("zhuge")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    axe(page)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/console/people/\d+$"))


def test_a_unit_is_dragged_and_taken_back(open_page: Open, worker: None) -> None:
    page = at_console(open_page, "/console/units")
    net, root = page.locator("[data-name=網絡處] > .node"), page.locator("[data-name=總公司] > .node")
    expect(net).to_be_hidden()  # below what is closed
    page.get_by_role("button", name="「信息部」的下級單位").click()
    net.drag_to(root)
    question = page.get_by_role("dialog", name="將「網絡處」移到「總公司」之下？")
    question.get_by_role("button", name="移動").click()
    expect(page.get_by_role("status")).to_contain_text("單位已移動")
    expect(page.locator("#unit-title + p")).to_have_text("總公司/網絡處")
    look(page)
    page.get_by_role("button", name="移回原處").click()
    expect(page.locator("#unit-title + p")).to_have_text("總公司/信息部/網絡處")


def test_and_moved_by_choice_on_a_phone(open_page: Open, worker: None) -> None:
    page = at_console(open_page, "/console/units", width=390)
    page.get_by_role("button", name="「信息部」的下級單位").click()
    page.get_by_role("link", name="網絡處").click()
    page.get_by_role("button", name="移動", exact=True).click()
    look(page)
    page.get_by_label("上級單位").select_option("總公司")
    page.locator("#move").get_by_role("button", name="移動").click()
    expect(page.locator("#unit-title + p")).to_have_text("總公司/網絡處")
    page.get_by_role("button", name="移回原處").click()
    page.get_by_role("button", name="選單").click()
    page.get_by_role("navigation", name="管理後台").get_by_role("link", name="人員", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("人員")
    look(page)


def test_a_whole_result_is_changed_and_taken_away(open_page: Open, worker: None, tmp_path: Path) -> None:
    page = at_console(open_page, "/console/people")
    search = page.locator("#list-q")
    search.press_sequentially("實習生")
    expect(page.locator(".list-foot")).to_contain_text("共 64 筆", timeout=15000)
    expect(search).to_be_focused()
    page.get_by_label("選取本頁全部").check()
    page.get_by_role("button", name="選取全部 64 項").click()
    expect(page.locator("[data-list-count]")).to_have_text("已選全部 64 項")
    look(page)
    axe(page)
    page.get_by_label("對所選項目").select_option(label="設定語言")
    page.get_by_role("button", name="繼續", exact=True).click()
    axe(page)
    page.locator("#ask-locale").select_option("en")
    page.get_by_role("button", name="預覽結果").click()
    expect(page.locator("main")).to_contain_text("語言由 繁體中文 改為 English")
    look(page)
    axe(page)
    page.get_by_role("button", name="開始處理 64 筆").click()
    run = page.url
    page.goto("/console/bulk")  # left, and found again
    page.get_by_role("link", name="設定語言").first.click()
    assert page.url == run
    expect(page.locator("#run")).to_contain_text("已完成", timeout=20000)
    expect(page.locator("#run")).to_contain_text("完成 64")
    look(page)
    axe(page)
    page.get_by_role("link", name="返回列表").click()
    page.get_by_role("button", name="匯出").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="文字檔（.csv）").click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 65 and "實習生63" in lines[-1]


def test_a_list_with_the_keyboard_alone(open_page: Open, worker: None) -> None:
    page = at_console(open_page, "/console/people")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="鍵盤快捷鍵")).to_be_visible()
    page.keyboard.press("Escape")
    for key in "jjjkx":
        page.keyboard.press(key)
    second = page.locator("[data-row]").nth(1)
    expect(second).to_have_class("at")
    expect(second.locator(".pick input")).to_be_checked()
    expect(page.locator("[data-list-count]")).to_have_text("已選 1 項")
    page.keyboard.press("n")
    expect(page.locator(".list-foot")).to_contain_text("第 51–")
    page.go_back()
    expect(page.locator(".list-foot")).to_contain_text("第 1–50 筆")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/console/people/\d+$"))


def test_light_and_dark_by_hand(open_page: Open, worker: None) -> None:
    page = at_console(open_page, "/console/people", dark=True)
    for name, light in (("淺色", True), ("深色", False)):
        page.get_by_role("button", name=re.compile("帳號")).click()
        with page.expect_navigation():
            page.get_by_role("button", name=name).click()
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (back == "rgb(245, 244, 239)") is light
        look(page)
    page.get_by_role("button", name=re.compile("帳號")).click()
    page.get_by_role("button", name="跟隨系統").click()
    expect(page.locator("html[data-theme]")).to_have_count(0)


def test_lists_without_scripts(chromium: Browser, site: Site, worker: None) -> None:
    context = chromium.new_context(
        base_url=site.url, locale="zh-TW", ignore_https_errors=True, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/signin")
    page.fill("#login", "carol@corp.test")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.goto("/console/people")
    page.locator("#list-q").fill("shixisheng")
    page.get_by_role("button", name="篩選").click()
    page.get_by_role("link", name="下一頁").click()
    expect(page.locator("[data-row]")).to_have_count(14)
    page.locator("[data-row] .pick input").first.check()
    page.get_by_label("對所選項目").select_option(label="設定語言")
    page.get_by_role("button", name="繼續", exact=True).click()
    expect(page.locator("main")).to_contain_text("已選 1 筆")
    context.close()
