"""Pages before one is in: sign-in, one-time link, activation, language; and the ways out."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from hongyan.company.mailboxes.queries import mailbox_of
from hongyan.company.people import credentials
from hongyan.company.people.models import Account
from hongyan.faces.portal.rules import checklist
from hongyan.faces.web import languages, signin
from hongyan.faces.web.pages import SeeOther, page, safe_next, signed_in
from hongyan.faces.web.requests import Request, remote_of
from hongyan.kernel.decision import Decision, Refusal


def home(request: HttpRequest) -> HttpResponse:
    account = cast(Request, request).session.account
    return SeeOther(start_of(account) if account else reverse("signin"))


def start_of(account: Account) -> str:
    """The first page of an account: its mailbox, or the console of those who have none."""
    return reverse("mailbox" if mailbox_of(account) or not account.roles.exists() else "console")


@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    request = cast(Request, request)
    if request.method != "POST":
        if request.session.account:
            return SeeOther(safe_next(request) or start_of(request.session.account))
        values = {"ended": _why_ended(request), "everywhere": request.GET.get("said") == "everywhere"}
        return page(request, "portal/signin.html", values | {"next": safe_next(request)})
    login = request.POST.get("login", "")
    try:
        found = signin.check(request, login, request.POST.get("password", ""))
    except Refusal as refusal:
        tried = {"refusal": refusal.decision, "login": login, "next": safe_next(request)}
        return page(request, "portal/signin.html", tried, status=422)
    target = safe_next(request) or start_of(found.account)
    return _enter(request, found.account, target, proved=bool(found.change))


def _enter(request: Request, account: Account, target: str, *, proved: bool = False) -> HttpResponse:
    signin.enter(request, account, proved=proved)
    response = SeeOther(target)
    signin.remember(response, account)
    return response


def _why_ended(request: Request) -> Decision | None:
    """Why somebody finds himself here who had been signed in."""
    if request.GET.get("said") != "ended":
        return None
    last = signin.remembered(request)
    return (last and signin.reason_for_end(last)) or Decision("session.ended")


def link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link. Only the button spends it: mail scanners and previews follow links, they do not press buttons."""
    request = cast(Request, request)
    try:
        if request.method != "POST":
            return page(request, "portal/link.html", {"owner": credentials.find_link(token, "signin").account})
        account = credentials.use_signin_link(token, remote_of(request))
    except Refusal as refusal:
        return page(request, "portal/link.html", {"refusal": refusal.decision}, status=410)
    return _enter(request, account, start_of(account))


@sensitive_post_parameters("password", "again")
def activate(request: HttpRequest, token: str) -> HttpResponse:
    """The new owner's own first password (clause G3.1.1)."""
    request = cast(Request, request)
    try:
        owner = credentials.find_link(token, "activate").account
    except Refusal as refusal:
        return page(request, "portal/activate.html", {"refusal": refusal.decision}, status=410)
    values = {"owner": owner, "rules": checklist(owner), "check_url": reverse("activate-check", args=[token])}
    if request.method != "POST":
        return page(request, "portal/activate.html", values)
    password = request.POST.get("password", "")
    if password != request.POST.get("again", ""):
        return page(request, "portal/activate.html", values | {"differs": True}, status=422)
    try:
        account = credentials.activate(token=token, password=password, remote=remote_of(request))
    except Refusal as refusal:
        rules = checklist(owner, refusal.reasons)
        return page(request, "portal/activate.html", values | {"refusal": refusal.decision, "rules": rules}, status=422)
    return _enter(request, account, start_of(account) + "?said=activated")


@require_POST
@sensitive_post_parameters("password")
def activate_check(request: HttpRequest, token: str) -> HttpResponse:
    try:
        return check_answer(request, credentials.find_link(token, "activate").account)
    except Refusal:
        return JsonResponse({"rows": []}, status=410)


def check_answer(request: HttpRequest, account: Account) -> JsonResponse:
    """The checklist for a password that is being typed."""
    password = request.POST.get("password", "")
    rows = checklist(account, credentials.check_new_password(account, password) if password else None)
    return JsonResponse({"rows": [{"key": row.key, "state": row.state, "why": row.why} for row in rows]})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    cast(Request, request).session.flush()
    response = SeeOther(reverse("signin"))
    signin.forget(response)
    return response


@require_POST
@signed_in
def sign_out_everywhere(request: Request) -> HttpResponse:
    """Ends every session, this one and those of mail programs too (clause B4.7)."""
    credentials.end_sessions(actor=request.actor, account=request.account)
    request.session.flush()
    response = SeeOther(reverse("signin") + "?said=everywhere")
    signin.forget(response)
    return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    request = cast(Request, request)
    locale = request.POST.get("locale", "")
    response = SeeOther(safe_next(request) or reverse("home"))
    if locale in languages.LOCALES:
        if request.session.account:
            credentials.set_locale(actor=request.actor, account=request.session.account, locale=locale)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, locale, max_age=365 * 86400, secure=True, httponly=True, samesite="Lax"
        )
    return response
