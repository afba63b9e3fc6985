"""Small public texts: a domain's own MTA-STS policy (RFC 8461 3.3), the answers to ACME's challenges (RFC 8555 8.3)."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from hongyan.company.dns.queries import sts_mode
from hongyan.company.dns.sts import policy_text
from hongyan.faces.setup.answers import host_asked, nothing
from hongyan.faces.setup.challenges import challenge_text
from hongyan.faces.setup.offer import known_domain

PREFIX: Final = "mta-sts."


def sts_policy(request: HttpRequest) -> HttpResponse:
    """GET https://mta-sts.DOMAIN/.well-known/mta-sts.txt"""
    host, instance = host_asked(request), settings.INSTANCE
    domain = known_domain(host.removeprefix(PREFIX)) if host.startswith(PREFIX) else None
    if domain is None or instance is None:
        return nothing(404)
    text = policy_text(sts_mode(domain), instance.hostname)
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "max-age=300"})


def challenge(request: HttpRequest) -> HttpResponse:
    """GET /.well-known/acme-challenge/TOKEN: what the ACME client has laid out, for whichever name is asked."""
    token = request.path_info.rpartition("/")[2]
    text = challenge_text(settings.INSTANCE.acme, token) if settings.INSTANCE else None
    return nothing(404) if text is None else HttpResponse(text, content_type="application/octet-stream")
