"""The room of staff lists: a sheet, a directory and a provider, each as the office does it, and who does not get in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hongyan.company.imports.models import Import
from hongyan.company.mailboxes import routing
from hongyan.company.people.models import Person
from hongyan.company.people.roles import grant_role
from hongyan.company.staff import guard, keeping
from hongyan.company.staff.models import Report, ScimGroup, Source
from hongyan.company.staff.scim.groups import create_group
from hongyan.company.tasks.actions import run_now
from hongyan.company.tasks.models import Task
from tests.branches import Branches
from tests.cast import Cast
from tests.company.imports.sheets import many, staff
from tests.company.staff.ldapd import Directory, serving
from tests.company.staff.test_directory import ALICE, BOB, NEW
from tests.faces.conftest import Visit

SHEET = staff(
    ["1001", "林愛麗", "", "顧問", "", ""], ["1002", "王博", "", "", "", ""], ["1003", "陳家蓉", "", "", "", ""],
    ["2001", "張小明", "總公司", "", "", ""],
)  # fmt: skip


def upload(browser: Client, data: bytes) -> Import:
    answer = browser.post("/console/imports", {"kind": "persons", "file": SimpleUploadedFile("員工.xlsx", data)})
    assert answer.status_code == 303, answer.content.decode()
    batch = Import.objects.order_by("-pk")[0]
    given = {f"column{i}": name for i, name in enumerate(batch.columns)}
    assert browser.post(f"/console/imports/{batch.pk}/columns", given | {"create_units": "1"}).status_code == 303
    return batch


def look(browser: Client, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def do(browser: Client, path: str, status: int = 303, /, **values: Any) -> str:
    answer = browser.post(path, values)
    assert answer.status_code == status, answer.content.decode()
    return answer.headers.get("Location", "") or answer.content.decode()


@pytest.mark.clause("G2.2.2")
def test_a_sheet_that_names_everybody(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    batch = upload(browser, SHEET)
    assert f"/console/staff/import/{batch.pk}" in look(browser, f"/console/imports/{batch.pk}")
    here = do(browser, f"/console/staff/import/{batch.pk}")
    report = Report.objects.get()
    assert here == f"/console/staff/{report.pk}" and Import.objects.get().state == "dropped"
    page = look(browser, here)
    assert all(text in page for text in ("張小明", "戴維", "離職", "專員", "顧問")), page
    assert "張小明" not in look(browser, f"{here}?show=leave")
    lines = {line.verdict: line.pk for line in report.lines.all()}
    assert "?said=skipped" in do(browser, f"{here}/chosen", line=[lines["leave"]], do="skip")
    do(browser, f"{here}/chosen", line=[lines["join"]], do="apply")
    assert Person.objects.filter(number="2001").exists() and Person.objects.get(number="1004").left_on is None
    do(browser, f"{here}/apply")
    report.refresh_from_db()
    assert report.state == "settled"
    assert "Carol" not in look(browser, here) and "員工.xlsx" in look(browser, "/console/staff")
    assert do(browser, f"{here}/apply", 422) and do(browser, f"{here}/nothing", 404)


@pytest.mark.clause("G2.2.2")
def test_a_mass_removal_asks_for_a_reason(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    assert "?said=rules" in do(browser, "/console/staff/guard", most="4", percent="50")
    assert guard.rules(cast.corp) == (4, 50)
    do(browser, "/console/staff/guard", 422, most="x", percent="50")
    do(
        browser,
        do(browser, f"/console/staff/import/{upload(browser, staff(*many(9), ['1003', '陳家蓉', '', '', '', ''])).pk}")
        + "/apply",
        override="重組",
    )
    here = do(
        browser, f"/console/staff/import/{upload(browser, staff(*many(2), ['1003', '陳家蓉', '', '', '', ''])).pk}"
    )
    assert 'name="override"' in look(browser, here)
    do(browser, f"{here}/apply")
    assert "超過上限" in look(browser, here) and Person.objects.filter(company=cast.corp, left_on=None).count() == 10
    leavers = [line.pk for line in Report.objects.latest("pk").lines.filter(verdict="leave")]
    do(browser, f"{here}/chosen", line=leavers[:2], do="apply")
    assert Person.objects.filter(company=cast.corp, left_on=None).count() == 10  # the limit holds line by line, too
    do(browser, f"{here}/apply", override="工廠關閉")
    page = look(browser, here)
    assert "工廠關閉" in page and "carol@corp.test" in page
    assert Person.objects.filter(company=cast.corp, left_on=None).count() == 3


def test_a_large_sheet_is_compared_by_the_worker(cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = visit(cast.carol)
    monkeypatch.setattr("hongyan.faces.console.staff.reports.SHORT_BYTES", 10)
    monkeypatch.setattr("hongyan.company.staff.tasks.SHORT_LINES", 0)
    here = do(browser, f"/console/staff/import/{upload(browser, SHEET).pk}")
    assert here.startswith("/console/staff/task/") and "data-progress" in look(browser, here)
    run_now(Task.objects.get(kind="staff.look"))
    assert (
        browser.get(here, headers={"X-Part": "run"}).content.decode().count(f"/console/staff/{Report.objects.get().pk}")
        == 1
    )
    report = browser.get(here).headers["Location"]
    do(browser, f"{report}/apply")
    assert "data-progress" in browser.get(report, headers={"X-Part": "run"}).content.decode()
    do(browser, f"{report}/apply", 422)
    run_now(Task.objects.get(kind="staff.apply"))
    assert "data-progress" not in look(browser, report) and Person.objects.filter(number="2001").exists()


@pytest.fixture
def directory() -> Iterator[Directory]:
    with serving(Directory([ALICE, BOB, NEW])) as it:
        yield it


def test_a_directory_added_tried_and_asked(cast: Cast, visit: Visit, directory: Directory) -> None:
    assert cast.carol.account is not None
    grant_role(actor=cast.operator, account=cast.carol.account, role="system", company=None)
    browser = visit(cast.carol)
    form: dict[str, Any] = {
        "name": "AD", "preset": "ad", "url": directory.url, "base": directory.base, "bind_dn": directory.user, "every": "6",
        "password": directory.password, "create_units": "1", "units": "attribute", "field_post": "title",
    }  # fmt: skip
    refused = do(browser, "/console/staff/sources/add/ldap", 422, **{**form, "url": "ldap://elsewhere"})
    assert "沒有加密" in refused and 'value="AD"' in refused and directory.password not in refused
    here = do(browser, "/console/staff/sources/add/ldap", **form).partition("?")[0]
    source = Source.objects.get()
    assert source.every_hours == 6 and source.settings["fields"] == {"post": "title"} and not source.auto
    page = look(browser, here)
    assert directory.url in page and directory.password not in page
    assert "林愛麗" in do(browser, f"{here}/try", 200)
    task = do(browser, f"{here}/sync")
    do(browser, f"{here}/sync", 422)  # it is being asked
    run_now(Task.objects.get(kind="staff.sync"))
    assert "張小明" in look(browser, browser.get(task).headers["Location"])
    do(browser, f"{here}/save", **{**form, "password": "", "auto": "1", "name": "目錄"})
    source = Source.objects.get()
    assert source.name == "目錄" and source.auto and bytes(source.sealed)
    directory.password = "changed"
    do(browser, f"{here}/sync")
    run_now(Task.objects.filter(state="waiting").get())
    assert "不接受帳號" in look(browser, here) and "失敗" in look(browser, "/console/staff/sources")
    do(browser, f"{here}/disable")
    assert "已停用" in do(browser, f"{here}/sync", 422)
    assert do(browser, f"{here}/remove").endswith("?said=removed") and not Source.objects.exists()


def test_a_provider_its_key_and_its_groups(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    look(browser, "/console/staff/sources/add/ldap", 404)  # a directory is for who runs the machine
    page = do(
        browser, "/console/staff/sources/add/scim", 200, name="Entra ID", auto="1", unit_from="division department"
    )
    key = re.search(r"hys_[\w-]{40,}", page)
    source = Source.objects.get()
    assert key and keeping.authenticate(key[0]) == source and source.auto and not source.open_mailboxes
    here = f"/console/staff/sources/{source.pk}"
    assert key[0] not in look(browser, here) and "/scim/v2" in look(browser, here)
    renewed = re.search(r"hys_[\w-]{40,}", do(browser, f"{here}/key", 200))
    assert renewed and renewed[0] != key[0]
    routing.add_group(actor=cast.operator, company=cast.corp, address="team@corp.test")
    group = create_group(source=source, resource={"displayName": "Team"})
    do(browser, f"{here}/follow", group=group.pk, address="team@corp.test")
    assert ScimGroup.objects.get().address == "team@corp.test" and "team@corp.test" in look(browser, here)
    do(browser, f"{here}/follow", 422, group=group.pk, address="none@corp.test")
    do(browser, f"{here}/save", 422, name="")
    do(browser, f"{here}/try", 404)


@pytest.mark.clause("G2.1.3")
def test_who_has_no_right_finds_nothing(cast: Cast, visit: Visit) -> None:
    carol = visit(cast.carol)
    here = do(carol, f"/console/staff/import/{upload(carol, SHEET).pk}")
    batch = upload(carol, SHEET)
    source, _ = keeping.add_source(actor=cast.operator, company=cast.corp, kind="scim", name="Entra ID")
    at = f"/console/staff/sources/{source.pk}"
    for mailbox in (cast.alice, cast.dave, cast.charlie):
        browser = visit(mailbox)
        assert look(browser, here, 404) and look(browser, at, 404)
        for what in ("apply", "chosen", "drop"):
            do(browser, f"{here}/{what}", 404)
        for what in ("save", "key", "sync", "remove", "disable", "follow"):
            do(browser, f"{at}/{what}", 404)
        do(browser, f"/console/staff/import/{batch.pk}", 404)
    assert "員工.xlsx" not in look(visit(cast.charlie), "/console/staff") and Report.objects.get().state == "open"
    assert Source.objects.get().enabled


@pytest.mark.clause("G2.1.3")
def test_a_branch_administrator_has_his_own_comparisons(branches: Branches, visit: Visit) -> None:
    sam, carol = visit(branches.sam), visit(branches.cast.carol)
    whole = do(carol, f"/console/staff/import/{upload(carol, SHEET).pk}")
    here = do(
        sam, f"/console/staff/import/{upload(sam, staff(['1001', '林愛麗', '總公司/信息部/網絡處', '', '', ''])).pk}"
    )
    page = look(sam, here)
    assert "王博" in page and "Erin" not in page and "Tina" not in page
    look(sam, whole, 404)
    look(sam, "/console/staff/sources", 404)
    assert look(sam, "/console/staff").count("員工.xlsx") == 1
    do(sam, "/console/staff/guard", 404, most="1", percent="1")
    look(carol, here)
