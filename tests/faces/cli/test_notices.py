"""`notice`: the company's own words, its quiet hours, one mail a day; as a person reads it and as a script does."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

import pytest

from hongyan.company.notices.models import Template
from hongyan.company.notices.waiting import wants_digest
from hongyan.faces.cli import main as cli
from tests.cast import Cast

Run = Any


@pytest.fixture
def notice(cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("HONGYAN_LOCALE", "en")
    monkeypatch.setenv("HONGYAN_DIR", os.environ["HONGYAN_DIR"])
    monkeypatch.setattr("sys.stdout", sys.stdout)

    def run(*arguments: str, given: str = "", code: int = 0) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        capsys.readouterr()
        assert cli.main(["notice", *arguments]) == code
        said = capsys.readouterr()
        return json.loads(said.out) if "--json" in arguments else said.out + said.err

    return run


CORP = ("--company", "corp", "--json")


def test_set_shown_previewed_and_reset(cast: Cast, notice: Run) -> None:
    default = notice("show", "quota", *CORP)
    assert "您的郵箱" in default["body"] and not default["own"] and "level" in default["variables"]
    own = notice("set", "quota", "--subject", "{address}: {level}%", *CORP, given="tidy up, {company}\n")
    assert own == {"subject": "{address}: {level}%", "body": "tidy up, {company}\n", "own": True}
    assert notice("preview", "quota", *CORP)["subject"] == "alice@corp.test: 90%"
    assert "北辰集團" in notice("preview", "quota", "--company", "corp")
    rows = {row["notice"]: row for row in notice("list", *CORP)}
    assert rows["quota"]["own"] == ["zh-Hant"] and rows["locked"]["urgent"] and rows["misuse"]["own"] == []
    assert notice("show", "quota", "--company", "other", "--json")["own"] is False
    assert notice("reset", "quota", *CORP)["body"] == default["body"]


def test_an_unknown_variable_is_refused_by_name(notice: Run) -> None:
    said = notice("set", "quota", "--subject", "{levle}", *CORP, given="x", code=1)
    assert said["error"]["code"] == "notice.text_refused"
    assert said["error"]["reasons"][0]["code"] == "notice.unknown_variable" and "levle" in str(said)
    assert notice("show", "nothing", *CORP, code=1)["error"]["code"] == "notice.unknown"
    assert not Template.objects.exists()


def test_hours_and_one_mail_a_day(cast: Cast, notice: Run) -> None:
    assert notice("hours", *CORP) == {"quiet": "", "digest": "08:00"}
    assert notice("hours", "--quiet", "22:00-07:00", *CORP) == {"quiet": "22:00-07:00", "digest": "08:00"}
    assert notice("hours", "--digest", "09:30", *CORP) == {"quiet": "22:00-07:00", "digest": "09:30"}
    assert notice("hours", "--quiet", "off", *CORP)["quiet"] == ""
    assert notice("hours", "--quiet", "late", *CORP, code=1)["error"]["code"] == "notice.time_malformed"
    assert notice("digest", "alice@corp.test", "on", "--json")["digest"] and wants_digest(cast.alice)
    assert notice("digest", "alice@corp.test", "off", "--json")["digest"] is False
