"""From the text of a mapped row to typed values, with every wrong cell named.

Owns: the parsing of each type of field. Never: asks the database.
Always: an empty cell means "nothing is said", never "make it empty".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hongyan.company.imports.fields import CHOICE_WORDS, FIELDS, JOINED, NO, YES, Field, Kind, plain
from hongyan.company.imports.reading.table import Row, Table, column_letter
from hongyan.kernel import address as addresses
from hongyan.kernel.decision import Decision, Refusal

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日號号]?(?:[ T].*)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(m|mb|mib|兆|g|gb|gib)?")
_EXCEL_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be applied. `column` as Excel names it; empty when it is the whole row."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    column: str = ""

    @property
    def decision(self) -> Decision:
        return Decision(self.code, self.params)


@dataclass(slots=True)
class Parsed:
    """A row's values by field; a field that is not there says nothing."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)  #: field -> column letter, shared by all rows

    def wrong(self, code: str, field_name: str = "", **params: Any) -> None:
        self.problems.append(Problem(code, params, self.columns.get(field_name, "")))


def parse(table: Table, kind: Kind, columns: Sequence[str], domains: Sequence[str]) -> list[Parsed]:
    """All rows. `domains`: the company's; with one of them, an address may be written without it."""
    letters: dict[str, str] = {}
    for index, name in enumerate(columns):
        if name:
            letters.setdefault(name, column_letter(index))
    places = {f: [i for i, name in enumerate(columns) if name == f.name] for f in FIELDS[kind]}
    used = [(f, where) for f, where in places.items() if where]
    return [_row(row, used, letters, list(domains)) for row in table.rows]


def _row(row: Row, used: list[tuple[Field, list[int]]], letters: dict[str, str], domains: list[str]) -> Parsed:
    parsed = Parsed(row.number, columns=letters)
    mapped = {index for _, where in used for index in where}
    for flaw in row.flaws:
        if flaw.column in mapped:
            parsed.problems.append(Problem(flaw.code, flaw.params, column_letter(flaw.column or 0)))
    flawed = {flaw.column for flaw in row.flaws}
    for f, where in used:
        if flawed.isdisjoint(where) and (text := _text(row, f, where)):
            try:
                parsed.values[f.name] = value_of(f, text, domains)
            except Refusal as refusal:
                parsed.problems.append(
                    Problem(refusal.code, refusal.decision.params, column_letter(where[0]))
                )  # fmt: skip
        elif f.required and flawed.isdisjoint(where):
            parsed.wrong("import.cell.needed", f.name)
    return parsed


def _text(row: Row, f: Field, where: list[int]) -> str:
    texts = [row.cells[i] for i in where if row.cells[i]]
    if f.name not in JOINED:
        return texts[0] if texts else ""
    return ("/" if f.type == "path" else "\n").join(texts)


def value_of(f: Field, text: str, domains: list[str]) -> Any:
    match f.type:
        case "text":
            return _limited(" ".join(text.split()), f)
        case "code":
            return _limited(unicodedata.normalize("NFKC", text).replace("\n", " ").strip("'` "), f)
        case "path":
            return _path(text, f)
        case "address":
            return _address(text, domains)
        case "addresses":
            parts = re.split(r"[;,，；、\s]+", text)
            return list(dict.fromkeys(_address(part, domains) for part in parts if part))
        case "date":
            return parse_date(text).isoformat()
        case "flag":
            return _flag(text)
        case "choice":
            return _choice(f, text)
        case "size":
            return _size(text)


def _limited(text: str, f: Field) -> str:
    if len(text) > f.limit:
        raise Refusal("import.cell.too_long", limit=f.limit, value=text[:60])
    return text


def _path(text: str, f: Field) -> str:
    """`總公司/信息部`, also with \\, > or their wide forms between the names."""
    parts = [" ".join(part.split()) for part in re.split(r"[/\\>／＼＞→]+", text)]
    return _limited("/".join(part for part in parts if part), f)


def _address(text: str, domains: list[str]) -> str:
    if "@" not in text and "＠" not in text:
        if len(domains) != 1:
            raise Refusal("import.cell.no_domain", value=text[:60])
        text = f"{text}@{domains[0]}"
    return addresses.parse(text)


def parse_date(text: str) -> date:
    """2026-01-31, 2026/1/31, 2026.1.31, 2026年1月31日, 20260131, or Excel's own day number."""
    given = unicodedata.normalize("NFKC", text).strip()
    match = _DATE.fullmatch(given) or _COMPACT_DATE.fullmatch(given)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
        if given.isdigit() and 10_000 <= int(given) <= 80_000:  # 1927 to 2119
            return _EXCEL_EPOCH + timedelta(days=int(given))
    except ValueError:
        pass
    raise Refusal("import.cell.date", value=text[:60])


def _flag(text: str) -> bool:
    word = unicodedata.normalize("NFKC", text).strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Refusal("import.cell.flag", value=text[:60])


def _choice(f: Field, text: str) -> str:
    word = plain(text)
    found = CHOICE_WORDS.get(word) or next((c for c in f.choices if plain(c) == word), "")
    if found not in f.choices:
        raise Refusal("import.cell.choice", value=text[:60], known=list(f.choices))
    return found


def _size(text: str) -> int:
    """MiB of `3GB`, `500 MB` or `3072`."""
    match = _SIZE.fullmatch(unicodedata.normalize("NFKC", text).strip().lower())
    if match is None:
        raise Refusal("import.cell.size", value=text[:60])
    return round(float(match[1]) * (1024 if (match[2] or "m").startswith("g") else 1))
