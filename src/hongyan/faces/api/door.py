"""The way into the API, before sessions, cookies and forms have a say.

Owns: which requests are the API's. Never: imports the API itself before the first of them, so that an instance that
nobody's program talks to does not pay for it in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final, cast

from django.http import HttpRequest, HttpResponse

ROOT: Final = "/api/"
Handler = Callable[[HttpRequest], HttpResponse]


class ApiMiddleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ROOT):
            return self.get_response(request)
        handle = cast(Handler, import_module("hongyan.faces.api.service").handle)
        return handle(request)
