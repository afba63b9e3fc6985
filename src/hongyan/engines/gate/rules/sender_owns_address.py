"""Authenticated mail carries only addresses that the login has been given (clauses G4.2.3, G3.2.2).

Envelope sender, every address of From, and that of Sender. Decided here:
- an empty envelope sender passes (read receipts, RFC 8098 3.1, must have one); From is checked all the same;
- From must be there, once, and readable (RFC 5322 3.6); several addresses in it pass when all are the login's;
- Sender may be absent; when present it is checked like From;
- on behalf of a shared mailbox the writer is named in Sender: by his program, or else by the gate (shared.py);
- unauthenticated mail is not judged here: DMARC on port 25 is Rspamd's.
"""

from __future__ import annotations

from hongyan.engines.gate.addressfield import Malformed, addresses
from hongyan.engines.gate.message import Message
from hongyan.engines.gate.rules.base import View, may_use, may_use_on_behalf
from hongyan.kernel.decision import Decision

_CLAUSE = "G4.2.3"


def check(message: Message, view: View) -> Decision | None:
    if not message.login:
        return None
    if message.sender and not _may_appear(message, message.sender, view):
        return Decision("sender.envelope_not_yours", {"login": message.login, "address": message.sender}, _CLAUSE)
    return _check_field("From", message, view, required=True) or _check_field("Sender", message, view, required=False)


def _check_field(name: str, message: Message, view: View, *, required: bool) -> Decision | None:
    fields = message.headers.get(name.lower(), [])
    if len(fields) > 1:
        return Decision("sender.from_repeated", {"header": name, "count": len(fields)})
    if not fields and not required:
        return None
    try:
        found = addresses(fields[0]) if fields else []
    except Malformed:
        return Decision("sender.from_malformed", {"header": name, "login": message.login})
    if not found:
        return Decision("sender.from_missing", {"login": message.login}) if required else None
    for address in found:
        fits = _may_appear(message, address, view) if name == "From" else may_use(message.login, address, view)
        if not fits:
            params = {"header": name, "login": message.login, "address": address}
            return Decision("sender.from_not_yours", params, _CLAUSE)
    return None


def _may_appear(message: Message, address: str, view: View) -> bool:
    return may_use(message.login, address, view) or may_use_on_behalf(message.login, address, view)
