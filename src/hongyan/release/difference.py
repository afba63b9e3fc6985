"""Two releases compared for people: which addresses changed and in what, which files, and their lines.

Owns: the meaning of a changed row in words (codes of the catalogue, `difference.*`), the masking of secrets.
Never: shows a password hash or a key; writes anything. Needs the right to read every file of a release (root).
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from hongyan.kernel.instance import Instance
from hongyan.release import store
from hongyan.release.tables import TABLES, Row

MOST_ADDRESSES = 2000
MOST_LINES = 400
MOST_TO_MATCH = 5000
_SECRET = re.compile(r"(\{(?:ARGON2ID|SHA256\.hex)\})\S+?(?=:|$)|/[0-9a-f]{64}(?=:)|(-----BEGIN [A-Z ]+-----)")
_NOT_TEXT = (".cdb", ".svbin")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed at an address. `code` is a sentence of the catalogue, filled by `params`."""

    address: str
    code: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    old: int
    new: int
    files: dict[str, str]  #: path -> added, removed, changed
    changes: list[Change]
    addresses: int  #: how many changed, of which `changes` tells at most MOST_ADDRESSES
    lines: dict[str, list[str]]  #: path -> unified lines, at most MOST_LINES; binary and secret files have none


def read(instance: Instance, old: int, new: int) -> Difference:
    """Raises store.Damaged when a release is not there or its manifest cannot be read."""
    roots = [store.directory(instance, number) for number in (old, new)]
    before, after = (store.read_manifest(root) for root in roots)
    files = store.difference(before.files, after.files)
    changes = _by_address(roots[0], roots[1], files)
    shown = sorted(changes)[:MOST_ADDRESSES]
    return Difference(
        old=old, new=new, files=files, addresses=len(changes),
        changes=[change for address in shown for change in changes[address]],
        lines={
            path: _lines(roots[0] / path, roots[1] / path)
            for path in files
            if not path.endswith(_NOT_TEXT) and not _is_secret(path, before, after)
        },
    )  # fmt: skip


def _is_secret(path: str, *manifests: store.Manifest) -> bool:
    """Keys and passwords of the machine itself: nobody needs to read how they changed."""
    entries = [manifest.files[path] for manifest in manifests if path in manifest.files]
    return not path.startswith("tables/") and any(not entry.mode & 0o004 for entry in entries)


def _lines(old: Path, new: Path) -> list[str]:
    """Only what was added and removed, in the order of the file: tables are sorted, so a line is its own place."""
    before, after = _masked(old), _masked(new)
    short = max(len(before), len(after)) < MOST_TO_MATCH
    found = difflib.unified_diff(before, after, lineterm="", n=0) if short else _set_difference(before, after)
    return list(islice((line for line in found if not line.startswith(("---", "+++"))), MOST_LINES))


def _set_difference(old: list[str], new: list[str]) -> Iterator[str]:
    """For long sorted tables: a sequence matcher over 100,000 lines takes minutes."""
    gone, come = set(old), set(new)
    yield from (f"-{line}" for line in old if line not in come)
    yield from (f"+{line}" for line in new if line not in gone)


def _masked(path: Path) -> list[str]:
    try:
        text = path.read_text("utf-8", "replace")
    except FileNotFoundError:
        return []
    return [_SECRET.sub(lambda m: f"{m[1] or ''}…", line) for line in text.splitlines()]


# -- rows into words -----------------------------------------------------------------------------


def _by_address(old: Path, new: Path, files: dict[str, str]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for name, tell in _TELL.items():
        table = TABLES[name]
        for path in (f"tables/{file}" for file in table.files):
            if path not in files:
                continue
            before, after = (_rows(name, root / path) for root in (old, new))
            for key in sorted(before.keys() | after.keys()):
                if before.get(key) != after.get(key):
                    address = table.owner_of(key)
                    for code, params in tell(before.get(key), after.get(key)):
                        change = Change(address, code, params)
                        if change not in found.setdefault(address, []):
                            found[address].append(change)
    return found


def _rows(name: str, path: Path) -> Row:
    try:
        return TABLES[name].parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}


Told = Iterator[tuple[str, dict[str, Any]]]
_KINDS = {
    "mailbox": ("difference.mailbox_opened", "difference.mailbox_gone"),
    "alias": ("difference.alias_added", "difference.alias_gone"),
    "group": ("difference.group_added", "difference.group_gone"),
    "domain": ("difference.domain_added", "difference.domain_gone"),
    "company": ("difference.company_added", "difference.company_gone"),
}


def _gate(before: str | None, after: str | None) -> Told:
    old, new = (json.loads(text) if text else {} for text in (before, after))
    if not old or not new:
        added, gone = _KINDS.get((old or new).get("k", ""), ("difference.other", "difference.other"))
        yield (added if new else gone), {}
        return
    if old.get("st") != new.get("st"):
        yield "difference.state", {"before": old.get("st", ""), "after": new.get("st", "")}
    if old.get("lim") != new.get("lim"):
        yield "difference.limit", {"before": old.get("lim"), "after": new.get("lim")}
    if old.get("to") != new.get("to"):
        yield "difference.target", {"before": old.get("to", ""), "after": new.get("to", "")}
    yield from _lists(old, new, "mem", "difference.members")
    yield from _lists(old, new, "snd", "difference.senders")
    if (old.get("who"), old.get("lst")) != (new.get("who"), new.get("lst")):
        yield "difference.writers", {}
    rest = {"st", "lim", "to", "mem", "snd", "who", "lst"}
    if {k: v for k, v in old.items() if k not in rest} != {k: v for k, v in new.items() if k not in rest}:
        yield "difference.settings", {}


def _lists(old: dict[str, Any], new: dict[str, Any], key: str, code: str) -> Told:
    before, after = set(old.get(key) or ()), set(new.get(key) or ())
    if before != after:
        come, gone = sorted(after - before), sorted(before - after)
        yield code, {"come": _shortened(come), "gone": _shortened(gone)}


def _shortened(names: list[str]) -> str:
    """`a, b, c (+4)`; `–` for none."""
    rest = f" (+{len(names) - 3})" if len(names) > 3 else ""
    return (", ".join(names[:3]) + rest) or "–"


def _users(before: str | None, after: str | None) -> Told:
    if before is None or after is None:
        return  # the gate's row says so, too
    old, new = before.split(":"), after.split(":")
    if old[0] != new[0]:
        yield "difference.password", {}
    if old[4:5] != new[4:5]:
        yield "difference.home", {}
    if old[6:] != new[6:]:
        yield "difference.store", {}


def _app_passwords(before: str | None, after: str | None) -> Told:
    yield ("difference.device_added" if before is None else "difference.device_gone"), {}


def _deny(before: str | None, after: str | None) -> Told:
    yield ("difference.denied" if after is not None else "difference.admitted"), {}


_TELL: dict[str, Callable[[str | None, str | None], Told]] = {
    "gate": _gate,
    "users": _users,
    "apppw": _app_passwords,
    "deny": _deny,
}
