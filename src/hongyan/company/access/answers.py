"""The answers kept for a day, so that a write that is sent again is answered again and not done again.

Owns: what counts as the same request. Never: does the write (the API does, in one transaction with `keep`).
Always: an answer can be read only with the token that asked: it may hold a first password (clause B4.13).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from hongyan.company.access.models import Answer, Token
from hongyan.kernel import clock, sealing
from hongyan.kernel.decision import Refusal

KEPT = timedelta(hours=24)
MAX_KEY = 255
_PURPOSE = "answer"


@dataclass(frozen=True, slots=True)
class Kept:
    status: int
    headers: dict[str, str]
    body: bytes


def fingerprint(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


def key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def find(token: Token, key: str, request: str, secret: str) -> Kept | None:
    """The answer to this request, if it was given. Refuses `api.idempotency_mismatch` for another request's key."""
    row = Answer.objects.filter(token=token, key=key_hash(key), at__gt=clock.now() - KEPT).first()
    if row is None:
        return None
    if row.fingerprint != request:
        raise Refusal("api.idempotency_mismatch")
    kept = json.loads(sealing.unseal(bytes(row.sealed), key=secret, purpose=_PURPOSE))
    return Kept(row.status, kept["headers"], kept["body"].encode())


def keep(token: Token, key: str, request: str, secret: str, answer: Kept) -> None:
    """Within the transaction of what was done. Raises IntegrityError when another request was first."""
    text = json.dumps({"headers": answer.headers, "body": answer.body.decode()})
    Answer.objects.filter(token=token, key=key_hash(key), at__lte=clock.now() - KEPT).delete()
    Answer.objects.create(
        token=token, key=key_hash(key), fingerprint=request, status=answer.status, at=clock.now(),
        sealed=sealing.seal(text.encode(), key=secret, purpose=_PURPOSE),
    )  # fmt: skip


def forget_old() -> int:
    return Answer.objects.filter(at__lte=clock.now() - KEPT).delete()[0]
