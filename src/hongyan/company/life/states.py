"""The states of a mailbox's life and which follows which: the one state machine.

Owns: the names, `state` (from the mailbox's own row, so that a list asks nothing more), `NEXT`.
Never: writes, asks the database.
Always: every mailbox is in exactly one of `STATES`; `requested` is one that is not there yet (`before.py`).
"""

from __future__ import annotations

from typing import Final, Literal, cast, get_args

from django.db.models import Q

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import state_of

State = Literal[
    "requested", "activation", "first", "active", "suspended", "leaving", "retained", "closed", "alias"
]  # fmt: skip
STATES: Final = cast(tuple[State, ...], get_args(State))
What = Literal["sending", "signing_in", "receiving"]
WHATS: Final = cast(tuple[What, ...], get_args(What))

#: What may come after what. `first` is an opened mailbox whose first password waits to be changed.
NEXT: Final[dict[State, tuple[State, ...]]] = {
    "requested": ("activation", "first", "active"),
    "activation": ("first", "active", "suspended", "leaving", "retained", "closed", "alias"),
    "first": ("active", "suspended", "leaving", "retained", "closed", "alias"),
    "active": ("first", "suspended", "leaving", "retained", "closed", "alias"),
    "suspended": ("active", "first", "activation", "leaving", "retained", "closed", "alias"),
    "leaving": ("active", "first", "activation", "suspended", "retained", "closed", "alias"),
    "retained": ("active", "first", "activation", "closed", "alias"),
    "closed": ("alias",),
    "alias": ("closed",),
}


def state(mailbox: Mailbox) -> State:
    """Where the mailbox is. Kept as alias is a closed one whose address leads to a colleague."""
    if mailbox.closed_at is not None:
        return "alias" if mailbox.stage == "alias" else "closed"
    if mailbox.stage in ("leaving", "retained"):
        return cast(State, mailbox.stage)
    if stopped(mailbox):
        return "suspended"
    return cast(State, state_of(mailbox))


_OPEN: Final = Q(closed_at__isnull=True)
_WORKING: Final = _OPEN & Q(stage="", suspended_at__isnull=True, no_sending=False, no_receiving=False)
_STOPPED: Final = Q(suspended_at__isnull=False) | Q(no_sending=True) | Q(no_receiving=True)
_WHERE: Final[dict[str, Q]] = {
    "activation": _WORKING & Q(account__password=""),
    "first": _WORKING & Q(account__must_change=True) & ~Q(account__password=""),
    "active": _WORKING & (Q(account__isnull=True) | Q(account__must_change=False) & ~Q(account__password="")),
    "suspended": _OPEN & Q(stage="") & _STOPPED,
    "leaving": _OPEN & Q(stage="leaving"),
    "retained": _OPEN & Q(stage="retained"),
    "closed": Q(closed_at__isnull=False) & ~Q(stage="alias"),
    "alias": Q(closed_at__isnull=False, stage="alias"),
}


def where(wanted: str) -> Q:
    """The mailboxes in that state: `state` says the same of each."""
    return _WHERE[wanted]


def stopped(mailbox: Mailbox) -> tuple[What, ...]:
    """What the mailbox does not do now. Who does not sign in does not send either."""
    found: list[What] = []
    if mailbox.no_sending:
        found.append("sending")
    if mailbox.suspended_at is not None:
        found.append("signing_in")
    if mailbox.no_receiving:
        found.append("receiving")
    return tuple(found)
