"""Bulk work by spreadsheet at the shell: the documents that scripts read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from hongyan.company.imports.models import Import
from hongyan.company.mailboxes.models import Group, Mailbox
from hongyan.company.people.models import Person
from hongyan.faces.cli import people
from hongyan.faces.cli.main import build_parser
from hongyan.faces.cli.output import Output
from hongyan.faces.cli.registry import find
from hongyan.kernel.decision import Refusal
from tests.cast import Cast
from tests.company.imports.sheets import staff, workbook


@pytest.fixture(autouse=True)
def empty_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "with_mail", lambda instance, homes, step: dict.fromkeys(homes, False))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    args = build_parser(find(words[0])).parse_args(list(words))
    args.run(args, Output(json_mode=True, locale="en"))
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def sheet(tmp_path: Path) -> str:
    path = tmp_path / "員工.xlsx"
    path.write_bytes(
        staff(
            ["1001", "林愛麗", "", "顧問", "", ""],
            ["2001", "張小明", "總公司", "", "zhang", ""],
            ["2002", "", "", "", "", ""],
        )
    )
    return str(path)


@pytest.mark.clause("G2.2.2")
def test_without_apply_it_is_the_difference_report(
    cast: Cast, capsys: pytest.CaptureFixture[str], sheet: str
) -> None:  # fmt: skip
    said = run(capsys, "people", "import", sheet, "--company", "corp")
    assert said["applied"] is False and said["import"] is None
    assert said["counts"] == {"add": 1, "move": 0, "change": 1, "same": 0, "bad": 1, "leaver": 3}
    rows = {row["row"]: row for row in said["rows"] if row["row"]}
    assert rows[2]["changes"] == [{"field": "post", "before": "專員", "after": "顧問"}]
    assert rows[4]["problems"][0]["column"] == "B" and "filled in" in rows[4]["problems"][0]["message"]
    assert {"heading": "部門", "field": "unit"} in said["columns"]
    assert not Import.objects.exists() and not Person.objects.filter(number="2001").exists()


@pytest.mark.clause("R4")
def test_applied_with_links_exported_and_taken_back(
    cast: Cast, capsys: pytest.CaptureFixture[str], sheet: str, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match=r"import\.has_bad"):
        run(capsys, "people", "import", sheet, "--company", "corp", "--apply")
    assert not Import.objects.exists()
    links = tmp_path / "links.xlsx"
    said = run(capsys, "people", "import", sheet, "--company", "corp", "--apply", "--skip-bad", "--links", str(links))
    assert said["applied"] and said["links"] == 1
    page: Any = load_workbook(links).active
    assert page["C2"].value == "zhang@corp.test" and "/activate/" in page["D2"].value
    assert links.stat().st_mode & 0o077 == 0

    listed = run(capsys, "people", "imports", "--company", "corp")
    assert [(row["import"], row["state"]) for row in listed] == [(said["import"], "applied")]
    exported = tmp_path / "staff.xlsx"
    assert run(capsys, "people", "export", str(exported), "--company", "corp")["persons"] == 5
    again = run(capsys, "people", "import", str(exported), "--company", "corp")
    assert again["counts"]["same"] == 5 and again["counts"]["leaver"] == 0

    look = run(capsys, "people", "undo", "--company", "corp")
    assert look["undone"] is False and look["done"] == {"mailbox": 1, "person": 1, "moved": 1}
    assert Mailbox.objects.filter(address="zhang@corp.test").exists()
    assert run(capsys, "people", "undo", "--company", "corp", "--apply")["left_count"] == 0
    assert not Person.objects.filter(number="2001").exists()
    with pytest.raises(Refusal, match=r"import\.undo\.none"):
        run(capsys, "people", "undo", "--company", "corp")


def test_a_mapping_given_once_is_remembered(cast: Cast, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("代碼,稱呼\n7001,甲\n".encode("big5"))
    with pytest.raises(Refusal, match=r"import\.map\.wrong"):
        run(capsys, "people", "import", str(path), "--company", "corp")
    words = ("people", "import", str(path), "--company", "corp")
    assert run(capsys, *words, "--map", "代碼=number", "--map", "稱呼=name")["counts"]["add"] == 1
    assert run(capsys, *words)["counts"]["add"] == 1
    for bad, code in (("x", "malformed"), ("別的=name", "no_heading"), ("代碼=salary", "wrong")):
        with pytest.raises(Refusal, match=rf"import\.map\.{code}"):
            run(capsys, *words, "--map", bad)
    with pytest.raises(Refusal, match=r"import\.file\.unreadable"):
        run(capsys, "people", "import", str(tmp_path / "none.xlsx"), "--company", "corp")


def test_mailboxes_groups_and_posts(cast: Cast, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def put(name: str, *rows: list[str]) -> str:
        (tmp_path / name).write_bytes(workbook(rows))
        return str(tmp_path / name)

    boxes = put("m.xlsx", ["地址", "類型"], ["sales", "公共"])
    assert run(capsys, "mailbox", "import", boxes, "--company", "corp", "--apply")["applied"]
    groups = put("g.xlsx", ["群組", "成員"], ["all", "sales; alice"])
    assert run(capsys, "group", "import", groups, "--company", "corp", "--apply")["applied"]
    posts = put("p.xlsx", ["工號", "部門"], ["1003", "總公司"])
    assert run(capsys, "people", "posts", posts, "--company", "corp", "--apply")["counts"]["add"] == 1
    assert Group.objects.get(address="all@corp.test").entries.count() == 2
    template = tmp_path / "t.xlsx"
    assert run(capsys, "people", "template", str(template), "--kind", "groups", "--company", "corp")["kind"] == "groups"
    assert load_workbook(template).sheetnames[0] == "Groups"


def test_the_report_in_words(cast: Cast, capsys: pytest.CaptureFixture[str], sheet: str) -> None:
    args = build_parser(find("people")).parse_args(["people", "import", sheet, "--company", "corp"])
    args.run(args, Output(json_mode=False, locale="zh-Hant"))
    said = capsys.readouterr()
    assert (
        "列 2" in said.out and "崗位 專員 -> 顧問" in said.out and "還沒有套用" in said.out and "讀取檔案" in said.err
    )
