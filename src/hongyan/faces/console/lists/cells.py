"""How a row's values are spelled: on the page, and in a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from hongyan.faces.console.lists.spec import Column, List, M
from hongyan.faces.templatetags.page import when
from hongyan.faces.web import words

SEPARATORS = {"zh-Hant": "、", "zh-Hans": "、", "en": ", "}


@dataclass(frozen=True, slots=True)
class Cell:
    column: Column[Any]
    html: str  #: safe to show


@dataclass(frozen=True, slots=True)
class Row:
    pk: int
    label: str
    cells: list[Cell]


def row_of(spec: List[M], columns: tuple[Column[M], ...], row: M) -> Row:
    return Row(int(row.pk), str(getattr(row, spec.label)), [Cell(column, cell(column, row)) for column in columns])


def cell(column: Column[M], row: M) -> str:
    value = column.value(row)
    if column.template:
        return get_template(column.template).render({"row": row, "value": value})
    html = spelled(value)
    return format_html('<a href="{}">{}</a>', column.link(row), html or "–") if column.link else html


def spelled(value: Any) -> SafeString:
    if isinstance(value, datetime):
        return conditional_escape(when(value))
    return conditional_escape(plain(value))


def plain(value: Any) -> str:
    """As text, for pages and for sheets of text alone."""
    match value:
        case None:
            return ""
        case bool():
            return gettext("Yes") if value else gettext("No")
        case datetime():
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case list() | tuple():
            return SEPARATORS[words.current_locale()].join(map(str, value))
    return str(value)
