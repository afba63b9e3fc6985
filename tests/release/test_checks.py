"""The engines' own checkers accept what is compiled for this Debian, and refuse what was spoiled."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hongyan.release.render import checks_for, render
from tests.release import running, sample

pytestmark = pytest.mark.skipif(not running.available(), reason="needs root and the engines")


@pytest.fixture
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hy-") as directory:
        yield Path(directory)


def written(root: Path, **changes: object) -> list[str]:
    """Render into `root` as a draft of a release would; certificates and such are where the instance has them."""
    instance = replace(sample.instance(root, debian=running.debian()), **changes)  # type: ignore[arg-type]
    running.write_certificate(instance)
    files = render(sample.ground(instance), running.SECRETS)
    for path, file in files.items():
        running.write(instance.live / path, file)
    return list(files)


def complaints(root: Path, paths: list[str]) -> dict[str, str]:
    found = {}
    for tool, command in checks_for(root / "live", paths):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode or "warning" in done.stderr:
            found[tool] = done.stderr or done.stdout
    return found


@pytest.mark.parametrize(
    "changes",
    [{}, {"outside": True}, {"resolver": "127.0.0.1:10053"}, {"rspamd": False}],
    ids=["plain", "outside", "resolver", "no-rspamd"],
)
def test_every_tool_is_content(root: Path, changes: dict[str, object]) -> None:
    assert complaints(root, written(root, **changes)) == {}


@pytest.mark.parametrize(
    "path,spoil,tool",
    [
        ("etc/dovecot.conf", "no_such_setting = 1\n", "doveconf"),
        ("etc/postfix/main.cf", "smtpd_milters = ${\n", "postconf"),
        ("etc/rspamd/local.d/options.inc", "dns { nameserver = [\n", "rspamadm configtest"),
        ("etc/sieve/before.d/10-sort.sieve", "fileinto 7;\n", "sievec"),
    ],
)
def test_a_spoiled_file_is_refused_by_its_tool(root: Path, path: str, spoil: str, tool: str) -> None:
    written(root)
    with (root / "live" / path).open("a") as file:
        file.write(spoil)
    assert tool in complaints(root, [path])


def test_nothing_is_asked_about_files_that_no_tool_reads(root: Path) -> None:
    written(root)
    assert checks_for(root / "live", ["etc/masters", "etc/rspamd/dkim/paths.map", "bin/quota-warning.sh"]) == []
