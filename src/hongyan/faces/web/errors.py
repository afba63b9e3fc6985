"""Pages for what went wrong: bad request, forbidden, not found, expired form, our own failure.

Always: they need no database, so that they can be shown when it is the database that failed.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from hongyan.faces.web import languages
from hongyan.kernel.decision import Refusal


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal that no page turned into a sentence beside its form. What one may not see is as unknown as nothing."""
    if refusal.code.endswith(".unknown"):
        return _answer(request, "404", 404)
    status = 403 if refusal.code == "permission.missing" else 409
    return _answer(request, "403" if status == 403 else "refused", status, {"refusal": refusal.decision})


def _answer(request: HttpRequest, template: str, status: int, values: dict[str, Any] | None = None) -> HttpResponse:
    """Rendered without the shared context, which may read the account. The language may not be chosen yet."""
    locale = getattr(request, "locale", "") or languages.of_browser(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    with translation.override(languages.django_code(locale)):
        return HttpResponse(render_to_string(f"errors/{template}.html", values), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, "400", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, "403", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, "404", 404)


def failure(request: HttpRequest) -> HttpResponse:
    return _answer(request, "500", 500)


def expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: signed out meanwhile, cookies off, or a request from another site."""
    return _answer(request, "form", 403)
