"""Where a company asks for it, only who has a permit writes to others' addresses (clause P13).

Decided here:
- outside is every address whose domain is not the writer's own company's, other companies of this machine among them;
- the permit is the login's, or that of each mailbox in From: who writes as `sales@` writes outside if `sales@` may;
- one outside recipient refuses the whole message: its writer is told which, and nothing is half sent;
- mail that a rule sends by itself is `forward.py`'s.
"""

from __future__ import annotations

from hongyan.engines.gate.addressfield import Malformed, addresses
from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules.base import View
from hongyan.kernel.decision import Decision

_NAMED = 3  #: how many addresses a refusal names


def check(message: Message, view: View) -> Decision | None:
    record = view.tables.record(message.login) if message.login else None
    if record is None or record.outside:
        return None
    company = view.tables.company(record.company)
    if company is None or not company.asks_outside:
        return None
    out = [address for address in message.recipients if view.tables.is_outside(address, record.company)]
    if not out or _authors_may(message, view):
        return None
    return Decision("outside.not_permitted", {"addresses": list(dict.fromkeys(out))[:_NAMED]}, "P13")


def _authors_may(message: Message, view: View) -> bool:
    """Whether every author has the permit. That the login may write as them is sender_owns_address's to see."""
    try:
        authors = addresses(message.headers.get("from", [""])[0])
    except Malformed:
        return False
    places = [view.tables.resolve(author) for author in authors]
    return bool(places) and all(place is not None and place.record.outside for place in places)
