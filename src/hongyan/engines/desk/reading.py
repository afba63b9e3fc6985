"""What a supervised look shows: folders, a page of a folder, one message as text. Clause G2.1.5.

Owns: the process `python -m hongyan.engines.desk.reading DIR TOKEN ADDRESS WHAT FOLDER NUMBER` by which root answers; the
page asks by `looks`, which records it before anything is shown.
Always: text alone: no picture is fetched, no attachment opened, nothing marked as read; an answer lies for seconds.
"""

from __future__ import annotations

import os
import re
import sys
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

from hongyan.engines.desk import answers
from hongyan.engines.desk.preauth import Reader, Unreadable
from hongyan.kernel.instance import Instance, load

PAGE = 50
MOST_TEXT = 200_000
SHOWN = ("From", "To", "Cc", "Subject", "Date")


def answer(instance: Instance, token: str, address: str, what: str, folder: str, number: int) -> None:
    """Root's side."""
    try:
        with Reader(instance, address) as reader:
            match what:
                case "folders":
                    said: dict[str, Any] = {"folders": _folders(reader)}
                case "list":
                    said = _page(reader, folder, number)
                case _:
                    said = _message(reader, folder, number)
    except Unreadable as problem:
        said = {"problem": str(problem)[:200]}
    answers.write(instance, f"look-{token}", said)


def _folders(reader: Reader) -> list[dict[str, Any]]:
    return [{"name": name, "messages": len(reader.uids(name))} for name in reader.folders()]


def _page(reader: Reader, folder: str, page: int) -> dict[str, Any]:
    """The newest first; `page` from 0."""
    uids = reader.uids(folder)[::-1]
    wanted = uids[page * PAGE : (page + 1) * PAGE]
    found = reader.headers(wanted)
    rows = [_row(uid, *found[uid]) for uid in wanted if uid in found]
    return {"messages": rows, "total": len(uids), "more": len(uids) > (page + 1) * PAGE}


def _row(uid: int, raw: bytes, size: int) -> dict[str, Any]:
    headers = message_from_bytes(raw, policy=default)
    return {"uid": uid, "size": size} | {
        name.lower(): _header(headers, name) for name in ("From", "To", "Subject", "Date")
    }


def _header(message: Any, name: str) -> str:
    try:
        return re.sub(r"\s+", " ", str(message[name] or "")).strip()[:500]
    except Exception:  # whatever a stranger wrote into a header
        return ""


def _message(reader: Reader, folder: str, uid: int) -> dict[str, Any]:
    reader.uids(folder)
    found = reader.message(folder, uid)
    if found is None:
        return {"gone": True}
    message = message_from_bytes(found.raw, policy=default)
    assert isinstance(message, EmailMessage)
    text, cut = text_of(message)
    attachments = [
        {"name": str(part.get_filename() or ""), "type": part.get_content_type(), "size": len(part.get_payload(decode=True) or b"")}
        for part in message.iter_attachments()
    ] if message.is_multipart() else []  # fmt: skip
    headers = {name.lower(): _header(message, name) for name in SHOWN}
    return {"headers": headers, "text": text, "cut": cut, "attachments": attachments, "size": len(found.raw)}


def text_of(message: EmailMessage) -> tuple[str, bool]:
    """The text that a person reads, and whether it was cut."""
    part = message.get_body(("plain", "html"))
    if part is None:
        return "", False
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeError, KeyError):
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    if part.get_content_type() == "text/html":
        text = _Text.of(text)
    return text[:MOST_TEXT], len(text) > MOST_TEXT


class _Text(HTMLParser):
    """HTML as text: blocks on lines of their own, nothing of scripts and styles."""

    BLOCKS = ("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table")
    HIDDEN = ("script", "style", "head", "title")

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    @classmethod
    def of(cls, html: str) -> str:
        parser = cls()
        parser.feed(html)
        parser.close()
        return re.sub(r"\n\s*\n+", "\n\n", "".join(parser.parts)).strip()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.hidden += tag in self.HIDDEN
        if tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in self.HIDDEN and self.hidden > 0
        if tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


if __name__ == "__main__":
    os.umask(0o027)
    answer(load(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5], int(sys.argv[6]))
