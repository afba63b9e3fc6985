"""The guard behind a real Dovecot: what mail programs read, which events come of it."""

from __future__ import annotations

import base64
import imaplib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hongyan.kernel import journal
from tests.engines.gate.world import ALICE, BOB, CAROL, DAVE
from tests.engines.guard.dovecot import Dovecot
from tests.engines.guard.test_process import KEY, Running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    guard = Running(tmp_path_factory.mktemp("guard"))
    yield guard
    guard.kill()


@pytest.fixture(scope="module")
def dovecot(running: Running) -> Iterator[Dovecot]:
    engine = Dovecot(running.port, KEY, [ALICE, BOB, CAROL, DAVE])
    yield engine
    engine.stop()


def sign_in(dovecot: Dovecot, login: str, password: str, remote: str = "203.0.113.9") -> str:
    """ "OK", or the words of the refusal."""
    imap = imaplib.IMAP4("127.0.0.1", dovecot.imap, timeout=20)
    try:
        imap.xatom("ID", f'("name" "Foxmail" "x-originating-ip" "{remote}")')
        imap.login(login, password)
        return "OK"
    except imaplib.IMAP4.error as error:
        text = error.args[0]
        return text.decode() if isinstance(text, bytes) else str(text)
    finally:
        imap.shutdown()


def sasl(dovecot: Dovecot, login: str, password: str) -> str:
    """What Postfix would be answered, as Dovecot's auth protocol says it."""
    plain = base64.b64encode(f"\0{login}\0{password}".encode()).decode()
    with socket.socket(socket.AF_UNIX) as auth:
        auth.settimeout(15)
        auth.connect(str(dovecot.root / "run" / "auth-sasl"))
        auth.sendall(b"VERSION\t1\t1\nCPID\t77\n")
        auth.sendall(f"AUTH\t1\tPLAIN\tservice=smtp\tnologin\trip=198.51.100.7\tresp={plain}\n".encode())
        data = b""
        while not any(line.startswith((b"OK\t", b"FAIL\t")) for line in data.split(b"\n")[:-1]):
            data += auth.recv(4096)
    return next(line.decode() for line in data.split(b"\n") if line.startswith((b"OK\t", b"FAIL\t")))


def events(running: Running, kind: str, address: str) -> list[dict[str, object]]:
    """Reports are sent after the answer: give them a moment."""
    deadline = time.monotonic() + 2
    while True:
        found = list(journal.read(running.root / "events" / "guard.jsonl"))
        matching = [e["params"] for e in found if e["kind"] == kind and e["address"] == address]
        if matching or time.monotonic() > deadline:
            return matching
        time.sleep(0.05)


def test_a_sign_in_is_an_event_with_program_and_address(dovecot: Dovecot, running: Running) -> None:
    assert sign_in(dovecot, "Carol@Corp.test", "right") == "OK"
    (event,) = events(running, "signin.ok", CAROL)
    assert (event["protocol"], event["remote"], event["count"]) == ("imap", "203.0.113.9", 1)
    assert "Foxmail" in str(event["client"])


def test_guessing_by_imap_is_locked_also_for_smtp_and_the_right_password(dovecot: Dovecot, running: Running) -> None:
    with ThreadPoolExecutor(10) as pool:  # at once, so that nobody has to wait yet
        list(pool.map(lambda number: sign_in(dovecot, BOB, f"guess{number}"), range(10)))
    answer = sign_in(dovecot, BOB, "right", "198.51.100.99")
    assert "密碼錯誤次數過多" in answer and "https://mail.example" in answer
    smtp = sasl(dovecot, BOB, "right")
    assert smtp.startswith("FAIL") and "密碼錯誤次數過多" in smtp
    (event,) = events(running, "signin.locked", BOB)
    assert event["protocol"] == "imap" and event["remote"] == "203.0.113.9"
    assert sign_in(dovecot, CAROL, "right", "198.51.100.99") == "OK"
    assert running.client.unlock(BOB) and sign_in(dovecot, BOB, "right") == "OK"


def test_a_phone_with_an_old_password_locks_nobody(dovecot: Dovecot) -> None:
    for _ in range(11):
        assert sign_in(dovecot, ALICE, "old") != "OK"
    assert sign_in(dovecot, ALICE, "right") == "OK"
    assert sasl(dovecot, ALICE, "right").startswith("OK")


def test_waiting_grows_before_the_lock(dovecot: Dovecot) -> None:
    for number in range(5):
        sign_in(dovecot, CAROL, f"guess{number}", "192.0.2.55")
    start = time.monotonic()
    assert sign_in(dovecot, CAROL, "right", "192.0.2.55") == "OK"
    slowed = time.monotonic() - start
    assert slowed > 0.8
    start = time.monotonic()
    assert sign_in(dovecot, CAROL, "right", "192.0.2.55") == "OK"
    assert time.monotonic() - start < slowed


def test_a_suspended_mailbox_is_told_so_without_an_event(dovecot: Dovecot, running: Running) -> None:
    assert "stopped this mailbox" in sign_in(dovecot, DAVE, "right")
    assert "stopped this mailbox" in sasl(dovecot, DAVE, "right")
    journal_text = Path(running.root / "events" / "guard.jsonl").read_text()
    assert DAVE not in journal_text


def test_with_the_guard_away_people_still_sign_in(dovecot: Dovecot, running: Running) -> None:
    running.kill()
    assert sign_in(dovecot, ALICE, "right") == "OK"
    running.start()
    assert sign_in(dovecot, ALICE, "right") == "OK"
