"""The guard's answers: what an attempt is told, what a report does, which events come of it.

Owns: the meeting of policy, store, release and journal.
Never: touches a socket.
Always: an unreadable release costs the words' language and the states (the engine's deny table holds those too), never
the counting; a failing disk costs the memory across a restart, never the lock.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, Final

from hongyan.engines.gate.tables import Record, Tables
from hongyan.engines.guard.attempt import Attempt
from hongyan.engines.guard.policy import Answer, Policy, Settings
from hongyan.engines.guard.store import Store, Told
from hongyan.engines.guard.tally import Tally
from hongyan.kernel.cdb import CdbUnavailable
from hongyan.kernel.decision import Decision
from hongyan.kernel.journal import Journal
from hongyan.kernel.wording import say

WEB: Final = "web"  #: the protocol's name of the web sign-in
_LOCK_CLAUSES: Final = "B4.10"
_STATES: Final = {
    "first": Decision("signin.first", clause="G3.1.1"),
    "activation": Decision("signin.activation", clause="G3.1.1"),
    "suspended": Decision("signin.suspended", clause="G5.1"),
}


class Guard:
    def __init__(self, *, tables: Path, events: Path, told: Path, settings: Settings | None = None) -> None:
        self._tables, self._journal, self._store = Tables(tables), Journal(events), Store(told)
        self._policy = Policy(settings)
        self._tally = Tally(self._sign_in_event)
        now = time.time()
        for old in self._store.load(now - self._policy.settings.memory):
            self._replay(old, now)

    # -- the questions -----------------------------------------------------------------------------
    def allow(self, attempt: Attempt) -> dict[str, Any]:
        """Dovecot's answer: status 0 goes on, N waits N seconds, -1 is refused with `msg`."""
        if attempt.master:  # the webmail signs in for somebody who has signed in at the web
            return {"status": 0, "msg": ""}
        refused = self._state(attempt)
        if refused is not None:
            return self._refusal(refused, attempt)
        answer = self._policy.ask(attempt.login, attempt.network, time.time())
        decision = _decision(answer, attempt)
        return self._refusal(decision, attempt) if decision else {"status": answer.wait, "msg": ""}

    def report(self, attempt: Attempt) -> dict[str, Any]:
        """What came of an attempt."""
        now = time.time()
        if attempt.success:
            if not attempt.master:
                if self._policy.succeeded(attempt.login):
                    self._remember(Told("succeeded", now, attempt.login))
                self._tally.add("signin.ok", attempt, time.monotonic())
        elif attempt.policy_reject:
            pass  # refused by us: neither a guess nor an event
        elif not attempt.guess or self._inactive(attempt):
            self._policy.let_go(attempt.login)
            if attempt.protocol == WEB:
                self._tally.add("signin.failed", attempt, time.monotonic())
        elif attempt.master:
            self._tally.add("signin.failed", attempt, time.monotonic())
        else:
            self._failed(attempt, now)
        self.flush()
        return {"status": 0, "msg": ""}

    def unlock(self, login: str, network: str) -> dict[str, Any]:
        """Clear the lock and the count of an account or a network."""
        self._policy.unlock(login, network)
        self._remember(Told("unlocked", time.time(), login, network))
        return {"ok": True}

    def state(self, login: str) -> dict[str, Any]:
        failures, until = self._policy.state(login, time.time())
        return {"login": login, "failures": failures, "locked_until": int(until) or None}

    def flush(self) -> None:
        self._tally.sweep(time.monotonic())
        try:
            self._journal.flush()
        except OSError as error:
            print(f"guard: the journal cannot be written: {error}", file=sys.stderr, flush=True)

    def close(self) -> None:
        self._tally.close()
        self.flush()
        self._store.close()

    # -- failures and locks ------------------------------------------------------------------------
    def _failed(self, attempt: Attempt, now: float) -> None:
        outcome = self._policy.failed(attempt.login, attempt.network, attempt.pwhash, now)
        self._remember(Told("failed", now, attempt.login, attempt.network, attempt.pwhash))
        self._tally.add("signin.failed", attempt, time.monotonic())
        if outcome.account_locked:
            self._lock_event(attempt, outcome.account_locked, address=_shown(attempt.login), failures=outcome.failures)
        if outcome.network_locked:
            self._lock_event(attempt, outcome.network_locked, address="")

    def _remember(self, told: Told) -> None:
        try:
            self._store.add(told, told.at - self._policy.settings.memory)
        except OSError as error:
            print(f"guard: the state cannot be written: {error}", file=sys.stderr, flush=True)

    def _replay(self, told: Told, now: float) -> None:
        at = min(told.at, now)
        match told.kind:
            case "failed":
                self._policy.failed(told.login, told.network, told.pwhash, at)
            case "succeeded":
                self._policy.succeeded(told.login)
            case "unlocked":
                self._policy.unlock(told.login, told.network)

    # -- the release -------------------------------------------------------------------------------
    def _record(self, key: str) -> Record | None:
        try:
            return self._tables.record(key)
        except CdbUnavailable:
            return None

    def _state(self, attempt: Attempt) -> Decision | None:
        """The sentence for a mailbox that only the web may sign in to, or nobody."""
        record = self._record(attempt.login) if attempt.protocol != WEB else None
        return _STATES.get(record.state) if record else None

    def _inactive(self, attempt: Attempt) -> bool:
        """Dovecot refuses these without looking at the password."""
        return self._state(attempt) is not None

    def _refusal(self, decision: Decision, attempt: Attempt) -> dict[str, Any]:
        instance = self._record("instance")
        said = say(decision, self._locale(attempt.login), web=instance.web if instance else "")
        answer: dict[str, Any] = {"status": -1, "msg": said}
        if attempt.protocol == WEB:
            answer |= {"code": decision.code, "params": decision.params, "clause": decision.clause}
        return answer

    def _locale(self, login: str) -> str:
        """The account's; for a name that is no account the one most accounts of its domain will have."""
        record = self._record(login)
        if record is not None and record.kind == "mailbox":
            return record.locale
        domain = self._record("@" + login.rpartition("@")[2])
        company = self._record(f"company/{domain.company}") if domain else None
        return company.locale if company else "en"

    # -- events ------------------------------------------------------------------------------------
    def _sign_in_event(self, kind: str, attempt: Attempt, count: int) -> None:
        details = {
            name: getattr(attempt, name) for name in ("client", "device", "master", "reason") if getattr(attempt, name)
        }
        self._add(kind, attempt, _shown(attempt.login), count=count, **details)

    def _lock_event(self, attempt: Attempt, until: float, *, address: str, **params: Any) -> None:
        self._add("signin.locked", attempt, address, until=int(until), network=attempt.network, **params)

    def _add(self, kind: str, attempt: Attempt, address: str, **params: Any) -> None:
        record = self._record(address) if address else None
        self._journal.add(
            kind, company=record.company if record else "", address=address, protocol=attempt.protocol,
            remote=attempt.remote, **params,
        )  # fmt: skip


def _decision(answer: Answer, attempt: Attempt) -> Decision | None:
    if answer.burst:
        return Decision("signin.burst", {"login": attempt.login}, _LOCK_CLAUSES)
    if not answer.until:
        return None
    params = {"until": int(answer.until) + 60}  # said to the minute: round up
    if answer.network:
        return Decision("signin.network_locked", params | {"network": attempt.network}, _LOCK_CLAUSES)
    return Decision("signin.account_locked", params | {"login": attempt.login}, _LOCK_CLAUSES)


def _shown(login: str) -> str:
    """The login as events may keep it for ever: people type passwords into the wrong field."""
    return login if "@" in login else ""
