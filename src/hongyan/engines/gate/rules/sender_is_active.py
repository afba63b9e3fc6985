"""Who signed in must still be allowed to send, also in a session begun before a suspension (clauses G5.1, G3.1.1), or before a stop of
sending alone, which leaves signing in and reading (clause G2.1.6)."""

from __future__ import annotations

from typing import Final

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules.base import View
from hongyan.kernel.decision import Decision

_REFUSED: Final = {
    "suspended": Decision("sender.suspended", clause="G5.1"),
    "first": Decision("sender.first", clause="G3.1.1"),
    "activation": Decision("sender.activation", clause="G3.1.1"),
}


def check(message: Message, view: View) -> Decision | None:
    if not message.login:
        return None
    record = view.tables.record(message.login)
    if record is None or record.kind != "mailbox":
        return Decision("sender.unknown", {"login": message.login}, "G3.2.1")
    if record.state == "active":
        return Decision("sender.stopped", {"login": message.login}, "G2.1.6") if record.no_sending else None
    refused = _REFUSED[record.state]
    return Decision(refused.code, {"login": message.login}, refused.clause)
