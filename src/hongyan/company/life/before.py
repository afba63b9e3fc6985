"""What was before a mailbox: who asks for one, and what is under way for one that is there.

Owns: the list of those who know (requests, leaving); they enter themselves when the program starts.
Never: knows them. Always: nobody entered means that nothing is under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from hongyan.company.people.models import Company
from hongyan.kernel.decision import Decision


@dataclass(frozen=True, slots=True)
class Coming:
    """The request for an address: without a mailbox, it is in the state `requested`."""

    address: str
    since: datetime
    by: str  #: who asked
    number: int  #: the request's, within its company


@dataclass(frozen=True, slots=True)
class Due:
    """What comes next of a mailbox that another room moves on: when (None: when somebody acts), and why."""

    on: date | None
    why: Decision


Asked = Callable[[Company, str], Coming | None]
_asked: list[Asked] = []
#: (address of a mailbox) -> what is due
Next = Callable[[str], Iterator[Due]]
_next: list[Next] = []


def know_requests(asked: Asked) -> None:
    if asked not in _asked:
        _asked.append(asked)


def know_steps(step: Next) -> None:
    if step not in _next:
        _next.append(step)


def coming(company: Company, address: str) -> Coming | None:
    """The open request for this address, else the one that its mailbox came of."""
    return next((found for asked in _asked if (found := asked(company, address)) is not None), None)


def due_elsewhere(address: str) -> list[Due]:
    return [due for step in _next for due in step(address)]
