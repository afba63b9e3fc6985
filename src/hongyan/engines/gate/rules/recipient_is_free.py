"""Nobody writes to the addresses by which the gate itself puts copies into a shared mailbox's Sent folder (G4.2.4).

To the writer such an address is as unknown as one that does not exist. What stands in that folder was sent, by whom it says.
"""

from __future__ import annotations

from hongyan.engines.gate.message import COPY_DETAIL, Message
from hongyan.engines.gate.rules.base import View
from hongyan.engines.gate.tables import canonical
from hongyan.kernel.decision import Decision

_MARK = f"+{COPY_DETAIL}"


def check(message: Message, view: View) -> Decision | None:
    for address in message.recipients:
        if _MARK in (key := canonical(address)) and view.tables.locate(address) is not None:
            return Decision("recipient.reserved", {"address": key}, "G4.2.4")
    return None
