"""The way in for programs: a few fixed paths, answered before everything that pages need.

These requests come to names of the domains (autoconfig.DOMAIN, mta-sts.DOMAIN ...) that the pages are not served under,
and carry no session. Whatever else is asked under such a name goes on to Django, which refuses it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from hongyan.faces.setup import autoconfig, autodiscover, challenges, wellknown

Handler = Callable[[HttpRequest], HttpResponse]
#: Outlook writes the path in several ways, so it is compared in lower case.
_PATHS: Final[dict[str, Handler]] = {
    "/mail/config-v1.1.xml": autoconfig.show,
    "/.well-known/autoconfig/mail/config-v1.1.xml": autoconfig.show,
    "/autodiscover/autodiscover.xml": autodiscover.show,
    "/.well-known/mta-sts.txt": wellknown.sts_policy,
}
_JSON: Final = "/autodiscover/autodiscover.json"


def find(path: str) -> Handler | None:
    lower = path.lower()
    if handler := _PATHS.get(lower):
        return handler
    if path.startswith(challenges.PATH):
        return wellknown.challenge
    return autodiscover.decline if lower == _JSON or lower.startswith(_JSON + "/") else None


class SetupMiddleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        handler = find(request.path_info)
        return handler(request) if handler else self.get_response(request)
