"""What every page is given, and the ways in and out of a page.

Owns: the context that all templates share, `page`, `signed_in`, safe addresses to go on to, short notices after an
action.
Always: what a page says about an action that was just done is one of `NOTICES`; the address bar only names it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy as _

from hongyan.company.mailboxes.queries import mailbox_of
from hongyan.company.people.models import Account
from hongyan.faces.requests.waiting import waiting_for
from hongyan.faces.web import languages
from hongyan.faces.web.requests import Request

P = ParamSpec("P")
Page = Callable[Concatenate[Request, P], HttpResponse]

NOTICES = {
    "password": _("Your new password holds from now on, here and in every mail program."),
    "activated": _("Your mailbox is ready."),
    "revoked": _("The device can no longer sign in."),
    "session": _("The session has ended."),
    "misuse": _("It is reported to your mail office, and everybody else is signed out. Now set a new password."),
    "language": _("The language is changed."),
    "notices": _("Notices will come as you chose."),
    "role-granted": _("The role is granted and holds at once."),
    "role-revoked": _("The role is revoked and ends at once."),
    "separated": _("The three offices are separated from now on."),
    "joined": _("The three offices are no longer separated."),
}


class SeeOther(HttpResponseRedirect):
    """After a POST: go on with GET (RFC 9110 15.4.4)."""

    status_code = 303


def context(request: HttpRequest) -> dict[str, Any]:
    asking = cast(Request, request)
    account = getattr(asking, "account", None)
    actor = getattr(asking, "actor", None)
    grants = actor.grants if actor else ()
    return {
        "account": account,
        "mailbox": mailbox_of(account) if account else None,
        "shown_name": shown_name(account) if account else "",
        "languages": languages.OWN_NAMES,
        "path": request.get_full_path(),
        "sees_console": any(grant.permits("health.read") for grant in grants),
        "heads": any(grant.role == "head" for grant in grants),
        "sees_audit": any(grant.permits("audit.read") for grant in grants),
        "notice": NOTICES.get(request.GET.get("said", "")),
        "asks": account is not None and account.person_id is not None,
        "waits": lambda: waiting_for(account),  # asked where it is shown
        "locked_in": bool(getattr(asking, "locked_in", False)),
    }


def shown_name(account: Account) -> str:
    """What people call the owner of an account."""
    mailbox = mailbox_of(account)
    named = (account.person.name if account.person else "") or (mailbox.display_name if mailbox else "")
    return named or (account.login if account.company_id else gettext("Operator"))


def page(request: HttpRequest, template: str, values: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    return render(request, template, values, status=status)


def signed_in(view: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """The page is for accounts; others sign in first and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        asking = cast(Request, request)
        if asking.session.account is None:
            return to_signin(request)
        return view(asking, *args, **kwargs)

    return guarded


def to_signin(request: HttpRequest) -> HttpResponse:
    query = {}
    if request.method == "GET" and request.path != "/":
        query["next"] = request.get_full_path()
    if request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        query["said"] = "ended"
    return SeeOther(reverse("signin") + ("?" + urlencode(query) if query else ""))


def safe_next(request: HttpRequest) -> str:
    """Where to go on to, on this site only; nothing otherwise."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts=None) else ""
