"""A staff list in a sheet: read and matched as an import's, then held against the whole staff.

Owns: the way from an uploaded and matched import to a spool. Never: guesses what a person has not confirmed: the columns are
the import's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hongyan.company.imports.cells import parse
from hongyan.company.imports.fields import problems_of
from hongyan.company.imports.models import Import
from hongyan.company.imports.reading import files
from hongyan.company.imports.reading.table import column_letter
from hongyan.company.staff.spool import CHUNK, Entry, Spool
from hongyan.company.tasks.progress import Progress
from hongyan.kernel.decision import Decision, Refusal


def fill(
    spool: Spool, *, batch: Import, data: bytes, domains: Sequence[str], progress: Progress
) -> list[tuple[str, dict[str, Any]]]:  # fmt: skip
    """Every row of the sheet into the spool; returns the notes of the reading."""
    if wrong := problems_of("persons", batch.columns):
        raise Refusal("import.map.wrong", reasons=tuple(Decision(code, {"field": name}) for code, name in wrong))
    progress.at("reading")
    table = files.read(data, "persons", batch.sheet)
    if table.headings != batch.headings:
        raise Refusal("import.file.changed")
    for index, name in enumerate(batch.columns):
        if name:
            spool.columns.setdefault(name, column_letter(index))
    rows, notes = table.rows, list(table.notes)
    if table.encoding:
        notes.insert(0, ("import.note.encoding", {"encoding": table.encoding}))
    for start in range(0, len(rows), CHUNK):
        progress.at("reading", start, len(rows))
        table.rows = rows[start : start + CHUNK]
        for parsed in parse(table, "persons", batch.columns, domains):
            spool.put(Entry(parsed.number, parsed.values, parsed.problems))
    return notes
