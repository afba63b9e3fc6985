"""What a rule is, and what it may look at besides the message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hongyan.engines.gate.limits import Limits
from hongyan.engines.gate.message import Message
from hongyan.engines.gate.tables import Tables
from hongyan.kernel.decision import Decision

_ALIAS_STEPS: Final = 3


@dataclass(frozen=True, slots=True)
class View:
    """The world at one moment."""

    tables: Tables
    limits: Limits
    now: float  #: monotonic seconds, the clock of `limits`
    wall: float  #: the same moment in seconds since the epoch


@dataclass(frozen=True, slots=True)
class Rule:
    """One `check` and what it needs kept: lower-case header names, the body's first octets."""

    check: Callable[[Message, View], Decision | None]
    headers: frozenset[str] = frozenset()
    body_octets: int = 0


def may_use_on_behalf(login: str, address: str, view: View) -> bool:
    """Whether the login may write as this address when Sender names the login: one whose `obh` has it."""
    place = view.tables.locate(address)
    return place is not None and login in place.record.on_behalf


def may_use(login: str, address: str, view: View) -> bool:
    """Whether the login may appear as this address: it is its own, or one whose `snd` names the login."""
    place = view.tables.locate(address)
    return place is not None and (place.address == login or login in place.record.senders)


def takes_answers(address: str, view: View) -> bool:
    """Whether it is such an address: of a domain, or of one that stands for it."""
    place = view.tables.locate(address)
    for _ in range(_ALIAS_STEPS):
        if place is None or place.record.kind != "alias" or place.record.answers:
            break
        place = view.tables.locate(place.record.target)
    return place is not None and place.record.answers
