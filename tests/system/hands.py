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
import shutil
import smtplib
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from hongyan.kernel.instance import Instance, load

CHECKOUT = Path(__file__).resolve().parents[2]
PASSWORD = "Harbour-Lantern-2291"
T = TypeVar("T")


class Failed(Exception):
    """A command ended with another code than 0. `error` is its JSON error document."""

    def __init__(self, code: int, error: dict[str, Any], stderr: str) -> None:
        super().__init__(f"exit {code}: {error or stderr[-2000:]}")
        self.code, self.error, self.stderr = code, error, stderr


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
            raise Failed(done.returncode, document.get("error", {}) if isinstance(document, dict) else {}, done.stderr)
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
        client.starttls(self.tls)
        client.login(address, password)
        return client

    def pop3(self, address: str, password: str = PASSWORD) -> poplib.POP3:
        client = poplib.POP3_SSL("localhost", self.ports["pop3s"], context=self.tls, timeout=20)
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
        client.login(login, password)
        return client

    def mx(self) -> smtplib.SMTP:
        """An unauthenticated session as another mail server would open it."""
        return smtplib.SMTP("localhost", self.ports["smtp"], timeout=60)

    def send(self, login: str, *to: str, subject: str = "hello", body: str = "hello\n", **headers: str) -> EmailMessage:
        """Write a message as `login` and submit it; returns it."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = login, ", ".join(to), subject
        message["Message-ID"] = f"<{time.time_ns()}@{login.partition('@')[2]}>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(body)
        with self.submit(login) as client:
            client.send_message(message, from_addr=login, to_addrs=list(to))
        return message

    def found(self, address: str, subject: str, folder: str = "INBOX", seconds: float = 15) -> bytes:
        """The newest message with that (ASCII) subject, waited for."""

        def look() -> bytes | None:
            with contextlib.closing(_Logout(self.imap(address))) as session:
                if session.client.select(folder)[0] != "OK":
                    return None
                numbers = session.client.search(None, "SUBJECT", f'"{subject}"')[1][0].split()
                if not numbers:
                    return None
                part = session.client.fetch(numbers[-1].decode(), "(BODY.PEEK[])")[1][0]
                return part[1] if isinstance(part, tuple) else None

        return eventually(look, seconds, f"{subject!r} in {folder} of {address}")


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
