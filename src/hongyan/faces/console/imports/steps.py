"""What is done with an import from its page: each a button, each a POST.

Always: goes back to the import's page, where what came of it is said.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from hongyan.company.imports import queries
from hongyan.company.imports.actions import choose_sheet, drop_import
from hongyan.company.imports.models import Import
from hongyan.company.imports.tasks import SHORT_ROWS, begin, begin_check
from hongyan.company.tasks.actions import stop_task
from hongyan.faces.console.imports.room import room
from hongyan.faces.console.imports.show import values_of
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal


def _back(batch: Import) -> HttpResponse:
    return SeeOther(reverse("import", args=[batch.pk]))


def _said(request: Request, batch: Import, refusal: Refusal) -> HttpResponse:
    """The import's page with the reason why nothing was done."""
    if refusal.code == "permission.missing" or refusal.code.endswith(".unknown"):
        raise refusal
    values = values_of(request, batch) | {"refusal": refusal.decision}
    return page(request, "console/imports/show.html", values, status=422)


@require_POST
@room
def sheet(request: Request, import_id: int) -> HttpResponse:
    batch = queries.find_import(request.actor, import_id)
    try:
        choose_sheet(actor=request.actor, batch=batch, sheet=request.POST.get("sheet", ""))
    except Refusal as refusal:
        return _said(request, batch, refusal)
    return _back(batch)


@require_POST
@room
def check(request: Request, import_id: int) -> HttpResponse:
    batch = queries.find_import(request.actor, import_id)
    try:
        begin_check(actor=request.actor, batch=batch)
    except Refusal as refusal:
        return _said(request, batch, refusal)
    return _back(batch)


@require_POST
@room
def apply(request: Request, import_id: int) -> HttpResponse:
    batch = queries.find_import(request.actor, import_id)
    short = queries.to_do(batch) <= SHORT_ROWS
    try:
        begin(
            actor=request.actor, batch=batch, what="apply", now=short,
            skip_bad=request.POST.get("skip_bad") == "1", sure=request.POST.get("sure") == "1",
        )  # fmt: skip
    except Refusal as refusal:
        return _said(request, batch, refusal)
    return _back(batch)


@require_POST
@room
def stop(request: Request, import_id: int) -> HttpResponse:
    batch = queries.find_import(request.actor, import_id)
    if batch.task is not None:
        try:
            stop_task(actor=request.actor, task=batch.task)
        except Refusal as refusal:
            if refusal.code != "task.over":
                return _said(request, batch, refusal)
    return _back(batch)


@require_POST
@room
def drop(request: Request, import_id: int) -> HttpResponse:
    batch = queries.find_import(request.actor, import_id)
    try:
        drop_import(actor=request.actor, batch=batch)
    except Refusal as refusal:
        return _said(request, batch, refusal)
    return SeeOther(reverse("imports"))


@require_POST
@room
def undo(request: Request, import_id: int) -> HttpResponse:
    """A look first (`dry`), then the doing."""
    batch = queries.find_import(request.actor, import_id)
    try:
        begin(actor=request.actor, batch=batch, what="undo", dry=request.POST.get("dry") == "1")
    except Refusal as refusal:
        return _said(request, batch, refusal)
    return _back(batch)
