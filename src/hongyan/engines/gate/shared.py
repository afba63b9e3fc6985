"""What the gate adds to a message that somebody sends as a shared mailbox (clauses G3.2.2, G4.2.4).

Owns: the copy for that mailbox's Sent folder, the Sender field of who writes on behalf of it, the address of a copy.
Never: changes what the writer wrote. Outside recipients see the Sender field alone: the copy is a recipient of the envelope.
Always: one copy for each shared mailbox in From, whichever program sent it, in the same queue file as the message, so that
both are kept or neither; a copy's address is taken from nobody else (rule `recipient_is_free`), so it never loops.

A copy goes to LOCAL+hongyan-sent.WRITER=DOMAIN@DOMAIN; the first sieve script files it and writes down who sent it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hongyan.engines.gate.addressfield import Malformed, addresses
from hongyan.engines.gate.message import COPY_DETAIL, Message
from hongyan.engines.gate.rules.base import View, may_use


@dataclass(frozen=True, slots=True)
class Additions:
    mailboxes: tuple[str, ...] = ()  #: the shared mailboxes that it is sent as
    sender: str = ""  #: who is named in Sender; empty: nobody, or the message names one itself
    copies: tuple[str, ...] = ()  #: recipients for their Sent folders


NOTHING: Final = Additions()


def additions(message: Message, view: View) -> Additions:
    """For a message that the rules have let pass. Raises CdbUnavailable."""
    if not message.login:
        return NOTHING
    authors = _authors(message)
    found = {author: view.tables.resolve(author) for author in authors}
    shared = [place.address for place in found.values() if place is not None and place.record.shared]
    if not shared:
        return NOTHING
    mailboxes = tuple(dict.fromkeys(shared))
    unnamed = not message.headers.get("sender") and not all(may_use(message.login, a, view) for a in authors)
    return Additions(
        mailboxes, message.login if unnamed else "", tuple(copy_address(m, message.login) for m in mailboxes)
    )


def copy_address(mailbox: str, login: str) -> str:
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{COPY_DETAIL}.{login.replace('@', '=')}@{domain}"


def _authors(message: Message) -> list[str]:
    try:
        return list(dict.fromkeys(addresses(message.headers.get("from", [""])[0])))
    except Malformed:
        return []
