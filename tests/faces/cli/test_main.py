"""From arguments to exit code and JSON: the contract that scripts rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hongyan.faces.cli import main as cli
from hongyan.faces.cli.registry import COMMANDS
from hongyan.kernel.decision import Decision, Refusal


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONGYAN_LOCALE", "en")
    monkeypatch.setenv("HONGYAN_DIR", os.environ["HONGYAN_DIR"])  # commands set it; put back afterwards
    monkeypatch.setattr("sys.stdout", sys.stdout)


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--dir", "/x", "--json", "mailbox", "list"],
        ["mailbox", "--dir=/x", "list", "--json"],
        ["mailbox", "list", "--json", "--dir", "/x"],
    ],
)
def test_common_options_stand_anywhere(arguments: list[str]) -> None:
    assert cli.take_common(arguments) == ("/x", True, ["mailbox", "list"])


def test_after_two_dashes_nothing_is_an_option() -> None:
    assert cli.take_common(["test", "--", "--json", "--dir", "x"]) == (
        None,
        False,
        ["test", "--", "--json", "--dir", "x"],
    )


def test_without_dir_the_checkouts_instance_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HONGYAN_DIR")
    monkeypatch.setenv("HONGYAN_CHECKOUT", "/srv/clone")
    assert cli.instance_directory(None) == Path("/srv/clone/var")
    assert cli.instance_directory("here") == Path.cwd() / "here"


def test_a_refusal_is_one_sentence_one_document_and_exit_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = call(capsys, "status", "--json", "--dir", str(tmp_path))
    assert code == 1
    assert json.loads(out)["error"]["code"] == "instance.absent"
    assert err == f"hongyan: {json.loads(out)['error']['message']}\n"
    assert str(tmp_path) in err


def test_a_command_with_the_database_needs_an_instance(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = call(capsys, "mailbox", "list", "--json", "--dir", str(tmp_path))
    assert (code, json.loads(out)["error"]["code"]) == (1, "instance.absent")


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["status", "--nonsense"], ["logs", "a", "b"], ["status", "--dir"], []]
)
def test_wrong_usage_is_exit_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, err = call(capsys, "--json", *arguments)
    assert code == 2
    assert json.loads(out)["error"]["code"] == "usage"
    assert "Traceback" not in err


def test_options_are_never_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "up", "--det")[0] == 2


def test_text_in_another_encoding_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "--json", "company", "add", "corp", "--name", os.fsdecode("鴻雁".encode("big5")))
    assert (code, json.loads(out)["error"]["code"]) == (1, "argument.encoding")
    assert err.isascii()


def test_what_nobody_foresaw_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.outcome_of(Refusal("a.b", clause="B1", x=1)) == Decision("a.b", {"x": 1}, "B1")
    unforeseen = cli.outcome_of(ZeroDivisionError("by zero"))
    assert (unforeseen.code, unforeseen.params) == ("internal", {"reason": "ZeroDivisionError: by zero"})
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_missing_right_names_the_file() -> None:
    verdict = cli.outcome_of(PermissionError(13, "Permission denied", "/srv/var/secrets/django.key"))
    assert (verdict.code, verdict.params["path"]) == ("right.missing", "/srv/var/secrets/django.key")


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_explains_itself(name: str) -> None:
    """In a process of its own: --help works without an instance."""
    environment = os.environ | {"HONGYAN_DIR": "/nonexistent", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-m", "hongyan.faces.cli", name, "--help"], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert f"usage: hongyan {name}" in done.stdout


def test_a_reader_that_goes_away_is_no_error() -> None:
    environment = os.environ | {"PYTHONPATH": ":".join(sys.path)}
    command = f"{sys.executable} -m hongyan.faces.cli --help | true"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, env=environment)
    assert "Traceback" not in done.stderr
