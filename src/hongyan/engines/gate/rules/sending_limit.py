"""A mailbox writes to at most so many recipients an hour (clauses B4.4, C3). Redirects and notices are not counted.

Stands last, so that only what is accepted is counted.
"""

from __future__ import annotations

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules.base import View
from hongyan.kernel.decision import Decision

_CLAUSE = "B4.4"


def check(message: Message, view: View) -> Decision | None:
    record = view.tables.record(message.login) if message.login else None
    if record is None:
        return None
    limit, count = record.hourly_limit, len(message.recipients)
    if count > limit:
        return Decision("limit.message", {"limit": limit, "count": count}, _CLAUSE)
    used = view.limits.used(message.login, view.now)
    if used + count <= limit:
        return None
    frees_at = view.limits.frees_at(message.login, limit - count, view.now)
    until = int(view.wall + frees_at - view.now) + 60  # said to the minute: round up
    return Decision("limit.reached", {"limit": limit, "used": used, "count": count, "until": until}, _CLAUSE)
