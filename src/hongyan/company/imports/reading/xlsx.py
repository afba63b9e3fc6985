"""Reads .xlsx with openpyxl, after looking at what the archive holds.

Always: the archive is bounded before anything is unpacked (sizes are those of its directory, which `zipfile` enforces while
it reads); no document type is read; a formula counts by the value that Excel stored with it.
What openpyxl's streaming reader does not tell (merged cells, hidden rows, formulas that no program has computed) is found by
a scan of the sheet's own XML.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from hongyan.company.imports.fields import Kind, known_words
from hongyan.company.imports.reading.table import (
    HEADING_ROWS,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    Flaw,
    Row,
    Table,
    column_letter,
    shape,
    spell,
)  # fmt: skip
from hongyan.kernel.decision import Refusal

MAX_UNPACKED = 400 * 1024 * 1024
MAX_STRINGS = 100 * 1024 * 1024  #: the table of texts is held in memory
MAX_RATIO, RATIO_FROM = 200, 10 * 1024 * 1024
MAX_PARTS = 5000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TAG = rb"<(?:\w+:)?"
_HIDDEN_ROW = re.compile(_TAG + rb'row\b[^>]*?\br="(\d+)"[^>]*?\bhidden="(?:1|true)"')
_HIDDEN_FIRST = re.compile(_TAG + rb'row\b[^>]*?\bhidden="(?:1|true)"[^>]*?\br="(\d+)"')
_NO_VALUE = re.compile(
    _TAG + rb'c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*>\s*' + _TAG + rb"f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_MERGED = re.compile(_TAG + rb'mergeCell\b[^>]*?\bref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
CHUNK, OVERLAP = 1 << 20, 1 << 14


@dataclass(slots=True)
class Scan:
    hidden: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)  #: left, top, right, bottom; columns from 0
    no_value: set[tuple[int, int]] = field(default_factory=set)  #: (row, column)


def read(data: bytes, kind: Kind, sheet: str = "", limit: int = 0) -> Table:
    """The sheet of that name; else the visible one whose headings we know best. Refuses `import.file.*`."""
    if data.startswith(OLE):
        raise Refusal("import.file.old_or_locked")
    _require_sane(data)
    from openpyxl import load_workbook  # costs memory that a process without a sheet does not need

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions that it leaves out
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            try:
                return _read_book(book, data, kind, sheet, limit)
            finally:
                book.close()
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OSError,
        SyntaxError,
        zipfile.BadZipFile,
    ) as problem:
        # SyntaxError: what the XML parser raises.
        raise Refusal("import.file.broken", problem=f"{type(problem).__name__}: {problem}"[:200], row=0) from None


def _require_sane(data: bytes) -> None:
    """Refuses `import.file.no_xlsx`, `import.file.bomb`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
                raise Refusal("import.file.no_xlsx")
            unpacked = sum(part.file_size for part in parts)
            strings = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
            swollen = any(
                part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(part.compress_size, 1)
                for part in parts
            )
            if unpacked > MAX_UNPACKED or strings > MAX_STRINGS or len(parts) > MAX_PARTS or swollen:
                raise Refusal("import.file.bomb", limit=MAX_UNPACKED)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        if b"<!DOCTYPE" in stream.read(2048):
                            raise Refusal("import.file.bomb", limit=MAX_UNPACKED)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        raise Refusal("import.file.no_xlsx") from None


def _read_book(book: Any, data: bytes, kind: Kind, wanted: str, limit: int) -> Table:
    visible = [s.title for s in book.worksheets if s.sheet_state == "visible"]
    hidden = [s.title for s in book.worksheets if s.sheet_state != "visible"]
    if wanted and wanted not in visible + hidden:
        raise Refusal("import.file.no_sheet", sheet=wanted, known=visible)
    notes: list[tuple[str, dict[str, Any]]] = []
    if hidden:
        notes.append(("import.note.hidden_sheets", {"sheets": hidden}))
    title = wanted or _likeliest(book, kind, visible)
    if not title:
        return Table("", [], [], 0, [], notes)
    return _read_sheet(book[title], data, kind, title, visible, notes, limit)


