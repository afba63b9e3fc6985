"""Drift: where the rows, the newest release and the live files differ though they should not.

Never: changes anything.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from hongyan.kernel.instance import Instance
from hongyan.release import publish, store


class Drift(NamedTuple):
    live: tuple[str, ...]  #: paths in live/ that are missing or differ from the release
    rows: tuple[str, ...]  #: paths that would come out differently if compiled now

    def __bool__(self) -> bool:
        return bool(self.live or self.rows)


def measure(instance: Instance) -> Drift:
    """Compare everything by hash. Changes that wait in the outbox count as drift of rows until they are published."""
    manifest = store.newest(instance)
    if manifest is None:
        return Drift((), ("(no release)",))
    static, tables = publish.compile_full(instance)
    wanted = {path: file.text.encode() for path, file in static.items()} | tables
    rows = [
        path
        for path, content in sorted(wanted.items())
        if path not in manifest.files or manifest.files[path].sha256 != hashlib.sha256(content).hexdigest()
    ]
    return Drift(tuple(store.damage(instance.live, manifest)), tuple(rows))
