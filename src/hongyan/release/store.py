"""Releases on disk: `releases/N/` with its manifest, and `live/`, what the engines read.

Owns: writing a release aside and naming it when whole; copying what changed into `live/`; verifying both.
Always: a directory without a `.tmp` suffix is whole (manifest written last, then renamed, all synced); a file that
did not change is a hard link between releases and is not touched in `live/`; a live file is an inode of its own, so
that Postfix sees it replaced (link count 0), with a modification time that moved by a whole second at least, so that
Dovecot does (engine notes, section 0.1); Dovecot knows a new login before Postfix takes mail for it.
"""

from __future__ import annotations

import grp
import hashlib
import json
import os
import pwd
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from hongyan.kernel.instance import Instance

MANIFEST = "manifest.json"
COOL_SECONDS = 10
KEEP = 30  #: releases kept for comparison and roll-back
LOGINS = "tables/users."  #: Dovecot's shards: who can be delivered to


@dataclass(frozen=True, slots=True)
class FileEntry:
    sha256: str
    mode: int
    owner: str
    group: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release is: its number, when and why, and every file with its hash and rights."""

    number: int
    at: str  #: RFC 3339, UTC
    base: int  #: the release before it, 0 for the first
    cause: str  #: "changes", "full", "roll-back to N", "repair"
    addresses: tuple[str, ...]  #: what was compiled again; empty: everything
    files: dict[str, FileEntry] = field(default_factory=dict)

    def text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


class Damaged(Exception):
    """A release or the live directory does not hold what its manifest says."""


def read_manifest(directory: Path) -> Manifest:
    """Raises Damaged when there is none or it is broken."""
    try:
        raw: dict[str, Any] = json.loads((directory / MANIFEST).read_text("utf-8"))
        files = {path: FileEntry(**entry) for path, entry in raw.pop("files").items()}
        return Manifest(files=files, addresses=tuple(raw.pop("addresses")), **raw)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as problem:
        raise Damaged(f"{directory}: {problem}") from problem


def numbers(instance: Instance) -> list[int]:
    """Numbers of the releases on disk, oldest first."""
    if not instance.releases.is_dir():
        return []
    return sorted(int(p.name) for p in instance.releases.iterdir() if p.name.isdigit())


def directory(instance: Instance, number: int) -> Path:
    return instance.releases / str(number)


def newest(instance: Instance) -> Manifest | None:
    """The newest release whose manifest can be read."""
    for number in reversed(numbers(instance)):
        try:
            return read_manifest(directory(instance, number))
        except Damaged:
            continue
    return None


def live_number(instance: Instance) -> int:
    """The release that `live/` holds, 0 when none was ever switched to."""
    try:
        return int((instance.live / "RELEASE").read_text("ascii"))
    except (OSError, ValueError):
        return 0


def damage(root: Path, manifest: Manifest) -> list[str]:
    """Paths below `root` that are missing or differ from the manifest."""
    return [path for path, entry in sorted(manifest.files.items()) if _hash(root / path) != entry.sha256]


def read_file(root: Path, path: str, entry: FileEntry) -> bytes:
    """A release's file. Raises Damaged when it is not what the manifest says."""
    content = (root / path).read_bytes()
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise Damaged(f"{root / path}: changed since it was published")
    return content


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


