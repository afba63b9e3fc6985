"""Light, dark, or as the system is: the reader's choice, kept in the browser."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.faces.web.pages import SeeOther, safe_next

COOKIE: Final = "hongyan-theme"
#: "auto" is what holds without a choice.
THEMES: Final = {"auto": _("As the system"), "light": _("Light"), "dark": _("Dark")}


def theme_of(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in THEMES else "auto"


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    response = SeeOther(safe_next(request) or reverse("home"))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            COOKIE, theme, max_age=365 * 86400, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    return response
