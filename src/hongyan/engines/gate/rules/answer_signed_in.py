"""Answers to notices are taken from who has signed in, as what the gate itself says of him (clauses B2, P12).

Decided here: mail to approval@ without a login is refused before it is taken, so that nothing is sent back to a forged sender;
an address with the gate's own mark (answers.py), or under the name by which Postfix finds the program, from nobody.
"""

from __future__ import annotations

from hongyan.engines.gate.message import ANSWER_DOMAIN, ANSWER_MARK, Message
from hongyan.engines.gate.rules.base import View, takes_answers
from hongyan.engines.gate.tables import canonical
from hongyan.kernel.decision import Decision


def check(message: Message, view: View) -> Decision | None:
    for address in message.recipients:
        key = canonical(address)
        local, _, domain = key.rpartition("@")
        if domain == ANSWER_DOMAIN or (ANSWER_MARK in local and takes_answers(key, view)):
            return Decision("recipient.reserved", {"address": key}, "B2")
        if not message.login and takes_answers(key, view):
            return Decision("answer.sign_in", {"address": key}, "B2")
    return None
