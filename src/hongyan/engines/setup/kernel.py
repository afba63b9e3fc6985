"""Bounds of the running kernel that Debian sets for a desktop, raised for a mail server.

Never: lowers one, or refuses to go on where it may not be changed (a container): mail works, it is only told later.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

#: One for each IMAP session that waits for mail (RFC 2177), all of them the user vmail's: Debian allows 128. Past the
#: bound Dovecot looks for new mail every 30 s instead of being told.
INOTIFY: Final = Path("/proc/sys/fs/inotify/max_user_instances")
WAITING_SESSIONS: Final = 16_384


def raise_bounds(path: Path = INOTIFY, least: int = WAITING_SESSIONS) -> None:
    with suppress(OSError, ValueError):
        if int(path.read_text("ascii")) < least:
            path.write_text(f"{least}\n", "ascii")
