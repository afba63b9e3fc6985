"""The sender: so many SMTP sessions at once, in a process of its own.

Owns: the client's side of SMTP (RFC 5321) as a mail server speaks it: EHLO, then MAIL, RCPT and DATA in one write
(RFC 2920), the text, QUIT; by default one message a session, as servers do that meet a host for the first time.
Never: retries. A refusal or a broken session is counted and told.
Prints one JSON document: what was accepted, for whom, and when.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast

import uvloop

from bench.messages import Mailbag, take

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Outcome:
    """`accepted` counts recipients by address; `refused` counts what the server said instead."""

    started: float = 0.0  #: time.time() of the first connection
    seconds: float = 0.0
    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)  #: seconds from connection to the 250 that accepts

    @property
    def count(self) -> int:
        return sum(self.accepted.values())


class Session(asyncio.Protocol):
    """One connection: sends its messages one after the other and says QUIT."""

    def __init__(self, messages: Iterator[tuple[str, bytes]], outcome: Outcome, sender: str) -> None:
        self.messages, self.outcome, self.sender = messages, outcome, sender
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.pending = b""
        self.step = "banner"
        self.message: tuple[str, bytes] | None = None
        self.begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.begun = time.perf_counter()

    def data_received(self, data: bytes) -> None:
        *whole, self.pending = (self.pending + data).split(b"\r\n")
        for line in whole:
            if line[3:4] != b"-":
                self.reply(line)

    def reply(self, line: bytes) -> None:
        """RFC 5321 4.3.2: what may come next depends on the step."""
        if line[:1] not in b"23":
            self.refuse(line)
        elif self.step == "banner":
            self.step = "ehlo"
            self.transport.write(b"EHLO bench.example\r\n")
        elif self.step in ("ehlo", "text"):
            self.accept()
            self.next_message()
        elif self.step in ("mail", "rcpt"):
            self.step = {"mail": "rcpt", "rcpt": "data"}[self.step]
        elif self.step == "data":
            assert self.message is not None
            self.step = "text"
            self.transport.write(self.message[1] + b".\r\n")
        else:
            self.transport.close()

    def accept(self) -> None:
        if self.step == "text" and self.message:
            self.outcome.accepted[self.message[0]] += 1
            self.outcome.took.append(time.perf_counter() - self.begun)
            self.message = None

    def next_message(self) -> None:
        self.message = next(self.messages, None)
        if self.message is None:
            self.step = "quit"
            self.transport.write(b"QUIT\r\n")
            return
        self.step = "mail"
        recipient = self.message[0]
        self.transport.write(f"MAIL FROM:<{self.sender}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode("ascii"))

    def refuse(self, line: bytes) -> None:
        self.outcome.refused[f"{self.step}: {line.decode('utf-8', 'replace')}"] += 1
        self.message = None
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.message is not None:
            self.outcome.refused[f"{self.step}: connection lost ({exc})"] += 1
        if not self.over.done():
            self.over.set_result(None)


async def send(
    port: int, queue: Iterator[tuple[str, bytes]], *, sender: str, senders: int, per_session: int
) -> Outcome:
    outcome = Outcome(started=time.time())
    loop = asyncio.get_running_loop()

    async def one_sender() -> None:
        while (first := next(queue, None)) is not None:
            messages = chain([first], islice(queue, per_session - 1))
            _, session = await loop.create_connection(partial(Session, messages, outcome, sender), "127.0.0.1", port)
            await session.over

    async with asyncio.TaskGroup() as group:
        for _ in range(senders):
            group.create_task(one_sender())
    outcome.seconds = time.time() - outcome.started
    return outcome


class Sending:
    """The sender's process: `start` returns at once, `result` waits for its end."""

    def __init__(self, port: int, recipients: list[str], *, messages: int, size: int, senders: int, run: str,
                 per_session: int = 1, sender: str = "sender@bench.example") -> None:  # fmt: skip
        order = {
            "port": port, "recipients": recipients, "messages": messages, "size": size, "senders": senders,
            "run": run, "per_session": per_session, "sender": sender,
        }  # fmt: skip
        # A file, because a pipe would fill up and hold the sender.
        self.said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - `result` closes it
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=self.said,
        )  # fmt: skip
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order))
        self.process.stdin.close()

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def result(self) -> Outcome:
        if self.process.wait():
            raise RuntimeError("the sender broke off")
        with self.said:
            self.said.seek(0)
            raw: dict[str, Any] = json.load(self.said)
        raw["accepted"], raw["refused"] = Counter(raw["accepted"]), Counter(raw["refused"])
        return Outcome(**raw)


def main() -> None:
    argparse.ArgumentParser(description="Reads its orders as JSON from standard input; see Sending.").parse_args()
    order = json.load(sys.stdin)
    mailbag = Mailbag(size=order["size"], run=order["run"], sender=order["sender"])
    queue = take(mailbag, order["recipients"], order["messages"])
    with contextlib.suppress(KeyboardInterrupt):
        outcome = uvloop.run(
            send(order["port"], queue, sender=order["sender"], senders=order["senders"],
                 per_session=order["per_session"])
        )  # fmt: skip
        json.dump(vars(outcome), sys.stdout)


if __name__ == "__main__":
    main()
