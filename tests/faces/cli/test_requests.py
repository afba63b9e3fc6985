"""`request`: as a person reads it and as a script does."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.requests.models import Chain, Request
from hongyan.faces.cli import main as cli
from tests.cast import Cast
from tests.company.requests.house import House, make_house

Run = Any


@pytest.fixture
def house(cast: Cast) -> House:
    return make_house(cast)


@pytest.fixture
def request_(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("HONGYAN_LOCALE", "en")
    monkeypatch.setenv("HONGYAN_DIR", os.environ["HONGYAN_DIR"])
    monkeypatch.setattr("sys.stdout", sys.stdout)

    def run(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert cli.main(["request", *arguments, "--company", "corp"]) == code
        said = capsys.readouterr()
        return json.loads(said.out) if "--json" in arguments else said.out + said.err

    return run


def test_filed_shown_decided(house: House, request_: Run, tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.7")
    said = request_(
        "file", "quota", "mailbox=alice@corp.test", "quota_mb=5GB", "reason=more", "--attach", str(scan), "--json"
    )
    assert (said["number"], said["filed_as"], said["attachments"]) == (1, "office", ["scan.pdf"])
    own = request_("decide", "1", "approve", "--json", code=1)
    assert own["error"]["code"] == "request.own"  # root filed it, so somebody else approves
    house.approve("otto", house.approve("bob", Request.objects.get()))
    assert Mailbox.objects.get(address="alice@corp.test").quota_mb == 5120
    shown = request_("show", "1")
    assert "More space alice@corp.test" in shown and "王博: approved" in shown and "Size: 5 GB" in shown
    assert [r["state"] for r in request_("list", "--json")] == ["done"]
    assert request_("list", "--office", "--json") == []


@pytest.mark.clause("B4.13")
def test_root_decides_what_is_the_office_s(house: House, request_: Run) -> None:
    house.file("bob", "password", mailbox="alice@corp.test")
    assert "Mail office: waiting  Otto, 陳家蓉" in request_("show", "1")
    done = request_("decide", "1", "approve", "--json")
    assert done["state"] == "done" and done["first_password"]
    house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    assert request_("decide", "2", "reject", "--reason", "no", "--json", code=1)["error"]["code"] == "request.not_asked"
    assert request_("withdraw", "2", "--reason", "not needed", "--json")["state"] == "withdrawn"
    assert request_("show", "7", "--json", code=1)["error"]["code"] == "request.unknown"


def test_policies_and_chains_as_data(house: House, request_: Run, tmp_path: Path) -> None:
    assert "network office" in request_("policy", "B")
    forms = {f["form"]: f for f in request_("forms", "--json")}
    assert (forms["personal"]["chain"], forms["personal"]["exception"]) == ("branch", "exception")
    chain = next(c for c in request_("chains", "--json") if c["name"] == "network")
    chain["steps"].append({"by": "hr"})
    file = tmp_path / "chain.json"
    file.write_text(json.dumps(chain))
    assert request_("chain", str(file), "--json") == {"name": "network", "version": 2}
    assert "network 2: Network office → HR" in request_("chains")
    file.write_text("{}")
    assert request_("chain", str(file), "--json", code=1)["error"]["code"] == "request.chain_file"
    assert Chain.objects.filter(name="network").count() == 2
    wrong = request_("file", "quota", "mailbox", "--json", code=1)
    assert wrong["error"]["code"] == "request.pair"
