"""The milter protocol's octets, version 6, as Postfix speaks it (sendmail's include/libmilter/mfdef.h).

Owns: framing, option negotiation, and the building of a `Message` out of a session's callbacks.
Never: judges; what a message's end is answered with comes from the `judge` it is given.
Always: Postfix is told to skip what we do not need and to wait for nothing but the end of a message; the body is
counted, not kept (unless a rule asks); a peer that breaks the protocol or its bounds is cut off, and Postfix then
answers 451 (milter_default_action = tempfail).
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Final, cast

from hongyan.engines.gate.message import INSIDE, Message

# commands from Postfix
ABORT, BODY, MACRO, END, HEADER, QUIT_NEW, MAIL, OPTIONS, QUIT, RCPT = b"ABDELKMOQR"
VERSION: Final = 6
# protocol flags: callbacks to leave out, and callbacks that expect no reply
_NO_CONNECT, _NO_HELO, _NO_EOH, _NO_UNKNOWN, _NO_DATA = 0x1, 0x2, 0x40, 0x100, 0x200
_NR_HEADER, _NR_MAIL, _NR_RCPT, _NR_BODY = 0x80, 0x4000, 0x8000, 0x80000
PROTOCOL: Final = (
    _NO_CONNECT | _NO_HELO | _NO_EOH | _NO_UNKNOWN | _NO_DATA | _NR_HEADER | _NR_MAIL | _NR_RCPT | _NR_BODY
)  # fmt: skip
#: What we may do to a message: add a header, add a recipient; and choose the macros.
_ADD_HEADER, _ADD_RECIPIENT, _SET_SYMBOL_LIST = 0x1, 0x4, 0x100
_ACTIONS: Final = _ADD_HEADER | _ADD_RECIPIENT | _SET_SYMBOL_LIST
#: The macros we ask for, per stage (SMFIM_*), whatever main.cf would send.
_MACROS: Final = {0: b"", 1: b"", 2: b"{auth_authen} {listener} {client_addr}", 3: b"", 4: b"", 5: b"i", 6: b""}

MAX_FRAME: Final = 2 << 20  #: Postfix sends a header of up to header_size_limit, 1 MiB
#: Headers kept for rules: octets of one value (what is longer is cut), values of one name (more do not matter), octets
#: of a message (then values are kept as empty: there, but unreadable).
MAX_VALUE, MAX_VALUES, MAX_KEPT = 65_537, 100, 1 << 20
MAX_RECIPIENTS: Final = 50_000

_LENGTH: Final = 4
_EMPTY_MACROS: Final = 2  #: a MACRO frame with its stage and nothing else

CONTINUE: Final = b"\0\0\0\1c"


class ProtocolError(Exception):
    """The peer is not Postfix, or not in its right mind."""


def negotiation(payload: bytes) -> bytes:
    """The reply to OPTIONS. Raises ProtocolError for a peer that cannot leave out what we do not want."""
    version, actions, protocol = struct.unpack_from("!III", payload)
    if version < VERSION or protocol & PROTOCOL != PROTOCOL or actions & _ACTIONS != _ACTIONS:
        raise ProtocolError(f"milter version {version}, protocol {protocol:#x}, actions {actions:#x}")
    macros = b"".join(struct.pack("!I", stage) + names + b"\0" for stage, names in _MACROS.items())
    return frame(b"O", struct.pack("!III", VERSION, _ACTIONS, PROTOCOL) + macros)


def frame(command: bytes, payload: bytes = b"") -> bytes:
    return struct.pack("!I", len(payload) + 1) + command + payload


def reply(line: str) -> bytes:
    """REPLYCODE: '%' is an escape in it."""
    return frame(b"y", line.replace("%", "%%").encode() + b"\0")


def add_header(name: str, value: str) -> bytes:
    """ADDHEADER: behind the last one."""
    return frame(b"h", name.encode() + b"\0" + value.encode() + b"\0")


def add_recipient(address: str) -> bytes:
    """ADDRCPT: in the envelope alone."""
    return frame(b"+", f"<{address}>".encode() + b"\0")


def text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


class Session(asyncio.Protocol):
    """One connection from one smtpd process: many messages, one after the other."""

    def __init__(
        self, judge: Callable[[Message], bytes], keep: frozenset[str], body_octets: int, sessions: set[Session]
    ) -> None:
        self._judge, self._body_octets, self._sessions = judge, body_octets, sessions
        self._keep = {name.encode(): name for name in keep}
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._body_left = 0  #: octets of the body chunk in flight that have not arrived
        self._macros: dict[str, str] = {}
        self._message: Message | None = None
        self._kept = 0

    @property
    def busy(self) -> bool:
        return self._message is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._sessions.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sessions.discard(self)
        self._transport, self._message, self._buffer = None, None, b""

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        try:
            self._feed(self._buffer + data if self._buffer else data)
        except (ProtocolError, struct.error, IndexError):
            if self._transport is not None:
                self._transport.abort()

    # -- framing -----------------------------------------------------------------------------------
    def _feed(self, data: bytes) -> None:
        position, end = 0, len(data)
        while position < end:
            if self._body_left:
                position = self._take_body(data, position)
                continue
            if end - position <= _LENGTH:
                break
            length = int.from_bytes(data[position : position + 4], "big")
            command = data[position + 4]
            if length < 1 or length > MAX_FRAME:
                raise ProtocolError(f"a frame of {length}")
            if command == BODY:
                self._body_left = length - 1
                position += 5
                continue
            if end - position < 4 + length:
                break
            if length == _EMPTY_MACROS and command == MACRO and data[position + 5] != MAIL:
                position += 4 + length  # Postfix sends one before each header
                continue
            self._command(command, data[position + 5 : position + 4 + length])
            position += 4 + length
        self._buffer = data[position:]

    def _take_body(self, data: bytes, position: int) -> int:
        taken = min(self._body_left, len(data) - position)
        self._body_left -= taken
        message = self._open()
        message.size += taken
        if message.body is not None and len(message.body) < self._body_octets:
            message.body += data[position : position + min(taken, self._body_octets - len(message.body))]
        return position + taken

    # -- commands ----------------------------------------------------------------------------------
    def _command(self, command: int, payload: bytes) -> None:
        match command:
            case 0x4C:  # HEADER
                self._header(payload)
            case 0x44:  # MACRO
                self._take_macros(payload)
            case 0x52:  # RCPT
                self._recipient(payload)
            case 0x4D:  # MAIL
                self._mail(payload)
            case 0x45:  # END
                self._end()
            case 0x41 | 0x4B:  # ABORT, QUIT_NEW
                self._message = None
            case 0x4F:  # OPTIONS
                self._send(negotiation(payload))
            case 0x51:  # QUIT
                self.close()
            case _:
                raise ProtocolError(f"command {command:#x}")

    def _take_macros(self, payload: bytes) -> None:
        """Macros of MAIL replace all earlier ones: nothing of one message may reach the next."""
        parts = text(payload[1:]).split("\0")
        found = {name.strip("{}"): value for name, value in zip(parts[::2], parts[1::2], strict=False)}
        if payload[0] == MAIL:
            self._macros = found
        else:
            self._macros.update(found)

    def _mail(self, payload: bytes) -> None:
        sender, *arguments = text(payload).rstrip("\0").split("\0")
        declared = next((a[5:] for a in arguments if a[:5].upper() == "SIZE="), "")
        listener = self._macros.get("listener", "")
        self._message = Message(
            listener=listener,
            client=self._macros.get("client_addr", ""),
            # Nobody signs in at `inside`; there Rspamd, not we, is told of a name, so that it signs.
            login="" if listener == INSIDE else self._macros.get("auth_authen", "").lower(),
            sender=unbracketed(sender),
            declared_size=int(declared) if declared.isascii() and declared.isdigit() else 0,
            body=bytearray() if self._body_octets else None,
        )
        self._kept = 0
        self._macros = {}

    def _recipient(self, payload: bytes) -> None:
        message = self._open()
        message.recipients.append(unbracketed(text(payload.partition(b"\0")[0])))
        if len(message.recipients) > MAX_RECIPIENTS:
            raise ProtocolError("too many recipients")

    def _header(self, payload: bytes) -> None:
        message = self._open()
        name, _, value = payload.partition(b"\0")
        message.size += len(payload) + 2  # two NULs stand where ": " does; CR LF
        key = self._keep.get(name.strip().lower())
        if key is not None:
            values = message.headers.setdefault(key, [])
            value = value.rstrip(b"\0")
            if len(values) < MAX_VALUES:
                value = value[:MAX_VALUE]
                self._kept += len(value)
                values.append(text(value) if self._kept <= MAX_KEPT else "")

    def _end(self) -> None:
        message = self._open()
        message.queue_id = self._macros.get("i", "")
        message.size += 2  # the empty line between headers and body
        self._message, self._macros = None, {}
        self._send(self._judge(message))

    def _open(self) -> Message:
        if self._message is None:
            raise ProtocolError("no message is open")
        return self._message

    def _send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


def unbracketed(path: str) -> str:
    """The address in an envelope path; mail from the sendmail command has no brackets."""
    return path[1:-1] if path[:1] == "<" and path[-1:] == ">" else path