class Draft:
    """A release being written. Used as a context: leaves nothing behind unless `finish` was reached."""

    def __init__(self, instance: Instance, base: Manifest | None) -> None:
        self.instance, self.base = instance, base
        self.number = (numbers(instance)[-1] if numbers(instance) else 0) + 1
        self.root = instance.releases / f"{self.number}.tmp"
        self.files: dict[str, FileEntry] = {}

    def __enter__(self) -> Draft:
        self.instance.releases.mkdir(exist_ok=True)
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(mode=0o755)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def keep(self, path: str) -> None:
        """Take a file of the base unchanged."""
        assert self.base is not None
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(directory(self.instance, self.base.number) / path, target)
        self.files[path] = self.base.files[path]

    def write(self, path: str, content: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> bool:
        """Write a file; True when it differs from the base's. A file equal to the base's becomes a link to it."""
        entry = FileEntry(hashlib.sha256(content).hexdigest(), mode, owner, group)
        if self.base is not None and self.base.files.get(path) == entry:
            self.keep(path)
            return False
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        _cool(target)
        set_rights(target, entry)
        self.files[path] = entry
        return True

    def adopt(self, path: str, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
        """Take into the manifest a file that an engine's own tool wrote into the draft (cdb, compiled sieve)."""
        entry = FileEntry(_hash(self.root / path), mode, owner, group)
        set_rights(self.root / path, entry)
        self.files[path] = entry

    def finish(self, manifest: Manifest) -> None:
        """Sync, write the manifest, give the release its name."""
        (self.root / MANIFEST).write_text(manifest.text(), "utf-8")
        show_manifest(self.root)
        changed = [p for p, e in self.files.items() if self.base is None or self.base.files.get(p) != e]
        for path in [*changed, MANIFEST]:
            _sync(self.root / path)
        _sync(self.root)
        self.root.rename(directory(self.instance, self.number))
        _sync(self.instance.releases)


def show_manifest(root: Path) -> None:
    """Our own programs may read what a release is (it names addresses, no secrets); nobody else may."""
    path = root / MANIFEST
    if os.geteuid() == 0:
        with suppress(KeyError):  # no such group: before the set-up, and in tests
            os.chown(path, 0, _gid("hongyan"))
    path.chmod(0o640)


def switch(
    instance: Instance, manifest: Manifest, *, verify: bool, await_logins: Callable[[list[str]], None] | None = None
) -> list[str]:
    """Bring `live/` to this release, file by file by rename; returns the paths that changed. Safe to repeat.

    `verify` looks at what is really there instead of trusting the record of the last switch. `await_logins` is called
    with the new logins, one of each file, once Dovecot's files are in place and before Postfix's are: Dovecot looks at
    a file once a second, and what Postfix took for a mailbox it does not know yet would be returned to the sender.
    """
    source, live = directory(instance, manifest.number), instance.live
    present = _live_entries(instance)
    changed = [path for path, entry in sorted(manifest.files.items()) if present.get(path) != entry]
    if verify:
        changed = sorted({*changed, *damage(live, manifest)})
    first = [path for path in changed if path.startswith(LOGINS)]
    new = [login for path in first for login in _added(source / path, live / path)] if await_logins else []
    for path in first:
        replace(source / path, live / path, manifest.files[path])
    if await_logins and new:
        await_logins(new)
    for path in changed:
        if path not in first:
            replace(source / path, live / path, manifest.files[path])
    for path in sorted(present.keys() - manifest.files.keys()):
        (live / path).unlink(missing_ok=True)
        changed.append(path)
    _write_atomically(live / MANIFEST, manifest.text().encode(), 0o600)
    _write_atomically(live / "RELEASE", f"{manifest.number}\n".encode(), 0o644)
    return changed


def _added(new: Path, old: Path) -> list[str]:
    """A login that the new passwd-file has and the old has not; none when there is none."""
    known = {line.partition(b":")[0] for line in (old.read_bytes() if old.is_file() else b"").splitlines()}
    for line in new.read_bytes().splitlines():
        if (login := line.partition(b":")[0]) not in known:
            return [login.decode()]
    return []


def _live_entries(instance: Instance) -> dict[str, FileEntry]:
    """What the last completed switch left; nothing (so that all is copied) when that cannot be told."""
    try:
        return read_manifest(instance.live).files
    except Damaged:
        return {}


def replace(source: Path, target: Path, entry: FileEntry) -> None:
    """Copy to a new inode beside the target, later by a whole second than what it replaces, and rename over it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, aside)
    set_rights(aside, entry)
    try:
        earlier = int(target.stat().st_mtime)
    except FileNotFoundError:
        earlier = 0
    moment = max(int(time.time()), earlier + 1)
    os.utime(aside, (moment, moment))
    _cool(aside)
    aside.rename(target)


def _cool(path: Path) -> None:
    """Every Postfix program waits up to two seconds for a main.cf that was written just now; it is whole here."""
    if ".cf" in path.suffixes:
        moment = time.time() - COOL_SECONDS
        os.utime(path, (moment, moment))


def set_rights(path: Path, entry: FileEntry) -> None:
    if os.geteuid() == 0:
        os.chown(path, _uid(entry.owner), _gid(entry.group))
    path.chmod(entry.mode)


@cache
def _uid(name: str) -> int:
    return pwd.getpwnam(name).pw_uid


@cache
def _gid(name: str) -> int:
    return grp.getgrnam(name).gr_gid


def prune(instance: Instance) -> None:
    """Forget the oldest releases beyond KEEP and what interrupted drafts left."""
    for leftover in instance.releases.glob("*.tmp"):
        shutil.rmtree(leftover, ignore_errors=True)
    for number in numbers(instance)[:-KEEP]:
        shutil.rmtree(directory(instance, number), ignore_errors=True)


def difference(old: Mapping[str, FileEntry], new: Mapping[str, FileEntry]) -> dict[str, str]:
    """path -> added, removed, changed."""
    return {
        path: "added" if path not in old else "removed" if path not in new else "changed"
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    }


def _write_atomically(path: Path, content: bytes, mode: int) -> None:
    aside = path.with_name(f".{path.name}.new")
    aside.write_bytes(content)
    aside.chmod(mode)
    aside.rename(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def merge_addresses(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({address for part in parts for address in part}))
