"""The guard as a process: its HTTP, the client, kill -9."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import hongyan
from hongyan.engines.guard.client import GuardClient, Verdict
from hongyan.kernel import instance, journal
from tests.engines.gate import world
from tests.engines.gate.postfix import free_port
from tests.engines.gate.world import ALICE, BOB

SOURCE = Path(hongyan.__file__).parent.parent
KEY = "k" * 40
INSTANCE = """
name = "guard-test"
hostname = "mail.example"
listen = "127.0.0.1"
debian = 12
outside = false
[ports]
guard = {port}
"""


class Running:
    def __init__(self, root: Path) -> None:
        self.root, self.port = root, free_port()
        (root / "instance.toml").write_text(INSTANCE.format(port=self.port))
        (root / "secrets").mkdir()
        (root / "secrets" / "guard.key").write_text(KEY + "\n")
        (root / "live" / "tables").mkdir(parents=True)
        world.publish(root / "live" / "tables" / "gate.cdb")
        self.client = GuardClient(instance.load(root))
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hongyan.engines.guard"],
            env=os.environ | {"HONGYAN_DIR": str(self.root), "PYTHONPATH": str(SOURCE)},
        )
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline
                time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    guard = Running(tmp_path)
    yield guard
    guard.kill()


@pytest.fixture
def wire(running: Running) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=5)
    yield connection
    connection.close()


def post(wire: http.client.HTTPConnection, path: str, body: Any, key: str = KEY) -> tuple[int, Any]:
    wire.request("POST", path, body if isinstance(body, (str, bytes)) else json.dumps(body), {"X-API-Key": key})
    response = wire.getresponse()
    return response.status, json.loads(response.read())


def test_one_connection_serves_many_requests(wire: http.client.HTTPConnection) -> None:
    for _ in range(3):
        assert post(wire, "/auth?command=allow", {"login": ALICE, "remote": "203.0.113.9"}) == (
            200,
            {"status": 0, "msg": ""},
        )
    assert post(wire, "/auth?command=report", {"login": ALICE, "success": True}) == (200, {"status": 0, "msg": ""})


@pytest.mark.parametrize(
    ("path", "body", "key", "status"),
    [
        ("/auth?command=allow", {"login": ALICE}, "wrong", 403),
        ("/unlock", {"login": ALICE}, "", 403),
        ("/auth?command=allow", "{,}", KEY, 400),
        ("/auth?command=allow", "[]", KEY, 400),
        ("/auth?command=allow", {}, KEY, 400),
        ("/auth?command=open", {"login": ALICE}, KEY, 400),
        ("/auth", {"login": ALICE}, KEY, 400),
        ("/elsewhere", {}, KEY, 404),
    ],
)
def test_bad_requests_are_answered_and_the_connection_lives(
    wire: http.client.HTTPConnection, path: str, body: Any, key: str, status: int
) -> None:
    assert post(wire, path, body, key)[0] == status
    assert post(wire, "/auth?command=allow", {"login": ALICE})[0] == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST /auth HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"411"),
        (b"POST /auth HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"POST /auth HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"X" * 20_000, b"431"),
    ],
)
def test_what_cannot_be_read_ends_the_connection(running: Running, data: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as peer:
        peer.sendall(data)
        answer = b"".join(iter(lambda: peer.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 " + status)


def test_requests_may_arrive_in_pieces_and_together(running: Running) -> None:
    body = json.dumps({"login": ALICE}).encode()
    one = b"POST /auth?command=allow HTTP/1.1\r\nX-API-Key: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        KEY.encode(),
        len(body),
        body,
    )
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as peer:
        for octet in one:
            peer.sendall(bytes([octet]))
        assert b'"status": 0' in peer.recv(4096)
        peer.sendall(one + one[:-1])
        time.sleep(0.1)
        assert peer.recv(4096).count(b"HTTP/1.1 200") == 1
        peer.sendall(one[-1:])
        assert b'"status": 0' in peer.recv(4096)


def test_the_client_is_slowed_locked_and_unlocked(running: Running) -> None:
    client = running.client
    assert client.allow(ALICE, "203.0.113.9", "right") == Verdict()
    for number in range(5):
        assert client.report(ALICE, "203.0.113.9", f"guess{number}", success=False)
    assert client.allow(ALICE, "203.0.113.9", "right") == Verdict(wait=1)
    for number in range(5, 10):
        client.report(ALICE, "203.0.113.9", f"guess{number}", success=False)
    refused = client.allow(ALICE, "203.0.113.9", "right").refused
    assert refused is not None and refused.code == "signin.account_locked"
    assert client.unlock(ALICE) and client.allow(ALICE, "203.0.113.9", "right").refused is None


def test_the_client_sends_no_password_and_recognises_a_repeated_one(running: Running) -> None:
    for _ in range(20):
        running.client.report(ALICE, "203.0.113.9", "old-password", success=False)
    assert running.client.allow(ALICE, "203.0.113.9", "x") == Verdict()
    assert "old-password" not in "".join(p.read_text() for p in running.root.rglob("*.jsonl"))


def test_state_is_told(running: Running, wire: http.client.HTTPConnection) -> None:
    running.client.report(ALICE, "203.0.113.9", "x", success=False)
    wire.request("GET", "/state?login=Alice%40corp.test", headers={"X-API-Key": KEY})
    assert json.loads(wire.getresponse().read()) == {"login": ALICE, "failures": 1, "locked_until": None}


def test_locks_survive_kill_9(running: Running) -> None:
    for number in range(10):
        running.client.report(BOB, "203.0.113.9", f"guess{number}", success=False)
    running.kill()
    assert running.client.allow(BOB, "203.0.113.9", "x") == Verdict(reached=False)
    assert running.client.report(BOB, "203.0.113.9", "x", success=True) is False
    running.start()
    assert running.client.allow(BOB, "203.0.113.9", "x").refused is not None


def test_a_hung_guard_costs_half_a_second(running: Running) -> None:
    running.process.send_signal(signal.SIGSTOP)
    start = time.monotonic()
    assert running.client.allow(ALICE, "203.0.113.9", "x") == Verdict(reached=False)
    assert time.monotonic() - start < 5
    running.process.send_signal(signal.SIGCONT)


def test_ends_on_sigterm_with_everything_told(running: Running) -> None:
    for _ in range(3):
        running.client.report(ALICE, "203.0.113.9", "right", success=True)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(5) == 0
    assert [e["params"]["count"] for e in journal.read(running.root / "events" / "guard.jsonl")] == [1, 2]
