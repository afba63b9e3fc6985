"""A mailbox read as its owner would see it, by root, without a password: IMAP over `doveadm exec imap`.

Owns: `Reader`: folders, messages with flags and dates; all of it by EXAMINE and BODY.PEEK, so that nothing changes.
Never: writes into a mailbox; decides whether somebody may (the callers have asked).
Standards: RFC 3501 (5.1.3 folder names, 6.4.5 FETCH).
"""

from __future__ import annotations

import base64
import imaplib
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from hongyan.engines import doveadm
from hongyan.kernel.instance import Instance

SHARED = "Shared/"  #: other people's mailboxes stand below it
_LIST = re.compile(rb"\((?P<flags>[^)]*)\) (?:NIL|\"(?:[^\"\\]|\\.)*\") (?P<name>.*)", re.DOTALL)
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
_UID = re.compile(rb"UID (\d+)")


class Unreadable(OSError):
    """Dovecot did not give what was asked for."""


@dataclass(frozen=True, slots=True)
class Message:
    folder: str
    uid: int
    flags: tuple[str, ...]
    received: float  #: seconds since the epoch
    raw: bytes  #: with CRLF


class Reader:
    """Use as a context manager; one mailbox."""

    def __init__(self, instance: Instance, address: str) -> None:
        self._command = shlex.join(doveadm.argv(instance, "exec", "imap", "-u", address))

    def __enter__(self) -> Reader:
        try:
            self._imap = imaplib.IMAP4_stream(self._command)
        except (imaplib.IMAP4.error, OSError) as problem:
            raise Unreadable(str(problem)) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        process: subprocess.Popen[bytes] = self._imap.process
        try:
            self._imap.logout()
        except (imaplib.IMAP4.error, OSError, ValueError):
            process.kill()
        process.wait(10)

    def folders(self) -> list[str]:
        """All of its own that hold messages, INBOX first."""
        found = []
        for line in self._ask("LIST", self._imap.list('""', '"*"')):
            parts = line if isinstance(line, tuple) else (line,)
            match = _LIST.fullmatch(parts[0])
            if match is None or b"\\noselect" in match["flags"].lower():
                continue
            name = parts[1] if len(parts) > 1 else _unquoted(match["name"])
            folder = decode(name.decode("ascii", "replace"))
            if not folder.startswith(SHARED):
                found.append(folder)
        return sorted(found, key=lambda name: (name != "INBOX", name))

    def uids(self, folder: str) -> list[int]:
        self._ask("EXAMINE", self._imap.select(_quoted(encode(folder)), readonly=True))
        said = self._ask("SEARCH", self._imap.uid("SEARCH", "ALL"))
        return [int(uid) for uid in (said[0] or b"").split()] if said else []

    def message(self, folder: str, uid: int) -> Message | None:
        """Of the folder that `uids` was asked for last. None: it went meanwhile."""
        said = self._ask("FETCH", self._imap.uid("FETCH", str(uid), "(UID FLAGS INTERNALDATE BODY.PEEK[])"))
        for index, part in enumerate(said):
            if isinstance(part, tuple):
                after = said[index + 1] if index + 1 < len(said) and isinstance(said[index + 1], bytes) else b""
                about = part[0] + b" " + after
                return Message(folder, uid, _flags(about), _received(about), part[1])
        return None

    def messages(self, folder: str) -> Iterator[Message]:
        for uid in self.uids(folder):
            message = self.message(folder, uid)
            if message is not None:
                yield message

    def headers(self, uids: list[int]) -> dict[int, tuple[bytes, int]]:
        """uid -> (the headers that a list shows, size), of the folder that `uids` was asked for last."""
        if not uids:
            return {}
        items = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE)])"
        found = {}
        for part in self._ask("FETCH", self._imap.uid("FETCH", ",".join(map(str, uids)), items)):
            if isinstance(part, tuple) and (uid := _UID.search(part[0])):
                size = re.search(rb"RFC822.SIZE (\d+)", part[0])
                found[int(uid[1])] = (part[1], int(size[1]) if size else 0)
        return found

    def _ask(self, what: str, answer: tuple[str, list]) -> list:  # type: ignore[type-arg]  # as imaplib has it
        status, said = answer
        if status != "OK":
            raise Unreadable(f"{what}: {str(said)[:200]}")
        return [part for part in said if part is not None]


def _flags(about: bytes) -> tuple[str, ...]:
    match = _FLAGS.search(about)
    return tuple(match[1].decode("ascii", "replace").split()) if match else ()


def _received(about: bytes) -> float:
    moment = imaplib.Internaldate2tuple(about)
    return time.mktime(moment) if moment else 0.0


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquoted(name: bytes) -> bytes:
    if name.startswith(b'"') and name.endswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", name[1:-1])
    return name


def decode(name: str) -> str:
    """A folder's name as people read it. RFC 3501 5.1.3"""

    def part(match: re.Match[str]) -> str:
        text = match[1].replace(",", "/")
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-16-be", "replace") if text else "&"

    return re.sub(r"&([^-]*)-", part, name)


def encode(name: str) -> str:
    """The other way. RFC 3501 5.1.3"""

    def part(match: re.Match[str]) -> str:
        if match[0] == "&":
            return "&-"
        text = base64.b64encode(match[0].encode("utf-16-be")).decode("ascii")
        return "&" + text.rstrip("=").replace("/", ",") + "-"

    return re.sub(r"&|[^\x20-\x7e]+", part, name)
