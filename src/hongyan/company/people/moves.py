"""Telling the rooms above that persons have left units: what somebody held by working there ends with it (clause G3.2.2).

Owns: the list of those who want to know. Never: knows who they are; they enter themselves when the program starts.
Always: they are called inside the transaction of the move, after its rows are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hongyan.kernel.actor import Actor

#: (actor, persons by primary key)
Listener = Callable[[Actor, list[int]], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    if listener not in _listeners:
        _listeners.append(listener)


def have_left(actor: Actor, persons: Iterable[int]) -> None:
    """These persons have a post less than before, or one elsewhere."""
    moved = sorted(set(persons))
    for listener in _listeners if moved else ():
        listener(actor, moved)
