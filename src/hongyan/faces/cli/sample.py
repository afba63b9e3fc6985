"""What `up --sample` adds: two companies with their people, and a week of mail through the running engines.

Always: safe to repeat; mail is sent only in the run that opened the mailboxes.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from hongyan.company.sample.apply import apply
from hongyan.company.sample.conversations import conversations
from hongyan.company.sample.plan import plan
from hongyan.company.sample.sending import Refused, send
from hongyan.faces.cli.context import actor, wait_for_release
from hongyan.faces.cli.output import Output
from hongyan.kernel import clock
from hongyan.kernel.instance import Instance

Detail = Callable[[str], None]
TIMEOUT = 60
#: Shown after `up`: an employee, her head, the office, the auditor, and somebody of the other company.
CAST = ("alice", "bob", "carol", "dave")


class Filled(NamedTuple):
    mailboxes: int
    sent: int
    refused: int
    logins: tuple[str, ...]
    password: str  #: of every sample mailbox; told this once, empty when nothing was opened


def fill(instance: Instance, detail: Detail, out: Output) -> Filled:
    companies = plan()
    applied = apply(companies, actor(), detail)
    logins = tuple(f"{name}@{companies.companies[0].domain}" for name in CAST)
    if not applied.password:
        return Filled(0, 0, 0, logins, "")
    wait_for_release(out)
    messages = conversations(clock.now(), companies)
    ways = _Ways(instance)
    refused = send(messages, ways.submit, ways.receive, _every_hundred(detail))
    _tell(refused, detail)
    return Filled(applied.mailboxes, len(messages) - len(refused), len(refused), logins, applied.password)


def _every_hundred(detail: Detail) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done % 100 == 0 or done == total:
            detail(f"{done}/{total}")

    return progress


def _tell(refused: list[Refused], detail: Detail) -> None:
    for each in refused:
        detail(f"{each.message.key}: {each.reason[:200]}")


class _Ways:
    """The two ways in: as somebody signed in (the `webmail` listener), and from the world (port 25)."""

    def __init__(self, instance: Instance) -> None:
        self._ports = instance.ports

    def submit(self, login: str, sender: str, recipients: tuple[str, ...], content: bytes) -> None:
        with self._connected("webmail") as client:
            code, answer = client.docmd("XCLIENT", f"ADDR=127.0.0.1 LOGIN={login} PROTO=ESMTP")
            if code != 220:
                raise smtplib.SMTPResponseException(code, answer)
            client.ehlo()
            client.sendmail(sender, list(recipients), content)

    def receive(self, sender: str, recipients: tuple[str, ...], content: bytes) -> None:
        with self._connected("smtp") as client:
            client.sendmail(sender, list(recipients), content)

    @contextmanager
    def _connected(self, port: str) -> Iterator[smtplib.SMTP]:
        with smtplib.SMTP("127.0.0.1", self._ports[port], timeout=TIMEOUT) as client:
            client.ehlo()
            yield client
