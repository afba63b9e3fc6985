"""The room of imports: each step as the office does it, and who does not get in."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from hongyan.company.imports.models import Import
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people import credentials
from hongyan.company.people.models import Person
from hongyan.company.tasks import actions as tasks
from hongyan.company.tasks.models import Task
from hongyan.faces.console.imports import steps
from hongyan.jobs import imports as jobs
from tests.branches import make_branches
from tests.cast import Cast
from tests.company.imports.sheets import HEAD, many, staff, workbook
from tests.faces.conftest import Visit

SHEET = staff(
    ["1003", "陳家蓉", "總公司", "", "", "13900139000"], ["2001", "+張小明", "總公司/市場部", "經理", "zhang", ""]
)
BAD = staff(["2001", "張小明", "總公司", "", "alice", ""], ["2002", "李四", "總公司", "", "", ""])


@pytest.fixture(autouse=True)
def empty_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "with_mail", lambda instance, homes, step: dict.fromkeys(homes, False))


def upload(browser: Client, data: bytes, kind: str = "persons", name: str = "員工.xlsx") -> Import:
    answer = browser.post("/console/imports", {"kind": kind, "file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 303, answer.content.decode()
    return Import.objects.order_by("-pk")[0]


def match(browser: Client, batch: Import, *columns: str) -> str:
    given = {f"column{i}": name for i, name in enumerate(columns or batch.columns)}
    answer = browser.post(f"/console/imports/{batch.pk}/columns", given | {"create_units": "1"})
    assert answer.status_code == 303, answer.content.decode()
    return browser.get(f"/console/imports/{batch.pk}").content.decode()


@pytest.mark.clause("R4", "G2.2.1")
def test_uploaded_matched_looked_at_applied_links_and_undone(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    batch = upload(browser, SHEET)
    page = browser.get(f"/console/imports/{batch.pk}").content.decode()
    assert "郵箱帳號" in page and "zhang" in page and 'value="mailbox" selected' in page
    page = match(browser, batch)
    assert all(text in page for text in ("總公司/市場部", "套用 2 列", "陳家蓉")), page
    assert not Person.objects.filter(number="2001").exists()
    assert "+張小明" in browser.get(f"/console/imports/{batch.pk}?show=add").content.decode()
    assert browser.post(f"/console/imports/{batch.pk}/apply").status_code == 303
    page = browser.get(f"/console/imports/{batch.pk}").content.decode()
    assert "carol@corp.test" in page and "下載啟用連結" in page and Person.objects.filter(number="2001").exists()

    sheet: Any = load_workbook(io.BytesIO(browser.post(f"/console/imports/{batch.pk}/links").content)).active
    line = [cell.value for cell in sheet[2]]
    assert line[:3] == ["2001", "+張小明", "zhang@corp.test"] and sheet["B2"].data_type == "s"
    token = line[3].rpartition("/")[2]
    assert credentials.find_link(token, "activate").account.login == "zhang@corp.test"
    assert browser.post(f"/console/imports/{batch.pk}/links").status_code == 422
    assert browser.post(f"/console/imports/{batch.pk}/links", {"again": "1"}).status_code == 200
    with pytest.raises(Exception, match=r"link\.dead"):
        credentials.find_link(token, "activate")

    browser.post(f"/console/imports/{batch.pk}/undo", {"dry": "1"})
    tasks.run_now(Task.objects.get(state="waiting"))
    page = browser.get(f"/console/imports/{batch.pk}").content.decode()
    assert "撤銷這次匯入" in page and Mailbox.objects.filter(address="zhang@corp.test").exists()
    browser.post(f"/console/imports/{batch.pk}/undo")
    tasks.run_now(Task.objects.get(state="waiting"))
    assert "已撤銷" in browser.get(f"/console/imports/{batch.pk}").content.decode()
    assert not Mailbox.objects.filter(address="zhang@corp.test").exists()
    assert Person.objects.get(number="1003").mobile == ""


def test_problems_are_shown_filtered_and_downloaded(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    batch = upload(browser, BAD)
    page = match(browser, batch)
    assert ">E2</b>" in page and "alice@corp.test 已被使用" in page and "李四" not in page
    assert "李四" in browser.get(f"/console/imports/{batch.pk}?show=all").content.decode()
    sheet: Any = load_workbook(io.BytesIO(browser.get(f"/console/imports/{batch.pk}/problems").content)).active
    assert [cell.value for cell in sheet[2]][:4] == [2, "E", "郵箱帳號", "2001 張小明"]
    assert "郵箱帳號" in browser.get(f"/console/imports/{batch.pk}/problems?as=csv").content.decode("utf-8-sig")
    browser.post(f"/console/imports/{batch.pk}/apply")
    assert "略過這些列" in browser.get(f"/console/imports/{batch.pk}").content.decode()
    assert not Person.objects.filter(number="2002").exists()
    browser.post(f"/console/imports/{batch.pk}/apply", {"skip_bad": "1"})
    assert Person.objects.filter(number="2002").exists() and not Person.objects.filter(number="2001").exists()


def test_known_headings_go_straight_to_the_preview(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    match(browser, upload(browser, SHEET))
    assert upload(browser, BAD).state == "checked"


def test_bad_files_and_bad_mappings_are_said_on_the_page(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    answer = browser.post("/console/imports", {"kind": "persons", "file": SimpleUploadedFile("a.xlsx", b"PKnothing")})
    assert answer.status_code == 422 and "不是 .xlsx 活頁簿" in answer.content.decode()
    assert browser.post("/console/imports", {"kind": "persons"}).status_code == 422
    assert browser.post("/console/imports", {"kind": "salaries"}).status_code == 422
    batch = upload(browser, SHEET)
    answer = browser.post(f"/console/imports/{batch.pk}/columns", {"column0": "number"})
    assert answer.status_code == 422 and "必須有一欄是「姓名」" in answer.content.decode()


def test_a_long_import_waits_shows_how_far_it_is_and_is_stopped(
    cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "SHORT_ROWS", 1)
    browser = visit(cast.carol)
    batch = upload(browser, staff(*many(12)))
    match(browser, batch)
    browser.post(f"/console/imports/{batch.pk}/apply")
    page = browser.get(f"/console/imports/{batch.pk}", headers={"X-Part": "run"}).content.decode()
    assert "data-progress" in page and "等待執行" in page and "<html" not in page
    assert browser.post(f"/console/imports/{batch.pk}/apply").status_code == 422
    browser.post(f"/console/imports/{batch.pk}/stop")
    page = browser.get(f"/console/imports/{batch.pk}").content.decode()
    assert "已停止，沒有套用任何內容" in page and not Person.objects.filter(number="N000001").exists()
    browser.post(f"/console/imports/{batch.pk}/apply")
    assert tasks.run_now(Task.objects.get(state="waiting")).state == "done"
    assert Person.objects.filter(number="N000001").exists()


def test_mass_changes_need_their_own_mark(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    first = upload(browser, staff(*many(30)))
    match(browser, first)
    browser.post(f"/console/imports/{first.pk}/apply")
    moved = [[n, name, "總公司/新部", *rest] for n, name, _, *rest in many(30)]
    batch = upload(browser, staff(*moved))
    page = browser.get(f"/console/imports/{batch.pk}").content.decode()
    assert 'name="sure"' in page and "34 項中的 30 項" in page
    browser.post(f"/console/imports/{batch.pk}/apply")
    assert "再確認一次" in browser.get(f"/console/imports/{batch.pk}").content.decode()
    browser.post(f"/console/imports/{batch.pk}/apply", {"sure": "1"})
    assert Import.objects.get(pk=batch.pk).state == "applied"
    assert browser.post("/console/imports/rules", {"percent": "0"}).status_code == 422
    browser.post("/console/imports/rules", {"percent": "55"})
    assert 'value="55"' in browser.get("/console/imports").content.decode()


def test_another_sheet_columns_again_dropped_and_the_history(cast: Cast, visit: Visit) -> None:
    book = load_workbook(io.BytesIO(SHEET))
    other = book.create_sheet("舊")
    other.append(["編號", "名字"])
    other.append(["9", "某人"])
    data = io.BytesIO()
    book.save(data)
    browser = visit(cast.carol)
    batch = upload(browser, data.getvalue())
    browser.post(f"/console/imports/{batch.pk}/sheet", {"sheet": "舊"})
    batch.refresh_from_db()
    assert batch.headings == ["編號", "名字"]
    page = match(browser, batch)
    assert "某人" in page and "代表什麼" in browser.get(f"/console/imports/{batch.pk}?step=columns").content.decode()
    assert browser.post(f"/console/imports/{batch.pk}/check").status_code == 303
    browser.post(f"/console/imports/{batch.pk}/drop")
    page = browser.get("/console/imports").content.decode()
    assert "員工.xlsx" in page and "已放棄" in page


def test_templates_and_the_staff(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    book = load_workbook(io.BytesIO(browser.get("/console/imports/template/persons").content))
    assert book.worksheets[0]["A1"].value == "工號" and book["units"]["A1"].value == "總公司"
    assert browser.get("/console/imports/template/salaries").status_code == 404
    sheet: Any = load_workbook(io.BytesIO(browser.get("/console/imports/staff").content)).active
    assert [cell.value for cell in sheet["B"]][1:] == ["林愛麗", "王博", "陳家蓉", "戴維"]


ROUTES = ("", "/check", "/apply", "/stop", "/drop", "/undo", "/links", "/columns", "/sheet", "/problems")


def test_nobody_else_sees_an_import_or_does_anything_with_it(cast: Cast, visit: Visit) -> None:
    branches = make_branches(cast)
    carol = visit(cast.carol)
    batch = upload(carol, SHEET)
    match(carol, batch)
    for mailbox in (cast.charlie, branches.sam, cast.alice, cast.dave):
        browser = visit(mailbox)
        for route in ROUTES:
            method = browser.get if route in ("", "/problems") else browser.post
            assert method(f"/console/imports/{batch.pk}{route}").status_code == 404, (mailbox, route)
        if mailbox in (cast.alice, cast.dave):
            for path in ("", "/template/persons", "/staff"):
                assert browser.get(f"/console/imports{path}").status_code == 404
            assert browser.post("/console/imports/rules", {"percent": "5"}).status_code == 404
        else:
            assert "員工.xlsx" not in browser.get("/console/imports").content.decode()
    assert Import.objects.get(pk=batch.pk).state == "checked"
    assert "林愛麗" not in visit(cast.charlie).get("/console/imports/staff?as=csv").content.decode("utf-8-sig")


@pytest.mark.clause("G2.1.3")
def test_a_branch_administrator_within_his_branch(cast: Cast, visit: Visit) -> None:
    branches = make_branches(cast)
    browser = visit(branches.sam)
    batch = upload(browser, staff(["7001", "甲", "網絡處", "", "jia", ""], ["7002", "乙", "總公司/銷售部", "", "", ""]))
    page = match(browser, batch)
    assert "不在您管理的範圍內" in page and "Erin" not in page
    browser.post(f"/console/imports/{batch.pk}/apply", {"skip_bad": "1"})
    assert Mailbox.objects.filter(address="jia@corp.test").exists()
    assert not Person.objects.filter(number="7002").exists()
    assert browser.post("/console/imports/rules", {"percent": "5"}).status_code == 403
    names = browser.get("/console/imports/staff?as=csv").content.decode("utf-8-sig")
    assert "林愛麗" in names and "Erin" not in names and "陳家蓉" not in names


def test_groups_and_mailboxes_have_their_sheets_too(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    boxes = upload(browser, workbook([["地址", "類型"], ["sales", "公共"]]), "mailboxes")
    assert "sales@corp.test" in match(browser, boxes)
    groups = upload(browser, workbook([["群組", "成員"], ["all", "alice; bob"]]), "groups")
    assert "alice@corp.test; bob@corp.test" in match(browser, groups)
    assert len(HEAD) == len(upload(browser, SHEET).headings)
