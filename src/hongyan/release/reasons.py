"""Sentences that Dovecot says when a mailbox may not sign in: IMAP `NO [ALERT] ...`, SMTP `535 5.7.8 ...`.

Owns: which sentence of the catalogue a reason is, and the spelling that a passwd-file can carry.
Never: decides who is refused (`hongyan.release.tables` does, from the mailbox's state).
Always: the same words as the guard's and the web's (clauses G3.1.1, G5.1).
"""

from __future__ import annotations

from typing import Literal

from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import say
from hongyan.release.facts import Locale

Reason = Literal["first", "activation", "suspended", "protocol"]


def sentence(reason: Reason, locale: Locale, web: str) -> str:
    """The plain sentence, as people read it."""
    return say(Decision(f"signin.{reason}"), locale, web=web)


def passwd_field(text: str) -> str:
    """The text as one passwd-file extra field: Dovecot splits those at spaces and expands '%' in them."""
    return text.replace("%", "%%").replace(" ", "\u00a0")
