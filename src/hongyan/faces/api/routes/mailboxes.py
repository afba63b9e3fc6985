"""Mailboxes: find them, and what changes in their life. They are opened in `opening.py`."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from ninja import Query, Router

from hongyan.company.finder.queries import matching
from hongyan.company.life import actions as life, states
from hongyan.company.mailboxes import actions, limits, models, queries
from hongyan.company.mailboxes.scope import mailboxes_within
from hongyan.company.people import credentials
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, Text, addressed
from hongyan.faces.api.schemas import mailboxes as shapes
from hongyan.kernel import address as addresses

router = Router(tags=["Mailboxes"])
_RELATED = ("company", "account", "person", "unit")


def row(mailbox: models.Mailbox) -> shapes.MailboxRow:
    return shapes.MailboxRow(**_row(mailbox))


def _row(mailbox: models.Mailbox) -> dict[str, Any]:
    return {
        "address": mailbox.address, "company": mailbox.company.slug, "kind": mailbox.kind,
        "state": states.state(mailbox), "person": mailbox.person_id,
        "name": mailbox.display_name or (mailbox.person.name if mailbox.person else ""),
        "unit": mailbox.unit.path if mailbox.unit else None, "quota_mb": queries.quota_mb(mailbox),
        "opened_at": mailbox.opened_at, "expires_on": mailbox.expires_on,
    }  # fmt: skip


def whole(mailbox: models.Mailbox) -> dict[str, object]:
    view = queries.view(mailbox)
    return _row(mailbox) | {
        "suspended_reason": mailbox.suspended_reason, "own_quota_mb": mailbox.quota_mb,
        "hourly_limit": mailbox.hourly_limit, "keeper": mailbox.keeper_id, "aliases": view.aliases,
        "groups": view.groups, "send_as": view.send_as, "app_passwords": view.app_passwords,
    }  # fmt: skip


def find(request: Asking, address: str) -> models.Mailbox:
    with addressed():
        return queries.find_mailbox(addresses.parse(address), request.actor)


@router.get("mailboxes", response=shapes.MailboxPage, summary="List mailboxes")
def list_mailboxes(
    request: Asking, response: HttpResponse, company: Company = None, q: Text = "",
    state: Annotated[shapes.State | None, Query(description="Only those in this state.")] = None,
    kind: Annotated[shapes.Kind | None, Query(description="Only those of this kind.")] = None,
    limit: Limit = DEFAULT, cursor: Cursor = None,
) -> object:  # fmt: skip
    found = company_of(request, company, "mailbox.read")
    rows = mailboxes_within(request.actor, "mailbox.read", found)
    if q:
        rows = rows.filter(matching(found, "mailbox", q) | matching(found, "person", q, "person"))
    if state:
        rows = rows.filter(states.where(state))
    if kind:
        rows = rows.filter(kind=kind)
    return page_of(
        request, response, rows.select_related(*_RELATED), Page(limit, cursor), lambda some: [row(m) for m in some],
        by="address",
    )  # fmt: skip


@router.get("mailboxes/{address}", response=shapes.Mailbox, summary="Show a mailbox")
def show_mailbox(request: Asking, address: str) -> object:
    return whole(find(request, address))


@router.patch("mailboxes/{address}", response=shapes.Mailbox, summary="Change size, sending limit or last day")
def change_mailbox(request: Asking, address: str, body: shapes.ChangeMailbox) -> object:
    mailbox, given = find(request, address), body.dict(exclude_unset=True)
    with transaction.atomic():
        if "quota_mb" in given:
            actions.set_quota(actor=request.actor, mailbox=mailbox, megabytes=body.quota_mb)
        if "hourly_limit" in given:
            limits.set_hourly_limit(actor=request.actor, mailbox=mailbox, recipients=body.hourly_limit)
        if "expires_on" in given:
            life.set_expiry(actor=request.actor, mailbox=mailbox, on=body.expires_on)
    return whole(mailbox)


@router.post("mailboxes/{address}/suspend", response=shapes.Mailbox, summary="Suspend: mail still arrives")
def suspend_mailbox(request: Asking, address: str, body: shapes.Suspend) -> object:
    mailbox = find(request, address)
    actions.suspend_mailbox(actor=request.actor, mailbox=mailbox, reason=body.reason)
    return whole(mailbox)


@router.post("mailboxes/{address}/resume", response=shapes.Mailbox, summary="Resume a suspended mailbox")
def resume_mailbox(request: Asking, address: str) -> object:
    mailbox = find(request, address)
    actions.resume_mailbox(actor=request.actor, mailbox=mailbox)
    return whole(mailbox)


@router.post("mailboxes/{address}/rename", response=shapes.Mailbox, summary="Give a mailbox another address")
def rename_mailbox(request: Asking, address: str, body: shapes.Rename) -> object:
    mailbox = find(request, address)
    return whole(
        actions.rename_mailbox(actor=request.actor, mailbox=mailbox, address=body.address, keep_days=body.keep_days)
    )


@router.post("mailboxes/{address}/close", response=shapes.Mailbox, summary="Close for good: the mail stays on disk")
def close_mailbox(request: Asking, address: str, body: shapes.Suspend) -> object:
    mailbox = find(request, address)
    actions.close_mailbox(actor=request.actor, mailbox=mailbox, reason=body.reason)
    return whole(mailbox)


@router.post("mailboxes/{address}/password", response=shapes.Secret, summary="Set, reset or let activate")
def set_mailbox_password(request: Asking, address: str, body: shapes.NewPassword) -> object:
    mailbox = find(request, address)
    account = actions.require_account(mailbox)
    told = {"address": mailbox.address}
    if body.password is not None:
        credentials.set_final_password(actor=request.actor, account=account, password=body.password)
    elif body.activation:
        told["activation_url"] = activation_url(request, mailbox)
    else:
        told["first_password"] = credentials.reset_password(actor=request.actor, account=account)
    return told


def activation_url(request: Asking, mailbox: models.Mailbox) -> str:
    token = credentials.make_link(actor=request.actor, account=actions.require_account(mailbox), purpose="activate")
    return f"{settings.WEB_URL}/activate/{token}"


@router.post("mailboxes/{address}/send-as", response=shapes.Mailbox, summary="Let its owner send under an address")
def grant_send_as(request: Asking, address: str, body: shapes.Right) -> object:
    mailbox = find(request, address)
    actions.grant_send_as(actor=request.actor, mailbox=mailbox, address=body.address)
    return whole(mailbox)


@router.delete("mailboxes/{address}/send-as/{other}", response=shapes.Mailbox, summary="Take that right")
def revoke_send_as(request: Asking, address: str, other: str) -> object:
    mailbox = find(request, address)
    with addressed():
        other = addresses.parse(other)
    limits.remove_send_as(actor=request.actor, mailbox=mailbox, address=other)
    return whole(mailbox)


@router.get("mailboxes/{address}/devices", response=shapes.Devices, summary="List its app passwords")
def list_devices(request: Asking, address: str) -> object:
    devices = queries.list_app_passwords(find(request, address))
    return {
        "items": [
            {"id": d.pk, "device": d.device, "protocols": d.protocols, "created_at": d.created_at} for d in devices
        ]
    }


@router.delete("mailboxes/{address}/devices/{int:number}", response={204: None}, summary="Revoke an app password")
def revoke_device(request: Asking, address: str, number: int) -> None:
    mailbox = find(request, address)
    with addressed():
        actions.revoke_app_password(actor=request.actor, mailbox=mailbox, app_password_id=number)
