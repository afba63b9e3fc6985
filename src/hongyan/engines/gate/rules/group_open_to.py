"""Groups take mail from whom they are open to: anyone, the company, members, listed persons (clauses P7, P12).

Decided here:
- the group that is written to decides, also through an alias or with +detail; groups inside it are reached through it;
- the writer is the login, and any address that it may use and does use (a shared mailbox that is a member may write);
- members and lists may name aliases and groups: whoever is in a named group is in;
- from outside nobody is a colleague, whatever From says; `inside` mail acts as its envelope sender if that is a
  mailbox of ours (a redirect by a filter rule is its owner's doing);
- who has a permit for the group writes to it, whoever else may (clause P12);
- an empty envelope sender (bounce, vacation answer) without a login passes only where anyone may write;
- one closed group refuses the whole message: the sender is told which, and nothing is half sent.
"""

from __future__ import annotations

from collections.abc import Iterable

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules.base import View, may_use
from hongyan.engines.gate.tables import Place, Record
from hongyan.kernel.decision import Decision

_CLAUSES = {"company": "P7", "members": "P12", "listed": "P12"}
_CODES = {"company": "group.company", "members": "group.members", "listed": "group.listed"}
_NAMED = 3  #: how many groups a refusal names


def check(message: Message, view: View) -> Decision | None:
    writer: frozenset[str] | None = None
    closed: dict[str, list[str]] = {}
    for address in message.recipients:
        place = view.tables.resolve(address)
        if place is None or place.record.kind != "group" or place.record.who == "anyone":
            continue
        if writer is None:
            writer = writer_addresses(message, view)
        if not _may_write(writer, place.record, view):
            closed.setdefault(place.record.who, []).append(address)
    if not closed:
        return None
    who, addresses = next(iter(closed.items()))
    named = list(dict.fromkeys(addresses))
    return Decision(_CODES[who], {"groups": named[:_NAMED]}, _CLAUSES[who])


def writer_addresses(message: Message, view: View) -> frozenset[str]:
    """The mailboxes that this message verifiably comes from; empty for an outsider."""
    if message.login:
        sender = _key(message.sender, view) if message.sender else ""
        used = {sender} if sender and may_use(message.login, sender, view) else set()
        return frozenset({message.login} | used)
    if message.inside and message.sender:
        place = view.tables.resolve(message.sender)
        if place is not None and place.record.kind == "mailbox":
            return frozenset({place.address})
    return frozenset()


def _key(address: str, view: View) -> str:
    place = view.tables.resolve(address)
    return place.address if place else ""


def _may_write(writer: frozenset[str], group: Record, view: View) -> bool:
    if writer & group.permitted:
        return True
    match group.who:
        case "company":
            places = (view.tables.locate(address) for address in writer)
            return any(place is not None and place.record.company == group.company for place in places)
        case "members":
            return _contains(group.members, writer, view)
        case "listed":
            return _contains(group.listed, writer, view)
    raise ValueError(f"a group open to {group.who!r}")


def _contains(names: Iterable[str], writer: frozenset[str], view: View) -> bool:
    """Whether one of the writer's addresses is named, directly, by an alias, or inside a named group."""
    waiting, seen = list(names), set()
    while waiting:
        name = waiting.pop()
        if name in writer:
            return True
        if name in seen or not writer:
            continue
        seen.add(name)
        place: Place | None = view.tables.resolve(name)
        if place is None:
            continue
        if place.address in writer:
            return True
        if place.record.kind == "group":
            waiting += place.record.members
    return False
