"""A list's page and what can be asked of it: the page, the part of it that changes, an export, other columns, a bulk action.

Always: works without scripts; a script asks for the same address with `X-Part: list` and puts the answer in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse

from hongyan.company.bulk.actions import draft_run
from hongyan.company.bulk.operations import find_operation
from hongyan.company.people.models import Company
from hongyan.faces.console.companies import current_company, keep
from hongyan.faces.console.lists import query
from hongyan.faces.console.lists.cells import Row, row_of
from hongyan.faces.console.lists.export import KINDS, export
from hongyan.faces.console.lists.spec import Bulk, Column, Filter, List, M, Options, Scope, Text
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal

#: Of a query: what names a place in the result, not the result.
PLACE = ("after", "before", "at", "export")
ALL = "1"


def answer(
    request: Request,
    spec: List[M],
    values: Mapping[str, Any] | None = None,
    *,
    template: str = "console/lists/page.html",
    company: Company | None = None,
) -> HttpResponse:
    """The whole of a list's page. `company`: when it is not the one being worked on."""
    company = company or current_company(request, spec.permission)
    scope = Scope(request.actor, company, query.asked_of(request.GET))
    if request.method == "POST":
        return _posted(request, spec, scope)
    if (kind := request.GET.get("export", "")) in KINDS:
        rows = query.ordered(spec, scope, query.result(spec, scope))
        return export(kind, spec, columns_of(request, spec), rows, actor=request.actor, chain=company.slug)
    shown = View.make(request, spec, scope)
    context = {"list": shown, "company": company, **(values or {})}
    if request.headers.get("X-Part") == "list":
        return page(request, "console/lists/part.html", context)
    return page(request, template, context)


def _posted(request: Request, spec: List[M], scope: Scope) -> HttpResponse:
    if "columns" in request.POST:
        chosen = [c.key for c in spec.columns if c.key in request.POST.getlist("column")]
        response = SeeOther(request.get_full_path())
        keep(response, _cookie(spec), ".".join(chosen))
        return response
    if "bulk" in request.POST and (bulk := _chosen(request, spec, scope)):
        return _draft(request, spec, scope, bulk)
    return SeeOther(request.get_full_path())


def _chosen(request: Request, spec: List[M], scope: Scope) -> Bulk | None:
    wanted = request.POST.get("operation", "")
    return next((each for each in spec.bulk if each.operation == wanted and _may(each, scope)), None)


