"""Guessing of passwords is slowed and locked, per account and per network, on every protocol (B4.10, P10)."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any

import pytest

from tests.resilience import hands
from tests.system.hands import PASSWORD, Running, eventually

LOCK_AT = 10  #: Settings.account.lock
NETWORK_LOCK_AT = 100


class Tries:
    """One connection from a chosen loopback address that tries passwords."""

    def __init__(self, house: Running, protocol: str, source: str) -> None:
        self.protocol = protocol
        port = {"imap": "imaps", "pop3": "pop3s", "smtp": "submissions"}[protocol]
        plain = socket.create_connection(("127.0.0.1", house.ports[port]), timeout=30, source_address=(source, 0))
        context = ssl.create_default_context(cafile=str(house.instance.ca_pem))
        context.check_hostname = False
        self.socket = context.wrap_socket(plain)
        self.lines = self.socket.makefile("rb")
        self.lines.readline()
        if protocol == "smtp":
            self._ask(b"EHLO here\r\n")

    def try_one(self, address: str, password: str) -> bytes:
        """The server's last line."""
        token = base64.b64encode(f"\0{address}\0{password}".encode())
        match self.protocol:
            case "imap":
                self.socket.sendall(f'a LOGIN "{address}" "{password}"\r\n'.encode())
                return self._until(b"a ")
            case "pop3":
                self._ask(f"USER {address}\r\n".encode())
                return self._ask(f"PASS {password}\r\n".encode())
            case _:
                return self._ask(b"AUTH PLAIN " + token + b"\r\n")

    def close(self) -> None:
        self.lines.close()
        self.socket.close()

    def _ask(self, line: bytes) -> bytes:
        self.socket.sendall(line)
        while (answer := self.lines.readline())[3:4] == b"-":
            pass
        return answer

    def _until(self, tag: bytes) -> bytes:
        while (line := self.lines.readline()) and not line.startswith(tag):
            pass
        return line


def guess(house: Running, protocol: str, address: str, passwords: Iterator[str], source: str = "127.0.0.1") -> bytes:
    """One wrong password over a new connection (servers end those that guess); the answer."""
    tries = Tries(house, protocol, source)
    try:
        return tries.try_one(address, next(passwords))
    finally:
        tries.close()


def wrong_passwords(kind: str) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"wrong-{kind}-{number}"


