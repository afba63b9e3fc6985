"""The register says what the source and the tests hold, no more and no less."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import hongyan
from hongyan.company.policy.clauses import HOLDS, cited_in, expanded, marks, proven_by, register
from hongyan.faces.cli import main as cli

SOURCE = Path(hongyan.__file__).parent
TESTS = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    return cited_in(SOURCE), proven_by(TESTS)


def test_every_clause_is_worded_and_says_how_it_holds() -> None:
    assert len(register()) == 86
    for clause in register().values():
        assert clause.holds in HOLDS and all(clause.text.values()), clause.id
        assert all((SOURCE / name).exists() for name in clause.where), clause.id


def test_what_is_said_to_hold_is_kept_somewhere_and_proven(found: tuple[dict[str, list[str]], ...]) -> None:
    where, tests = found
    held = [c.id for c in register().values() if c.holds != "open"]
    assert [key for key in held if not where.get(key)] == []
    assert [key for key in held if not tests.get(key)] == []


def _named() -> Iterator[tuple[str, str]]:
    """What is clearly meant as a citation: marks, `clause=`, and lists behind the word `Clause(s):`."""
    for path in TESTS.rglob("test_*.py"):
        for _, citation in marks(ast.parse(path.read_text("utf-8"))):
            yield citation, path.name
    for path in SOURCE.rglob("*.py"):
        text = path.read_text("utf-8")
        for one in re.findall(r'clause="([^"]+)"', text):
            yield one, path.name
        for line in re.findall(r"Clauses?: ([^\n]+)", text):
            for one in re.findall(r"\b(?:PV|[RCGPB])\d[\d.]*\d*(?:-\d+)?", line):
                yield one.rstrip("."), path.name


def test_every_citation_is_of_a_clause_that_there_is() -> None:
    wrong = sorted({(citation, name) for citation, name in _named() if not expanded(citation)})
    assert not wrong


def test_ranges_and_groups() -> None:
    assert expanded("B1.1-3") == ["B1.1", "B1.2", "B1.3"] and len(expanded("B1")) == 7
    assert expanded("B4.8") == ["B4.8"] and expanded("PV4-5") == ["PV4", "PV5"]
    assert expanded("B9") == expanded("X1") == expanded("B4.8 x") == []


def test_marks_are_found_wherever_they_stand() -> None:
    text = """
pytestmark = pytest.mark.clause("R1")
class TestIt:
    @pytest.mark.clause("B2", "P5")
    def test_a(self): pass
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.clause("B3"))])
def test_b(x): pass
"""
    assert list(marks(ast.parse(text))) == [
        ("", "R1"), ("TestIt::test_a", "B2"), ("TestIt::test_a", "P5"), ("test_b", "B3"),
    ]  # fmt: skip


def test_at_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HONGYAN_DIR", os.environ["HONGYAN_DIR"])
    monkeypatch.setenv("HONGYAN_CHECKOUT", str(TESTS.parent))
    monkeypatch.setattr("sys.stdout", sys.stdout)

    def run(*arguments: str, locale: str = "en", code: int = 0) -> str:
        monkeypatch.setenv("HONGYAN_LOCALE", locale)
        capsys.readouterr()
        assert cli.main(["clauses", *arguments]) == code
        return capsys.readouterr().out

    rows = {row["id"]: row for row in json.loads(run("B4", "B1", "--json"))}
    assert set(rows) >= {*expanded("B1"), "B4.8"} and "B2" not in rows
    assert rows["B4.13"]["holds"] == "enforced" and "company/people/credentials.py" in rows["B4.13"]["where"]
    assert any(name.startswith("tests/") and "::test_" in name for name in rows["B4.13"]["tests"])
    overview = run(locale="zh-Hans")
    assert "未实现" in overview and f"共 {len(register())} 条" in overview
    assert json.loads(run("B99", "--json", code=1))["error"]["code"] == "clause.unknown"
