"""What the gate adds to a message that answers a notice: an address that says who has signed in (clauses P12, B2).

Our own program that takes answers (jobs/answers.py) sees the envelope alone, and believes this address and no other: to
DETAIL@DOMAIN a copy goes to DETAIL.hongyan-by.LOGIN=DOMAIN@DOMAIN. Such an address is taken from nobody else (rule
`answer_signed_in`), and the program gives no word to what comes without it.
Always: one per address that was answered to, in the same queue file as the message.
"""

from __future__ import annotations

from typing import Final

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules.base import View
from hongyan.engines.gate.tables import canonical

#: The mark of the gate in such an address; release/required.py names the domain that Postfix finds the program by.
MARK: Final = "hongyan-by"
DOMAIN: Final = "approval.invalid"
_STEPS: Final = 3


def additions(message: Message, view: View) -> tuple[str, ...]:
    """For a message that the rules have let pass. Raises CdbUnavailable."""
    if not message.login:
        return ()
    asked = [address for address in dict.fromkeys(map(canonical, message.recipients)) if takes_answers(address, view)]
    return tuple(_signed(address, message.login) for address in asked)


def takes_answers(address: str, view: View) -> bool:
    """Whether it is such an address: of a domain, or of one that stands for it."""
    place = view.tables.locate(address)
    for _ in range(_STEPS):
        if place is None or place.record.kind != "alias" or place.record.answers:
            break
        place = view.tables.locate(place.record.target)
    return place is not None and place.record.answers


def _signed(address: str, login: str) -> str:
    local, _, domain = address.rpartition("@")
    name, plus, detail = local.partition("+")
    return f"{name}+{detail}{'.' if plus and detail else ''}{MARK}.{login.replace('@', '=')}@{domain}"
