"""Telling the rooms above what has happened to persons: what somebody held by working there ends with it (clause G3.2.2).

Owns: the lists of those who want to know. Never: knows who they are; they enter themselves when the program starts.
Always: they are called inside the transaction of the move, after its rows are written, in the order they entered.

    listen(f)           have_left       a post less than before, or one elsewhere; also who leaves the company
    listen_taken(f)     have_taken      a post more than before, or one elsewhere, of another title or grade
    listen_left(f)      left_company    they have left the company (clauses G3.2.1, B4.8); `have_left` was told before
    listen_returned(f)  returned        they are back; `have_taken` is told afterwards
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hongyan.kernel.actor import Actor

#: (actor, persons by primary key)
Listener = Callable[[Actor, list[int]], None]
_leaving_units: list[Listener] = []
_taking_posts: list[Listener] = []
_leaving_company: list[Listener] = []
_returning: list[Listener] = []


def listen(listener: Listener, *, first: bool = False) -> None:
    """`first`: before those that take something away, to see what there is."""
    _enter(_leaving_units, listener, first=first)


def listen_taken(listener: Listener) -> None:
    _enter(_taking_posts, listener)


def listen_left(listener: Listener) -> None:
    _enter(_leaving_company, listener)


def listen_returned(listener: Listener) -> None:
    _enter(_returning, listener)


def have_left(actor: Actor, persons: Iterable[int]) -> None:
    """These persons have a post less than before, or one elsewhere."""
    _tell(_leaving_units, actor, persons)


def have_taken(actor: Actor, persons: Iterable[int]) -> None:
    """These persons have a post more than before, or one elsewhere, of another title or grade."""
    _tell(_taking_posts, actor, persons)


def left_company(actor: Actor, persons: Iterable[int]) -> None:
    """These persons have left. Their posts still say where they worked, and hold no more (`holding.holds`)."""
    _tell(_leaving_company, actor, persons)


def returned(actor: Actor, persons: Iterable[int]) -> None:
    """These persons had left and are staff again."""
    _tell(_returning, actor, persons)


def _enter(listeners: list[Listener], listener: Listener, *, first: bool = False) -> None:
    if listener not in listeners:
        listeners.insert(0 if first else len(listeners), listener)


def _tell(listeners: list[Listener], actor: Actor, persons: Iterable[int]) -> None:
    moved = sorted(set(persons))
    for listener in listeners if moved else ():
        listener(actor, moved)
