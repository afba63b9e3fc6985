"""No message larger than the company takes (clause C3): the sender's company, and that of each recipient.

A mailbox may have a size of its own (a permit): what it sends and what it gets may then be that large. Inside one company
the sender's size is enough. The declared size (RFC 1870) counts as much as what arrived: the larger one is judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules.base import View
from hongyan.engines.gate.tables import Record
from hongyan.kernel.decision import Decision


def check(message: Message, view: View) -> Decision | None:
    size = max(message.size, message.declared_size)
    limit = min((limit for limit in _limits(message, view) if limit), default=0)
    if not limit or size <= limit:
        return None
    return Decision("size.exceeded", {"size": size, "limit": limit}, "C3")


def _limits(message: Message, view: View) -> Iterator[int]:
    writer = view.tables.record(message.login) if message.login else None
    if writer is not None:
        yield _limit(writer, view)
    seen: set[tuple[str, int]] = set()
    for address in message.recipients:
        place = view.tables.resolve(address)
        if place is None or (writer is not None and place.record.company == writer.company):
            continue
        of = (place.record.company, _own(place.record))
        if of not in seen:
            seen.add(of)
            yield _limit(place.record, view)


def _own(record: Record) -> int:
    return record.max_bytes if record.kind == "mailbox" else 0


def _limit(record: Record, view: View) -> int:
    company = view.tables.company(record.company)
    return max(_own(record), company.max_bytes if company is not None else 0)
