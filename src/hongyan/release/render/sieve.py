"""Sieve scripts that run before every person's own.

Always: they only sort; refusing is the gate's and Rspamd's part. A copy of what was sent as a shared mailbox comes to an
address that the gate alone can use (engines/gate/shared.py).
"""

from __future__ import annotations

from pathlib import Path

from hongyan.release.render.filetext import FileText
from hongyan.release.scripts import SORT

DIRECTORY = "etc/sieve/before.d"
#: Made of a table (release/scripts.py), checked as those that are written here.
SCRIPTS = frozenset({"tables/replies.sieve"})


def files() -> dict[str, FileText]:
    return {f"{DIRECTORY}/10-sort.sieve": FileText(SORT)}


def checks(root: Path) -> list[tuple[str, list[str]]]:
    """The compiler, its result shown instead of written: Dovecot keeps compiled scripts in a directory of its own.

    Never with an output file: sievec writes aside and renames, which as root replaces even /dev/null.
    """
    return check_of(root, *sorted(str(path) for path in (root / DIRECTORY).glob("*.sieve")))


def check_of(root: Path, *scripts: str) -> list[tuple[str, list[str]]]:
    conf = ["-c", str(root / "etc/dovecot.conf"), "-o", "stats_writer_socket_path="]
    return [("sievec", ["/usr/bin/sievec", *conf, "-d", str(root / script), "-"]) for script in scripts]
