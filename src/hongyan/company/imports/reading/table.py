"""A sheet as rows of cells, whatever file it came from.

Owns: `Table`, `Cell`, the bounds of what is read, where the headings stand.
Always: a row keeps the number that Excel shows, a cell its column; what was found beside the values (hidden rows and
sheets, merged cells, formulas without a value) is kept as notes and flaws, so that nothing is passed over in silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from hongyan.company.imports.fields import Kind, known_words

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 5000  #: characters
HEADING_ROWS: Final = 20  #: the headings stand within the first so many rows
EXAMPLE: Final = re.compile(r"(?:例|example)\s*[:：]", re.IGNORECASE)  #: the row that our template shows
_FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94) if chr(0x21 + i).isalnum()} | {0x3000: 0x20}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with one cell, as a code of the catalogue. `column`: 0 for the first."""

    column: int | None
    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Row:
    number: int  #: as Excel shows it
    cells: list[str]
    flaws: list[Flaw] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not self.flaws and not any(self.cells)


@dataclass(slots=True)
class Table:
    sheet: str
    sheets: list[str]
    headings: list[str]
    heading_row: int
    rows: list[Row]
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    encoding: str = ""


def column_letter(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def clean(text: str) -> str:
    """A text cell: full-width digits and letters made plain, NFC, single blanks, no control characters."""
    if text.isascii() and text.isprintable() and text == text.strip() and "  " not in text:
        return text  # most cells of numbers and addresses
    text = unicodedata.normalize("NFC", text.translate(_FULL_WIDTH))
    kept = "".join(
        c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else " " if c == "\t" else "" for c in text
    )
    return "\n".join(" ".join(line.split()) for line in kept.splitlines()).strip()


def spell(value: object, number_format: str = "") -> tuple[str, str]:
    """A cell's value as text, and the code of what is wrong with it, if anything."""
    match value:
        case None:
            return "", ""
        case bool():
            return ("1" if value else "0"), ""
        case int() | float():
            return _spell_number(value, number_format)
        case datetime():
            return value.date().isoformat(), ""
        case date():
            return value.isoformat(), ""
    text = str(value)
    if len(text) > MAX_CELL:
        return text[:60], "import.cell.too_long"
    return clean(text), ""


def _spell_number(value: float, number_format: str) -> tuple[str, str]:
    if value != value or value in (float("inf"), float("-inf")):
        return "", "import.cell.error"
    if abs(value) >= 1e15:  # a double holds 15 digits; Excel has put zeros in place of the rest
        return f"{value:.0f}", "import.cell.digits_lost"
    text = str(int(value)) if value == int(value) else repr(float(value))
    if re.fullmatch(r"0+", number_format) and text.isdigit():  # shown with leading zeros
        text = text.zfill(len(number_format))
    return text, ""


def shape(
    raw: Iterable[Row], kind: Kind, *, sheet: str, sheets: Sequence[str], notes: Iterable[tuple[str, dict[str, Any]]] = ()
) -> Table:  # fmt: skip
    """Headings and rows below them; empty rows are left out. Headings: the row that has most words we know."""
    rows = [row for row in raw if not row.empty]
    head = max(rows[:HEADING_ROWS], key=lambda row: (known_words(kind, row.cells), -row.number), default=None)
    if head is None:
        return Table(sheet, list(sheets), [], 0, [], list(notes))
    width = max((i + 1 for i, text in enumerate(head.cells) if text), default=0)
    headings = [" ".join(text.split()) for text in head.cells[:width]]
    body = [row for row in rows if row.number > head.number]
    for row in body:
        row.cells = (row.cells + [""] * width)[:width]
    body = [row for row in body if not row.empty]
    examples = [row for row in body if EXAMPLE.match(next((text for text in row.cells if text), ""))]
    return Table(
        sheet, list(sheets), headings, head.number, [row for row in body if id(row) not in {id(e) for e in examples}],
        [*notes, *(("import.note.example", {"row": row.number}) for row in examples[:1])],
    )  # fmt: skip
