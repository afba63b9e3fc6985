"""The first page: a new sheet, templates, the imports so far."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from hongyan.company.imports import queries
from hongyan.company.imports.actions import set_mass_percent, upload_file
from hongyan.company.imports.fields import KINDS
from hongyan.company.imports.models import Import
from hongyan.company.imports.reading.table import MAX_BYTES
from hongyan.company.imports.tasks import begin_check
from hongyan.company.people.models import Company
from hongyan.faces.console.imports.room import company_of, room
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

SHOWN = 50


@room
def show(request: Request) -> HttpResponse:
    company = company_of(request)
    if request.method == "POST":
        return _upload(request, company)
    return page(request, "console/imports/index.html", _values(request, company))


def _values(request: Request, company: Company) -> dict[str, Any]:
    kinds = queries.kinds_for(request.actor, company)
    before = request.GET.get("before", "")
    batches = queries.list_imports(request.actor, company)
    if before.isascii() and before.isdigit() and len(before) < 10:
        batches = batches.filter(pk__lt=int(before))
    shown = list(batches[: SHOWN + 1])
    return {
        "company": company, "kinds": [(kind, Decision(f"import.kind.{kind}")) for kind in kinds],
        "chosen": request.POST.get("kind") or request.GET.get("kind") or (kinds[0] if kinds else ""),
        "imports": [_line(batch) for batch in shown[:SHOWN]], "older": shown[SHOWN - 1].pk if len(shown) > SHOWN else None,
        "percent": queries.mass_percent(company), "sets_rules": request.actor.may("settings.write", company.slug),
        "exports": request.actor.may_somewhere("people.read", company.slug), "limit": MAX_BYTES >> 20,
    }  # fmt: skip


def _line(batch: Import) -> dict[str, Any]:
    return {
        "batch": batch, "kind": Decision(f"import.kind.{batch.kind}"), "state": Decision(f"import.state_word.{batch.state}"),
        "at": batch.undone_at or batch.applied_at or batch.created_at, "by": batch.applied_by or batch.actor,
        "rows": sum(int(batch.counts.get(verdict, 0)) for verdict in ("add", "move", "change")),
    }  # fmt: skip


def _upload(request: Request, company: Company) -> HttpResponse:
    kind, file = request.POST.get("kind", ""), request.FILES.get("file")
    try:
        if kind not in KINDS:
            raise Refusal("import.kind_unknown", kind=kind[:40], known=list(KINDS))
        if file is None:
            raise Refusal("import.file.none")
        if (file.size or 0) > MAX_BYTES:
            raise Refusal("import.file.too_large", limit=MAX_BYTES)
        batch = upload_file(
            actor=request.actor, company=company, kind=kind, data=file.read(), file_name=file.name or ""
        )
    except Refusal as refusal:
        if refusal.code == "permission.missing":
            raise
        values = _values(request, company) | {"refusal": refusal.decision}
        return page(request, "console/imports/index.html", values, status=422)
    if queries.remembered(company, kind, batch.headings) is not None:
        begin_check(actor=request.actor, batch=batch)  # a person has matched these headings before
    return SeeOther(reverse("import", args=[batch.pk]))


@require_POST
@room
def rules(request: Request) -> HttpResponse:
    company = company_of(request)
    text = request.POST.get("percent", "")
    percent = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    try:
        set_mass_percent(actor=request.actor, company=company, percent=percent)
    except Refusal as refusal:
        if refusal.code == "permission.missing":
            raise
        values = _values(request, company) | {"refusal": refusal.decision}
        return page(request, "console/imports/index.html", values, status=422)
    return SeeOther(reverse("imports"))
