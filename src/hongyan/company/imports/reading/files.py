"""A file of an unknown kind: refused when too large, read by what it is, not by what it is called."""

from __future__ import annotations

from hongyan.company.imports.fields import Kind
from hongyan.company.imports.reading import csvfile, xlsx
from hongyan.company.imports.reading.table import MAX_BYTES, MAX_ROWS, Table
from hongyan.kernel.decision import Refusal


def read(data: bytes, kind: Kind, sheet: str = "", limit: int = 0) -> Table:
    """The table in the file; with a limit no more than its first rows, for a look at the headings. Refuses `import.file.*`: too large, empty, no such format, broken, too many rows."""
    if len(data) > MAX_BYTES:
        raise Refusal("import.file.too_large", limit=MAX_BYTES)
    table = (
        xlsx.read(data, kind, sheet, limit) if data.startswith((b"PK", xlsx.OLE)) else csvfile.read(data, kind, limit)
    )
    if not table.headings or not table.rows:
        raise Refusal("import.file.empty")
    if len(table.rows) > MAX_ROWS:
        raise Refusal("import.file.too_many_rows", limit=MAX_ROWS)
    return table
