"""Dovecot's administration tool on an instance, and the filter script that runs in a mailbox.

Owns: the command line of doveadm. Never: decides what it is called for, or needs the database: processes without one use it.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from hongyan.kernel.instance import Instance

TIMEOUT: Final = 30


def argv(instance: Instance, *arguments: str) -> list[str]:
    return ["/usr/bin/doveadm", "-c", str(instance.live / "etc/dovecot.conf"), *arguments]


def run(instance: Instance, *arguments: str, timeout: float = TIMEOUT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv(instance, *arguments), capture_output=True, text=True, timeout=timeout, check=False)


def active_script(instance: Instance, home: str) -> str:
    """The name of the owner's own script that runs; empty when none does, `?` when it has none (a file put there by hand)."""
    link = _link(instance, home)
    if not os.path.lexists(link):
        return ""
    return os.readlink(link).rpartition("/")[2].removesuffix(".sieve") if link.is_symlink() else "?"


def stop_script(instance: Instance, address: str, home: str) -> None:
    """None of the owner's scripts runs any more; they stay to be read. Raises OSError when Dovecot says no."""
    link = _link(instance, home)
    if not os.path.lexists(link):
        return
    done = run(instance, "sieve", "deactivate", "-u", address)
    if os.path.lexists(link):
        raise OSError(f"sieve of {address}: {done.stderr.strip()[-200:]}")


def _link(instance: Instance, home: str) -> Path:
    return instance.mail / home / ".dovecot.sieve"
