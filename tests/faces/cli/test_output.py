"""What commands say, and to whom."""

from __future__ import annotations

import io
import json

import pytest

from hongyan.faces.cli.output import Output, display_width, reader_locale, table
from hongyan.kernel.decision import Decision


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_TW.UTF-8"}, "zh-Hant"),
        ({"LANG": "zh_HK.UTF-8"}, "zh-Hant"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-Hans"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "HONGYAN_LOCALE": "zh-Hant"}, "zh-Hant"),
        ({"LANG": "zh_TW.UTF-8", "HONGYAN_LOCALE": "klingon"}, "zh-Hant"),
    ],
)
def test_the_readers_language(environment: dict[str, str], locale: str) -> None:
    assert reader_locale(environment) == locale


def test_columns_line_up_with_wide_characters() -> None:
    lines = table([("總經辦", "1"), ("IT", "22")]).splitlines()
    assert [display_width(line[: line.index(digit)]) for line, digit in zip(lines, ("1", "22"), strict=True)] == [8, 8]
    assert table([]) == ""


def made(*, json_mode: bool) -> tuple[Output, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Output(json_mode=json_mode, locale="en", stdout=out, stderr=err), out, err


def test_json_mode_prints_the_document_alone() -> None:
    output, out, err = made(json_mode=True)
    output.progress("working")
    output.result({"name": "鴻雁"}, "text")
    assert out.getvalue() == '{"name": "鴻雁"}\n'
    assert err.getvalue() == "working\n"


def test_text_is_made_only_when_it_is_shown() -> None:
    output, out, _ = made(json_mode=False)
    output.result({"a": 1}, lambda: "text")
    assert out.getvalue() == "text\n"
    silent, document, _ = made(json_mode=True)
    silent.result({"a": 1}, lambda: pytest.fail("made though not shown"))
    assert json.loads(document.getvalue()) == {"a": 1}


def test_an_error_carries_code_clause_and_all_reasons() -> None:
    output, out, err = made(json_mode=True)
    reason = Decision("instance.absent", {"directory": "/y"})
    output.error(Decision("instance.absent", {"directory": "/x"}, clause="B1"), [reason])
    error = json.loads(out.getvalue())["error"]
    assert (error["code"], error["clause"]) == ("instance.absent", "B1")
    assert [r["code"] for r in error["reasons"]] == ["instance.absent"]
    assert "/x" in err.getvalue()
    assert "/y" in err.getvalue()
