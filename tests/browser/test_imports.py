"""The office imports its staff list in a browser: a guess corrected, problems seen, applied, the links kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.axe import axe
from tests.browser.conftest import Open, sign_in
from tests.browser.test_looks import look
from tests.company.imports.sheets import staff


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "名冊.xlsx"
    rows = (
        ["5001", "馮小剛", "總公司/片場", "導演", "feng", "13700000001"],
        ["5002", "葛優", "總公司", "", "alice", ""],
    )
    path.write_bytes(staff(*rows, head=("工號", "稱呼", "部門", "崗位", "郵箱帳號", "手機")))
    return path


def uploaded(page: Page, sheet: Path) -> None:
    page.goto("/console/imports")
    page.get_by_label("檔案").set_input_files(sheet)
    page.get_by_role("button", name="上傳並預覽").click()


@pytest.mark.clause("R4", "G2.2.1")
def test_a_staff_list_from_the_file_to_the_links(open_page: Open, sheet: Path, tmp_path: Path) -> None:
    page = open_page("/signin", locale="zh-TW")
    sign_in(page, "carol@corp.test")
    uploaded(page, sheet)
    page.get_by_label("「稱呼」代表什麼").select_option("name")
    axe(page)
    page.get_by_role("button", name="檢查各列").click()
    expect(page.get_by_text("alice@corp.test 已被使用")).to_be_visible()
    axe(page)
    look(page)
    page.get_by_label("略過有問題的 1 列").check()
    page.get_by_role("button", name="套用 1 列").click()
    with page.expect_download() as kept:
        page.get_by_role("button", name="下載啟用連結").click()
    kept.value.save_as(tmp_path / "links.xlsx")
    links: Any = load_workbook(tmp_path / "links.xlsx").active
    assert [cell.value for cell in links[2]][:3] == ["5001", "馮小剛", "feng@corp.test"]
    page.goto(links["D2"].value.replace("https://localhost", page.url.partition("/console")[0].rpartition(":")[0]))
    expect(page.get_by_text("feng@corp.test").first).to_be_visible()


def test_the_same_headings_on_a_phone_go_straight_to_the_preview(open_page: Open, sheet: Path) -> None:
    page = open_page("/signin", locale="zh-TW", width=390, dark=True)
    sign_in(page, "carol@corp.test")
    uploaded(page, sheet)
    if page.get_by_role("button", name="檢查各列").count():  # this test ran alone
        page.get_by_label("「稱呼」代表什麼").select_option("name")
        page.get_by_role("button", name="檢查各列").click()
    expect(page.get_by_role("link", name="有問題")).to_be_visible()
    axe(page)
    look(page)
    page.get_by_role("button", name="放棄這份表格").click()
    expect(page.get_by_text("已放棄").first).to_be_visible()
    axe(page)
