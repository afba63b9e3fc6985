"""A milter client that speaks as Postfix does, for tests without Postfix."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

OFFERED = 0x1FFFFF
OPTIONS = struct.pack("!III", 6, 0x1FF, OFFERED)


def frame(command: str, payload: bytes = b"") -> bytes:
    return struct.pack("!I", len(payload) + 1) + command.encode() + payload


def macros(stage: str, **values: str) -> bytes:
    return frame("D", stage.encode() + b"".join(f"{k}\0{v}\0".encode() for k, v in values.items()))


def message(
    sender: str, *recipients: str, login: str = "", listener: str = "submission", headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"hello\r\n", queue_id: str = "4abc", arguments: tuple[str, ...] = (),
) -> bytes:  # fmt: skip
    """All frames of one message, up to and with its end."""
    known = {"{listener}": listener, "{client_addr}": "192.0.2.1"} | ({"{auth_authen}": login} if login else {})
    mail = "\0".join((f"<{sender}>", *arguments)) + "\0"
    parts = [macros("M", **known), frame("M", mail.encode())]
    parts += [frame("R", f"<{recipient}>\0".encode()) for recipient in recipients]
    parts += [frame("L", f"{name}\0{value}\0".encode()) for name, value in headers]
    parts += [frame("B", body[at : at + 65535]) for at in range(0, len(body), 65535)]
    return b"".join([*parts, macros("E", i=queue_id), frame("E")])


class Client:
    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(5)
        self.socket.connect(str(path))

    def hello(self) -> bytes:
        self.socket.sendall(frame("O", OPTIONS))
        return self.read()

    def send(self, data: bytes) -> str:
        """Send frames that end in one reply; the reply's letter and text."""
        self.socket.sendall(data)
        return self.read().rstrip(b"\0").decode()

    def read(self) -> bytes:
        """One frame without its length; empty when the gate has hung up."""
        head = self._exactly(4)
        return self._exactly(int.from_bytes(head, "big")) if head else b""

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            got = self.socket.recv(count - len(data))
            if not got:
                return b""
            data += got
        return data
