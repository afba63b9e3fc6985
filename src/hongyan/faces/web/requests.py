"""What every page knows of a request: who asks, from where, in which language.

Owns: `Request`, the typed form of Django's request after our middleware; the address that a request comes from.
Never: trusts a forwarded address unless the instance says that a proxy on this machine stands in front of it.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from hongyan.company.people.models import Account
from hongyan.faces.web.sessions import SessionStore
from hongyan.kernel.actor import Actor


class Request(HttpRequest):
    """`account` and `actor` are there on every page behind `signed_in` (pages.py)."""

    session: SessionStore
    account: Account
    actor: Actor
    locale: str
    locked_in: bool  #: nothing but the password change is open


def remote_of(request: HttpRequest) -> str:
    """The network address that the request came from."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_PROXY and peer in ("127.0.0.1", "::1"):
        # The nearest proxy wrote the last entry; those before it are whatever the client claimed.
        return request.META.get("HTTP_X_FORWARDED_FOR", peer).rpartition(",")[2].strip() or peer
    return peer


def agent_of(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_USER_AGENT", ""))[:300]
