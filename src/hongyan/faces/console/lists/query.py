"""From what was asked to rows: filters, search, order, one page.

Owns: the meaning of a list's query (`q`, the filters' keys, `sort`, `after`, `before`, `at`).
Always: a page costs the same wherever it lies (keyset paging: the row before it is named, rows are not counted off);
a count stops at COUNTED. What is asked wrongly is as if it were not asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from django.core import signing
from django.db.models import Field, Q, QuerySet

from hongyan.faces.console.lists.spec import Column, Filter, List, M, Options, Scope
from hongyan.faces.web.typed import whole

COUNTED = 10_000
COUNTED_IN_SEARCH = 1000  #: where each row has to be asked whether it fits
LONGEST = 200  #: of a search, a filter's text


@dataclass(frozen=True, slots=True)
class Window(Generic[M]):
    """One page of a result. `first` is the number of its first row, as far as known."""

    rows: list[M]
    first: int
    after: str  #: where the next page goes on; empty at the end
    before: str


def options_of(options: Options | Callable[[Scope], Options], scope: Scope) -> Options:
    return options(scope) if callable(options) else options


def filter_value(chosen: Filter[M], scope: Scope) -> str:
    """What was asked of this filter, if it may be asked."""
    value = scope.asked.get(chosen.key, "")[:LONGEST].strip()
    if value and chosen.kind == "choice" and value not in {key for key, _ in options_of(chosen.options, scope)}:
        return ""
    return value


def result(spec: List[M], scope: Scope) -> QuerySet[M]:
    """Everything that fits search and filters, in no order."""
    rows = spec.rows(scope)
    for each in spec.filters:
        if value := filter_value(each, scope):
            rows = each.apply(rows, value, scope)
    text = search_text(spec, scope)
    return spec.search(rows, text, scope) if text and spec.search else rows


def search_text(spec: List[M], scope: Scope) -> str:
    return " ".join(scope.asked.get("q", "").split())[:LONGEST] if spec.search else ""


def order_of(spec: List[M], scope: Scope) -> tuple[Column[M] | None, bool]:
    """The column that sorts, and whether downwards."""
    for asked in (scope.asked.get("sort", ""), spec.order):
        column = spec.column(asked.removeprefix("-"))
        if column is not None and column.sort:
            return column, asked.startswith("-")
    return None, False


def ordered(spec: List[M], scope: Scope, rows: QuerySet[M]) -> QuerySet[M]:
    column, down = order_of(spec, scope)
    names = [column.sort, "pk"] if column else ["pk"]
    return rows.order_by(*(f"-{name}" if down else name for name in names))


def count(rows: QuerySet[M], searched: bool = False) -> tuple[int, bool]:
    """How many, and whether there are more than could be counted cheaply."""
    most = COUNTED_IN_SEARCH if searched else COUNTED
    found = rows.order_by().values("pk")[: most + 1].count()
    return min(found, most), found > most


def window(spec: List[M], scope: Scope, rows: QuerySet[M]) -> Window[M]:
    column, down = order_of(spec, scope)
    field = column.sort if column else "pk"
    after, before = _read(scope.asked.get("after", "")), _read(scope.asked.get("before", ""))
    at = whole(scope.asked.get("at", ""), digits=9)
    back = before is not None
    sorted_rows = ordered(spec, scope, rows)
    place = before if back else after
    if place is not None:
        rows = _beyond(rows, field, place, down is not back)
        sorted_rows = ordered(spec, scope, rows)
    if back:
        sorted_rows = sorted_rows.reverse()
    found = list(sorted_rows[: spec.size + 1])
    more, found = len(found) > spec.size, found[: spec.size]
    if back:
        found.reverse()
    if not found:
        return Window([], 0, "", "")
    has_next, has_previous = (True, more) if back else (more, place is not None)
    return Window(
        found,
        max(1, at) if place is not None else 1,
        _place(found[-1], field) if has_next else "",
        _place(found[0], field) if has_previous else "",
    )


def _beyond(rows: QuerySet[M], field: str, place: tuple[Any, int], down: bool) -> QuerySet[M]:
    """Rows behind the place. The first condition lets an index start there; the second leaves out the place itself."""
    value, pk = place
    if field == "pk":
        return rows.filter(pk__lt=pk) if down else rows.filter(pk__gt=pk)
    column = rows.model._meta.get_field(field)
    if isinstance(column, Field):
        value = column.to_python(value)
    side = "lte" if down else "gte"
    equal = Q(**{field: value}) & (Q(pk__gte=pk) if down else Q(pk__lte=pk))
    return rows.filter(**{f"{field}__{side}": value}).exclude(equal)


def _place(row: Any, field: str) -> str:
    value = row.pk if field == "pk" else getattr(row, field)
    return signing.dumps([value if isinstance(value, (str, int)) else value.isoformat(), row.pk], salt="list.place")


def _read(text: str) -> tuple[Any, int] | None:
    try:
        value, pk = signing.loads(text, salt="list.place")
    except (signing.BadSignature, ValueError, TypeError, json.JSONDecodeError):
        return None
    return value, int(pk)


def asked_of(query: Mapping[str, str]) -> dict[str, str]:
    """A request's query as plain text; of several values the last counts."""
    return {key: query[key] for key in query}
