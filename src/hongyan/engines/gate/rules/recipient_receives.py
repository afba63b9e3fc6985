"""A mailbox that is stopped takes no mail, under none of its names (clause G2.1.6).

Servers from outside are told at RCPT already (release/tables.py, table `stopped`). Here it is said to who has signed in, in
his language, and to a session that was open when the stop came. Of a group, the member is left out by the release.
"""

from __future__ import annotations

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules.base import View
from hongyan.kernel.decision import Decision


def check(message: Message, view: View) -> Decision | None:
    for address in message.recipients:
        place = view.tables.resolve(address)
        if place is not None and place.record.no_receiving:
            return Decision("recipient.stopped", {"address": address}, "G2.1.6")
    return None