def _likeliest(book: Any, kind: Kind, visible: list[str]) -> str:
    """Of several sheets the one whose first rows hold most headings that we know."""
    if len(visible) < 2:
        return visible[0] if visible else ""
    looks = [shape(_rows(book[title], Scan(), HEADING_ROWS), kind, sheet=title, sheets=visible) for title in visible]
    return max(looks, key=lambda table: known_words(kind, table.headings)).sheet


def _read_sheet(
    sheet: Any, data: bytes, kind: Kind, title: str, sheets: list[str], notes: list[tuple[str, dict[str, Any]]],
    limit: int,
) -> Table:  # fmt: skip
    if limit:
        return shape(_rows(sheet, Scan(), limit), kind, sheet=title, sheets=sheets, notes=notes)
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(sheet._worksheet_path) as stream:
        scan = _scan(stream)
    own = list(notes)
    table = shape(_filled(_rows(sheet, scan), scan), kind, sheet=title, sheets=sheets, notes=own)
    hidden = [number for number in scan.hidden if number > table.heading_row]
    if hidden:
        table.notes.append(("import.note.hidden_rows", {"count": len(hidden), "rows": [str(n) for n in hidden[:10]]}))
    merged = [m for m in scan.merged if m[3] > table.heading_row]
    if merged:
        shown = [
            f"{column_letter(left)}{top}:{column_letter(right)}{bottom}" for left, top, right, bottom in merged[:10]
        ]
        table.notes.append(("import.note.merged", {"count": len(merged), "cells": shown}))
    return table


def _rows(sheet: Any, scan: Scan, limit: int = 0) -> Iterator[Row]:
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    filled = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, max_row=limit or None), 1):
        row = Row(number, [])
        for index, cell in enumerate(cells):
            value = cell.value
            if value is None:
                row.cells.append("")
                if (number, index) in scan.no_value:
                    row.flaws.append(Flaw(index, "import.cell.formula"))
                continue
            if cell.data_type == "e":
                row.cells.append("")
                row.flaws.append(Flaw(index, "import.cell.error", {"value": str(value)}))
                continue
            text, code = spell(value, cell.number_format if isinstance(value, (int, float)) else "")
            if code:
                row.flaws.append(Flaw(index, code, {"limit": MAX_CELL, "value": text}))
            row.cells.append(text)
        filled += not row.empty
        if filled > MAX_ROWS + HEADING_ROWS:
            raise Refusal("import.file.too_many_rows", limit=MAX_ROWS)
        yield row


def _filled(rows: Iterator[Row], scan: Scan) -> Iterator[Row]:
    """Cells merged downwards hold the topmost's value in each row (a department written once for its people); a cell
    that is swallowed by its neighbour to the left is a flaw."""
    begins: dict[int, list[tuple[int, int, int]]] = {}
    for left, top, right, bottom in scan.merged:
        begins.setdefault(top, []).append((left, min(right, MAX_COLUMNS), bottom))
    open_ones: dict[int, tuple[int, int, str]] = {}  # left -> right, bottom, value
    for row in rows:
        for left, right, bottom in begins.get(row.number, ()):
            open_ones[left] = right, bottom, row.cells[left] if left < len(row.cells) else ""
        for left, (right, bottom, value) in list(open_ones.items()):
            if row.number > bottom:
                del open_ones[left]
                continue
            if left < len(row.cells) and not row.cells[left]:
                row.cells[left] = value
            if value:
                row.flaws += [Flaw(column, "import.cell.merged") for column in range(left + 1, right + 1)]
        yield row


def _scan(stream: IO[bytes]) -> Scan:
    """One pass over the sheet's XML in pieces that overlap, so that nothing at a seam is missed."""
    found, rest = Scan(), b""
    hidden: set[int] = set()
    merged: set[tuple[int, int, int, int]] = set()
    while piece := stream.read(CHUNK):
        text = rest + piece
        for pattern in (_HIDDEN_ROW, _HIDDEN_FIRST):
            hidden.update(int(m[1]) for m in pattern.finditer(text))
        found.no_value.update((int(m[2]), _column(m[1])) for m in _NO_VALUE.finditer(text))
        merged.update((_column(m[1]), int(m[2]), _column(m[3]), int(m[4])) for m in _MERGED.finditer(text))
        rest = text[-OVERLAP:]
    found.hidden, found.merged = sorted(hidden), sorted(merged)
    return found


def _column(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1
