"""Changing some lines of a large sorted table without reading all of it into rows.

Owns: the splice: for each address, the lines that belong to it are replaced by new ones.
Always: the input is sorted by the bytes of its keys (as `Table.format` writes it), and so is the result; splicing
the rows of every address gives what `Table.format` of all rows gives.
"""

from __future__ import annotations

from collections.abc import Mapping

from hongyan.release.tables import Row, Table


def splice(table: Table, text: bytes, changes: Mapping[str, Row]) -> bytes:
    """`text` with, for each address in `changes`, its old lines gone and the given rows in their place."""
    pieces: list[bytes] = []
    done = 0
    for address in sorted(changes, key=lambda a: _first_key(table, a)):
        start, end = _range(table, text, address, done)
        pieces.append(text[done:start])
        pieces.append(table.format(changes[address]).encode())
        done = end
    pieces.append(text[done:])
    return b"".join(pieces)


def _first_key(table: Table, address: str) -> bytes:
    """The smallest key an address can have in this table."""
    return (address + "/" if table.key_parts else address).encode()


def _range(table: Table, text: bytes, address: str, start: int) -> tuple[int, int]:
    """Where the address's lines begin and end; the place to insert when it has none."""
    key, separator = _first_key(table, address), table.separator.encode()
    first = _lower_bound(text, key, separator, start)
    end = first
    own = key if table.key_parts else key + separator
    while end < len(text) and text.startswith(own, end):
        end = text.index(b"\n", end) + 1
    return first, end


def _lower_bound(text: bytes, key: bytes, separator: bytes, low: int) -> int:
    """Offset of the first line from `low` on whose key is not below `key`."""
    high = len(text)
    while low < high:
        middle = text.rfind(b"\n", low, (low + high) // 2) + 1 or low
        line_end = text.index(b"\n", middle) + 1
        if text[middle : text.index(separator, middle)] < key:
            low = line_end
        else:
            high = middle
    return low
