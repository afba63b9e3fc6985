"""Permits of mailboxes: write outside, forward outside, large messages, closed groups."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpResponse
from ninja import Router

from hongyan.company.permits import actions, models, queries
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, addressed, created
from hongyan.faces.api.routes.mailboxes import find
from hongyan.faces.api.schemas import permits as shapes
from hongyan.kernel.decision import Refusal

router = Router(tags=["Permits"])


def _shown(row: models.Permit) -> shapes.Permit:
    return shapes.Permit(
        id=row.pk, address=row.mailbox.address, kind=cast(Any, row.kind), value=row.subject, until=row.until,
        reason=row.reason, source=row.source, granted_at=row.granted_at, granted_by=row.granted_by,
    )  # fmt: skip


@router.get("permits", response=shapes.PermitPage, summary="List permits")
def list_permits(
    request: Asking, response: HttpResponse, company: Company = None, kind: shapes.Kind | None = None,
    limit: Limit = DEFAULT, cursor: Cursor = None,
) -> object:  # fmt: skip
    rows = queries.list_permits(request.actor, company_of(request, company, "mailbox.read"))
    if kind:
        rows = rows.filter(kind=kind)
    return page_of(request, response, rows, Page(limit, cursor), lambda some: [_shown(p) for p in some], by="id")


@router.delete("permits/{int:permit}", response={204: None}, summary="End a permit")
def end_permit(request: Asking, permit: int) -> None:
    with addressed():
        row = models.Permit.objects.select_related("mailbox__company").filter(pk=permit).first()
        if row is None or not any(g.company in ("", row.mailbox.company.slug) for g in request.actor.grants):
            raise Refusal("permit.unknown", permit=permit)
        found = queries.find_permit(request.actor, row.mailbox.company, permit)
    actions.end_permit(actor=request.actor, permit=found)


@router.get("mailboxes/{address}/permits", response=shapes.Permits, summary="List a mailbox's permits")
def list_mailbox_permits(request: Asking, address: str) -> object:
    return {"items": [_shown(row) for row in queries.permits_of(find(request, address))]}


@router.post("mailboxes/{address}/permits", response={201: shapes.Permit}, summary="Give a permit")
def grant_permit(request: Asking, response: HttpResponse, address: str, body: shapes.GrantPermit) -> object:
    """Given again for the same thing, it changes the last day and the reason."""
    mailbox = find(request, address)
    row = actions.grant_permit(
        actor=request.actor, mailbox=mailbox, kind=body.kind, value=body.value, until=body.until, reason=body.reason
    )
    created(response, f"mailboxes/{mailbox.address}/permits")
    return _shown(row)


@router.get("permit-modes", response=shapes.PermitModes, summary="Show who writes and forwards outside")
def show_permit_modes(request: Asking, company: Company = None) -> object:
    modes = queries.modes_of(company_of(request, company, "mailbox.read"))
    return {"outside": modes.outside, "forward": modes.forward}


@router.patch("permit-modes", response=shapes.PermitModes, summary="Change who writes and forwards outside")
def set_permit_modes(request: Asking, body: shapes.SetPermitModes) -> object:
    found = company_of(request, body.company, "settings.write")
    modes = actions.set_modes(actor=request.actor, company=found, outside=body.outside, forward=body.forward)
    return {"outside": modes.outside, "forward": modes.forward}
