"""The gate as a process: its socket, its signals, its limits."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import hongyan
from hongyan.kernel import journal
from tests.engines.gate import milter, world
from tests.engines.gate.world import ALICE, BOB

SOURCE = Path(hongyan.__file__).parent.parent
INSTANCE = """
name = "gate-test"
hostname = "mail.example"
listen = "127.0.0.1"
debian = 12
outside = false
[ports]
"""


class Running:
    def __init__(self, root: Path) -> None:
        self.root, self.path = root, root / "run" / "gate" / "milter.sock"
        self.events = root / "events" / "gate.jsonl"
        self.peers: list[milter.Client] = []
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        before = self.path.stat().st_ino if self.path.exists() else 0
        process = subprocess.Popen(
            [sys.executable, "-m", "hongyan.engines.gate"],
            env=os.environ | {"HONGYAN_DIR": str(self.root), "PYTHONPATH": str(SOURCE)},
        )
        deadline = time.monotonic() + 10
        while not self.path.exists() or self.path.stat().st_ino == before:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        return process

    def kill_and_restart(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process = self._start()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "instance.toml").write_text(INSTANCE)
    (tmp_path / "live" / "tables").mkdir(parents=True)
    world.publish(tmp_path / "live" / "tables" / "gate.cdb")
    gate = Running(tmp_path)
    yield gate
    for peer in gate.peers:
        peer.socket.close()
    gate.process.kill()
    gate.process.wait()


def client(running: Running) -> milter.Client:
    peer = milter.Client(running.path)
    running.peers.append(peer)
    assert peer.hello()[:1] == b"O"
    return peer


FROM = (("From", f"<{ALICE}>"),)


def test_answers_many_messages_in_one_session_and_many_sessions(running: Running) -> None:
    peers = [client(running) for _ in range(50)]
    for _ in range(2):
        for peer in peers:
            assert peer.send(milter.message(ALICE, "staff@corp.test")).startswith("y550 5.7.1 ")
            assert peer.send(milter.message("x@example.org", BOB, listener="mx")) == "c"


def test_any_user_s_postfix_may_connect(running: Running) -> None:
    assert running.path.stat().st_mode & 0o777 == 0o666


def test_counts_survive_kill_9_and_the_stale_socket_is_replaced(running: Running) -> None:
    peer = client(running)
    for _ in range(10):
        assert peer.send(milter.message(ALICE, BOB, login=ALICE, headers=FROM)) == "c"
    time.sleep(0.5)
    running.kill_and_restart()
    assert client(running).send(milter.message(ALICE, BOB, login=ALICE, headers=FROM)).startswith("y550 5.7.1 You may")


def test_ends_on_sigterm_with_the_journal_written_and_open_messages_judged(running: Running) -> None:
    idle, busy = client(running), client(running)
    frames = milter.message(ALICE, BOB, login=ALICE, headers=FROM)
    at = frames.index(b"hello")
    busy.socket.sendall(frames[:at])
    time.sleep(0.1)
    running.process.send_signal(signal.SIGTERM)
    assert idle.read() == b""
    assert busy.send(frames[at:]) == "c"
    assert running.process.wait(5) == 0
    assert [event["kind"] for event in journal.read(running.events)] == ["mail.sent"]


def test_sighup_does_nothing(running: Running) -> None:
    running.process.send_signal(signal.SIGHUP)
    time.sleep(0.1)
    assert client(running).send(milter.message("x@example.org", BOB, listener="mx")) == "c"


def test_memory_stays_bounded_under_large_messages_and_nonsense(running: Running) -> None:
    def resident() -> int:
        return int(Path(f"/proc/{running.process.pid}/statm").read_text().split()[1]) * 4096

    peer, before = client(running), resident()
    big = milter.message("x@example.org", "charlie@other.test", listener="mx", body=b"x" * (30 << 20))
    assert peer.send(big).startswith("y552 5.3.4 ")
    for _ in range(200):
        with socket.socket(socket.AF_UNIX) as nonsense:
            nonsense.connect(str(running.path))
            nonsense.sendall(b"EHLO x\r\n" * 100)
    assert peer.send(milter.message("x@example.org", BOB, listener="mx")) == "c"
    assert resident() - before < 8 << 20
