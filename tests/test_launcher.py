"""The launcher as people meet it: the right refusals, and a clone in a closed directory."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from hongyan.engines.setup import placement

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture
def launcher(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", list(sys.path))
    loader = importlib.machinery.SourceFileLoader("launcher", str(CHECKOUT / "hongyan"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = importlib.util.spec_from_file_location("launcher", CHECKOUT / "hongyan", loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("release", "named"),
    [
        ('ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04 LTS"\n', "Ubuntu 24.04 LTS"),
        ('ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\n', "11 (bullseye)"),
        ("", "unknown"),
    ],
)
def test_another_system_is_named_and_refused(
    launcher: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], release: str, named: str
) -> None:
    (tmp_path / "os-release").write_text(release)
    with pytest.raises(SystemExit) as ended:
        launcher.check_system(str(tmp_path / "os-release"))
    assert ended.value.code == 1
    assert named in capsys.readouterr().err


@pytest.mark.parametrize("version", ["12", "13"])
def test_debian_12_and_13_are_welcome(launcher: ModuleType, tmp_path: Path, version: str) -> None:
    (tmp_path / "os-release").write_text(f'ID=debian\nVERSION_ID="{version}"\n')
    launcher.check_system(str(tmp_path / "os-release"))


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["--dir", "up", "status"], "status"),
        (["--json", "--dir=x", "up"], "up"),
        (["test", "-k", "up"], "test"),
        ([], ""),
    ],
)
def test_the_command_is_told_from_options(launcher: ModuleType, arguments: list[str], command: str) -> None:
    assert launcher.command_of(arguments) == command


def test_an_old_python_can_read_it() -> None:
    """The grammar of Python 3.7, so that the sentence about the version is what an old one says."""
    compile((CHECKOUT / "hongyan").read_text("utf-8"), "hongyan", "exec", _feature_version=7)


@pytest.fixture
def closed_clone() -> Iterator[Path]:
    """A clone that only root can enter, with a place of its own whose environment is this one."""
    if os.geteuid() != 0:
        pytest.skip("makes a place below /var/lib")
    directory = Path(tempfile.mkdtemp(prefix="hongyan-"))  # mode 0700
    clone = directory / "clone"
    clone.mkdir()
    shutil.copy(CHECKOUT / "hongyan", clone)
    for name in ("src", "requirements"):
        shutil.copytree(CHECKOUT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    home = Path(placement.place_of(str(clone)).home)
    home.mkdir(parents=True)
    (home / "venv").symlink_to(Path(sys.prefix).resolve())
    yield clone
    shutil.rmtree(directory)
    shutil.rmtree(home)


def stamp(clone: Path) -> str:
    digest = hashlib.sha256((clone / "requirements" / "base.txt").read_bytes()).hexdigest()
    return f"{digest} {os.path.realpath(Path(sys.prefix) / 'bin' / 'python')}"


def test_a_clone_in_a_closed_directory_runs_from_an_open_place(closed_clone: Path) -> None:
    if (Path(sys.prefix) / "hongyan-base.stamp").read_text() != stamp(closed_clone):
        pytest.skip("this environment was not made by the launcher from these requirements")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HONGYAN_")}
    command = [str(closed_clone / "hongyan"), "status", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    home = Path(placement.place_of(str(closed_clone)).home)
    assert done.returncode == 1
    assert str(home / "var") in done.stdout
    assert (closed_clone / "var").resolve() == home / "var"
    assert (home / "code" / "hongyan" / "__init__.py").stat().st_mode & 0o004
    assert placement.first_closed(str(home / "code")) is None
