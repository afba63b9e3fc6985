"""Asking the engines' own tools before anything is published.

Owns: which tool checks which file, and the refusal that carries the tool's words.
Always: a static file that changed is checked with all of its engine's configuration; a table that changed is built
by `postmap` and asked for a key it must have; a new DKIM key can be read (Rspamd would leave mail unsigned).
"""

from __future__ import annotations

import os
import subprocess
from itertools import pairwise
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from hongyan.kernel.instance import Instance
from hongyan.release.render import checks_for
from hongyan.release.render.sieve import SCRIPTS
from hongyan.release.store import Draft
from hongyan.release.tables import TABLES, BadFact

TIMEOUT = 60
_VIEWS = tuple({f".{suffix}" for table in TABLES.values() for suffix in table.views})


class Refused(Exception):
    """An engine's own checker said no. `tool` and `said` go into the audit and onto the console."""

    def __init__(self, tool: str, said: str) -> None:
        super().__init__(f"{tool}: {said}")
        self.tool, self.said = tool, said


def run(tool: str, argv: list[str], stdin: str = "") -> str:
    """The tool's output. Raises Refused when it exits with anything but 0."""
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        raise Refused(tool, f"no answer within {TIMEOUT} s") from None
    if done.returncode != 0:
        raise Refused(tool, (done.stderr or done.stdout).strip()[-2000:])
    return done.stdout


def make_cdb(instance: Instance, source: Path) -> None:
    """Build SOURCE.cdb with Postfix's own tool, which refuses malformed lines."""
    run("postmap", ["/usr/sbin/postmap", "-c", _bare_postfix(instance), f"cdb:{source}"])


def _bare_postfix(instance: Instance) -> str:
    """A configuration directory for postmap, which wants one: Debian's own may be empty ("No configuration")."""
    directory = instance.state / "postmap"
    if not (directory / "main.cf").exists():
        directory.mkdir(parents=True, exist_ok=True)
        aside = directory / "main.cf.new"
        # The packaged dynamicmaps.cf, which makes cdb: known, lies in the meta directory.
        aside.write_text("compatibility_level = 3.6\nmeta_directory = /etc/postfix\n", "ascii")
        os.utime(aside, (0, 0))  # Postfix waits for a main.cf written just now to cool down, over a second
        aside.rename(directory / "main.cf")
    return str(directory)


def check(instance: Instance, draft: Draft, written: list[str]) -> None:
    """Raises Refused, or BadFact for a damaged table; returns when every tool is content."""
    for path in written:
        if path.startswith("tables/") and not path.endswith((".cdb", *_VIEWS)):
            _check_table(draft, path, _bare_postfix(instance))
        elif path.startswith("etc/rspamd/dkim/") and not path.endswith(".map"):
            _check_dkim_key(draft, path)
    for tool, argv in checks_for(draft.root, [p for p in written if not p.startswith("tables/") or p in SCRIPTS]):
        run(tool, argv)


def _check_dkim_key(draft: Draft, path: str) -> None:
    try:
        serialization.load_pem_private_key((draft.root / path).read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise Refused("DKIM key", f"{Path(path).name}: {problem}") from None


def _check_table(draft: Draft, path: str, postfix: str) -> None:
    """Sorted, unique, well-formed; and a cdb answers for its first and last key as the source says."""
    table = TABLES[Path(path).name.split(".")[0]]
    text = (draft.root / path).read_bytes()
    lines = text.splitlines()
    keys = [line.partition(table.separator.encode())[0] for line in lines]
    if any(a >= b for a, b in pairwise(keys)) or not all(keys):
        raise BadFact(f"{path}: not sorted by unique keys")
    if table.cdb and lines:
        for line in {lines[0], lines[-1]}:
            key, _, value = line.decode().partition(table.separator)
            said = run("postmap -q", ["/usr/sbin/postmap", "-c", postfix, "-q", key, f"cdb:{draft.root / path}"])
            if said.rstrip("\n") != value:
                raise Refused("postmap -q", f"{path}: {key} gives {said[:80]!r}")
