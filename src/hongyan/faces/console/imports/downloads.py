"""Sheets to keep: templates, the staff, problems of a check, activation links."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from hongyan.company.imports import queries, writing
from hongyan.company.imports.fields import KINDS
from hongyan.company.imports.links import hand_out_links
from hongyan.company.people.scope import units_within
from hongyan.faces.console.imports.room import company_of, room
from hongyan.faces.console.imports.show import values_of
from hongyan.faces.web.pages import page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _file(data: bytes, name: str) -> HttpResponse:
    kind = "text/csv; charset=utf-8" if name.endswith(".csv") else XLSX
    return HttpResponse(data, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _ending(request: Request) -> str:
    return "csv" if request.GET.get("as") == "csv" else "xlsx"


@room
def template(request: Request, kind: str) -> HttpResponse:
    company = company_of(request)
    if kind not in KINDS:
        raise Http404
    units = list(units_within(request.actor, "people.read", company).values_list("path", flat=True))
    return _file(writing.template(kind, request.locale, units), f"{kind}.xlsx")


@room
def staff(request: Request) -> HttpResponse:
    company, name = company_of(request), f"staff.{_ending(request)}"
    lines = writing.export_staff(request.actor, company, request.locale, name)
    return _file(writing.sheet(name, writing.staff_head(request.locale), lines, company.slug), name)


@room
def problems(request: Request, import_id: int) -> HttpResponse:
    batch = queries.find_import(request.actor, import_id)
    name = f"problems-{batch.pk}.{_ending(request)}"
    lines = writing.problem_lines(batch, request.locale)
    return _file(writing.sheet(name, writing.problem_head(request.locale), lines, "problems"), name)


@require_POST
@room
def links(request: Request, import_id: int) -> HttpResponse:
    """The one answer in which the links stand."""
    batch = queries.find_import(request.actor, import_id)
    try:
        handed = hand_out_links(actor=request.actor, batch=batch, again=request.POST.get("again") == "1")
    except Refusal as refusal:
        if refusal.code == "permission.missing" or refusal.code.endswith(".unknown"):
            raise
        values = values_of(request, batch) | {"refusal": refusal.decision}
        return page(request, "console/imports/show.html", values, status=422)
    name = f"links-{batch.pk}.xlsx"
    lines = writing.link_lines(handed, settings.WEB_URL)
    return _file(writing.sheet(name, writing.link_head(request.locale), lines, "links"), name)
