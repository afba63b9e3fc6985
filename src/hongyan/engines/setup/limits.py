"""Kernel limits that are set for a desktop and that a mail server meets.

Owns: which ones, and how much is enough.
Always: a limit is only ever raised; where the kernel does not let us (some containers), mail works all the same: a
session in IDLE that gets no inotify instance hears of new mail at Dovecot's next look (30 s) instead of at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

_INOTIFY: Final = Path("/proc/sys/fs/inotify")
#: All mail belongs to one Unix user, and each IMAP session takes one instance: Linux gives a user 128.
LEAST: Final[Mapping[Path, int]] = {
    _INOTIFY / "max_user_instances": 65_536,
    _INOTIFY / "max_user_watches": 524_288,
}


def ensure(least: Mapping[Path, int] = LEAST) -> None:
    for path, enough in least.items():
        try:
            if int(path.read_text("ascii")) < enough:
                path.write_text(f"{enough}\n", "ascii")
        except OSError:
            continue
