"""Hands on a running instance: its command line, its ports, its mail protocols.

Used by every system and browser test. An instance is made by `./hongyan up` itself, in a directory that the services
can reach, and ended with the test run.
"""

from __future__ import annotations

import contextlib
import imaplib
import json
import os
import poplib
import re
import shutil
import smtplib
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from hongyan.kernel.instance import Instance, load

CHECKOUT = Path(__file__).resolve().parents[2]
PASSWORD = "Harbour-Lantern-2291"
T = TypeVar("T")


class Failed(Exception):
    """A command ended with another code than 0. `error` is its JSON error, `document` all that it said."""

    def __init__(self, code: int, error: dict[str, Any], stderr: str, document: Any = None) -> None:
        super().__init__(f"exit {code}: {error or stderr[-2000:]}")
        self.code, self.error, self.stderr, self.document = code, error, stderr, document


class Running:
    """One instance and what a test does with it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    # -- command line ----------------------------------------------------------------------------
    def run(self, *words: str, stdin: str = "", env: dict[str, str] | None = None) -> Any:
        """`./hongyan WORDS --json`; its document. Raises Failed."""
        done = subprocess.run(
            [str(CHECKOUT / "hongyan"), *words, "--json", "--dir", str(self.root)],
            input=stdin, capture_output=True, text=True, check=False, timeout=300, env=environment() | (env or {}),
        )  # fmt: skip
        document = json.loads(done.stdout) if done.stdout.strip() else {}
        if done.returncode != 0:
            raise Failed(
                done.returncode, document.get("error", {}) if isinstance(document, dict) else {}, done.stderr, document
            )
        return document

    def up(self, *options: str) -> None:
        self.run("up", "--detach", "--ports", "auto", *options)
        self.__dict__.pop("instance", None)

    def down(self) -> None:
        self.run("down")

    @cached_property
    def instance(self) -> Instance:
        return load(self.root)

    @property
    def ports(self) -> dict[str, int]:
        return self.instance.ports

    def open(self, address: str, *options: str) -> None:
        """A mailbox with everybody's PASSWORD."""
        self.run("mailbox", "open", address, "--password-stdin", *options, stdin=PASSWORD + "\n")

    # -- protocols -------------------------------------------------------------------------------
    @cached_property
    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.instance.ca_pem))

    def imap(self, address: str, password: str = PASSWORD) -> imaplib.IMAP4:
        client = imaplib.IMAP4("localhost", self.ports["imap"], timeout=20)
        with _closing_on_failure(client.shutdown):
            client.starttls(self.tls)
            client.login(address, password)
        return client

    def pop3(self, address: str, password: str = PASSWORD) -> poplib.POP3:
        client = poplib.POP3_SSL("localhost", self.ports["pop3s"], context=self.tls, timeout=20)
        with _closing_on_failure(client.close):
            client.user(address)
            client.pass_(password)
        return client

    def submit(self, login: str, password: str = PASSWORD, *, port: str = "submission") -> smtplib.SMTP:
        """A signed-in submission session (587 by STARTTLS, or 465 with `port="submissions"`)."""
        client: smtplib.SMTP
        if port == "submissions":
            client = smtplib.SMTP_SSL("localhost", self.ports[port], context=self.tls, timeout=30)
        else:
            client = smtplib.SMTP("localhost", self.ports[port], timeout=30)
            client.starttls(context=self.tls)
        with _closing_on_failure(client.close):
            client.login(login, password)
        return client

    def mx(self) -> smtplib.SMTP:
        """An unauthenticated session as another mail server would open it."""
        return smtplib.SMTP("localhost", self.ports["smtp"], timeout=60)

    def arrive(
        self,
        *to: str,
        subject: str = "hello",
        body: str = "hello\n",
        sender: str = "writer@outside.test",
        **headers: str,
    ) -> tuple[int, str]:
        """A message from another company's server; the answer to it."""
        text = message(sender, *to, subject=subject, body=body, **headers)
        with self.mx() as client:
            return answer(client, sender, to, text.as_bytes(policy=SMTP))

    def send(self, login: str, *to: str, subject: str = "hello", body: str = "hello\n", **headers: str) -> EmailMessage:
        """Write a message as `login` and submit it; returns it."""
        text = message(login, *to, subject=subject, body=body, **headers)
        with self.submit(login) as client:
            client.send_message(text, from_addr=login, to_addrs=list(to))
        return text

    @contextlib.contextmanager
    def reading(self, address: str, password: str = PASSWORD) -> Iterator[imaplib.IMAP4]:
        """An IMAP session that is logged out afterwards."""
        with contextlib.closing(_Logout(self.imap(address, password))) as session:
            yield session.client

    def found(self, address: str, subject: str, folder: str = "INBOX", seconds: float = 15) -> bytes:
        """The newest message with that (ASCII) subject, waited for."""
        with self.reading(address) as client:
            return eventually(lambda: newest(client, subject, folder), seconds, f"{subject!r} in {folder} of {address}")

    def queued(self, word: str = "") -> int:
        """How many messages wait in Postfix's queue for a recipient whose address holds the word."""
        conf = str(self.instance.live / "etc/postfix")
        done = subprocess.run(["/usr/sbin/postqueue", "-c", conf, "-j"], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        entries = [json.loads(line) for line in done.stdout.splitlines()]
        return sum(any(word in r["address"] for r in entry["recipients"]) for entry in entries)

    def subjects(self, address: str, word: str, folder: str = "INBOX") -> int:
        """How many messages there are now with that (ASCII) word in the subject."""
        with self.reading(address) as client:
            return len(numbers(client, word, folder))


def numbers(client: imaplib.IMAP4, subject: str, folder: str) -> list[str]:
    """Sequence numbers, oldest first; none when there is no such folder. Sees what came since the last call."""
    if client.select(folder, readonly=True)[0] != "OK":
        return []
    return str(client.search(None, "SUBJECT", f'"{subject}"')[1][0], "ascii").split()


def message(sender: str, *to: str, subject: str, body: str = "hello\n", **headers: str) -> EmailMessage:
    text = EmailMessage()
    text["From"], text["To"], text["Subject"] = sender, ", ".join(to), subject
    text["Message-ID"] = f"<{time.time_ns()}@{sender.partition('@')[2]}>"
    text["Date"] = format_datetime(datetime.now(UTC))
    for name, value in headers.items():
        text[name.replace("_", "-")] = value
    text.set_content(body)
    return text


def answer(client: smtplib.SMTP, sender: str, to: Sequence[str], data: bytes) -> tuple[int, str]:
    """The first refusal of a message, or what its end is answered with. `data` has CRLF line ends."""
    client.ehlo_or_helo_if_needed()
    for step in (f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{address}>" for address in to), "DATA"):
        code, text = said(client, step.encode())
        if code >= 400:
            client.rset()
            return code, text
    return said(client, re.sub(rb"(?m)^\.", b"..", data).removesuffix(b"\r\n") + b"\r\n.")


def said(client: smtplib.SMTP, line: bytes) -> tuple[int, str]:
    """Send the octets and CRLF; code and text of the reply."""
    client.send(line + b"\r\n")
    code, text = client.getreply()
    return code, text.decode("utf-8")


def newest(client: imaplib.IMAP4, subject: str, folder: str = "INBOX") -> bytes | None:
    found = numbers(client, subject, folder)
    part = client.fetch(found[-1], "(BODY.PEEK[])")[1][0] if found else None
    return part[1] if isinstance(part, tuple) else None


@contextlib.contextmanager
def _closing_on_failure(close: Callable[[], object]) -> Iterator[None]:
    """A session that was refused leaves no open socket behind."""
    try:
        yield
    except BaseException:
        close()
        raise


class _Logout:
    def __init__(self, client: imaplib.IMAP4) -> None:
        self.client = client

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.client.logout()


def environment() -> dict[str, str]:
    """The caller's environment without the test run's own instance."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("HONGYAN_", "DJANGO_"))} | {"LANG": "C.UTF-8"}


def eventually(look: Callable[[], T | None], seconds: float = 15, what: str = "it") -> T:
    """The first true answer of `look`, asked again and again."""
    end = time.monotonic() + seconds
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


@contextlib.contextmanager
def running_instance(*options: str, name: str = "i") -> Iterator[Running]:
    """A new instance, ended and removed afterwards; its logs stay when HONGYAN_KEEP is set."""
    base = Path(tempfile.mkdtemp(prefix="hongyan-system-", dir="/var/tmp"))
    base.chmod(0o755)
    running = Running(base / name)
    try:
        running.up("--hostname", "mail.corp.test", *options)
        yield running
    finally:
        with contextlib.suppress(Failed):
            running.down()
        if not os.environ.get("HONGYAN_KEEP"):
            shutil.rmtree(base, ignore_errors=True)
