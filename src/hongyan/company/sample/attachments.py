"""Small files made by hand: workbooks, papers, pictures, appointments.

Owns: one function per kind; `make` picks by the file name's ending.
Always: the same input gives the same bytes (no clock, no randomness), and the programs people use open them.
"""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from xml.sax.saxutils import escape

Rows = Sequence[Sequence[str | int | float]]


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    main: str
    sub: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a file holds; which fields count depends on the ending of `name`."""

    name: str
    title: str = ""
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str | int | float, ...], ...] = ()
    values: tuple[int, ...] = ()  #: heights of a chart's bars
    days: int = 0  #: an appointment: so many days after the message
    at: str = "10:00"
    minutes: int = 60


def make(recipe: Recipe, when: datetime) -> Attachment:
    ending = recipe.name.rpartition(".")[2]
    match ending:
        case "xlsx":
            sheet = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            return Attachment(recipe.name, "application", sheet, workbook(recipe.rows))
        case "csv":
            return Attachment(recipe.name, "text", "csv", table(recipe.rows))
        case "pdf":
            return Attachment(recipe.name, "application", "pdf", paper(recipe.title, recipe.lines))
        case "png":
            return Attachment(recipe.name, "image", "png", chart(recipe.values))
        case "ics":
            return Attachment(recipe.name, "text", "calendar", appointment(recipe, when))
        case "txt":
            return Attachment(recipe.name, "text", "plain", ("\r\n".join(recipe.lines) + "\r\n").encode("utf-8"))
    raise ValueError(f"no way to make {recipe.name}")


# -- tables --------------------------------------------------------------------------------------------
def table(rows: Rows) -> bytes:
    """CSV with a byte order mark: without it Excel reads UTF-8 Chinese as something else."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>'
)
_WORKBOOK = (
    '<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_SHEET = (
    '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<cols><col min="1" max="8" width="18" customWidth="1"/></cols><sheetData>{rows}</sheetData></worksheet>'
)


def workbook(rows: Rows) -> bytes:
    """A one-sheet .xlsx (ECMA-376) with text in the cells themselves."""
    lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS.format(kind="officeDocument", target="xl/workbook.xml"),
        "xl/workbook.xml": _WORKBOOK,
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(kind="worksheet", target="worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": _SHEET.format(rows=lines),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


def _cell(value: str | int | float) -> str:
    if isinstance(value, (int, float)):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


# -- papers --------------------------------------------------------------------------------------------
def paper(title: str, lines: Sequence[str]) -> bytes:
    """One A4 page of PDF 1.4. The Chinese font is one that readers bring along (PDF 32000-1 9.7.5.2), not embedded."""
    shown = [f"BT /F1 18 Tf 60 770 Td <{_utf16(title)}> Tj ET", "0.07 0.21 0.36 RG 1.2 w 60 756 m 535 756 l S"]
    shown += [f"BT /F1 11 Tf 60 {728 - 20 * n} Td <{_utf16(line)}> Tj ET" for n, line in enumerate(lines[:34])]
    stream = "\n".join(shown).encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500] /FontDescriptor 7 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -200 1000 900] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 >>",
    ]
    return _assemble(objects)


def _utf16(text: str) -> str:
    return text.encode("utf-16-be", "replace").hex().upper()


def _assemble(objects: Sequence[bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n%\xe9\xb4\xbb\xe9\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size + b"".join(b"%010d 00000 n \n" % at for at in offsets)
    return bytes(out) + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)


# -- pictures ------------------------------------------------------------------------------------------
Colour = tuple[int, int, int]
WHITE, NAVY, TEAL, GREY = (255, 255, 255), (18, 53, 91), (42, 157, 143), (226, 232, 240)


def chart(values: Sequence[int], width: int = 480, height: int = 240) -> bytes:
    """Bars over a grid; the last one is marked."""
    pixels = [[WHITE] * width for _ in range(height)]
    for y in range(20, height, 40):
        _fill(pixels, range(20, width - 20), range(y, y + 1), GREY)
    step, top = (width - 40) // max(1, len(values)), max(values, default=1)
    for n, value in enumerate(values):
        bar = range(20 + n * step + step // 5, 20 + (n + 1) * step - step // 5)
        up = range(height - 20 - value * (height - 50) // top, height - 20)
        _fill(pixels, bar, up, TEAL if n + 1 == len(values) else NAVY)
    _fill(pixels, range(20, width - 20), range(height - 20, height - 18), NAVY)
    return png(pixels)


@cache
def logo(size: int = 80) -> bytes:
    """The northern star: four points, white on navy."""
    middle, pixels = (size - 1) / 2, [[NAVY] * size for _ in range(size)]
    for y in range(size):
        for x in range(size):
            across, down = abs(x - middle) / middle, abs(y - middle) / middle
            if across**0.5 + down**0.5 < 0.94:
                pixels[y][x] = WHITE
    return png(pixels)


def _fill(pixels: list[list[Colour]], xs: range, ys: range, colour: Colour) -> None:
    for y in ys:
        for x in xs:
            pixels[y][x] = colour


def png(pixels: Sequence[Sequence[Colour]]) -> bytes:
    """8-bit RGB (ISO 15948)."""
    raw = b"".join(b"\0" + bytes(part for colour in row for part in colour) for row in pixels)
    head = struct.pack(">IIBBBBB", len(pixels[0]), len(pixels), 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


# -- appointments --------------------------------------------------------------------------------------
def appointment(recipe: Recipe, when: datetime) -> bytes:
    """An event to keep (RFC 5545), on the day so many days after the message."""
    hour, minute = map(int, recipe.at.split(":"))
    start = (when + timedelta(days=recipe.days)).replace(hour=hour, minute=minute, second=0, microsecond=0)
    start, at = start.astimezone(UTC), when.astimezone(UTC)
    end = start + timedelta(minutes=recipe.minutes)
    stamp = "%Y%m%dT%H%M%SZ"
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Beichen//Sample//ZH", "METHOD:PUBLISH", "BEGIN:VEVENT",
        f"UID:{start:{stamp}}-{zlib.crc32(recipe.title.encode()):08x}@sample", f"DTSTAMP:{at:{stamp}}",
        f"DTSTART:{start:{stamp}}", f"DTEND:{end:{stamp}}",
        f"SUMMARY:{recipe.title}", *(f"LOCATION:{line}" for line in recipe.lines[:1]), "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n").encode("utf-8")
