"""A ManageSieve client (RFC 5804): just the commands that tests give."""

from __future__ import annotations

import base64
import socket
from collections.abc import Sequence
from types import TracebackType

from tests.system.hands import PASSWORD, Running


class ManageSieve:
    """A signed-in session. `command` answers with the lines up to and with OK, NO or BYE."""

    def __init__(self, running: Running, address: str) -> None:
        plain = socket.create_connection(("localhost", running.ports["sieve"]), timeout=20)
        self._lines = plain.makefile("rb")
        self.capabilities = self._answer()
        plain.sendall(b"STARTTLS\r\n")
        self._answer()
        self._lines.close()
        self._socket = running.tls.wrap_socket(plain, server_hostname="localhost")
        self._lines = self._socket.makefile("rb")
        self._answer()
        token = base64.b64encode(f"\0{address}\0{PASSWORD}".encode()).decode()
        assert self.command(f'AUTHENTICATE "PLAIN" "{token}"')[-1].startswith("OK")

    def __enter__(self) -> ManageSieve:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._socket.close()

    def command(self, line: str) -> list[str]:
        self._socket.sendall(line.encode() + b"\r\n")
        return self._answer()

    def put(self, name: str, script: str) -> str:
        """The answer to PUTSCRIPT."""
        return self.command(f'PUTSCRIPT "{name}" {{{len(script.encode())}+}}\r\n{script}')[-1]

    def use(self, name: str, script: str) -> None:
        """Upload and activate."""
        for answer in (self.put(name, script), self.command(f'SETACTIVE "{name}"')[-1]):
            assert answer.startswith("OK"), answer

    def listed(self) -> Sequence[str]:
        return self.command("LISTSCRIPTS")[:-1]

    def _answer(self) -> list[str]:
        lines: list[str] = []
        while line := self._lines.readline().decode("utf-8"):
            lines.append(line.rstrip("\r\n"))
            if line.startswith(("OK", "NO", "BYE")):
                left = int(line.rstrip()[line.rindex("{") + 1 : -1]) if line.rstrip().endswith("}") else 0
                lines[-1] += self._lines.read(left).decode("utf-8")
                if left:
                    self._lines.readline()
                return lines
        raise AssertionError(f"closed after {lines}")
