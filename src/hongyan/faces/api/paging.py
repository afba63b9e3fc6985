"""Pages of a list by cursor: where the last one ended, not how many came before.

Always: a page costs the same wherever it stands (an indexed column, unique in the list, decides the order); rows that are
added or removed meanwhile shift nothing; the cursor is opaque and of this list alone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpResponse

from hongyan.faces.api.asking import Asking
from hongyan.kernel.decision import Refusal

M = TypeVar("M", bound=Model)
DEFAULT, MOST = 50, 200
_NUMBERS = ("id", "seq")  #: columns that hold numbers


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for: how many, and after which row."""

    limit: int
    cursor: str | None


def page_of(
    request: Asking, response: HttpResponse, rows: QuerySet[M], page: Page, show: Callable[[list[M]], list[Any]], *,
    by: str, down: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """`items` as `show` makes them and the cursor of the `next` page. `by`: the unique column; `down`: greatest first."""
    kind = "int" if by in _NUMBERS else "str"
    after = _read(page.cursor, by, kind) if page.cursor else None
    if after is not None:
        rows = rows.filter(**{f"{by}__{'lt' if down else 'gt'}": after})
    found = list(rows.order_by(f"-{by}" if down else by)[: page.limit + 1])
    more = len(found) > page.limit
    found = found[: page.limit]
    following = _write(by, getattr(found[-1], by)) if more else None
    if following:
        query = request.GET.copy()
        query["cursor"] = following
        pairs = [(name, value) for name, values in query.lists() for value in values]
        response.headers["Link"] = f'<{request.path}?{urlencode(pairs)}>; rel="next"'  # RFC 8288
    return {"items": show(found), "next": following}


def _write(by: str, value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([by, value]).encode()).decode("ascii").rstrip("=")


def _read(cursor: str, by: str, kind: str) -> Any:
    try:
        column, value = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        raise Refusal("api.cursor_malformed") from None
    good = isinstance(value, str) and "\0" not in value if kind == "str" else isinstance(value, int)
    if column != by or not good or (isinstance(value, int) and not 0 <= value < 1 << 63):
        raise Refusal("api.cursor_malformed")
    return value
