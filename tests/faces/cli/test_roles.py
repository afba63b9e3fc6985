"""`role`: list, grant, revoke, explain, separation; as a person reads it and as a script does."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import RoleGrant
from hongyan.faces.cli import main as cli
from tests.branches import IT, Branches, account_of

Run = Any


@pytest.fixture
def role(branches: Branches, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("HONGYAN_LOCALE", "en")
    monkeypatch.setenv("HONGYAN_DIR", os.environ["HONGYAN_DIR"])
    monkeypatch.setattr("sys.stdout", sys.stdout)

    def run(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert cli.main(["role", *arguments]) == code
        said = capsys.readouterr()
        return json.loads(said.out) if "--json" in arguments else said.out + said.err

    return run


@pytest.mark.clause("G2.1.3")
def test_granted_listed_and_revoked(branches: Branches, role: Run) -> None:
    grant = role(
        "grant", "alice@corp.test", "scoped", "--unit", IT, "--seats", "20", "--storage", "50GB", "--only",
        "mailbox.write, mailbox.read", "--until", "2099-12-31", "--reason", "代理", "--json",
    )  # fmt: skip
    assert grant["storage_mb"] == 51200 and grant["permissions"] == ["mailbox.read", "mailbox.write"]
    rows = role("list", "--company", "corp", "--text", "alice", "--json")
    assert rows == [grant] and grant["granted_by"].startswith("cli:") and grant["reason"] == "代理"
    assert "2099-12-31" in role("list", "--company", "corp", "--role", "scoped")
    assert "no longer" in role("revoke", str(grant["id"]), "--reason", "ended")
    assert role("list", "--company", "corp", "--text", "alice", "--json") == []
    assert role("revoke", str(grant["id"]), "--json", code=1)["error"]["code"] == "role.unknown"


def test_refusals_are_told(branches: Branches, role: Run) -> None:
    assert role("grant", "nobody@corp.test", "it", "--json", code=1)["error"]["code"] == "account.unknown"
    assert "choose one" in role("grant", "alice@corp.test", "scoped", code=1)
    unknown = role("grant", "alice@corp.test", "it", "--company", "other", "--json", code=1)
    assert unknown["error"]["code"] == "account.unknown"
    assert role("grant", "alice@corp.test", "it", "--unit", "無", "--json", code=1)["error"]["code"] == "unit.unknown"
    assert not RoleGrant.objects.filter(account=account_of(branches.cast.alice)).exists()


def test_rights_in_plain_sentences(branches: Branches, role: Run) -> None:
    said = role("explain", "sam@corp.test")
    assert f"As branch administrator, for {IT} and everything below it." in said and "Reason: 分級管理" in said
    assert "[mailbox.write]" in said and "Reading mail is not included" in said
    told = role("explain", "bob@corp.test", "--json")
    assert {right["permission"] for right in told["rights"]} == {"people.read", "mailbox.read"}
    assert told["rights"][0]["by"][0]["source"] == "head"
    assert "Holds no role" in role("explain", "alice@corp.test")


def test_addresses_are_put_into_units(branches: Branches, role: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> Any:
        capsys.readouterr()
        assert cli.main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    assert run("mailbox", "place", "desk@corp.test", IT) == {"address": "desk@corp.test", "unit": IT}
    assert run("group", "set", "crew@corp.test", "--unit", IT)["unit"] == IT
    assert run("group", "set", "crew@corp.test", "--unit", "none")["unit"] == ""
    assert run("group", "add", "new@corp.test", "--unit", IT)["unit"] == IT
    run("mailbox", "open", "box@corp.test", "--kind", "shared", "--unit", IT)
    assert Mailbox.objects.get(address="box@corp.test").unit == branches.it


def test_the_separation_is_switched_and_shown(branches: Branches, role: Run) -> None:
    assert role("separation", "--company", "corp", "--json") == {"company": "corp", "separated": False}
    role("grant", "vera@corp.test", "audit")
    refused = role("separation", "on", "--company", "corp", "--json", code=1)["error"]
    assert refused["code"] == "separation.two" and "vera@corp.test" in refused["reasons"][0]["message"]
    account_of(branches.vera).roles.filter(role="audit").delete()
    assert "only security grants roles" in role("separation", "on", "--company", "corp")
    assert role("separation", "off", "--company", "corp", "--json")["separated"] is False
