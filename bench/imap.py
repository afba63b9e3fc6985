"""The reading client of the benchmarks: IMAP over TLS (RFC 9051, RFC 8314), one blocking socket a session.

Never: checks the certificate; both sides are this machine.
"""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from types import TracebackType
from typing import Self


def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Session:
    """A connection that has read the greeting."""

    def __init__(self, port: int, context: ssl.SSLContext, timeout: float = 30.0) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket = context.wrap_socket(plain)
        except BaseException:
            plain.close()
            raise
        self.pending = b""
        self.line()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, failure: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()

    def line(self) -> bytes:
        while b"\r\n" not in self.pending:
            read = self.socket.recv(8192)
            if not read:
                raise ConnectionError("the server closed the connection")
            self.pending += read
        line, _, self.pending = self.pending.partition(b"\r\n")
        return line

    def tell(self, command: str) -> str:
        """The tagged reply without its tag."""
        self.socket.sendall(f"a {command}\r\n".encode("ascii"))
        while not (line := self.line()).startswith(b"a "):
            pass
        return line[2:].decode("utf-8", "replace")

    def login(self, user: str, password: str) -> bool:
        return self.tell(f'LOGIN "{user}" "{password}"').startswith("OK")

    def idle(self) -> None:
        """RFC 2177: the session waits for news."""
        self.tell("SELECT INBOX")
        self.socket.sendall(b"a IDLE\r\n")
        while not self.line().startswith(b"+"):
            pass

    def ended_at(self, seconds: float) -> float:
        """`time.perf_counter()` when the server ended the session. Raises TimeoutError when it goes on."""
        end = time.monotonic() + seconds
        try:
            while (left := end - time.monotonic()) > 0:
                self.socket.settimeout(left)
                if self.line().startswith(b"* BYE"):
                    break
        except TimeoutError:
            raise
        except OSError:
            pass  # ended without a word
        if time.monotonic() >= end:
            raise TimeoutError(f"the session goes on after {seconds:.0f} s")
        return time.perf_counter()

    def close(self) -> None:
        self.socket.close()


def sign_in(port: int, context: ssl.SSLContext, user: str, password: str) -> bool:
    """A whole short session: connect, sign in, sign out. False when the server refuses or hangs up instead."""
    good = False
    with suppress(OSError), Session(port, context) as session:
        if session.login(user, password):
            good = True  # also when the session is ended before it could sign out
            session.tell("LOGOUT")
    return good
