"""Real files for the tests, made with openpyxl."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook

HEAD = ("工號", "姓名", "部門", "崗位", "郵箱帳號", "手機")


def workbook(rows: Iterable[Sequence[Any]], title: str = "名冊") -> bytes:
    book = Workbook()
    sheet: Any = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def staff(*rows: Sequence[Any], head: Sequence[str] = HEAD) -> bytes:
    return workbook([head, *rows])


def many(count: int, start: int = 0, domain: str = "corp.test") -> list[list[Any]]:
    """Joiners of twenty departments, each with a mailbox."""
    return [
        [f"N{i:06}", f"員工{i}", f"總公司/部門{i % 20:02}", "專員", f"n{i:06}@{domain}", f"138{i:08}"]
        for i in range(start, start + count)
    ]
