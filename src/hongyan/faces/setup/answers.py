"""The short answers of this room, and the host that a program asked for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def nothing(status: int) -> HttpResponse:
    """The same for everything that is not there."""
    return HttpResponse(b"", status=status, content_type="text/plain")


def host_asked(request: HttpRequest) -> str:
    """Without port, lower case. Not checked: it is only looked up among the domains."""
    host = str(request.META.get("HTTP_HOST", "")).lower()
    return host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
