"""`mailbox life, stop, lift, leaving, retain, ...` and `company unused` at the shell."""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

import pytest

from hongyan.faces.cli import life, main as cli
from hongyan.kernel import clock
from tests.cast import Cast

ALICE = "alice@corp.test"
MONTH = (clock.today() + timedelta(days=30)).isoformat()


@pytest.fixture
def run(cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("HONGYAN_LOCALE", "en")
    monkeypatch.setenv("HONGYAN_DIR", os.environ["HONGYAN_DIR"])
    monkeypatch.setattr("sys.stdout", sys.stdout)
    monkeypatch.setattr(life, "wait_for_release", lambda out: None)

    def run(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert cli.main([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.clause("B4.8", "G2.1.6")
def test_a_life(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("mailbox", "stop", ALICE, "receiving", "--until", MONTH)["stopped"] == ["receiving"]
    assert run("mailbox", "lift", ALICE, "receiving") == {"address": ALICE, "state": "active", "stopped": []}
    assert run("mailbox", "lift", ALICE, "receiving", code=1)["error"]["code"] == "life.not_stopped"
    assert run("mailbox", "leaving", ALICE, "--on", MONTH)["state"] == "leaving"
    assert run("mailbox", "leaving", ALICE, "--stays")["state"] == "active"
    assert run("mailbox", "retain", ALICE, "--until", MONTH, "--successor", "dave@corp.test")["state"] == "retained"
    run("mailbox", "reply", ALICE, "--text", "en=She has left = gone", "--text", "zh-Hant=已離職")
    seen = run("mailbox", "life", ALICE)
    assert seen["forward_to"] == "dave@corp.test" and seen["reply"]["en"] == "She has left = gone"
    assert seen["next"]["code"] == "life.next.retention" and seen["history"][-1]["kind"] == "mailbox.opened"
    assert cli.main(["mailbox", "life", ALICE]) == 0
    assert "retained" in capsys.readouterr().out
    run("mailbox", "reply", ALICE)
    run("mailbox", "forward", ALICE, "none")
    seen = run("mailbox", "life", ALICE)
    assert seen["reply"] == {} and seen["forward_to"] == ""
    run("mailbox", "forward", ALICE, "bob@corp.test")
    assert run("mailbox", "unretain", ALICE)["state"] == "active"
    assert run("mailbox", "keep-as-alias", ALICE, "bob@corp.test", "--until", MONTH)["state"] == "alias"


@pytest.mark.clause("G2.1.6")
def test_unused_mailboxes(run: Any) -> None:
    assert run("company", "unused", "corp")["on"] is False
    assert run("company", "unused", "corp", "--notice", "90", "--suspend", "14")["suspend_days"] == 14
    assert run("company", "unused", "corp", "--notice", "9", code=1)["error"]["code"] == "life.idle_range"
    assert run("company", "unused", "corp", "--off")["on"] is False
