"""The way into SCIM, before sessions, cookies and forms have a say; loaded with the first request that asks for it."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from django.http import HttpRequest, HttpResponse

from hongyan.faces.api.door import Handler

ROOT: Final = "/scim/"


class ScimMiddleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ROOT):
            return self.get_response(request)
        handle = cast(Handler, import_module("hongyan.faces.scim.service").handle)
        return handle(request)
