"""The guard's HTTP/1.1: what Dovecot's client and ours need, on loopback (RFC 9112).

Owns: framing, the key, the routes.
Always: keep-alive with Content-Length; a wrong key is 403 and compared in constant time; bounded requests.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import sys
import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

from hongyan.engines.guard.attempt import BadRequest, network_of, read
from hongyan.engines.guard.guard import WEB, Guard

KEY_HEADER: Final = "x-api-key"
_MAX_HEAD: Final = 16 << 10
_MAX_BODY: Final = 64 << 10


class Request(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Reply(Exception):
    """Raised to answer with another status than 200."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class Router:
    def __init__(self, guard: Guard, key: str) -> None:
        self._guard, self._key = guard, key.encode()

    def answer(self, request: Request) -> dict[str, Any]:
        """The JSON of a 200. Raises Reply otherwise."""
        if not hmac.compare_digest(request.headers.get(KEY_HEADER, "").encode(), self._key):
            raise Reply(HTTPStatus.FORBIDDEN, "wrong key")
        match request.method, request.path:
            case "POST", "/auth" | "/web":
                return self._policy(request)
            case "POST", "/unlock":
                raw = _json(request.body)
                return self._guard.unlock(_field(raw, "login").lower(), network_of(_field(raw, "network")))
            case "GET", "/state":
                return self._guard.state(request.query.get("login", "").lower())
        raise Reply(HTTPStatus.NOT_FOUND, "no such thing")

    def _policy(self, request: Request) -> dict[str, Any]:
        raw = _json(request.body)
        if request.path == "/web":
            raw["protocol"] = WEB
        try:
            attempt = read(raw)
        except BadRequest as error:
            raise Reply(HTTPStatus.BAD_REQUEST, str(error)) from None
        match request.query.get("command"):
            case "allow":
                return self._guard.allow(attempt)
            case "report":
                return self._guard.report(attempt)
        raise Reply(HTTPStatus.BAD_REQUEST, "command is allow or report")


def _json(body: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(body)
    except ValueError:
        raise Reply(HTTPStatus.BAD_REQUEST, "not JSON") from None
    if not isinstance(raw, dict):
        raise Reply(HTTPStatus.BAD_REQUEST, "not an object")
    return raw


def _field(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name, "")
    return value if isinstance(value, str) else ""


class Connection(asyncio.Protocol):
    def __init__(self, answer: Callable[[Request], dict[str, Any]]) -> None:
        self._answer = answer
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport, self._buffer = None, b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            while (request := self._next()) is not None:
                self._serve(request)
        except Reply as bad:
            self._send(bad.status, {"error": bad.text}, close=True)

    def _serve(self, request: Request) -> None:
        close = request.headers.get("connection", "").lower() == "close"
        try:
            self._send(HTTPStatus.OK, self._answer(request), close=close)
        except Reply as reply:
            self._send(reply.status, {"error": reply.text}, close=close)
        except Exception:
            traceback.print_exc()
            sys.stderr.flush()
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "failed"}, close=close)

    def _next(self) -> Request | None:
        """The next whole request, or None. Raises Reply for what cannot be read on."""
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if len(head) > _MAX_HEAD:
            raise Reply(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too long")
        if not separator:
            return None
        method, target, headers = _head(head)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or "transfer-encoding" in headers:
            raise Reply(HTTPStatus.LENGTH_REQUIRED, "Content-Length is needed")
        if int(length) > _MAX_BODY:
            raise Reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")
        if len(rest) < int(length):
            return None
        self._buffer = rest[int(length) :]
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        return Request(method, url.path, query, headers, rest[: int(length)])

    def _send(self, status: HTTPStatus, answer: dict[str, Any], *, close: bool) -> None:
        if self._transport is None:
            return
        body = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self._transport.write(head.encode() + (b"Connection: close\r\n\r\n" if close else b"\r\n") + body)
        if close:
            self._transport.close()


def _head(head: bytes) -> tuple[str, str, dict[str, str]]:
    try:
        first, *lines = head.decode("ascii").split("\r\n")
        method, target, version = first.split(" ")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
    except ValueError:
        raise Reply(HTTPStatus.BAD_REQUEST, "not HTTP") from None
    if not version.startswith("HTTP/1."):
        raise Reply(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "HTTP/1.1 is spoken here")
    return method, target, headers
