"""The gate's judgement: evaluate, say, write down.

Owns: what happens at the end of a message, the journal `gate.jsonl`, the counts of recipients.
Never: touches a socket.
Always: an exception or an unreadable release defers the message (451) and is recorded; a refusal is in the journal
before Postfix hears it; what was accepted with a login is counted and written within `FLUSH_SECONDS`.
A `mail.sent` says that the gate let it pass; the spam and virus check that comes after may still refuse it.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hongyan.engines.gate import answers, reply, rules, shared, wire
from hongyan.engines.gate.limits import HOUR, Limits
from hongyan.engines.gate.message import Message
from hongyan.engines.gate.tables import Tables
from hongyan.kernel import journal
from hongyan.kernel.cdb import CdbUnavailable
from hongyan.kernel.decision import Decision
from hongyan.kernel.journal import Journal

FLUSH_SECONDS: Final = 0.2
_NAMED: Final = 5  #: recipients that an event names
_COMPLAIN_SECONDS: Final = 10.0


class Gate:
    def __init__(self, tables: Path, events: Path, *, later: Callable[[], None]) -> None:
        """`later` asks for `flush` within FLUSH_SECONDS."""
        self._tables, self._limits, self._journal, self._later = Tables(tables), Limits(), Journal(events), later
        self._complained: dict[str, float] = {}
        wall = time.time()
        since = wall - HOUR - FLUSH_SECONDS
        self._limits.rebuild(journal.read(events, since=since), wall, time.monotonic())

    def judge(self, message: Message) -> bytes:
        """The milter's answer to the end of this message."""
        try:
            view = rules.View(self._tables, self._limits, time.monotonic(), time.time())
            decision = rules.evaluate(message, view)
            if decision is None:
                added = shared.additions(message, view)
                self._accepted(message, view, added.mailboxes)
                signed = b"".join(map(wire.add_recipient, answers.additions(message, view)))
                return _changes(added) + signed + wire.CONTINUE
            line = reply.refusal(decision, message, self._tables)
            self._refused(decision, message)
            return wire.reply(line)
        except CdbUnavailable as error:
            return self._deferred("gate.unready", message, str(error))
        except Exception as error:
            traceback.print_exc()
            return self._deferred("gate.failed", message, repr(error))

    def flush(self) -> None:
        try:
            self._journal.flush()
        except OSError as error:
            self._complain("journal", f"gate: the journal cannot be written: {error}")
            self._later()

    def close(self) -> None:
        self._journal.close()

    def _accepted(self, message: Message, view: rules.View, mailboxes: tuple[str, ...]) -> None:
        if not message.login:
            return
        count = len(message.recipients)
        self._limits.add(message.login, count, view.now)
        self._journal.add(
            "mail.sent", company=self._company(message.login), address=message.login, recipients=count,
            size=message.size, queue_id=message.queue_id, sender=message.sender, client=message.client,
            listener=message.listener, **({"shared": mailboxes} if mailboxes else {}),
        )  # fmt: skip
        self._later()

    def _refused(self, decision: Decision, message: Message) -> None:
        owner = message.login or (message.sender if message.inside else "") or next(iter(message.recipients), "")
        self._record("mail.refused", owner, message, code=decision.code, clause=decision.clause, why=decision.params)
        self.flush()

    def _deferred(self, code: str, message: Message, error: str) -> bytes:
        if self._complain(code, f"gate: {code}: {error}"):
            self._record("mail.deferred", message.login, message, code=code, error=error)
            self.flush()
        return wire.reply(reply.deferral(code))

    def _record(self, kind: str, address: str, message: Message, **params: Any) -> None:
        try:
            company = self._company(address)
        except CdbUnavailable:
            company = ""
        self._journal.add(
            kind, company=company, address=address, **params, sender=message.sender,
            recipients=len(message.recipients), first=message.recipients[:_NAMED], queue_id=message.queue_id,
            client=message.client, listener=message.listener,
        )  # fmt: skip

    def _company(self, address: str) -> str:
        place = self._tables.locate(address) if address else None
        return place.record.company if place else ""

    def _complain(self, what: str, sentence: str) -> bool:
        """At most one of a kind each ten seconds: a broken release defers every message."""
        now = time.monotonic()
        if now - self._complained.get(what, -_COMPLAIN_SECONDS) < _COMPLAIN_SECONDS:
            return False
        self._complained[what] = now
        print(sentence, file=sys.stderr, flush=True)
        return True


def _changes(added: shared.Additions) -> bytes:
    sender = [wire.add_header("Sender", f"<{added.sender}>")] if added.sender else []
    return b"".join([*sender, *(wire.add_recipient(copy) for copy in added.copies)])
