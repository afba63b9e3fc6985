"""`company set|show`, `domain default|remove`, and what changes of mailboxes, aliases and groups at the shell."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest

from hongyan.company.mailboxes.models import Alias, Group, Mailbox, SendAs
from hongyan.company.people.models import Company, Domain
from hongyan.faces.cli import main as cli
from hongyan.kernel import clock
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


@pytest.mark.clause("B3", "B4.9")
def test_a_companys_settings(run: Any) -> None:
    changed = run("company", "set", "corp", "--quota", "5GB", "--junk-days", "14", "--postmaster", "dave@corp.test")
    assert changed["changed"]["quota_mb"] == {"before": 3072, "after": 5120}
    shown = run("company", "show", "corp")
    assert (shown["quota_mb"], shown["junk_days"], shown["postmaster"]) == (5120, 14, ["dave@corp.test"])
    assert shown["default_domain"] == "corp.test" and shown["domains"] == ["corp.test"]
    assert run("company", "set", "corp", "--quota", "5GB")["changed"] == {}
    run("company", "set", "corp", "--postmaster", "default")
    assert Company.objects.get(slug="corp").postmaster == []
    refused = run("company", "set", "corp", "--junk-days", "many", "--trash-days", "0", code=1)["error"]
    assert refused["code"] == "setting.unfit" and [r["code"] for r in refused["reasons"]] == ["setting.range"] * 2
    assert run("company", "set", "corp", code=1)["error"]["code"] == "setting.none_given"
    assert run("company", "set", "corp", "--quota", "much", code=1)["error"]["code"] == "quota.malformed"


def test_domains(cast: Cast, run: Any) -> None:
    Domain.objects.create(company=cast.corp, name="two.test", selector="hy1", dkim_key="", created_at=clock.now())
    run("domain", "default", "two.test")
    assert run("company", "show", "corp")["default_domain"] == "two.test"
    assert run("domain", "remove", "corp.test", code=1)["error"]["code"] == "domain.not_empty"
    assert run("domain", "remove", "two.test") == {"domain": "two.test", "removed": True}


@pytest.mark.clause("B4.4", "C6", "P12")
def test_mailboxes_aliases_and_groups(cast: Cast, run: Any) -> None:
    assert run("mailbox", "limit", "alice@corp.test", "50")["hourly_limit"] == 50
    assert run("mailbox", "limit", "alice@corp.test", "default")["hourly_limit"] == 200
    assert run("mailbox", "limit", "alice@corp.test", "many", code=1)["error"]["code"] == "mailbox.limit_range"
    assert run("mailbox", "expiry", "alice@corp.test", "2999-01-01")["expires_on"] == "2999-01-01"
    run("mailbox", "expiry", "alice@corp.test", "none")
    assert Mailbox.objects.get(address="alice@corp.test").expires_on is None
    run("group", "add", "all@corp.test", "--member", "alice@corp.test")
    run("mailbox", "send-as", "alice@corp.test", "all@corp.test")
    run("mailbox", "send-as", "alice@corp.test", "all@corp.test", "--remove")
    assert not SendAs.objects.exists()
    run("alias", "add", "it@corp.test", "alice@corp.test", "--until", "2999-01-01")
    changed = run("alias", "change", "it@corp.test", "--target", "all@corp.test")
    assert (changed["target"], changed["until"]) == ("all@corp.test", "2999-01-01")
    assert run("alias", "change", "it@corp.test", "--until", "none")["until"] is None
    assert cast.bob.person is not None
    run("group", "set", "all@corp.test", "--name", "全體", "--owner", str(cast.bob.person.pk))
    assert Group.objects.get().owner == cast.bob.person
    assert run("group", "rename", "all@corp.test", "every@corp.test", "--keep-days", "0")["name"] == "全體"
    assert Alias.objects.get(address="it@corp.test").target == "every@corp.test"
    run("alias", "remove", "it@corp.test")
    run("group", "remove", "every@corp.test")
    assert not Group.objects.exists() and not Alias.objects.exists()
    assert run("alias", "remove", "it@corp.test", code=1)["error"]["code"] == "alias.unknown"