def ask_guard(house: Running, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", house.ports["guard"], timeout=10)
    headers = {"X-API-Key": house.instance.secret("guard.key"), "Connection": "close"}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    with connection.getresponse() as response:
        answer: dict[str, Any] = json.loads(response.read())
    connection.close()
    return answer


def unlock(house: Running, login: str = "", network: str = "") -> None:
    assert ask_guard(house, "POST", "/unlock", {"login": login, "network": network}) == {"ok": True}


def failures(house: Running, login: str) -> int:
    return int(ask_guard(house, "GET", f"/state?login={login}")["failures"])


def guess_many(house: Running, protocol: str, address: str, passwords: Iterator[str], count: int) -> None:
    """Guesses at the same time: Dovecot takes two seconds over each refusal."""
    with ThreadPoolExecutor(count) as pool:
        tried = [next(passwords) for _ in range(count)]
        answers = list(pool.map(lambda one: guess(house, protocol, address, iter([one])), tried))
    assert all(answer.startswith((b"a NO", b"-ERR", b"535")) for answer in answers), answers


@pytest.mark.clause("B4.10", "G4.2.5", "P10")
def test_an_account_is_slowed_then_locked_on_every_protocol_and_its_owner_told(house: Running) -> None:
    address = "mallory@corp.test"
    passwords = wrong_passwords("account")
    guess_many(house, "imap", address, passwords, LOCK_AT - 2)
    since = time.monotonic()
    assert hands.refusal(house, "imap", address) == ""
    assert time.monotonic() - since > 3.0, "after some guesses even the owner waits"
    guess_many(house, "imap", address, passwords, LOCK_AT)
    # Locked: the right password does not help, on any protocol, and the answer says until when.
    said = hands.refusals(house, address, PASSWORD)
    assert all(said.values()), said
    assert ask_guard(house, "GET", f"/state?login={address}")["locked_until"] > time.time() + 600
    assert hands.refusal(house, "imap", "bob@corp.test") == "", "others are not concerned"
    events = eventually(
        lambda: house.run("audit", "list", "--company", "corp", "--kind", "signin.locked", "--subject", address), 10
    )
    assert events[0]["params"]["failures"] == LOCK_AT and events[0]["params"]["protocol"] == "imap"
    unlock(house, address)
    assert hands.refusals(house, address, PASSWORD) == dict.fromkeys(hands.PROTOCOLS, "")
    assert b"auto-generated" in house.found(address, "", seconds=15)


@pytest.mark.clause("B4.10")
@pytest.mark.parametrize("protocol", ["pop3", "smtp"])
def test_guessing_by_pop3_and_smtp_counts_alike(house: Running, protocol: str) -> None:
    address = "niaj@corp.test"
    guess_many(house, protocol, address, wrong_passwords(protocol), 3)
    assert failures(house, address) == 3
    assert hands.refusal(house, protocol, address) == "", "a right password clears the count"
    eventually(
        lambda: failures(house, address) == 0, 5, "the count cleared"
    )  # Dovecot tells the guard after it has answered


def test_the_same_wrong_password_again_is_no_guess(house: Running) -> None:
    """A phone with an old password locks nobody out."""
    address = "niaj@corp.test"
    guess_many(house, "imap", address, repeat("my-former-password"), LOCK_AT + 2)
    assert failures(house, address) == 1
    assert hands.refusal(house, "imap", address) == ""


@pytest.mark.clause("B4.10")
def test_a_network_that_guesses_many_accounts_is_locked_alone(house: Running) -> None:
    """One address of a /24 tries a password on many accounts: that network is locked out, others go on."""
    reports = [
        {"login": f"nobody{n}@corp.test", "remote": "127.0.7.9", "pwhash": f"{n:08x}", "protocol": "imap"}
        for n in range(NETWORK_LOCK_AT - 1)
    ]
    connection = http.client.HTTPConnection("127.0.0.1", house.ports["guard"], timeout=10)
    for attempt in reports:  # as Dovecot reports them; the last one goes through Dovecot itself
        headers = {"X-API-Key": house.instance.secret("guard.key")}
        connection.request("POST", "/auth?command=report", json.dumps(attempt | {"success": False}), headers)
        with connection.getresponse() as response:
            assert response.status == 200
            response.read()
    connection.close()
    assert guess(house, "imap", "nobody@corp.test", wrong_passwords("network"), "127.0.7.9").startswith(b"a NO")
    assert guess(house, "imap", "bob@corp.test", iter([PASSWORD]), "127.0.7.200").startswith(b"a NO")
    assert guess(house, "imap", "bob@corp.test", iter([PASSWORD]), "127.0.8.1").startswith(b"a OK")
    events = eventually(lambda: house.run("audit", "list", "--kind", "signin.locked"), 10, "the lock in the audit")
    assert events[0]["params"]["network"] == "127.0.7.0/24"
    unlock(house, network="127.0.7.9")
    assert guess(house, "imap", "bob@corp.test", iter([PASSWORD]), "127.0.7.200").startswith(b"a OK")


def test_a_lock_outlives_the_guard(house: Running) -> None:
    address = "niaj@corp.test"
    for n in range(LOCK_AT):
        body = {"login": address, "remote": "127.0.0.1", "pwhash": f"{n:08x}", "protocol": "imap"}
        ask_guard(house, "POST", "/auth?command=report", body)
    hands.kill(hands.pid_of(house, "guard"))
    hands.wait_ready(house)
    assert hands.refusal(house, "imap", address)
    unlock(house, address)
    assert hands.refusal(house, "imap", address) == ""
