"""A rule passes nothing on for an owner who is stopped or has left (clauses G2.1.6, G3.2.1): it stays in his mailbox.

A redirect names its owner in X-Sieve-Redirected-From (Pigeonhole writes it, and takes off one that came with the message).
Answers pass: what a leaver's mailbox answers is the company's wish.
"""

from __future__ import annotations

from typing import Final

from hongyan.engines.gate.addressfield import Malformed, addresses
from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules.base import View
from hongyan.kernel.decision import Decision

REDIRECTED: Final = "x-sieve-redirected-from"


def check(message: Message, view: View) -> Decision | None:
    if not message.inside or REDIRECTED not in message.headers:
        return None
    for name in _owners(message):
        place = view.tables.resolve(name)
        if place is None or place.record.kind != "mailbox":
            continue
        if place.record.state == "suspended" or place.record.no_sending:
            return Decision("redirect.stopped", {"owner": place.address}, "G3.2.1")
    return None


def _owners(message: Message) -> list[str]:
    """The envelope's sender, and everybody that is named: a forged name stops no more than it claims."""
    found = [message.sender] if message.sender else []
    for value in message.headers[REDIRECTED]:
        try:
            found += addresses(value)
        except Malformed:
            continue
    return found
