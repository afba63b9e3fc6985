"""Makes cdb files for tests, independent of the reader under test (https://cr.yp.to/cdb/cdb.txt)."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from pathlib import Path


def _hash(key: bytes) -> int:
    h = 5381
    for byte in key:
        h = ((h << 5) + h ^ byte) & 0xFFFFFFFF
    return h


def write(path: Path, rows: Mapping[str, str]) -> None:
    """Write aside, then rename into place, as the publisher does."""
    body = bytearray(2048)
    slots: list[list[tuple[int, int]]] = [[] for _ in range(256)]
    for key, value in ((k.encode(), v.encode()) for k, v in rows.items()):
        slots[_hash(key) & 0xFF].append((_hash(key), len(body)))
        body += struct.pack("<LL", len(key), len(value)) + key + value
    header = bytearray()
    for entries in slots:
        table: list[tuple[int, int]] = [(0, 0)] * (2 * len(entries))
        header += struct.pack("<LL", len(body), len(table))
        for digest, position in entries:
            at = (digest >> 8) % len(table)
            while table[at][1]:
                at = (at + 1) % len(table)
            table[at] = (digest, position)
        for slot in table:
            body += struct.pack("<LL", *slot)
    body[:2048] = header
    aside = path.with_name(path.name + ".new")
    aside.write_bytes(body)
    os.rename(aside, path)
