"""Changing one's own password: the forced first change, the one that is due, and the free one."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from hongyan.company.people import credentials
from hongyan.faces.portal.entrance import check_answer, start_of
from hongyan.faces.portal.rules import checklist
from hongyan.faces.web import signin
from hongyan.faces.web.pages import SeeOther, page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal


@sensitive_post_parameters("current", "password", "again")
@signed_in
def change(request: Request) -> HttpResponse:
    """Whoever signed in with the password that must go is not asked for it again; a session found open never suffices."""
    account = request.account
    due = credentials.change_due(account)
    asks_current = bool(account.password) and not (due and request.session.get("proved"))
    request.locked_in = bool(due)
    values = {"due": due, "asks_current": asks_current, "rules": checklist(account)}
    if request.method != "POST":
        return page(request, "portal/password.html", values)
    password = request.POST.get("password", "")
    if password != request.POST.get("again", ""):
        return page(request, "portal/password.html", values | {"differs": True}, status=422)
    try:
        if asks_current:
            signin.check(request, account.login, request.POST.get("current", ""))
        credentials.set_password(actor=request.actor, account=account, password=password)
    except Refusal as refusal:
        if refusal.reasons:
            values["rules"] = checklist(account, refusal.reasons)
        return page(request, "portal/password.html", values | {"refusal": refusal.decision}, status=422)
    signin.enter(request, account)
    return SeeOther(start_of(account) + "?said=password")


@require_POST
@sensitive_post_parameters("password")
@signed_in
def check(request: Request) -> HttpResponse:
    return check_answer(request, request.account)
