"""The one evaluator: which rules there are, in which order, and what each needs to see.

Owns: `RULES`, `evaluate`.
Never: knows about milter, sockets or words; a rule is a pure function of the message and the view.
Always: the first refusal counts; no refusal means accepted. Later rules join `RULES` and say what they need: a header's
name, or the body's first octets, which are then kept (and only then).
"""

from __future__ import annotations

from typing import Final

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules import (
    answer_signed_in,
    forward,
    group_open_to,
    message_size,
    outside,
    owner_is_active,
    recipient_is_free,
    recipient_receives,
    sender_is_active,
    sender_owns_address,
    sending_limit,
)  # fmt: skip
from hongyan.engines.gate.rules.base import Rule, View
from hongyan.kernel.decision import Decision

__all__ = ["BODY_OCTETS", "HEADERS", "RULES", "Rule", "View", "evaluate"]

RULES: Final[tuple[Rule, ...]] = (
    Rule(sender_is_active.check),
    Rule(sender_owns_address.check, headers=frozenset({"from", "sender"})),
    Rule(recipient_is_free.check),
    Rule(answer_signed_in.check),
    Rule(owner_is_active.check, headers=frozenset({owner_is_active.REDIRECTED})),
    Rule(recipient_receives.check),
    Rule(message_size.check),
    Rule(group_open_to.check),
    Rule(outside.check, headers=frozenset({"from"})),
    Rule(forward.check, headers=frozenset({"from", "x-sieve-redirected-from"})),
    Rule(sending_limit.check),
)
#: What the milter has to keep for them.
HEADERS: Final = frozenset().union(*(rule.headers for rule in RULES))
BODY_OCTETS: Final = max(rule.body_octets for rule in RULES)


def evaluate(message: Message, view: View) -> Decision | None:
    """The first rule's refusal, or None. Raises CdbUnavailable when the release cannot be read."""
    for rule in RULES:
        decision = rule.check(message, view)
        if decision is not None:
            return decision
    return None
