from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from hongyan.company.imports.cells import parse, parse_date
from hongyan.company.imports.fields import KINDS, Kind, guess
from hongyan.company.imports.reading import csvfile, files, xlsx
from hongyan.company.imports.reading.table import column_letter
from hongyan.company.imports.writing import as_csv, template, xlsx as write_xlsx
from hongyan.kernel.decision import Refusal
from tests.company.imports.sheets import HEAD, saved, staff, workbook

TEXT = "工號,姓名,部門,備註\n0007,陳家蓉,總公司/信息部,無\n0008,黃國榮,總公司/財務部,無\n"
SIMPLE = "工号,姓名,部门,备注\n0007,陈家蓉,总公司/信息部,无\n0008,黄国荣,总公司/财务部,无\n"


def refused(data: bytes, code: str, kind: Kind = "persons") -> Refusal:
    with pytest.raises(Refusal) as caught:
        files.read(data, kind)
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("big5"), "big5"),
        (TEXT.encode("gb18030"), "gb18030"),
        (SIMPLE.encode("gb18030"), "gb18030"),
        (("sep=;\n" + TEXT.replace(",", ";")).encode(), "utf-8"),
        (TEXT.replace(",", "\t").encode("utf-16"), "utf-16"),
    ],
)
def test_text_in_any_encoding_of_an_office(data: bytes, encoding: str) -> None:
    table = files.read(data, "persons")
    assert table.encoding == encoding
    assert table.rows[0].cells[0] == "0007" and table.rows[1].cells[1] in ("黃國榮", "黄国荣")
    assert guess("persons", table.headings) == ["number", "name", "unit", ""]


def test_headings_below_titles_and_above_examples_are_found() -> None:
    table = files.read(
        workbook([["2026 年員工名冊"], [], ["製表：人事處"], HEAD, ["例：1", "張三"], [7, "陳家蓉"]]), "persons"
    )
    assert table.heading_row == 4 and [r.number for r in table.rows] == [6]
    assert table.rows[0].cells[:2] == ["7", "陳家蓉"] and ("import.note.example", {"row": 5}) in table.notes


def test_cells_as_excel_holds_them() -> None:
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["工號", "姓名", "出生日期", "手機", "身份證號", "負責人", "部門"])
    sheet.append([7, "ＡＢＣ　小明１", datetime(1990, 3, 7), 13800138000, 110105199003078812, True, "研發（一）部"])
    sheet["A2"].number_format = "0000"
    sheet.append(["８", "  王\t芳\n", "1990年3月7日", "'139", "110105199003078812", "是", "研發（一）部"])
    sheet.append(["9", "公式", "=TODAY()", "#N/A", "", "否", ""])
    sheet["D4"].data_type = "e"
    table = files.read(saved(book), "persons")
    columns = guess("persons", table.headings)
    first, second, third = parse(table, "persons", columns, ["corp.test"])
    assert first.values["number"] == "0007" and first.values["name"] == "ABC 小明1"
    assert first.values["birthday"] == "1990-03-07" and first.values["mobile"] == "13800138000"
    assert first.values["head"] is True and first.values["unit"] == "研發（一）部"
    assert [(p.column, p.code) for p in first.problems] == [("E", "import.cell.digits_lost")]
    assert second.values["number"] == "8" and second.values["name"] == "王 芳" and second.values["mobile"] == "139"
    assert second.values["identity_number"] == "110105199003078812" and not second.problems
    assert [(p.column, p.code) for p in third.problems] == [("C", "import.cell.formula"), ("D", "import.cell.error")]


def test_formulas_count_by_their_value() -> None:
    """As Excel saves them: with the value it computed."""
    data = workbook([["工號", "姓名"], ["7", "=B9"]])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            text = old.read(part)
            if part.filename.endswith("sheet1.xml"):
                text = text.replace(
                    b'<c r="B2"><f>B9</f><v /></c>', '<c r="B2" t="str"><f>B9</f><v>王芳</v></c>'.encode()
                )
                text = text.replace(
                    b'<c r="B2"><f>B9</f><v></v></c>', '<c r="B2" t="str"><f>B9</f><v>王芳</v></c>'.encode()
                )
            new.writestr(part, text)
    assert files.read(out.getvalue(), "persons").rows[0].cells == ["7", "王芳"]


def test_merged_cells_are_filled_downwards_and_named_sideways() -> None:
    book = load_workbook(
        io.BytesIO(staff(["1", "甲", "信息部", "a"], ["2", "乙", "", "b"], ["3", "丙", "財務部", "c"]))
    )
    sheet: Any = book.active
    sheet.merge_cells("C2:C3")
    sheet.merge_cells("B4:C4")
    table = files.read(saved(book), "persons")
    assert [row.cells[2] for row in table.rows] == ["信息部", "信息部", ""]
    last = parse(table, "persons", guess("persons", table.headings), [])[2]
    assert [(p.column, p.code) for p in last.problems] == [("C", "import.cell.merged")]
    assert table.notes == [("import.note.merged", {"count": 2, "cells": ["B4:C4", "C2:C3"]})]


