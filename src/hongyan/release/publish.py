"""Snapshot -> files -> checked -> published -> switched. The one way by which anything reaches the engines.

Owns: the order of these steps, the lock that lets one publisher in at a time.
Never: edits a published file; tells an engine anything itself (the caller hands in `Engines`).
Always: a failure at any step leaves `live/` as it was; a switch cut short is completed by the next call.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from hongyan.kernel import clock
from hongyan.kernel.instance import Instance
from hongyan.release import check, snapshot, store
from hongyan.release.facts import Ground
from hongyan.release.patch import splice
from hongyan.release.render import FileText, reload_for, render_static
from hongyan.release.store import Draft, Manifest
from hongyan.release.tables import TABLES, Row, Rows, Table, basis, ground_rows, merge, rows, shard

#: What publishing raises when something cannot be compiled, is not accepted by an engine's tool, or cannot be written:
#: check.Refused, tables.BadFact and render.Unwritable (ValueErrors), OSError.
REFUSALS = (check.Refused, ValueError, OSError)


#: Every table's source, as a manifest names it.
_SOURCES = frozenset(f"tables/{name}" for table in TABLES.values() for name in table.files)


class Engines(Protocol):
    """What publishing needs of the running engines (`engines/control.py`)."""

    def reload(self, engine: str) -> None: ...

    def await_logins(self, logins: list[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Change:
    """What may have changed since the newest release."""

    addresses: tuple[str, ...] = ()
    full: bool = False
    cause: str = "changes"


@dataclass(frozen=True, slots=True)
class Published:
    number: int
    changed: tuple[str, ...]  #: paths below live/ that were replaced


def ensure_release(
    instance: Instance, engines: Engines | None = None, cause: str = "start"
) -> tuple[Published, Exception | None]:
    """A whole live directory of the newest rows, compiled anew if anything is missing or damaged.

    When that is refused, the newest whole release is brought back and the refusal handed back beside it: mail goes on
    as it was. Raises one of REFUSALS when there is no whole release either.
    """
    try:
        return publish(instance, Change(full=True, cause=cause), engines), None
    except REFUSALS as refusal:
        with _lock(instance):
            whole = _newest_whole(instance)
            if whole is None:
                raise
            return _switch(instance, whole, engines, verify=True), refusal


def publish(instance: Instance, change: Change, engines: Engines | None) -> Published:
    """Compile, check, publish, switch, reload. Raises check.Refused with the engine's own words; nothing is switched then."""
    with _lock(instance):
        try:
            return _publish(instance, change, engines)
        except store.Damaged:  # what would have been patched is not what was published
            return _publish(instance, Change(full=True, cause="repair"), engines)


def _publish(instance: Instance, change: Change, engines: Engines | None) -> Published:
    base = _sound_base(instance, verify=change.full)
    if base is None and not change.full:
        change = Change(full=True, cause="repair")
    store.prune(instance)
    with Draft(instance, base) as draft:
        written = _compile(instance, draft, change)
        if base is not None and not written and base.files.keys() == draft.files.keys():
            manifest = base
        else:
            check.check(instance, draft, written)
            manifest = Manifest(
                number=draft.number, at=clock.now().isoformat(), base=base.number if base else 0,
                cause=change.cause, addresses=() if change.full else change.addresses, files=draft.files,
            )  # fmt: skip
            draft.finish(manifest)
    return _switch(instance, manifest, engines, verify=change.full)


def roll_back(instance: Instance, number: int, engines: Engines | None) -> Published:
    """Publish an earlier release's files again under a new number. Raises store.Damaged when they are not intact."""
    with _lock(instance):
        old = store.read_manifest(store.directory(instance, number))
        if broken := store.damage(store.directory(instance, number), old):
            raise store.Damaged(f"release {number}: {broken[0]}")
        with Draft(instance, old) as draft:
            for path in old.files:
                draft.keep(path)
            manifest = Manifest(
                number=draft.number, at=clock.now().isoformat(), base=store.live_number(instance),
                cause=f"roll-back to {number}", addresses=(), files=draft.files,
            )  # fmt: skip
            draft.finish(manifest)
        return _switch(instance, manifest, engines, verify=True)


def _switch(instance: Instance, manifest: Manifest, engines: Engines | None, *, verify: bool) -> Published:
    changed = store.switch(
        instance, manifest, verify=verify, await_logins=engines.await_logins if engines is not None else None
    )
    if engines is not None:
        for engine in sorted({e for e in map(reload_for, changed) if e}):
            engines.reload(engine)
    return Published(manifest.number, tuple(changed))


