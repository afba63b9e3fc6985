"""One password hash for the web and the engines: argon2id.

Always: Django stores `argon2` + X and Dovecot reads `{ARGON2ID}` + X for the same X, so neither can differ from the other.
Parameters: OWASP's minimum for argon2id (19 MiB, 2 passes, 1 lane), 10-20 ms here; see docs/decisions.md.
"""

from __future__ import annotations

import hashlib

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19456
    parallelism = 1


def engine_hash(stored: str) -> str:
    """The `$argon2id$...` that Dovecot verifies; empty when the stored value is no usable argon2id hash."""
    return stored.removeprefix("argon2") if stored.startswith("argon2$argon2id$") else ""


def app_password_hash(password: str) -> str:
    """SHA-256, hex. App passwords carry 128 random bits, so a fast hash loses nothing and signs in 28,000 times a second."""
    return hashlib.sha256(password.encode("utf-8")).hexdigest()
