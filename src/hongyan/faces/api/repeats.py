"""Writes that are sent twice with the same Idempotency-Key are done once.

Always: what was done and the answer to it are kept in one transaction, so that a crash leaves both or neither; while one
is worked on, its like is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.http import HttpResponse

from hongyan.company.access import answers
from hongyan.company.access.answers import MAX_KEY, Kept
from hongyan.faces.api.asking import Asking
from hongyan.kernel.decision import Refusal

_lock = threading.Lock()
_working: set[tuple[int, str]] = set()
_HEADERS = ("Location", "Content-Type", "Link")
#: Answers about the asker, not about what was asked.
_PASSING = frozenset((401, 403, 405, 429))


class _Raced(Exception):
    """Another process kept an answer to this key first."""


def once(request: Asking, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Do it, unless a request with this key was answered: then that answer again."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return do()
    if not 0 < len(key) <= MAX_KEY or not all(33 <= ord(c) <= 126 for c in key):
        raise Refusal("api.idempotency_key", limit=MAX_KEY)
    request_print = answers.fingerprint(str(request.method), request.get_full_path(), request.body)
    with _alone(request.token.pk, key):
        kept = answers.find(request.token, key, request_print, request.secret)
        if kept is not None:
            return _again(kept)
        try:
            return _do_and_keep(request, key, request_print, do)
        except _Raced:
            kept = answers.find(request.token, key, request_print, request.secret)
            if kept is None:
                raise Refusal("api.idempotency_busy") from None
            return _again(kept)


def _do_and_keep(request: Asking, key: str, request_print: str, do: Callable[[], HttpResponse]) -> HttpResponse:
    with transaction.atomic():
        answer = do()
        if answer.status_code in _PASSING or answer.status_code >= 500:
            return answer
        headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
        try:
            answers.keep(
                request.token, key, request_print, request.secret, Kept(answer.status_code, headers, answer.content)
            )
        except IntegrityError:
            raise _Raced from None
    return answer


@contextmanager
def _alone(token: int, key: str) -> Iterator[None]:
    mark = (token, key)
    with _lock:
        if mark in _working:
            raise Refusal("api.idempotency_busy")
        _working.add(mark)
    try:
        yield
    finally:
        with _lock:
            _working.discard(mark)


def _again(kept: Kept) -> HttpResponse:
    answer = HttpResponse(kept.body, status=kept.status)
    for name, value in kept.headers.items():
        answer.headers[name] = value
    answer.headers["Idempotency-Replayed"] = "true"
    return answer