def _sound_base(instance: Instance, *, verify: bool) -> Manifest | None:
    """The newest release to build on; None (compile everything) when a file that would be linked is missing.

    `verify` reads every file and compares its hash too: for full compilations, which are rare.
    """
    base = store.newest(instance)
    if base is None or not base.files.keys() >= _SOURCES:  # none, or one from before a table was added
        return None
    root = store.directory(instance, base.number)
    whole = not store.damage(root, base) if verify else all((root / path).is_file() for path in base.files)
    return base if whole else None


def _newest_whole(instance: Instance) -> Manifest | None:
    for number in reversed(store.numbers(instance)):
        root = store.directory(instance, number)
        with suppress(store.Damaged):
            manifest = store.read_manifest(root)
            if not store.damage(root, manifest):
                return manifest
    return None


@contextmanager
def _lock(instance: Instance) -> Iterator[None]:
    """One publisher at a time, whatever process it is in."""
    instance.state.mkdir(exist_ok=True)
    with (instance.state / "publish.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# -- compiling -----------------------------------------------------------------------------------


def compile_full(instance: Instance) -> tuple[dict[str, FileText], dict[str, bytes]]:
    """Everything from the rows: static files, and table sources by path. What drift is measured against."""
    ground = snapshot.read_ground(instance)
    return render_static(ground), _full_tables(ground)


def _compile(instance: Instance, draft: Draft, change: Change) -> list[str]:
    """Write the release's files into the draft; returns the paths that differ from the base."""
    ground = snapshot.read_ground(instance)
    written: list[str] = []
    for path, file in render_static(ground).items():
        if draft.write(path, file.text.encode(), mode=file.mode, owner=file.owner, group=file.group):
            written.append(path)
    sources = _full_tables(ground) if change.full else _patched_tables(instance, draft, ground, change.addresses)
    for table in TABLES.values():
        for name in table.files:
            written += _write_table(instance, draft, table, f"tables/{name}", sources.get(f"tables/{name}"))
    return written


def _write_table(instance: Instance, draft: Draft, table: Table, path: str, content: bytes | None) -> list[str]:
    """One source and its cdb. `content` None: unchanged from the base."""
    paths = [path, f"{path}.cdb"] if table.cdb else [path]
    if content is None or not draft.write(path, content, mode=table.mode, group=table.group):
        if content is None:
            draft.keep(path)
        if table.cdb:
            draft.keep(paths[1])
        if table.views:
            return _write_views(draft, table, path, content)
        return []
    if table.views:
        paths += _write_views(draft, table, path, content)
    if table.cdb:
        check.make_cdb(instance, draft.root / path)
        draft.adopt(paths[1], mode=table.mode, group=table.group)
    return paths


def _write_views(draft: Draft, table: Table, path: str, content: bytes | None) -> list[str]:
    """The files that are made of a source, anew with each that is at hand."""
    written = []
    rows = None if content is None else table.parse(content.decode())
    for suffix, text in table.views.items():
        view = f"{path}.{suffix}"
        if rows is None:
            draft.keep(view)
        elif draft.write(view, text(rows).encode(), mode=table.mode, group=table.group):
            written.append(view)
    return written


def _full_tables(ground: Ground) -> dict[str, bytes]:
    base = basis(ground)
    whole = merge([ground_rows(ground), *(rows(facts, base) for facts in snapshot.all_facts())])
    result: dict[str, bytes] = {}
    for table in TABLES.values():
        by_file: dict[str, Row] = {name: {} for name in table.files}
        for key, value in whole.get(table.name, {}).items():
            by_file[table.file_of(key)][key] = value
        result |= {f"tables/{name}": table.format(part).encode() for name, part in by_file.items()}
    return result


def _patched_tables(instance: Instance, draft: Draft, ground: Ground, addresses: Iterable[str]) -> dict[str, bytes]:
    """Only the files that the addresses' rows are in, spliced from the base's. Raises store.Damaged."""
    assert draft.base is not None
    base, root = basis(ground), store.directory(instance, draft.base.number)
    facts = snapshot.facts_for(addresses)
    made: dict[str, Rows] = {a: rows(f, base) if f else {} for a, f in facts.items()}
    result: dict[str, bytes] = {}
    for table in TABLES.values():
        for name, changes in _by_file(table, made).items():
            path = f"tables/{name}"
            before = store.read_file(root, path, draft.base.files[path])
            after = splice(table, before, changes)
            if after != before:
                result[path] = after
    return result


def _by_file(table: Table, made: Mapping[str, Rows]) -> dict[str, dict[str, Row]]:
    """file -> address -> its rows in this table (none: its lines go)."""
    if not table.sharded:
        return {table.name: {address: parts.get(table.name, {}) for address, parts in made.items()}}
    files: dict[str, dict[str, Row]] = {}
    for address, parts in made.items():
        files.setdefault(f"{table.name}.{shard(address)}", {})[address] = parts.get(table.name, {})
    return files
