"""Reader of constant databases (D. J. Bernstein's cdb, as `postmap cdb:` makes them), pure Python over mmap.

Owns: one open file, reopened when another one has been renamed into its place.
Never: writes; answers "absent" when it cannot know. A missing or damaged file raises `CdbUnavailable`.
Always: a lookup sees one whole file, old or new; a new one is noticed within `CHECK_SECONDS`.
Format: https://cr.yp.to/cdb/cdb.txt
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CHECK_SECONDS: Final = 0.2
_PAIR = struct.Struct("<LL")
_HEADER_BYTES: Final = 2048


class CdbUnavailable(Exception):
    """The table cannot be read now; whether a key exists is unknown."""


def cdb_hash(key: bytes) -> int:
    value = 5381
    for byte in key:
        value = (value * 33 & 0xFFFFFFFF) ^ byte
    return value


class Cdb:
    """`get(key)` -> value or None. Not for several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._data: mmap.mmap | None = None
        self._version: tuple[int, int, int] = (0, 0, 0)
        self._checked = 0.0
        self._terminator = b""  #: Postfix may write keys and values with a trailing NUL; the file's first record shows

    @property
    def version(self) -> tuple[int, int, int]:
        """Changes whenever another file is open: (inode, mtime, size)."""
        self._current()
        return self._version

    def get(self, key: bytes) -> bytes | None:
        data = self._current()
        try:
            return self._find(data, key + self._terminator)
        except struct.error:
            raise CdbUnavailable(f"{self._path}: damaged") from None

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """All records in the file's order."""
        data = self._current()
        position, end = _HEADER_BYTES, min(_PAIR.unpack_from(data, at)[0] for at in range(0, _HEADER_BYTES, 8))
        while position < end:
            key_length, value_length = _PAIR.unpack_from(data, position)
            start, middle = position + 8, position + 8 + key_length
            position = middle + value_length
            yield self._plain(data[start:middle]), self._plain(data[middle:position])

    def close(self) -> None:
        if self._data is not None:
            self._data.close()
        self._data, self._version, self._checked = None, (0, 0, 0), 0.0

    # -- the file ----------------------------------------------------------------------------------
    def _current(self) -> mmap.mmap:
        now = time.monotonic()
        if self._data is not None and 0 <= now - self._checked < CHECK_SECONDS:
            return self._data
        try:
            found = os.stat(self._path)
            version = (found.st_ino, found.st_mtime_ns, found.st_size)
            if self._data is None or version != self._version:
                self._open()
        except (OSError, ValueError, struct.error) as error:
            self.close()
            raise CdbUnavailable(f"{self._path}: {error}") from error
        self._checked = now
        assert self._data is not None
        return self._data

    def _open(self) -> None:
        with self._path.open("rb") as file:
            found = os.fstat(file.fileno())
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.close()
        try:
            self._terminator = _check(data)
        except (ValueError, struct.error):
            data.close()
            raise
        self._data, self._version = data, (found.st_ino, found.st_mtime_ns, found.st_size)

    # -- lookup ------------------------------------------------------------------------------------
    def _find(self, data: mmap.mmap, key: bytes) -> bytes | None:
        digest = cdb_hash(key)
        table, slots = _PAIR.unpack_from(data, (digest & 0xFF) * 8)
        if not slots:
            return None
        start = (digest >> 8) % slots
        for step in range(slots):
            slot_digest, position = _PAIR.unpack_from(data, table + (start + step) % slots * 8)
            if not position:
                return None
            if slot_digest == digest:
                key_length, value_length = _PAIR.unpack_from(data, position)
                middle = position + 8 + key_length
                if data[position + 8 : middle] == key:
                    return self._plain(data[middle : middle + value_length])
        return None

    def _plain(self, text: bytes) -> bytes:
        return text.removesuffix(self._terminator) if self._terminator else text


def _check(data: mmap.mmap) -> bytes:
    """Refuses a cut-off file; returns how the file's keys end."""
    size = len(data)
    tables_start = size
    for at in range(0, _HEADER_BYTES, 8):
        table, slots = _PAIR.unpack_from(data, at)
        if table < _HEADER_BYTES or table + slots * 8 > size:
            raise ValueError("damaged or cut off")
        tables_start = min(tables_start, table)
    if tables_start == _HEADER_BYTES:
        return b""
    key_length, _ = _PAIR.unpack_from(data, _HEADER_BYTES)
    return b"\0" if data[_HEADER_BYTES + 8 + key_length - 1 : _HEADER_BYTES + 8 + key_length] == b"\0" else b""
