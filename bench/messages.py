"""The mail that is sent: plausible, of one size, each message different.

Always: the same seed gives the same messages; a message is exactly `size` bytes as SMTP counts it (CRLF, without the
final dot), needs no dot-stuffing and no SMTPUTF8.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator

ENGLISH = [
    "the", "contract", "invoice", "schedule", "meeting", "branch", "office", "review", "attached", "please", "confirm",
    "before", "Friday", "delivery", "customer", "warehouse", "payment", "signed", "department", "project", "report",
]  # fmt: skip
CHINESE = [
    "合同", "發票", "會議", "分公司", "辦公室", "審批", "附件", "請確認", "星期五", "交貨", "客戶", "倉庫", "付款", "簽字",
    "部門", "項目", "報告", "預算", "季度", "工程", "通知", "安排", "聯繫", "謝謝",
]  # fmt: skip
HEAD = (
    "From: Bench <{sender}>\r\nTo: <{recipient}>\r\nSubject: {subject}\r\nDate: Tue, 24 Nov 2026 09:00:00 +0800\r\n"
    "Message-ID: <{number}.{run}@bench.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: {encoding}\r\n\r\n"
)


def lines(words: list[str], joiner: str, rnd: random.Random, size: int) -> str:
    text: list[str] = []
    length = 0
    while length < size:
        line = joiner.join(rnd.choices(words, k=9)) + ".\r\n"
        text.append(line)
        length += len(line.encode())
    return "".join(text)


def body(number: int, rnd: random.Random, size: int) -> tuple[str, bytes]:
    """Every other message is Chinese in base64, the others English in ASCII: (transfer encoding, encoded text)."""
    if number % 2:
        return "7bit", lines(ENGLISH, " ", rnd, size).encode("ascii")
    return "base64", base64.encodebytes(lines(CHINESE, "", rnd, size * 3 // 4).encode()).replace(b"\n", b"\r\n")


class Mailbag:
    """Makes message `number` for a recipient out of a few bodies made beforehand: the sender must cost little."""

    def __init__(self, *, size: int, run: str, sender: str, seed: int = 1, bodies: int = 64) -> None:
        rnd = random.Random(seed)
        self.size, self.run, self.sender = size, run, sender
        self.bodies = [body(n, rnd, size) for n in range(bodies)]
        self.subjects = [" ".join(rnd.choices(ENGLISH, k=5)) for _ in range(bodies)]

    def message(self, number: int, recipient: str) -> bytes:
        encoding, text = self.bodies[number % len(self.bodies)]
        subject = self.subjects[number % len(self.subjects)]
        head = HEAD.format(
            sender=self.sender, recipient=recipient, subject=subject, number=number, run=self.run, encoding=encoding
        ).encode("ascii")
        room = self.size - len(head) - 2
        return head + text[:room].rstrip(b"\r\n").ljust(room, b"=" if encoding == "base64" else b" ") + b"\r\n"


def take(mailbag: Mailbag, recipients: list[str], count: int) -> Iterator[tuple[str, bytes]]:
    """Recipients in turn, so that each gets the same number."""
    for number in range(count):
        recipient = recipients[number % len(recipients)]
        yield recipient, mailbag.message(number, recipient)
