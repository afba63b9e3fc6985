"""A directory to be asked: the few messages of RFC 4511 and the pages of RFC 2696, over TCP, in threads of the test.

Always: what it cannot read ends the connection, so that a client's mistake shows. It knows no filters: it returns everybody
and keeps the filter's bytes; a real OpenLDAP was asked as well when this was written.
"""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

PAGED = b"1.2.840.113556.1.4.319"
People = Sequence[tuple[str, Mapping[str, Any]]]


@dataclass
class Directory:
    """`people`: (dn, attributes); `limit`: refuses to send more; `break_after`: hangs up after so many."""

    people: People
    base: str = "ou=staff,dc=corp,dc=test"
    user: str = "cn=reader,dc=corp,dc=test"
    password: str = "Lantern-Quay-55"
    limit: int = 0
    break_after: int = 0
    pages: list[int] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"


@contextmanager
def serving(directory: Directory, tls: ssl.SSLContext | None = None) -> Iterator[Directory]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), tls.wrap_socket(self.request, server_side=True) if tls else self.request as sock:
                _Talk(sock, directory).run()

    with _Server(("127.0.0.1", 0), Handler) as server:
        directory.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield directory
        finally:
            server.shutdown()
            thread.join(5)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not like our certificate hangs up."""


class _Talk:
    def __init__(self, sock: Any, directory: Directory) -> None:
        self.sock, self.directory, self.bound = sock, directory, False

    def run(self) -> None:
        while message := self._message():
            (_, number), (tag, body), *controls = message
            if tag == 0x60:
                self._bind(number, body)
            elif tag == 0x63:
                if not self._search(number, body, controls):
                    return
            elif tag == 0x42:
                return
            else:
                raise OSError(f"operation {tag:#x}")

    def _message(self) -> list[tuple[int, bytes]]:
        head = self._read(2)
        if not head:
            return []
        size = head[1]
        if size & 0x80:
            size = int.from_bytes(self._read(size & 0x7F), "big")
        return parts(self._read(size))

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size and (piece := self.sock.recv(size - len(found))):
            found += piece
        return found

    def _bind(self, number: bytes, body: bytes) -> None:
        _, (_, name), (_, password) = parts(body)
        good = (name.decode(), password.decode()) == (self.directory.user, self.directory.password)
        self.bound = good
        self._send(number, tlv(0x61, result(0 if good else 49)))

    def _search(self, number: bytes, body: bytes, controls: list[tuple[int, bytes]]) -> bool:
        directory = self.directory
        base = parts(body)[0][1].decode()
        if not self.bound or base != directory.base:
            self._send(number, tlv(0x65, result(32 if self.bound else 50)))
            return True
        size, start = page_of(controls)
        directory.pages.append(start)
        for index, (dn, attributes) in enumerate(directory.people[start : start + size], start):
            if directory.break_after and index >= directory.break_after:
                return False
            if directory.limit and index >= directory.limit:
                self._send(number, tlv(0x65, result(4)))
                return True
            self._send(number, entry(dn, attributes))
        rest = start + size < len(directory.people)
        cookie = str(start + size).encode() if rest else b""
        value = tlv(0x30, integer(0), text(cookie))
        self._send(number, tlv(0x65, result(0)), tlv(0xA0, tlv(0x30, text(PAGED), text(value))))
        return True

    def _send(self, number: bytes, *body: bytes) -> None:
        self.sock.sendall(tlv(0x30, tlv(2, number), *body))


# -- BER (X.690), as far as it is needed ------------------------------------------------------------------
def tlv(tag: int, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    size = len(body)
    if size < 128:
        return bytes((tag, size)) + body
    long = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(long))) + long + body


def parts(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            long = size & 0x7F
            size, at = int.from_bytes(data[at : at + long], "big"), at + long
        found.append((tag, data[at : at + size]))
        at += size
    return found


def integer(value: int) -> bytes:
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def text(value: str | bytes) -> bytes:
    return tlv(4, value.encode() if isinstance(value, str) else value)


def result(code: int) -> bytes:
    return tlv(10, bytes((code,))) + text("") + text("")


def entry(dn: str, attributes: Mapping[str, Any]) -> bytes:
    rows = []
    for name, value in attributes.items():
        values = value if isinstance(value, list) else [value]
        rows.append(tlv(0x30, text(name), tlv(0x31, *(text(each) for each in values))))
    return tlv(0x64, text(dn), tlv(0x30, *rows))


def page_of(controls: list[tuple[int, bytes]]) -> tuple[int, int]:
    """(size, where to begin) of the control; all at once without one."""
    for _, body in controls:
        for _, control in parts(body):
            fields = parts(control)
            if fields[0][1] == PAGED:
                (_, size), (_, cookie) = parts(parts(fields[-1][1])[0][1])
                return int.from_bytes(size, "big"), int(cookie or b"0")
    return 1_000_000, 0
