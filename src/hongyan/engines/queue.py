"""Postfix's queue as people look at it: a listing kept fresh by the publisher, and what root does to single messages.

Owns: the listing (`state/desk/queue.jsonl`, the lines of `postqueue -j`), its parsing and paging, the envelope and the
routing headers of one message, retry and delete.
Never: reads a body or a subject: no administrative right includes reading mail. Never waits for the listing process.
Always: the listing is written aside and renamed, so that a reader sees a whole one; its time is the file's.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import IO

from hongyan.engines.desk.answers import directory, share
from hongyan.engines.health import queue_length
from hongyan.kernel.instance import Instance

#: Postfix's short and long queue identifiers.
QUEUE_ID = re.compile(r"[0-9A-Za-z]{6,20}")
#: What the way of a message is told by. Not the subject: it is the writer's and the readers'.
ROUTING_HEADERS = (
    "from", "sender", "reply-to", "to", "cc", "date", "message-id", "auto-submitted", "return-path", "received",
    "authentication-results", "list-id", "precedence", "x-spam-flag",
)  # fmt: skip
LISTING = "queue.jsonl"
STALE_SECONDS = 60.0
LOOK_SECONDS = 5.0
TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class Waiting:
    """One recipient that a message still waits for, and what the other side said last."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    queue: str  #: incoming, active, deferred, hold, maildrop
    arrived: datetime
    size: int
    sender: str  #: empty: a notice (null return path)
    recipients: tuple[Waiting, ...]

    @property
    def reason(self) -> str:
        return next((waiting.reason for waiting in self.recipients if waiting.reason), "")


@dataclass(frozen=True, slots=True)
class Page:
    messages: tuple[Message, ...]
    count: int  #: of all that fit
    at: datetime | None  #: when the queue was listed; None: never

    @property
    def stale(self) -> bool:
        return self.at is None or time.time() - self.at.timestamp() > STALE_SECONDS


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages. `domains`: only mail from or to one of these; None: everything on the machine."""

    domains: frozenset[str] | None = None
    text: str = ""  #: in the sender, a recipient, the reason or the identifier
    queue: str = ""

    def fits(self, message: Message) -> bool:
        if self.queue and message.queue != self.queue:
            return False
        if self.domains is not None and not touches(message, self.domains):
            return False
        text = self.text.lower()
        parts = (message.id.lower(), message.sender, *(f"{w.address} {w.reason}" for w in message.recipients))
        return not text or any(text in part.lower() for part in parts)


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def touches(message: Message, domains: frozenset[str]) -> bool:
    return domain_of(message.sender) in domains or any(domain_of(w.address) in domains for w in message.recipients)


def belongs_to(message: Message, domains: frozenset[str]) -> bool:
    """Whether the message is these domains' own: one of theirs wrote it, or nobody else waits for it."""
    return domain_of(message.sender) in domains or all(domain_of(w.address) in domains for w in message.recipients)


# -- reading the listing (the web) ---------------------------------------------------------------


def read_page(instance: Instance, wanted: Wanted, *, offset: int = 0, limit: int = 50) -> Page:
    """Messages in the order of Postfix's listing. Reads the file once, keeps one page of it."""
    found: list[Message] = []
    count = 0
    everything = wanted == Wanted()
    for line in _lines(instance):
        if everything and not offset <= count < offset + limit:
            count += line.startswith(b"{")  # a long queue is counted without being understood
            continue
        if not _may_fit(line, wanted) or (message := parse(line)) is None or not wanted.fits(message):
            continue
        if offset <= count < offset + limit:
            found.append(message)
        count += 1
    return Page(tuple(found), count, listed_at(instance))


def _may_fit(line: bytes, wanted: Wanted) -> bool:
    """A look at the raw line that leaves most of a long queue unparsed; `Wanted.fits` decides."""
    lowered = line.lower()
    if wanted.domains is not None and not any(b"@" + name.encode() in lowered for name in wanted.domains):
        return False
    text = wanted.text.lower()
    plain = text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
    return not plain or text.encode() in lowered


def find(instance: Instance, identifier: str) -> Message | None:
    mark = f'"{identifier}"'.encode()
    for line in _lines(instance):
        if mark in line and (message := parse(line)) is not None and message.id == identifier:
            return message
    return None


def listed_at(instance: Instance) -> datetime | None:
    try:
        return datetime.fromtimestamp((directory(instance) / LISTING).stat().st_mtime, UTC)
    except OSError:
        return None


def _lines(instance: Instance) -> Iterator[bytes]:
    try:
        file = (directory(instance) / LISTING).open("rb")
    except OSError:
        return
    with file:
        yield from file


