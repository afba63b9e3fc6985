"""No message larger than the company takes (clause C3): the sender's company, and that of each recipient.

The declared size (RFC 1870) counts as much as what arrived: the larger one is judged.
"""

from __future__ import annotations

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules.base import View
from hongyan.kernel.decision import Decision


def check(message: Message, view: View) -> Decision | None:
    size = max(message.size, message.declared_size)
    limit = min((limit for limit in _limits(message, view) if limit), default=0)
    if not limit or size <= limit:
        return None
    return Decision("size.exceeded", {"size": size, "limit": limit}, "C3")


def _limits(message: Message, view: View) -> set[int]:
    slugs = set()
    for address in (*((message.login,) if message.login else ()), *message.recipients):
        place = view.tables.locate(address)
        if place is not None:
            slugs.add(place.record.company)
    return {company.max_bytes for slug in slugs if (company := view.tables.company(slug)) is not None}
