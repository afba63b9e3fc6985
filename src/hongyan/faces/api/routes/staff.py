"""Staff lists: comparisons looked at, applied, left out; sources. A program never lifts the limit for leavers: a person does."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpResponse
from ninja import Router

from hongyan.company.staff import models, queries
from hongyan.company.staff.applying import apply_lines
from hongyan.company.staff.reports import drop_report, skip_lines
from hongyan.company.tasks.progress import Progress
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, addressed
from hongyan.faces.api.schemas import staff as shapes
from hongyan.faces.web.words import tell
from hongyan.kernel.decision import Decision

router = Router(tags=["Staff lists"])


def _report(row: models.Report) -> shapes.Report:
    return shapes.Report(
        id=row.pk, company=row.company.slug, kind=cast(Any, row.kind), name=row.name, state=cast(Any, row.state),
        whole=row.whole, counts=row.counts, new_units=row.new_units, guarded=row.guarded, override_by=row.override_by,
        override_reason=row.override_reason, by=row.actor, created_at=row.created_at, settled_at=row.settled_at,
    )  # fmt: skip


def find(request: Asking, number: int) -> models.Report:
    with addressed():
        return queries.find_report(request.actor, number)


@router.get("staff-reports", response=shapes.ReportPage, summary="List comparisons of staff lists, newest first")
def list_staff_reports(
    request: Asking, response: HttpResponse, company: Company = None, state: shapes.State | None = None,
    limit: Limit = DEFAULT, cursor: Cursor = None,
) -> object:  # fmt: skip
    rows = queries.list_reports(request.actor, company_of(request, company, "people.write"))
    if state:
        rows = rows.filter(state=state)
    return page_of(
        request, response, rows, Page(limit, cursor), lambda some: [_report(r) for r in some], by="id", down=True
    )  # fmt: skip


@router.get("staff-reports/{int:number}", response=shapes.Report, summary="Show a comparison")
def show_staff_report(request: Asking, number: int) -> object:
    return _report(find(request, number))


@router.get("staff-reports/{int:number}/lines", response=shapes.LinePage, summary="List what a comparison found")
def list_staff_lines(
    request: Asking, response: HttpResponse, number: int, verdict: shapes.Verdict | None = None,
    state: shapes.LineState | None = None, limit: Limit = DEFAULT, cursor: Cursor = None,
) -> object:  # fmt: skip
    rows = queries.list_lines(find(request, number), (verdict,) if verdict else (), (state,) if state else ())

    def shown(lines: list[models.Line]) -> list[shapes.Line]:
        return [_line(line, request.locale) for line in lines]

    return page_of(request, response, rows, Page(limit, cursor), shown, by="id")


def _line(line: models.Line, locale: str) -> shapes.Line:
    return shapes.Line(
        id=line.pk, row=line.number, verdict=cast(Any, line.verdict), state=cast(Any, line.state), person=line.person_id,
        about=line.label,
        changes=[shapes.Change(field=name, before=before, after=after) for name, before, after in line.changes],
        problems=[
            shapes.LineProblem(column=column, code=code, detail=tell(Decision(code, params), locale))
            for column, code, params in line.problems
        ],
    )  # fmt: skip


@router.post("staff-reports/{int:number}/apply", response=shapes.Settled, summary="Apply lines of a comparison")
def apply_staff_lines(request: Asking, number: int, body: shapes.ApplyLines) -> object:
    report = find(request, number)
    done = apply_lines(actor=request.actor, report=report, progress=Progress(), lines=body.lines)
    return shapes.Settled(lines=done, report=_report(find(request, number)))


@router.post("staff-reports/{int:number}/skip", response=shapes.Settled, summary="Leave out lines of a comparison")
def skip_staff_lines(request: Asking, number: int, body: shapes.SkipLines) -> object:
    done = skip_lines(actor=request.actor, report=find(request, number), lines=body.lines)
    return shapes.Settled(lines=done, report=_report(find(request, number)))


@router.post("staff-reports/{int:number}/drop", response=shapes.Report, summary="Drop a comparison")
def drop_staff_report(request: Asking, number: int) -> object:
    drop_report(actor=request.actor, report=find(request, number))
    return _report(find(request, number))


@router.get("staff-sources", response=shapes.SourcePage, summary="List directories and identity providers")
def list_staff_sources(
    request: Asking, response: HttpResponse, company: Company = None, limit: Limit = DEFAULT, cursor: Cursor = None
) -> object:
    rows = queries.list_sources(request.actor, company_of(request, company, "people.write"))
    return page_of(request, response, rows, Page(limit, cursor), lambda some: [_source(s) for s in some], by="id")


def _source(row: models.Source) -> shapes.Source:
    return shapes.Source(
        id=row.pk, company=row.company.slug, kind=cast(Any, row.kind), name=row.name, enabled=row.enabled, auto=row.auto,
        whole=row.whole, every_hours=row.every_hours, key_until=row.key_until, last_at=row.last_at,
        last_error=row.last_error.get("code"),
    )  # fmt: skip
