"""What every call shares: the connection, the token, problems, waiting when asked to, and checking webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

RETRIES = 3


class Problem(Exception):
    """What the API refused (RFC 9457). `code` is the same in every language; `errors` names every field that does not fit."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(document.get("code", ""))
        self.detail = str(document.get("detail", ""))
        self.clause = str(document.get("clause", ""))
        self.errors: list[dict[str, Any]] = list(document.get("errors", []))
        super().__init__(f"{status} {self.code}: {self.detail}")


def quoted(value: object) -> str:
    return quote(str(value), safe="@")


class Base:
    """A connection that is kept open. Not to be shared by threads: give each its own."""

    def __init__(
        self, url: str, token: str, *, language: str = "en", ca_file: str | None = None, timeout: float = 30.0
    ) -> None:
        parts = urlsplit(url)
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": language, "Accept": "application/json"}
        host, port = parts.hostname or "localhost", parts.port
        self._connection: http.client.HTTPConnection
        if parts.scheme == "http":
            self._connection = http.client.HTTPConnection(host, port or 80, timeout=timeout)
        else:
            context = ssl.create_default_context(cafile=ca_file)
            self._connection = http.client.HTTPSConnection(host, port or 443, timeout=timeout, context=context)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _ask(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: object = None,
        key: str | None = None,
    ) -> Any:  # fmt: skip
        """The answer's JSON, None when there is none. Waits and asks again at 429 and when the line breaks; a write carries
        a key, so that it is done once however often it is sent. Raises Problem, OSError."""
        asked = {n: v for n, v in (query or {}).items() if v is not None}
        address = path + ("?" + urlencode(asked) if asked else "")
        headers, data = dict(self._headers), None
        if method != "GET":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        for attempt in range(RETRIES + 1):
            try:
                self._connection.request(method, address, data, headers)
                answer = self._connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException):
                self._connection.close()
                if attempt == RETRIES:
                    raise
                time.sleep(0.2 * 2**attempt)
                continue
            if answer.status == 429 and attempt < RETRIES:
                time.sleep(float(answer.headers.get("Retry-After", "1")))
                continue
            break
        document = json.loads(text) if text else None
        if answer.status >= 400:
            raise Problem(answer.status, document if isinstance(document, dict) else {})
        return document


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes, *, tolerance: float = 300.0) -> Any:
    """A webhook's message, if it is the instance's own and new. Raises ValueError otherwise."""
    found = {name.lower(): value for name, value in headers.items()}
    mark, message = found.get("webhook-timestamp", ""), found.get("webhook-id", "")
    if not mark.isdigit() or abs(time.time() - int(mark)) > tolerance:
        raise ValueError("the message is too old, or comes from the future")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message}.{mark}.".encode() + body, hashlib.sha256).digest()
    right = "v1," + base64.b64encode(signed).decode("ascii")
    if not any(hmac.compare_digest(right, given) for given in found.get("webhook-signature", "").split()):
        raise ValueError("the signature is not right")
    return json.loads(body)
