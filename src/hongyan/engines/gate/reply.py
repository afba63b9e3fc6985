"""A decision as an SMTP reply: code, enhanced code, one sentence in the sender's language, the clause.

Owns: which reply codes, whose language, the length.
Never: decides.
Always: one line of UTF-8 without control characters, at most `MAX_OCTETS` (RFC 5321 4.5.3.1.5 gives a line 512);
to our own services plain ASCII: Dovecot, which sends for filter rules, takes another reply for a broken connection
and tries again for days.
"""

from __future__ import annotations

import re
from typing import Final

from hongyan.engines.gate.message import Message
from hongyan.engines.gate.tables import Tables
from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import say

MAX_OCTETS: Final = 450
_CODES: Final = {"size.exceeded": "552 5.3.4"}  # RFC 3463 3.4
_REFUSED: Final = "550 5.7.1"  # RFC 3463 3.8
_DEFERRED: Final = "451 4.3.0"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SHOWN: Final = 80  #: characters of one parameter


def refusal(decision: Decision, message: Message, tables: Tables) -> str:
    """The reply line, without CR LF. Raises CdbUnavailable, wording.NoSentence."""
    code = _CODES.get(decision.code, _REFUSED)
    shown = Decision(decision.code, {k: _shorten(v) for k, v in decision.params.items()}, decision.clause)
    web = tables.web
    said = [_sentence(shown, locale, web) for locale in locales(message, tables)]
    line = f"{code} {' / '.join(said)}"
    if len(line.encode()) > MAX_OCTETS:
        line = f"{code} {said[0]}"
    return clean(line.encode("ascii", "replace").decode() if message.inside else line)


def deferral(code: str) -> str:
    return clean(f"{_DEFERRED} {say(Decision(code), 'en')}")


def locales(message: Message, tables: Tables) -> list[str]:
    """The sender's language; for a sender we do not know English, then the language of the company written to."""
    if message.inside:
        return ["en"]
    place = tables.resolve(message.login) if message.login else None
    if place is not None and place.record.kind == "mailbox":
        return [place.record.locale]
    for address in message.recipients:
        there = tables.locate(address)
        company = tables.company(there.record.company) if there else None
        if company is not None:
            return list(dict.fromkeys(["en", company.locale]))
    return ["en"]


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
