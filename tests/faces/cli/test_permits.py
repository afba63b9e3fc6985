"""`permit` and `profile` at the shell."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.routing import add_group
from hongyan.faces.cli import main as cli
from tests.cast import Cast


@pytest.fixture
def run(cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("HONGYAN_LOCALE", "en")
    monkeypatch.setenv("HONGYAN_DIR", os.environ["HONGYAN_DIR"])
    monkeypatch.setattr("sys.stdout", sys.stdout)

    def run(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert cli.main([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.clause("B4.10", "P13")
def test_permits(run: Any) -> None:
    assert run("permit", "modes", "corp") == {"company": "corp", "outside": "everyone", "forward": "approved"}
    assert run("permit", "modes", "corp", "--outside", "approved")["outside"] == "approved"
    given = run("permit", "grant", "alice@corp.test", "large", "40", "--until", "2999-01-01", "--reason", "fair")
    assert (given["value"], given["until"]) == ("40", "2999-01-01")
    assert run("permit", "grant", "alice@corp.test", "forward", code=1)["error"]["code"] == "address.malformed"
    assert run("permit", "list", "--company", "corp") == run("permit", "list", "alice@corp.test") == [given]
    assert run("permit", "list", "--company", "other") == []
    assert run("permit", "end", str(given["id"]))["ended"]
    assert run("permit", "end", str(given["id"]), code=1)["error"]["code"] == "permit.unknown"


@pytest.mark.clause("P12")
def test_profiles(cast: Cast, run: Any) -> None:
    add_group(actor=cast.operator, company=cast.corp, address="net@corp.test")
    corp = ("--company", "corp")
    made = run("profile", "add", "Clerks", *corp, "--post", "專員")
    run("profile", "bring", "Clerks", "group", "net@corp.test", *corp)
    shown = run("profile", "bring", str(made["id"]), "size", "4096", *corp)
    assert [(i["kind"], i["value"]) for i in shown["items"]] == [("group", "net@corp.test"), ("size", "4096")]
    assert run("profile", "list", *corp) == [shown] and run("profile", "list", "--company", "other") == []
    person = str(cast.alice.person_id)
    assert [g["value"] for g in run("profile", "given", person, *corp)] == ["net@corp.test", "size"]
    view = run("profile", "preview", person, "總公司", "--post", "經理", *corp)
    assert view["kept"] == ["net@corp.test", "size"] and view["given"] == []
    assert run("profile", "waiting", *corp) == []
    assert run("profile", "agree", "1", *corp, code=1)["error"]["code"] == "profile.not_waiting"
    run("profile", "drop", "Clerks", str(shown["items"][1]["id"]), *corp)
    assert Mailbox.objects.get(address="alice@corp.test").quota_mb is None
    changed = run("profile", "change", "Clerks", "--name", "Heads", "--post", "主管", *corp)
    assert (changed["name"], changed["post"]) == ("Heads", "主管")
    assert run("profile", "remove", "Heads", *corp)["removed"]
    assert run("profile", "remove", "Heads", *corp, code=1)["error"]["code"] == "profile.unknown"
