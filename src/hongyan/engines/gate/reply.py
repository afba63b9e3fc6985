"""A decision as an SMTP reply: code, enhanced code, one sentence, the clause.

Owns: which reply codes, whose language, the length.
Never: decides.
Always: one line without control characters, at most `MAX_OCTETS` (RFC 5321 4.5.3.1.5 gives a line 512). Who has signed
in reads it in his language, in UTF-8; another server gets English in plain ASCII (RFC 5321 4.2; it did not ask for RFC
6531, and some take such a reply for a broken connection and try again for days). So do our own services: Dovecot is one.
"""

from __future__ import annotations

import re
from typing import Final

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.tables import Tables
from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import say

MAX_OCTETS: Final = 450
_CODES: Final = {
    "size.exceeded": "552 5.3.4",  # RFC 3463 3.4
    "recipient.stopped": "550 5.2.1",  # RFC 3463 3.3
}
_REFUSED: Final = "550 5.7.1"  # RFC 3463 3.8
_DEFERRED: Final = "451 4.3.0"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SHOWN: Final = 80  #: characters of one parameter


def refusal(decision: Decision, message: Message, tables: Tables) -> str:
    """The reply line, without CR LF. Raises CdbUnavailable, wording.NoSentence."""
    code = _CODES.get(decision.code, _REFUSED)
    shown = Decision(decision.code, {k: _shorten(v) for k, v in decision.params.items()}, decision.clause)
    web = tables.web
    line = clean(f"{code} {_sentence(shown, locale_of(message, tables), web)}")
    return line if message.login else line.replace("…", "...").encode("ascii", "replace").decode()


def deferral(code: str) -> str:
    return clean(f"{_DEFERRED} {say(Decision(code), 'en')}")


def locale_of(message: Message, tables: Tables) -> str:
    """The language of who has signed in; for everybody else English."""
    place = tables.resolve(message.login) if message.login else None
    return place.record.locale if place is not None and place.record.kind == "mailbox" else "en"


def clean(line: str) -> str:
    """No control characters, valid UTF-8, cut between characters."""
    text = _CONTROL.sub(" ", line).encode("utf-8", "replace")
    return text.decode() if len(text) <= MAX_OCTETS else text[: MAX_OCTETS - 3].decode("utf-8", "ignore") + "…"


def _sentence(decision: Decision, locale: str, web: str) -> str:
    said = say(decision, locale, web=web)
    return f"{said} {say(Decision('clause.mark'), locale, clause=decision.clause)}" if decision.clause else said


def _shorten(value: object) -> object:
    if isinstance(value, str):
        return value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
    return [_shorten(item) for item in value] if isinstance(value, list) else value