def parse(line: bytes) -> Message | None:
    """One line of `postqueue -j`; None for what is none."""
    try:
        raw = json.loads(line)
        return Message(
            id=str(raw["queue_id"]),
            queue=str(raw["queue_name"]),
            arrived=datetime.fromtimestamp(int(raw["arrival_time"]), UTC),
            size=int(raw["message_size"]),
            sender="" if raw["sender"] == "MAILER-DAEMON" else str(raw["sender"]),
            recipients=tuple(Waiting(str(r["address"]), str(r.get("delay_reason", ""))) for r in raw["recipients"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


# -- the publisher's side (root) -----------------------------------------------------------------


@dataclass(slots=True)
class Listing:
    """Keeps the listing fresh. A long queue is listed more rarely: a listing takes at most a twentieth of the time."""

    instance: Instance
    process: subprocess.Popen[bytes] | None = None
    file: IO[bytes] | None = None
    begun: float = 0.0
    next: float = field(default=0.0)

    def turn(self, now: float) -> None:
        """Go on; `now` is monotonic."""
        if self.process is not None:
            if self.process.poll() is not None:
                self._finish(now)
        elif now >= self.next:
            self._begin(now)

    def soon(self) -> None:
        """Something was done to the queue: look again at the next turn."""
        self.next = 0.0

    @property
    def aside(self) -> Path:
        return directory(self.instance) / f"{LISTING}.new"

    def _begin(self, now: float) -> None:
        directory(self.instance).mkdir(mode=0o750, exist_ok=True)
        share(directory(self.instance), 0o750)
        self.begun = now
        if queue_length(self.instance) == 0:
            self.aside.write_bytes(b"")
            self._publish()
            self.next = now + LOOK_SECONDS
            return
        self.file = self.aside.open("wb")
        self.process = subprocess.Popen(
            postfix_command(self.instance, "postqueue", "-j"),
            stdin=subprocess.DEVNULL, stdout=self.file, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _finish(self, now: float) -> None:
        assert self.process is not None and self.file is not None
        self.file.close()
        if self.process.returncode == 0:
            self._publish()
        self.process = self.file = None
        self.next = now + max(LOOK_SECONDS, 20 * (now - self.begun))

    def _publish(self) -> None:
        share(self.aside, 0o640)
        os.replace(self.aside, directory(self.instance) / LISTING)


def postfix_command(instance: Instance, program: str, *arguments: str) -> list[str]:
    return [f"/usr/sbin/{program}", "-c", str(instance.live / "etc/postfix"), *arguments]


def routing_headers(instance: Instance, identifier: str) -> list[tuple[str, str]] | None:
    """What ROUTING_HEADERS names of the message's header; None when it is gone from the queue."""
    done = subprocess.run(
        postfix_command(instance, "postcat", "-q", "-h", check_id(identifier)),
        capture_output=True, check=False, timeout=TIMEOUT,
    )  # fmt: skip
    if done.returncode != 0:
        return None
    parsed = BytesHeaderParser(policy=policy.compat32).parsebytes(done.stdout)
    return [
        (name, " ".join(str(value).split())[:2000]) for name, value in parsed.items() if name.lower() in ROUTING_HEADERS
    ]


def retry(instance: Instance, identifiers: Sequence[str]) -> None:
    """Try these at once; one that is gone meanwhile is no failure. Raises OSError when Postfix did not take it."""
    for identifier in identifiers:
        _run(postfix_command(instance, "postqueue", "-i", check_id(identifier)), b"")


def retry_all(instance: Instance) -> None:
    _run(postfix_command(instance, "postqueue", "-f"), b"")


def delete(instance: Instance, identifiers: Sequence[str]) -> None:
    """Remove these from every queue, without a bounce. One that is gone meanwhile is no failure."""
    _run(postfix_command(instance, "postsuper", "-d", "-"), "\n".join(map(check_id, identifiers)).encode() + b"\n")


def check_id(identifier: str) -> str:
    """Raises ValueError for what is no queue identifier: it becomes an argument of a command run as root."""
    if not QUEUE_ID.fullmatch(identifier):
        raise ValueError(f"not a queue identifier: {identifier[:40]!r}")
    return identifier


def _run(argv: list[str], given: bytes) -> None:
    done = subprocess.run(argv, input=given, capture_output=True, check=False, timeout=TIMEOUT)
    if done.returncode != 0:
        raise OSError(done.stderr.decode("utf-8", "replace").strip()[-300:] or f"{argv[0]}: {done.returncode}")
