"""Rspamd's compiled patterns, kept once per machine.

Rspamd compiles its pattern of top-level domains before it listens, which takes about ten seconds, and keeps the result
in its database directory. A fresh instance is given what an earlier one of the same Rspamd has compiled, so that it is
ready in a second (engine notes 1).
Never: needed. Without it the first start takes longer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from hongyan.engines.setup.placement import LIBRARY

PATTERN = "*.hsmp"


def store() -> Path | None:
    """Of the installed version: another one compiles other patterns."""
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "rspamd"], capture_output=True, text=True)
    version = asked.stdout.strip().replace("/", "_")
    return Path(LIBRARY) / f"rspamd-{version}" if version else None


def seed(database: Path) -> None:
    """Before the first start of an instance."""
    kept = store()
    if kept is None or not kept.is_dir() or any(database.glob(PATTERN)):
        return
    for path in kept.glob(PATTERN):
        shutil.copyfile(path, database / path.name)


def keep(database: Path) -> None:
    """After a start: what was compiled is kept for the next instance. Made aside, so that it is whole or absent."""
    kept = store()
    if kept is None or kept.exists():
        return
    aside = kept.with_name(f"{kept.name}.new-{os.getpid()}")
    aside.mkdir(parents=True)
    for path in database.glob(PATTERN):
        if path.stat().st_uid == 0:  # Rspamd compiles them as root, before it drops its rights
            shutil.copyfile(path, aside / path.name)
    try:
        aside.rename(kept)
    except OSError:  # another instance was faster
        shutil.rmtree(aside, ignore_errors=True)
