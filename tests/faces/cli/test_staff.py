"""The staff list kept in step, at the shell: the documents that scripts read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from hongyan.company.mailboxes import routing
from hongyan.company.people import life
from hongyan.company.people.models import Person
from hongyan.company.staff.models import Report, Source
from hongyan.faces.cli.main import build_parser
from hongyan.faces.cli.output import Output
from hongyan.faces.cli.registry import find
from hongyan.kernel.decision import Refusal
from tests.cast import Cast
from tests.company.imports.sheets import staff
from tests.company.staff.ldapd import Directory, serving
from tests.company.staff.test_directory import ALICE, BOB, NEW


def run(capsys: pytest.CaptureFixture[str], *words: str, json_mode: bool = True) -> Any:
    capsys.readouterr()
    args = build_parser(find(words[0])).parse_args([*words])
    args.run(args, Output(json_mode=json_mode, locale="en"))
    said = capsys.readouterr().out
    return json.loads(said) if json_mode else said


@pytest.fixture
def sheet(tmp_path: Path) -> str:
    path = tmp_path / "員工.xlsx"
    path.write_bytes(
        staff(["1001", "林愛麗", "", "顧問", "", ""], ["1002", "王博", "", "", "", ""], ["1003", "陳家蓉", "", "", "", ""], ["2001", "張小明", "總公司", "", "", ""])
    )  # fmt: skip
    return str(path)


@pytest.mark.clause("G2.2.2")
def test_a_whole_list_compared_then_applied_by_line_and_whole(
    cast: Cast, capsys: pytest.CaptureFixture[str], sheet: str
) -> None:
    said = run(capsys, "people", "import", sheet, "--company", "corp", "--whole")
    lines = {line["verdict"]: line for line in said["lines"]}
    assert set(lines) == {"join", "change", "leave"} and said["applied"] == 0 and said["state"] == "open"
    assert lines["change"]["changes"] == [{"field": "post", "before": "專員", "after": "顧問"}]
    number = str(said["report"])
    assert run(capsys, "people", "report", number, "--apply", "--lines", str(lines["join"]["id"]))["applied"] == 1
    assert run(capsys, "people", "report", number, "--skip", str(lines["leave"]["id"]))["state"] == "open"
    assert run(capsys, "people", "report", number, "--apply")["state"] == "settled"
    assert Person.objects.get(number="1004").left_on is None and Person.objects.filter(number="2001").exists()
    text = run(capsys, "people", "report", number, json_mode=False)
    assert "left out" in text and "1 join, 0 move, 1 change, 1 leave" in text
    assert [row["report"] for row in run(capsys, "people", "reports", "--company", "corp")] == [said["report"]]
    for wrong in (("--lines", "1"), ("--apply", "--lines", "x"), ("--apply",), ("--drop",)):
        with pytest.raises(Refusal):
            run(capsys, "people", "report", number, *wrong)


@pytest.mark.clause("G2.2.2")
def test_a_mass_removal_is_refused_until_somebody_says_why(
    cast: Cast, capsys: pytest.CaptureFixture[str], sheet: str
) -> None:
    assert run(capsys, "people", "guard", "--company", "corp", "--most", "0", "--percent", "0") == {
        "most": 0,
        "percent": 0,
    }
    for number in range(4):
        life.join(actor=cast.operator, company=cast.corp, name=f"員工{number}", number=f"N{number}")
    words = ("people", "import", sheet, "--company", "corp", "--whole", "--apply")
    with pytest.raises(Refusal) as refusal:
        run(capsys, *words)
    assert refusal.value.code == "staff.guard"
    report = Report.objects.get()
    assert report.guarded and "limit" in run(capsys, "people", "report", str(report.pk), json_mode=False)
    said = run(capsys, *words, "--override", "merger")
    assert said["applied"] == 7 and said["override_reason"] == "merger" and said["override_by"].startswith("cli:")


def test_what_is_exported_is_who_works_here(cast: Cast, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    life.leave_company(actor=cast.operator, person=Person.objects.get(number="1002"))
    file = str(tmp_path / "out.xlsx")
    assert run(capsys, "people", "export", file, "--company", "corp")["persons"] == 3
    rows = list(load_workbook(io.BytesIO(Path(file).read_bytes())).active.values)
    assert [row[0] for row in rows[1:]] == ["1001", "1003", "1004"]
    said = run(capsys, "people", "import", file, "--company", "corp", "--whole")
    assert said["lines"] == [] and said["state"] == "settled"


@pytest.fixture
def directory() -> Iterator[Directory]:
    with serving(Directory([ALICE, BOB, NEW])) as it:
        yield it


def test_a_directory_added_tried_and_asked(
    cast: Cast, capsys: pytest.CaptureFixture[str], directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(directory.password + "\n"))
    words = ("--set", f"url={directory.url}", "--set", f"base={directory.base}", "--set", f"bind_dn={directory.user}")
    said = run(
        capsys,
        "people",
        "source",
        "add",
        "AD",
        "--company",
        "corp",
        "--kind",
        "ldap",
        *words,
        "--password-stdin",
        "--every",
        "12",
    )
    assert said["has_password"] is True and said["every_hours"] == 12 and directory.password not in str(said)
    tried = run(capsys, "people", "source", "try", "AD", "--company", "corp")
    assert [row["values"]["number"] for row in tried] == ["1001", "1002", "2001"]
    said = run(capsys, "people", "sync", "AD", "--company", "corp")
    assert said["counts"]["join"] == 1 and said["state"] == "open"
    said = run(capsys, "people", "sync", "AD", "--company", "corp", "--apply")
    assert said["applied"] == 2 and Person.objects.filter(number="2001").exists()
    run(capsys, "people", "source", "set", "AD", "--company", "corp", "--set", "fields.post=none", "--enabled", "no")
    with pytest.raises(Refusal) as refusal:
        run(capsys, "people", "sync", "AD", "--company", "corp")
    assert refusal.value.code == "staff.source_off"
    assert "AD" in run(capsys, "people", "source", "list", "--company", "corp", json_mode=False)
    run(capsys, "people", "source", "remove", "AD", "--company", "corp")
    assert not Source.objects.exists() and Report.objects.count() == 2


def test_a_provider_and_its_key(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    said = run(
        capsys,
        "people",
        "source",
        "add",
        "Okta",
        "--company",
        "corp",
        "--kind",
        "scim",
        "--auto",
        "yes",
        "--set",
        "unit_top=總公司",
    )
    assert said["key"].startswith("hys_") and said["url"].endswith("/scim/v2") and said["auto"] is True
    assert run(capsys, "people", "source", "key", "Okta", "--company", "corp")["key"] != said["key"]
    assert "hys_" not in json.dumps(run(capsys, "people", "source", "list", "--company", "corp"))
    routing.add_group(actor=cast.operator, company=cast.corp, address="team@corp.test")
    from hongyan.company.staff.scim.groups import create_group

    create_group(source=Source.objects.get(), resource={"displayName": "Team"})
    said = run(capsys, "people", "follow", "Okta", "team", "team@corp.test", "--company", "corp")
    assert said == [{"group": "Team", "address": "team@corp.test", "members": 0}]
    assert run(capsys, "people", "follow", "Okta", "Team", "-", "--company", "corp")[0]["address"] == ""
    with pytest.raises(Refusal):
        run(capsys, "people", "follow", "Okta", "none", "team@corp.test", "--company", "corp")
