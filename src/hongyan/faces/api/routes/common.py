"""What the routes share: the parameters of lists, how something that is not there is told, where it can be found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from django.http import HttpResponse
from ninja import Query

from hongyan.faces.api.paging import DEFAULT, MOST, Page
from hongyan.faces.api.problems import Absent
from hongyan.faces.api.schemas.common import MOST_NUMBER
from hongyan.kernel.decision import Refusal

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many rows at most.")]
Cursor = Annotated[str | None, Query(max_length=1000, description="The `next` of the page before.")]
Company = Annotated[
    str | None, Query(max_length=40, description="A company's slug; not needed with a token of one company.")
]
Text = Annotated[
    str, Query(max_length=100, description="Words that are looked for: name, pinyin, initials, address, number.")
]

__all__ = ["DEFAULT", "MOST_NUMBER", "Company", "Cursor", "Limit", "Page", "Text", "addressed", "created"]


@contextmanager
def addressed() -> Iterator[None]:
    """Around looking up what the address of the request names: what is unknown here is not found (404)."""
    try:
        yield
    except Refusal as refusal:
        raise Absent(refusal) from None


def created(response: HttpResponse, path: str) -> None:
    response.headers["Location"] = f"/api/v1/{path}"