def _draft(request: Request, spec: List[M], scope: Scope, bulk: Bulk) -> HttpResponse:
    """A run over the chosen rows, or over the whole result; its page asks and shows before anything happens."""
    found = query.ordered(spec, scope, query.result(spec, scope))
    if request.POST.get("all") != ALL and request.POST.get("bulk") != "all":
        found = found.filter(pk__in=[int(pk) for pk in request.POST.getlist("row") if pk.isascii() and pk.isdigit()])
    rows = found.values_list("pk", spec.label).iterator(chunk_size=5000)
    source = _Address(request.path, scope.asked).to()
    try:
        run = draft_run(
            actor=scope.actor, company=scope.company, operation=bulk.operation, source=source,
            rows=((pk, str(label)) for pk, label in rows),
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code != "bulk.empty":
            raise
        return SeeOther(request.get_full_path())
    return SeeOther(reverse("bulk-run", args=[run.pk]))


def _cookie(spec: List[M]) -> str:
    return f"hongyan-columns-{spec.key}"


def columns_of(request: Request, spec: List[M]) -> tuple[Column[M], ...]:
    """What the reader chose to see, in the list's order; the first column is always there."""
    chosen = request.COOKIES.get(_cookie(spec), "").split(".")
    known = [column for column in spec.columns if column.key in chosen]
    wanted = known or [column for column in spec.columns if column.shown]
    return tuple(column for column in spec.columns if column in wanted or column is spec.columns[0])


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: how a press on it sorts."""

    column: Column[Any]
    url: str  #: empty: does not sort
    state: str  #: "ascending", "descending" or nothing


@dataclass(frozen=True, slots=True)
class Ask:
    """A filter as it is asked."""

    filter: Filter[Any]
    options: Options
    value: str
    shown: Text  #: the value in words
    without: str  #: the address without it


@dataclass(frozen=True, slots=True)
class View:
    """Everything that the templates show of a list."""

    spec: List[Any]
    heads: list[Head]
    rows: list[Row]
    asks: list[Ask]
    searches: bool
    text: str
    without_text: str
    total: int
    more: bool  #: there are more than `total`
    first: int
    newer: str  #: address of the page before
    older: str
    columns: tuple[Column[Any], ...]
    bulk: tuple[Bulk, ...]
    query: str  #: the result, without a place in it
    path: str
    here: str
    xlsx: str
    csv: str

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def narrowed(self) -> bool:
        return bool(self.text) or any(ask.value for ask in self.asks)

    @property
    def whole(self) -> bool:
        """Whether the page shows the whole result."""
        return not self.more and self.total == len(self.rows)

    @classmethod
    def make(cls, request: Request, spec: List[M], scope: Scope) -> View:
        found = query.result(spec, scope)
        shown = query.window(spec, scope, found)
        columns = columns_of(request, spec)
        total, more = _total(spec, scope, shown, found)
        url = _Address(request.path, scope.asked)
        return cls(
            spec=spec,
            heads=[_head(spec, scope, column, url) for column in columns],
            rows=[row_of(spec, columns, row) for row in shown.rows],
            asks=[_ask(each, scope, url) for each in spec.filters],
            searches=spec.search is not None,
            text=query.search_text(spec, scope),
            without_text=url.to(q=None),
            total=total,
            more=more,
            first=shown.first,
            newer=url.to(before=shown.before, at=str(max(1, shown.first - spec.size))) if shown.before else "",
            older=url.to(after=shown.after, at=str(shown.first + len(shown.rows))) if shown.after else "",
            columns=columns,
            bulk=tuple(each for each in spec.bulk if _may(each, scope)),
            query=urlencode(url.result()),
            path=request.path,
            here=request.get_full_path(),
            xlsx=url.to(export="xlsx"),
            csv=url.to(export="csv"),
        )


def _may(bulk: Bulk, scope: Scope) -> bool:
    return scope.actor.may_somewhere(find_operation(bulk.operation).permission, scope.company.slug)


def _total(spec: List[M], scope: Scope, shown: query.Window[M], found: Any) -> tuple[int, bool]:
    """What is all on the first page need not be counted."""
    if not shown.before and not shown.after and not (scope.asked.get("after") or scope.asked.get("before")):
        return len(shown.rows), False
    return query.count(found, searched=bool(query.search_text(spec, scope)))


@dataclass(frozen=True, slots=True)
class _Address:
    path: str
    asked: Mapping[str, str]

    def result(self) -> dict[str, str]:
        return {key: value for key, value in self.asked.items() if key not in PLACE and value}

    def to(self, **changes: str | None) -> str:
        """The same result with these changes, at its beginning unless a place is named."""
        parts = {key: value for key, value in (self.result() | changes).items() if value}
        return self.path + ("?" + urlencode(parts) if parts else "")


def _head(spec: List[M], scope: Scope, column: Column[M], url: _Address) -> Head:
    if not column.sort:
        return Head(column, "", "")
    now, down = query.order_of(spec, scope)
    mine = now is not None and now.key == column.key
    wanted = column.key if not mine or down else f"-{column.key}"
    return Head(column, url.to(sort=wanted), ("descending" if down else "ascending") if mine else "")


def _ask(each: Filter[M], scope: Scope, url: _Address) -> Ask:
    options = query.options_of(each.options, scope) if each.kind == "choice" else ()
    value = query.filter_value(each, scope)
    shown = next((title for key, title in options if key == value), value)
    return Ask(each, options, value, shown, url.to(**{each.key: None}))
