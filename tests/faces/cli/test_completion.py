"""Completion as a shell does it: the script is loaded into a real one, which is asked what comes next."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hongyan.faces.cli import completion
from hongyan.faces.cli.registry import COMMANDS


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("completion")
    for shell in ("bash", "zsh"):
        (directory / shell).write_text(completion.script(shell), "utf-8")
    return directory


def complete(scripts: Path, shell: str, *words: str) -> list[str]:
    """What the shell offers for the last of these words; zsh lets bash's functions run under these two options."""
    asked = f"""
      source {scripts / shell}
      {"setopt KSH_ARRAYS SH_WORD_SPLIT" if shell == "zsh" else ""}
      COMP_WORDS=({" ".join(f"'{word}'" for word in ("hongyan", *words))})
      COMP_CWORD={len(words)}
      _hongyan
      printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    options = ["--norc", "-c"] if shell == "bash" else ["-f", "-c"]
    done = subprocess.run([shell, *options, asked], capture_output=True, text=True, cwd=scripts)
    assert not done.stderr, done.stderr
    # zsh sorts out by itself what does not begin like the word; bash leaves that to the function.
    return [word for word in done.stdout.split() if shell == "bash" or word.startswith(words[-1])]


SHELLS = [
    pytest.param(shell, marks=pytest.mark.skipif(not shutil.which(shell), reason=f"no {shell}"))
    for shell in ("bash", "zsh")
]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["mai"], ["mailbox"]), (["mailbox", "ren"], ["rename"]), (["--dir", "/x", "--json", "mailbox", "susp"], ["suspend"]),
        (["group", "member", ""], ["add", "remove", "--dir", "--json", "--help"]),
        (["mailbox", "open", "a@b.c", "--kind", "sh"], ["shared"]), (["token", "add", "--ro"], ["--role"]),
        (["token", "add", "--role", "of"], ["office"]), (["completion", "z"], ["zsh"]), (["up", "--po"], ["--ports"]),
        (["webhook", "re"], ["remove", "resend"]),
    ],
)  # fmt: skip
def test_the_shell_offers_what_comes_next(scripts: Path, shell: str, words: list[str], offered: list[str]) -> None:
    assert sorted(complete(scripts, shell, *words)) == sorted(offered)


@pytest.mark.parametrize("shell", SHELLS)
def test_files_are_offered_where_one_is_asked_for(scripts: Path, shell: str) -> None:
    (scripts / "staff.xlsx").touch()
    assert complete(scripts, shell, "--dir", "sta") == ["staff.xlsx"]


def test_every_command_and_action_is_there() -> None:
    tree = completion.tree()
    for command in COMMANDS:
        assert (command.name,) in tree and command.name in tree[()]
    assert {"open", "suspend", "password"} <= set(tree[("mailbox",)]) and ("group", "member", "add") in tree


def test_the_script_is_sound_shell(scripts: Path) -> None:
    assert subprocess.run(["bash", "-n", str(scripts / "bash")], env=os.environ).returncode == 0
