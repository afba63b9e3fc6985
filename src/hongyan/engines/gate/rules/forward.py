"""A mailbox's own rules pass nothing on to others' addresses without a permit, where the company asks for one (B4.10).

Everything that Dovecot sends for a sieve script comes in at the listener `inside`: redirects and notifications with their
owner as envelope sender, vacation answers and redirected bounces with an empty one (Pigeonhole keeps that). Decided here:
- the owner is the envelope sender; of mail without one, who is named in X-Sieve-Redirected-From, else in From. Every name
  in those fields must be allowed, so that a forged one opens nothing that the owner could not do himself;
- `forward` permits name a target, a domain, or `*`; a named one is enough. Where also writing outside asks for a permit, a
  rule without a target of its own needs that, too: a filter rule is no way around;
- an answer (vacation) is written by its owner: it needs the right to write outside, not a target. The answer that the office
  has set for who has left is the office's, and goes to everybody;
- Dovecot keeps what it could not pass on in the owner's inbox.
Aliases and groups have members of their company alone (company/mailboxes/routing.py).
"""

from __future__ import annotations

from hongyan.engines.gate.addressfield import Malformed, addresses
from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules.base import View
from hongyan.engines.gate.tables import Record, canonical
from hongyan.kernel.decision import Decision

_CLAUSE = "B4.10"
_REDIRECTED = "x-sieve-redirected-from"


def check(message: Message, view: View) -> Decision | None:
    if not message.inside:
        return None
    names, passed_on = _names(message)
    for name in names:
        place = view.tables.resolve(name)
        if place is None or place.record.kind != "mailbox":
            continue  # our own notices; an author from outside in a redirected bounce
        if refused := _refused(place.address, place.record, message, view, passed_on=passed_on):
            return refused
    return None


def _names(message: Message) -> tuple[list[str], bool]:
    """In whose name it goes out, and whether it is somebody's message that is passed on."""
    if message.sender:
        return [message.sender], True
    redirected = message.headers.get(_REDIRECTED, [])
    found: list[str] = []
    for value in redirected or message.headers.get("from", []):
        try:
            found += addresses(value)
        except Malformed:
            continue
    return found, bool(redirected)


def _refused(owner: str, record: Record, message: Message, view: View, *, passed_on: bool) -> Decision | None:
    company = view.tables.company(record.company)
    if company is None:
        return None
    for address in message.recipients:
        if not view.tables.is_outside(address, record.company):
            continue
        if passed_on and _covers(record, address):
            continue
        if passed_on and company.asks_forward:
            return Decision("forward.not_permitted", {"owner": owner, "address": address}, _CLAUSE)
        if company.asks_outside and not record.outside and (passed_on or not record.answering):
            return Decision("outside.not_permitted", {"addresses": [address]}, "P13")
    return None


def _covers(record: Record, address: str) -> bool:
    key = canonical(address)
    return bool(record.forward & {"*", key, "@" + key.rpartition("@")[2]})
