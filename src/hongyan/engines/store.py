"""What the mail store says about a mailbox, asked over IMAP on the loopback with the master user.

Owns: `quota_used`.
Never: waits longer than `TIMEOUT`, changes anything in a mailbox.
Always: "cannot be read now" (None) is another answer than "empty" (0).
Standards: RFC 9208 (IMAP QUOTA). Engine notes: Master user.
"""

from __future__ import annotations

import imaplib
import re
import ssl
import threading
import time
from functools import cache
from pathlib import Path

from hongyan.kernel.instance import Instance

TIMEOUT = 1.0
KEEP, KEEP_FAILURE = 30.0, 10.0
MASTER = "webmail"
_STORAGE = re.compile(rb"STORAGE (\d+) \d+")
_known: dict[str, tuple[float, int | None]] = {}
_lock = threading.Lock()


def quota_used(instance: Instance, address: str) -> int | None:
    """Bytes used, or None when the store did not say. Kept for half a minute, a failure for ten seconds."""
    now = time.monotonic()
    with _lock:
        kept = _known.get(address)
    if kept is not None and kept[0] > now:
        return kept[1]
    used = _ask(instance, address)
    with _lock:
        if len(_known) > 5000:
            _known.clear()
        _known[address] = (now + (KEEP_FAILURE if used is None else KEEP), used)
    return used


def _ask(instance: Instance, address: str) -> int | None:
    try:
        password = instance.secret("webmaster.pass")
        context = _context(instance.ca_pem)
        with imaplib.IMAP4_SSL("127.0.0.1", instance.ports["imaps"], ssl_context=context, timeout=TIMEOUT) as imap:
            imap.login(f"{address}*{MASTER}", password)
            _, roots = imap.getquotaroot("INBOX")
            # Two lists: the roots, then the quotas: [b'"User quota" (STORAGE 12 3145728)'], in units of 1024 octets.
            found = _STORAGE.search(b" ".join(part for part in roots[1] if isinstance(part, bytes)))
            return int(found[1]) * 1024 if found else None
    except (OSError, imaplib.IMAP4.error, KeyError, IndexError):
        return None


@cache
def _context(authority: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = False  # our own machine, by its address
    return context
