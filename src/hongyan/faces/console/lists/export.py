"""A list's whole result as a sheet: .xlsx, or .csv that office programs read right.

Always: row by row into a file on disk, never whole in memory; the audit says who took what; a text never becomes a formula (a cell that
begins with `=`, `+`, `-`, `@` or a tab would be run by the reader's program: CSV gets an apostrophe before it, .xlsx is
told that it is text).
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, Final, cast

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.utils import timezone

from hongyan.faces.console.lists.cells import plain
from hongyan.faces.console.lists.spec import Column, List, M
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor

CHUNK: Final = 1000
RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Excel's own limit for the text of a cell.
LONGEST: Final = 32_767

Export = Callable[[str, tuple[Column[Any], ...], Iterator[Any]], FileResponse]


def export(
    kind: str, spec: List[M], columns: tuple[Column[M], ...], rows: QuerySet[M], *, actor: Actor, chain: str
) -> HttpResponse:
    """The answer that a browser keeps as a file. `kind`: a key of KINDS."""
    ledger.record("list.exported", chain=chain, actor=actor.name, subject=spec.key, format=kind)
    name = f"{spec.key}-{clock.today():%Y%m%d}.{kind}"
    response = KINDS[kind](str(spec.title), columns, rows.iterator(chunk_size=CHUNK))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return cast(HttpResponse, response)  # what pages and middleware do with one, a file's can do, too


def _csv(title: str, columns: tuple[Column[Any], ...], rows: Iterator[Any]) -> FileResponse:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    # The mark at the beginning ("-sig") tells Excel that the text is UTF-8.
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow([harmless(str(column.title)) for column in columns])
    for row in rows:
        writer.writerow([harmless(plain(column.value(row))) for column in columns])
    text.flush()
    text.detach()
    file.seek(0)
    return FileResponse(file, content_type="text/csv; charset=utf-8")


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(RISKY) else text


def _xlsx(title: str, columns: tuple[Column[Any], ...], rows: Iterator[Any]) -> FileResponse:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(c for c in title if c not in r"[]:*?/\ ")[:31] or "List")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = 12 if column.number else 24

    def cell(value: Any, *, bold: bool = False) -> Any:
        made = WriteOnlyCell(sheet, value=value)
        if isinstance(value, str):
            made.data_type = "s"  # a formula only looks like one
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(str(column.title), bold=True) for column in columns])
    for row in rows:
        sheet.append([cell(_sheet_value(column.value(row))) for column in columns])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    book.save(file)
    file.seek(0)
    return FileResponse(file, content_type=XLSX)


def _sheet_value(value: Any) -> Any:
    """Numbers, days and times as such; everything else as text without what a sheet cannot hold."""
    match value:
        case bool():
            return plain(value)
        case int() | float():
            return value
        case datetime():
            return timezone.make_naive(value)
        case date():
            return value
    return "".join(c for c in plain(value) if c >= " " or c in "\t\n")[:LONGEST]


KINDS: Final[dict[str, Export]] = {"xlsx": _xlsx, "csv": _csv}