def test_what_is_hidden_is_mentioned() -> None:
    book = load_workbook(io.BytesIO(staff(["1", "甲"], ["2", "乙"])))
    sheet: Any = book.active
    sheet.row_dimensions[3].hidden = True
    book.create_sheet("舊名冊").sheet_state = "hidden"
    table = files.read(saved(book), "persons")
    assert len(table.rows) == 2
    assert dict(table.notes) == {
        "import.note.hidden_sheets": {"sheets": ["舊名冊"]}, "import.note.hidden_rows": {"count": 1, "rows": ["3"]},
    }  # fmt: skip


def test_the_sheet_with_our_headings_is_taken_and_another_can_be_asked_for() -> None:
    book = load_workbook(io.BytesIO(workbook([["說明"], ["請填寫下一頁"]], "說明")))
    other = book.create_sheet("員工")
    for row in (HEAD, ["1", "甲"]):
        other.append(list(row))
    assert files.read(saved(book), "persons").sheet == "員工"
    assert files.read(saved(book), "persons", "說明").headings == ["說明"]
    with pytest.raises(Refusal, match=r"import\.file\.no_sheet"):
        files.read(saved(book), "persons", "沒有")


def bomb(parts: int = 1) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for number in range(parts):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as stream:
                for _ in range(64):
                    stream.write(b" " * (1 << 20))
    return out.getvalue()


def with_doctype() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(staff(["1", "甲"]))) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            head = b'<!DOCTYPE x [<!ENTITY a "b">]>' if part.filename.endswith("sheet1.xml") else b""
            new.writestr(part, head + old.read(part))
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "import.file.empty"),
        (lambda: b"\n\n", "import.file.empty"),
        (lambda: workbook([HEAD]), "import.file.empty"),
        (lambda: b"\x89PNG\r\n\x1a\n\0\0", "import.file.no_text"),
        (lambda: b"\xff\xfe\x00", "import.file.no_text"),
        (lambda: xlsx.OLE + b"\0" * 100, "import.file.old_or_locked"),
        (lambda: b"PK\x03\x04garbage", "import.file.no_xlsx"),
        (lambda: staff(["1", "甲"])[:-300], "import.file.no_xlsx"),
        (bomb, "import.file.bomb"),
        (with_doctype, "import.file.bomb"),
        (lambda: b"x" * (50 * 1024 * 1024 + 1), "import.file.too_large"),
    ],
)
def test_what_is_no_sheet_or_too_much_is_refused(make: Callable[[], bytes], code: str) -> None:
    refused(make(), code)


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (files, csvfile, xlsx):
        monkeypatch.setattr(module, "MAX_ROWS", 30)
    rows = [[i, "甲"] for i in range(60)]
    for data in (staff(*rows), ("工號,姓名\n" + "1,a\n" * 60).encode()):
        refused(data, "import.file.too_many_rows")
    assert len(files.read(staff(*rows[:30]), "persons").rows) == 30


@pytest.mark.parametrize(
    "text", ["2026/1/31", "2026-01-31", "2026.1.31", "2026年1月31日", "２０２６／１／３１", "20260131", "46053"]
)
def test_dates_as_people_write_them(text: str) -> None:
    assert parse_date(text) == date(2026, 1, 31)


@pytest.mark.parametrize("text", ["31/1/2026", "2026-02-30", "明天", "1"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(Refusal, match=r"import\.cell\.date"):
        parse_date(text)


def test_office_words_for_columns() -> None:
    assert guess("persons", ["員工編號*", "姓名（中文）", "所在部門(全稱)", "职务", "企業郵箱", "手机号码", "身份证号", "備註"]) == [
        "number", "name", "unit", "post", "mailbox", "mobile", "identity_number", "",
    ]  # fmt: skip
    assert guess("persons", ["Staff No.", "Full name", "Department", "Job title", "E-mail"]) == [
        "number", "name", "unit", "post", "mailbox",
    ]  # fmt: skip
    assert guess("persons", ["一級部門", "二級部門", "姓名", "姓名"]) == ["unit", "unit", "name", ""]


def test_column_letters() -> None:
    assert [column_letter(i) for i in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", ["zh-Hant", "zh-Hans", "en"])
def test_a_template_reads_as_its_own_kind_and_its_example_is_left_out(kind: Kind, locale: str) -> None:
    data = template(kind, locale, ["總公司/信息部"])
    refused(data, "import.file.empty", kind)
    book = load_workbook(io.BytesIO(data))
    sheet: Any = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert "" not in guess(kind, heads) and len(set(guess(kind, heads))) == len(heads)
    assert sheet.data_validations.count >= 1


def test_text_that_looks_like_a_formula_stays_text() -> None:
    line = ["=HYPERLINK(1)", "+86", "@x", "-5", 7]
    sheet: Any = load_workbook(io.BytesIO(write_xlsx(["a"] * 5, [line], "t"))).active
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "s", "s", "n"] and sheet["A2"].value == line[0]
    assert as_csv(["a"], [["=1+1"]]).decode("utf-8-sig").splitlines()[1] == "'=1+1"
