"""How a message is signed, so that its receiver knows that it is ours and new.

The format is that of the Standard Webhooks specification: headers `webhook-id`, `webhook-timestamp` (seconds since 1970)
and `webhook-signature`, which holds `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`; during a change of the
secret, one such signature for each, with a space between. The key is what stands after `whsec_`, in base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

from django.conf import settings

from hongyan.kernel import sealing

PREFIX: Final = "whsec_"
_PURPOSE: Final = "webhook"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def sealed(secret: str) -> bytes:
    return sealing.seal(secret.encode("ascii"), key=settings.SECRET_KEY, purpose=_PURPOSE)


def opened(stored: bytes | memoryview) -> str:
    return sealing.unseal(bytes(stored), key=settings.SECRET_KEY, purpose=_PURPOSE).decode("ascii")


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode("ascii")


def headers(known: Iterable[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Everything a receiver needs to check the message."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Hongyan-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message_id, timestamp, body) for secret in known),
    }
