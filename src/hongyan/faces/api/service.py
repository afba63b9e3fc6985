"""A request of the API from its first byte to its answer: who asks, how often, what for.

Owns: the order of the checks. Never: looks at cookies or sessions; a browser's session opens nothing here.
Always: whatever happens, the answer is JSON: what was asked for, or a problem.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Final, cast

from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import Resolver404, ResolverMatch, URLResolver
from django.urls.resolvers import RegexPattern

from hongyan.company.access.actions import note_use
from hongyan.company.access.queries import authenticate
from hongyan.faces.api import document, repeats
from hongyan.faces.api.application import api
from hongyan.faces.api.asking import Asking
from hongyan.faces.api.limits import Buckets, Taken
from hongyan.faces.api.problems import Absent, problem, refused
from hongyan.faces.web import languages
from hongyan.faces.web.requests import remote_of
from hongyan.kernel.decision import Decision, Refusal

log = logging.getLogger(__name__)
DOCUMENT: Final = "/api/v1/openapi.json"
WRITES: Final = frozenset(("POST", "PUT", "PATCH", "DELETE"))
MOST_WRONG: Final = 60  #: refused tokens a minute from one address
buckets = Buckets()


@cache
def _routes() -> URLResolver:
    return URLResolver(RegexPattern(r"^/api/v1/"), api.urls[0])


def handle(request: HttpRequest) -> HttpResponse:
    asking = cast(Asking, request)
    asking.locale = languages.of_browser(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    head = request.method == "HEAD"
    if head:
        request.method = "GET"
    answer = _guarded(asking)
    answer.headers["Content-Language"] = asking.locale
    answer.headers["Vary"] = "Accept-Language, Authorization"
    if head:
        answer.headers["Content-Length"] = str(len(answer.content))
        answer.content = b""
    return answer


def _guarded(request: Asking) -> HttpResponse:
    try:
        return _answer(request)
    except Refusal as refusal:
        return refused(refusal, request.locale)
    except Absent as absent:
        return refused(absent.refusal, request.locale, status=404)
    except DisallowedHost:
        return problem(Decision("api.host"), request.locale)
    except RequestDataTooBig:
        return problem(Decision("api.too_large", {"limit": document.MOST_BYTES}), request.locale)
    except (OperationalError, InterfaceError):
        log.exception("database")
        return problem(Decision("api.away"), request.locale)
    except (DatabaseError, Exception):
        log.exception("%s %s", request.method, request.path)
        return problem(Decision("api.internal"), request.locale)


def _answer(request: Asking) -> HttpResponse:
    request.get_host()
    if request.path == DOCUMENT and request.method == "GET":
        return _document(request)
    match = _match(request)
    taken = _admit(request)
    if not taken.allowed:
        answer = problem(
            Decision("api.rate", {"limit": request.token.per_minute, "seconds": taken.wait}), request.locale
        )
    elif request.method in WRITES:
        _check_body(request)
        answer = repeats.once(request, lambda: _call(request, match))
    else:
        answer = _call(request, match)
    answer.headers["RateLimit-Policy"] = f'"token";q={request.token.per_minute};w=60'
    answer.headers["RateLimit"] = f'"token";r={taken.left};t={taken.wait}'
    return answer


def _document(request: Asking) -> HttpResponse:
    text, tag = document.rendered()
    if request.headers.get("If-None-Match") == tag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(text, content_type="application/json")
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _match(request: Asking) -> ResolverMatch:
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        raise Refusal("api.nul")
    try:
        return _routes().resolve(request.path)
    except Resolver404:
        raise Absent(Refusal("api.path_unknown")) from None


def _admit(request: Asking) -> Taken:
    """Who asks. An address that tries many tokens waits before it may try another."""
    remote = remote_of(request)
    if not buckets.take(f"wrong {remote}", MOST_WRONG, spend=False).allowed:
        raise Refusal("api.rate", limit=MOST_WRONG, seconds=1)
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Refusal("token.missing")
    try:
        request.token, request.actor = authenticate(secret.strip(), remote=remote, locale=request.locale)
    except Refusal:
        buckets.take(f"wrong {remote}", MOST_WRONG)
        raise
    request.secret = secret.strip()
    taken = buckets.take(f"token {request.token.pk}", request.token.per_minute)
    if taken.allowed:
        note_use(request.token)
    return taken


def _check_body(request: Asking) -> None:
    body = request.body
    if body and request.content_type != "application/json":
        raise Refusal("api.media_type")
    if b"\\u0000" in body:
        raise Refusal("api.nul")  # PostgreSQL has no such text


def _call(request: Asking, match: ResolverMatch) -> HttpResponse:
    answer = cast(HttpResponse, match.func(request, *match.args, **match.kwargs))
    if answer.status_code == 405:
        allowed = sorted(name.strip() for name in answer.headers.get("Allow", "").split(","))
        return problem(Decision("api.method", {"method": request.method, "allowed": allowed}), request.locale)
    return answer
