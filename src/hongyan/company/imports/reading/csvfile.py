"""Reads .csv (and tab-separated text) in whatever encoding an office's Excel writes.

Always: the encoding is found, not assumed: a byte order mark, else UTF-8, else GB 18030 or Big5, whichever reads more like
Chinese. What is no text is refused.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice

from hongyan.company.imports.fields import FIELDS, Kind
from hongyan.company.imports.reading.table import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Flaw, Row, Table, shape, spell
from hongyan.kernel.decision import Refusal

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: Frequent in sheets of staff, in both scripts; a wrong decoding yields rare characters instead.
_FREQUENT = frozenset(
    "的一是在不了有和人這这中大為为上個个國国我以要他時时來来用們们生到作地於于出就分對对成會会可主發发年動动同工也能下過过子說说產产種种面而方"
    "後后多定行學学法所民得經经十三之進进着等部度家電电力裏里如水化高自二理起小物現现實实加量都兩两體体制機机當当使點点從从業业本去把性好應应"
    "開开它合還还因由其些然前外天政四日那社義义事平形相全表間间樣样與与關关各重新線线內内數数正心反你明看原又麼么利比或但質质氣气第向道命此變变"
    "條条只沒没結结解問问意建月公無无系軍军很情者最立代想已通並并提直題题黨党程展五果料象員员革位入常文總总次品式活設设及管特件長长求老頭头基"
    "資资邊边流路級级少圖图山統统接知較较將将組组見见計计別别她手角期根論论運运農农指幾几九區区強强放決决西被幹干做必戰战先回則则任取據据處处"
    "隊队南給给色光門门即保治北造百規规熱热領领七海口東东導导器壓压志世金增爭争濟济階阶油思術术極极交受聯联什認认六共權权收證证改清己美再採采"
    "轉转更單单風风切打白教速花帶带安場场身車车例真務务具萬万每目至達达走積积示議议聲声報报鬥斗完類类八離离華华名確确才科張张信馬马節节話话米"
    "姓工號号崗岗職职郵邮箱帳账機机號王李張张劉刘陳陈楊杨黃黄趙赵吳吴周徐孫孙馬马朱胡郭何林高羅罗鄭郑梁謝谢宋唐許许鄧邓馮冯韓韩曹曾彭蕭萧"
)


def read(data: bytes, kind: Kind, limit: int = 0) -> Table:
    text, encoding = decode(data, kind)
    table = shape(islice(_rows(text), limit or None), kind, sheet="", sheets=[])
    table.encoding = encoding
    return table


def decode(data: bytes, kind: Kind) -> tuple[str, str]:
    """The text and its encoding. Refuses `import.file.no_text`."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding), encoding
    if b"\0" in data[:4096]:
        raise Refusal("import.file.no_text")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    found = []
    for encoding in ("gb18030", "big5hkscs"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        found.append((_likeness(text[:20000], kind), text, encoding))
    if not found:
        raise Refusal("import.file.no_text")
    _, text, encoding = max(found, key=lambda each: each[0])
    return text, "big5" if encoding == "big5hkscs" else encoding


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Refusal("import.file.no_text") from None


def _likeness(text: str, kind: Kind) -> float:
    """How much it reads like a Chinese sheet: headings that we know, and the share of frequent characters."""
    words = sum(word in text for field in FIELDS[kind] for word in field.words.split() if not word.isascii())
    han = [c for c in text if c > "\u2e7f"]
    return words * 0.2 + (sum(c in _FREQUENT for c in han) / len(han) if han else 0.0)


def _rows(text: str) -> Iterator[Row]:
    text = text.removeprefix("\ufeff")
    first = text[:4096].splitlines()[0] if text else ""
    skip = 0
    if first.lower().startswith("sep=") and len(first) == 5:  # Excel's own mark of the separator
        delimiter, skip = first[4], 1
    else:
        delimiter = max("\t;,", key=lambda mark: text[:4096].count(mark))
    csv.field_size_limit(1024 * 1024)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number <= skip:
                continue
            if number > MAX_ROWS + 1:
                raise Refusal("import.file.too_many_rows", limit=MAX_ROWS)
            yield _row(number, cells[:MAX_COLUMNS])
    except csv.Error as problem:
        raise Refusal("import.file.broken", problem=str(problem), row=number) from None


def _row(number: int, cells: list[str]) -> Row:
    row = Row(number, [])
    for index, cell in enumerate(cells):
        if cell.startswith('="') and cell.endswith('"'):  # how exports keep Excel from eating leading zeros
            cell = cell[2:-1]
        text, code = spell(cell)
        if code:
            row.flaws.append(Flaw(index, code, {"limit": MAX_CELL}))
        row.cells.append(text)
    return row
