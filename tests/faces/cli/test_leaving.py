"""`leaving` at the shell."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest

from hongyan.company.leaving import steps
from hongyan.company.leaving.models import Leaving
from hongyan.faces.cli import main as cli
from tests.cast import Cast


@pytest.fixture
def run(cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("HONGYAN_LOCALE", "en")
    monkeypatch.setenv("HONGYAN_DIR", os.environ["HONGYAN_DIR"])
    monkeypatch.setattr("sys.stdout", sys.stdout)

    def run(*arguments: str, code: int = 0, text: bool = False) -> Any:
        capsys.readouterr()
        assert cli.main([*arguments, *([] if text else ["--json"])]) == code
        said = capsys.readouterr().out
        return said if text else json.loads(said)

    return run


@pytest.mark.clause("G3.2.1", "B4.8")
def test_leaving(cast: Cast, run: Any) -> None:
    late = run("leaving", "begin", "alice@corp.test", "--kind", "immediate", code=1)
    assert late["error"]["code"] == "leaving.reason_missing"
    begun = run("leaving", "begin", "alice@corp.test", "--kind", "immediate", "--reason", "order 12")
    number = str(begun["id"])
    assert (begun["state"], begun["mailboxes"]) == ("running", ["alice@corp.test"])
    assert "Nobody is named to succeed" in run("leaving", "show", number, text=True)
    assert run("leaving", "list", "--company", "corp")[0]["blocked"] == ["forward"]
    assert run("leaving", "successor", number, "bob@corp.test")["successor"] == cast.bob.person_id
    assert run("leaving", "pause", number)["paused"] and not run("leaving", "resume", number)["paused"]
    assert run("leaving", "hold", number, "--reason", "court")["held"]
    assert not run("leaving", "release", number, "--reason", "over")["held"]
    steps.note_rules(Leaving.objects.get(), {})
    assert run("leaving", "tick", number, "handover")["state"] == "retained"
    assert run("leaving", "end", number, "alias")["end"] == "alias"
    assert run("leaving", "export", number, "--format", "eml")["exports"][0]["format"] == "eml"
    assert run("leaving", "finish", number, "--reason", "x", code=1)["error"]["code"] == "leaving.period"
    assert run("leaving", "cancel", number, code=1)["error"]["code"] == "leaving.begun"
    assert run("leaving", "back", number)["state"] == "returned"
    assert run("leaving", "list", "--company", "corp", "--state", "returned")[0]["name"] == "林愛麗"
    assert run("leaving", "list", "--company", "other") == []
    assert run("leaving", "begin", "bob@corp.test", "--mailbox-only")["person"] is None
    assert run("leaving", "rule", "--company", "corp", "--days", "60", "--automatic", "yes")["retain_days"] == 60
