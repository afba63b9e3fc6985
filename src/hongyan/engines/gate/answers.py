"""What the gate adds to a message that answers a notice: an address that says who has signed in (clauses P12, B2).

Our own program that takes answers (jobs/answers.py) sees the envelope alone, and believes this address and no other: to
DETAIL@DOMAIN a copy goes to DETAIL.hongyan-by.LOGIN=DOMAIN@DOMAIN. Such an address is taken from nobody else (rule
`answer_signed_in`), and the program gives no word to what comes without it.
Always: one per address that was answered to, in the same queue file as the message.
"""

from __future__ import annotations

from hongyan.engines.gate.message import ANSWER_MARK, Message
from hongyan.engines.gate.rules.base import View, takes_answers
from hongyan.engines.gate.tables import canonical


def additions(message: Message, view: View) -> tuple[str, ...]:
    """For a message that the rules have let pass. Raises CdbUnavailable."""
    if not message.login:
        return ()
    asked = [address for address in dict.fromkeys(map(canonical, message.recipients)) if takes_answers(address, view)]
    return tuple(_signed(address, message.login) for address in asked)


def _signed(address: str, login: str) -> str:
    local, _, domain = address.rpartition("@")
    name, plus, detail = local.partition("+")
    return f"{name}+{detail}{'.' if plus and detail else ''}{ANSWER_MARK}.{login.replace('@', '=')}@{domain}"
