"""'My mailbox': usage, how to connect, devices, web sessions, recent sign-ins."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from hongyan.company.mailboxes import actions, queries
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.notices.actions import set_digest
from hongyan.company.notices.waiting import hours_of, wants_digest
from hongyan.company.people import credentials
from hongyan.company.reading.queries import unread_by
from hongyan.evidence.audit.queries import list_signins
from hongyan.faces.portal import clients, keeping
from hongyan.faces.portal.usage import usage_of
from hongyan.faces.web.pages import SeeOther, page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.faces.web.sessions import list_sessions, row_key
from hongyan.kernel.decision import Refusal

SHOWN_SIGNINS = 20


@signed_in
def show(request: Request) -> HttpResponse:
    mailbox = queries.mailbox_of(request.account)
    if mailbox is None:
        return page(request, "portal/none.html")
    return page(request, "portal/mailbox.html", _values(request, mailbox))


def _values(request: Request, mailbox: Mailbox) -> dict[str, Any]:
    account = request.account
    return {
        "usage": usage_of(mailbox),
        "policy": unread_by(account),
        "keeps": keeping.keeps_anything(account.person),
        "view": queries.view(mailbox),
        "servers": clients.servers(),
        "devices": queries.list_app_passwords(mailbox),
        "protocols": actions.PROTOCOLS,
        "sessions": list_sessions(account),
        "this_session": row_key(request.session.session_key or ""),
        "digest": wants_digest(mailbox),
        "digest_at": hours_of(mailbox.company).digest_at,
        "signins": list_signins(credentials.chain_of(account), account.login, SHOWN_SIGNINS),
    }


def own_mailbox(request: Request) -> Mailbox:
    mailbox = queries.mailbox_of(request.account)
    if mailbox is None:
        raise Http404
    return mailbox


@require_POST
@signed_in
def add_device(request: Request) -> HttpResponse:
    """The password is in this one answer and nowhere else (clause P10)."""
    mailbox, name = own_mailbox(request), request.POST.get("device", "")
    protocols = request.POST.getlist("protocols")
    try:
        device, password = actions.add_app_password(
            actor=request.actor, mailbox=mailbox, device=name, protocols=protocols
        )
    except Refusal as refusal:
        tried = {"refusal": refusal.decision, "device_name": name, "chosen": protocols}
        return page(request, "portal/mailbox.html", _values(request, mailbox) | tried, status=422)
    return page(request, "portal/device.html", {"device": device, "password": password, "servers": clients.servers()})


@require_POST
@signed_in
def revoke_device(request: Request, device_id: int) -> HttpResponse:
    try:
        actions.revoke_app_password(actor=request.actor, mailbox=own_mailbox(request), app_password_id=device_id)
    except Refusal:
        raise Http404 from None
    return SeeOther(reverse("mailbox") + "?said=revoked#devices")


@require_POST
@signed_in
def choose_notices(request: Request) -> HttpResponse:
    """One mail a day instead of each notice."""
    set_digest(actor=request.actor, mailbox=own_mailbox(request), wanted="digest" in request.POST)
    return SeeOther(reverse("mailbox") + "?said=notices#notices")


@require_POST
@signed_in
def end_session(request: Request, key: str) -> HttpResponse:
    """One web session of one's own; another account's is as unknown as none."""
    if not credentials.end_sessions(actor=request.actor, account=request.account, only=key):
        raise Http404
    return SeeOther(reverse("mailbox") + "?said=session#sessions")


@require_POST
@signed_in
def report_misuse(request: Request) -> HttpResponse:
    """ "This was not me" (clauses P9, P10): everything else is signed out, and this session sets a new password."""
    this = row_key(request.session.session_key or "")
    credentials.report_misuse(actor=request.actor, account=request.account, keep=this)
    return SeeOther(reverse("password-change") + "?said=misuse")
