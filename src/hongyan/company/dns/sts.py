"""A domain's own MTA-STS policy (RFC 8461 3.2): its text, and the id under which the DNS announces it."""

from __future__ import annotations

import hashlib
from typing import Final

#: Short while it is only tried, so that a mistake is soon forgotten by others (RFC 8461 3.2: up to a year).
MAX_AGE: Final = {"testing": 86400, "enforce": 604800, "none": 86400}


def policy_text(mode: str, host: str) -> str:
    return f"version: STSv1\r\nmode: {mode}\r\nmx: {host}\r\nmax_age: {MAX_AGE[mode]}\r\n"


def policy_id(mode: str, host: str) -> str:
    """Another text, another id; up to 32 letters and digits (RFC 8461 3.1)."""
    return hashlib.sha256(policy_text(mode, host).encode()).hexdigest()[:20]
