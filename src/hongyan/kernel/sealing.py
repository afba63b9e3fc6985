"""Sealing what has to be readable later by whoever holds the key, and by nobody who holds the database.

Owns: the one cipher in use (AES-256-GCM, a fresh nonce in front of the text).
Always: what was changed, or sealed under another key or for another purpose, is refused, never half read.
"""

from __future__ import annotations

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Broken(ValueError):
    """Not what was sealed under this key for this purpose."""


def seal(text: bytes, *, key: str, purpose: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_derived(key, purpose)).encrypt(nonce, text, purpose.encode())


def unseal(sealed: bytes, *, key: str, purpose: str) -> bytes:
    """The text. Raises Broken."""
    try:
        return AESGCM(_derived(key, purpose)).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
    except (InvalidTag, ValueError):
        raise Broken(purpose) from None


def _derived(key: str, purpose: str) -> bytes:
    """The keys given here are long and random, so one hash is enough to part purposes from each other."""
    return hashlib.sha256(f"hongyan {purpose}\0{key}".encode()).digest()
