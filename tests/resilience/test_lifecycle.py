"""`up` and `down` after everything that can happen to an instance: nothing half-made, no process left, sentences."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hongyan.engines.supervise import control
from hongyan.engines.supervise.processes import find
from hongyan.kernel.instance import load
from tests.resilience import hands
from tests.system.hands import CHECKOUT, Failed, Running, eventually, running_instance


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that services may pass through, for instances that never come to be."""
    base = Path(tempfile.mkdtemp(prefix="hongyan-place-", dir="/var/tmp"))
    base.chmod(0o755)
    yield base
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture(scope="module")
def second() -> Iterator[Running]:
    with running_instance(name="b") as running:
        yield running


def refused(running: Running, *options: str) -> Failed:
    with pytest.raises(Failed) as failure:
        running.run("up", "--detach", *options)
    assert failure.value.code == 1
    return failure.value


def assert_nothing_made(root: Path) -> None:
    assert not root.exists()
    assert hands.dead_letters(root) == []
    assert find(root) == []


def test_up_twice_is_harmless(second: Running) -> None:
    before = {state.name: state.pid for state in control.states(second.instance) or []}
    second.up()
    assert {state.name: state.pid for state in control.states(second.instance) or []} == before


def test_two_instances_side_by_side_do_not_disturb_each_other(house: Running, second: Running) -> None:
    """Stopping one, with a killed supervisor too, leaves every process and every session of the other alone."""
    before = {state.name: state.pid for state in control.states(house.instance) or []}
    with hands.Idle(house, "alice@corp.test") as session:
        os.kill(control.supervisor_pid(second.instance) or 0, signal.SIGKILL)
        second.down()
        assert find(second.root) == []
        assert not session.ended_within(0.5)
        assert {state.name: state.pid for state in control.states(house.instance) or []} == before
        second.up()
        assert {state.name: state.pid for state in control.states(house.instance) or []} == before
    assert not set(house.ports.values()) & set(second.ports.values())


def test_a_killed_supervisor_leaves_nothing_that_blocks_the_next_up(second: Running) -> None:
    supervisor = control.supervisor_pid(second.instance)
    assert supervisor
    orphans = {process.pid for process in find(second.root)} - {supervisor}
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: control.supervisor_pid(second.instance) is None, 5)
    second.up()
    assert hands.is_ready(second)
    assert not orphans & {process.pid for process in find(second.root)}, "processes of the former life"
    parents = {process.pid: process.parent for process in find(second.root)}
    new = control.supervisor_pid(second.instance)
    assert all(parent in parents for pid, parent in parents.items() if pid != new), "an orphan"


def _command_lines() -> Iterator[bytes]:
    own = {os.getpid(), os.getppid()}
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and int(path.name) not in own:
            try:
                yield path.joinpath("cmdline").read_bytes()
            except OSError:
                continue


def test_a_busy_port_is_named_with_its_holder_and_nothing_started(second: Running) -> None:
    second.down()
    settings = second.root / "instance.toml"
    before = settings.read_text()
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        settings.write_text(before.replace(f"imap = {second.ports['imap']}\n", f"imap = {port}\n"))
        failure = refused(second)
    settings.write_text(before)
    assert failure.error["code"] == "setup.ports_busy"
    assert str(port) in failure.error["message"] and str(os.getpid()) in failure.error["message"]
    assert find(second.root) == []


def test_down_leaves_no_process_and_up_again_keeps_everything(second: Running) -> None:
    """Goes on where the test before has stopped the instance."""
    second.down()
    assert find(second.root) == []
    assert str(second.root).encode() not in b"".join(_command_lines())
    number = load(second.root)
    second.up()
    assert load(second.root) == number and hands.is_ready(second)


def test_a_full_disk_is_said_and_nothing_is_half_made(place: Path) -> None:
    """Too little room to begin with, and a disk that fills while the instance is made."""
    small = place / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0755", "none", str(small)], check=True)
    try:
        failure = refused(Running(small / "i"), "--ports", "auto")
        assert failure.error["code"] == "setup.disk_full" and "64 MB" in failure.error["message"]
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_disk_that_fills_while_the_release_is_compiled(place: Path) -> None:
    small = place / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600m,nr_inodes=90,mode=0755", "none", str(small)], check=True)
    try:
        failure = refused(Running(small / "i"), "--ports", "auto")
        assert "No space left" in failure.error["message"], failure.error
        assert "Traceback" not in failure.stderr
        assert list(small.iterdir()) == []
        assert find(small / "i") == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--hostname", "not a host"), "setup.hostname"),
        (("--listen", "300.1.1.1"), "setup.listen"),
    ],
)
def test_a_wrong_wish_makes_nothing(place: Path, options: tuple[str, ...], code: str) -> None:
    running = Running(place / "i")
    assert refused(running, "--ports", "auto", *options).error["code"] == code
    assert_nothing_made(running.root)


def test_an_interrupted_up_leaves_nothing(place: Path) -> None:
    """SIGTERM at several moments of the making of a new instance."""
    for seconds in (0.6, 1.8):
        root = place / "i"
        up = subprocess.Popen(
            [str(CHECKOUT / "hongyan"), "up", "--detach", "--ports", "auto", "--dir", str(root)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(seconds)
        up.send_signal(signal.SIGTERM)
        up.wait(60)
        if not root.exists():
            assert find(root) == [], "processes left"
            assert hands.dead_letters(root) == []
        else:  # it was made whole before the signal came (a fast machine is even ready by then)
            assert (root / "instance.toml").exists()
            subprocess.run(
                [str(CHECKOUT / "hongyan"), "down", "--dir", str(root)], check=True, timeout=60, capture_output=True
            )
            assert find(root) == [], "processes left"
            shutil.rmtree(root)


def test_a_killed_up_leaves_nothing_that_blocks_the_next(place: Path) -> None:
    running = Running(place / "i")
    up = subprocess.Popen(
        [str(CHECKOUT / "hongyan"), "up", "--detach", "--ports", "auto", "--dir", str(running.root)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(1.5)
    up.kill()
    up.wait(10)
    running.up()
    assert hands.is_ready(running)
    running.down()
    assert find(running.root) == [] and hands.dead_letters(running.root) == []


@pytest.mark.parametrize(
    ("url", "code"),
    [("mysql://x/y", "setup.database"), ("postgresql://u@127.0.0.1:1/hongyan", "database.unavailable")],
)
def test_a_database_that_is_none_makes_nothing(place: Path, url: str, code: str) -> None:
    running = Running(place / "i")
    assert refused(running, "--ports", "auto", "--database", url).error["code"] == code
    assert_nothing_made(running.root)
