"""What happens around every page: headers, language, account.

Owns: the security headers, the choice of language, the account and actor of a request, the end of sessions that a
company has ended.
Never: answers with data; the furthest it goes is to send somebody to the sign-in page or to the password change.
Always: an account that may not sign in any more is signed out by its next request, with the reason; whoever must
change the password reaches nothing else (clauses G3.1.1, B4.13).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation

from hongyan.company.mailboxes.queries import require_access
from hongyan.company.people.credentials import change_due
from hongyan.company.people.models import Account
from hongyan.company.people.queries import actor_of
from hongyan.faces.web import errors, languages, signin
from hongyan.faces.web.requests import Request, remote_of
from hongyan.kernel.decision import Refusal

Handler = Callable[[HttpRequest], HttpResponse]

CONTENT_POLICY: Final = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
))  # fmt: skip
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
}
#: Reachable while the password waits to be changed.
FREE_NAMES: Final = frozenset(("password-change", "password-check", "signout", "signout-everywhere", "language"))


class PolicyMiddleware:
    """Outermost: what the browser may do with a page, whatever made it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        # Every page is made for one reader, so no page is kept by anybody.
        response.headers.setdefault("Cache-Control", "no-store")
        if settings.STRICT_TRANSPORT:  # RFC 6797
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


class LocaleMiddleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request = cast(Request, request)
        cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        account = request.session.account
        if account is not None:
            request.locale = account.locale
        elif cookie in languages.LOCALES:
            request.locale = cookie
        else:
            request.locale = languages.of_browser(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        with translation.override(languages.django_code(request.locale)):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", request.locale)
        return response


class AccountMiddleware:
    """Who asks. Runs for each page after its address is known, so that the pages of the sign-in itself stay open."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        request = cast(Request, request)
        if _holds_nul(request):
            raise SuspiciousOperation("NUL in a request")  # PostgreSQL has no such text, nobody types it
        account = request.session.account
        if account is None:
            return None
        try:
            require_access(account)
        except Refusal as refusal:
            return _sign_out(request, account, refusal)
        request.account, request.actor = account, actor_of(account, remote_of(request))
        request.session.touch()
        name = request.resolver_match.url_name if request.resolver_match else ""
        if change_due(account) and name not in FREE_NAMES:
            return HttpResponseRedirect(reverse("password-change"))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return errors.refused(request, exception) if isinstance(exception, Refusal) else None


def _holds_nul(request: HttpRequest) -> bool:
    texts = (text for form in (request.GET, request.POST) for _, texts in form.lists() for text in texts)
    return "\0" in request.path or any("\0" in text for text in texts)


def _sign_out(request: Request, account: Account, refusal: Refusal) -> HttpResponse:
    request.session.flush()
    response = HttpResponseRedirect(reverse("signin"))
    signin.remember(response, account)
    return response
