"""Attempts to sign in at the web, as the guard sees them.

Owns: the calls to the guard around a password check, and what holds while the guard is away.
Always: no attempt fails because the guard does not answer; then wrong passwords wait a little, longer each time, and
are written to the audit here, because nobody else does.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.db import transaction

from hongyan.company.people.credentials import chain_of
from hongyan.company.people.models import Account
from hongyan.engines.guard.client import GuardClient
from hongyan.kernel import ledger
from hongyan.kernel.decision import Refusal

STEP, LONGEST_WAIT = 0.1, 2.0
MOST_WAITING = 3
FORGET_AFTER = 900.0
KEPT = 2000


@dataclass(frozen=True, slots=True)
class Attempt:
    login: str
    remote: str
    agent: str
    password: str = field(repr=False)


class Slowdown:
    """Wrong passwords per account and per address, in this process alone; bounded in size and time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_for(self, attempt: Attempt) -> float:
        now = time.monotonic()
        with self._lock:
            counts = [self._wrong.get(key, (0, now)) for key in self._keys(attempt)]
        worst = max((count for count, at in counts if at + FORGET_AFTER >= now), default=0)
        return min(LONGEST_WAIT, STEP * 2 ** (min(worst, 10) - 1)) if worst else 0.0

    def wrong(self, attempt: Attempt) -> None:
        now = time.monotonic()
        with self._lock:
            for key in self._keys(attempt):
                self._wrong[key] = (self._wrong.pop(key, (0, now))[0] + 1, now)
            while len(self._wrong) > KEPT:
                self._wrong.popitem(last=False)

    def right(self, attempt: Attempt) -> None:
        with self._lock:
            self._wrong.pop(attempt.login, None)

    @staticmethod
    def _keys(attempt: Attempt) -> tuple[str, str]:
        return attempt.login, f"network {attempt.remote}"


_slowdown = Slowdown()
_waiting = threading.BoundedSemaphore(MOST_WAITING)


@cache
def _guard() -> GuardClient | None:
    return GuardClient(settings.INSTANCE) if settings.INSTANCE else None


def admit(attempt: Attempt) -> None:
    """Before the password is looked at. Refuses what the guard refuses; may take its time."""
    guard = _guard()
    verdict = guard.allow(attempt.login, attempt.remote, attempt.password, agent=attempt.agent) if guard else None
    if verdict is None or not verdict.reached:
        return _pause(_slowdown.wait_for(attempt))
    if verdict.refused is not None:
        decision = verdict.refused
        raise Refusal(decision.code, clause=decision.clause, **decision.params)
    _pause(min(float(verdict.wait), LONGEST_WAIT))


def _pause(seconds: float) -> None:
    """Few wait at once: a flood of guesses must not hold every thread that serves pages."""
    if seconds <= 0:
        return
    if not _waiting.acquire(blocking=False):
        raise Refusal("signin.burst", clause="B4.10", login="")
    try:
        time.sleep(seconds)
    finally:
        _waiting.release()


def failed(attempt: Attempt, code: str) -> None:
    """`signin.wrong` is a guess; any other code means that the password was right and something else stood in the way."""
    reason = "" if code == "signin.wrong" else code
    if not reason:
        _slowdown.wrong(attempt)
    if not _told(attempt, success=False, reason=reason):
        _record("signin.failed", attempt, reason=code)


def succeeded(attempt: Attempt) -> None:
    _slowdown.right(attempt)
    if not _told(attempt, success=True, reason=""):
        _record("signin.ok", attempt)


def _told(attempt: Attempt, *, success: bool, reason: str) -> bool:
    guard = _guard()
    return guard is not None and guard.report(
        attempt.login, attempt.remote, attempt.password, success=success, agent=attempt.agent, reason=reason
    )


def _record(kind: str, attempt: Attempt, **params: str) -> None:
    """As the guard's journal would have brought it into the audit."""
    account = Account.objects.select_related("company").filter(login=attempt.login).first()
    login = attempt.login if account or "@" in attempt.login else ""  # people type passwords into the wrong field
    with transaction.atomic():
        ledger.record(
            kind, chain=chain_of(account) if account else ledger.INSTANCE, actor=login or "unknown",
            subject=login or "unknown", protocol="web", remote=attempt.remote, client=attempt.agent, **params,
        )  # fmt: skip
