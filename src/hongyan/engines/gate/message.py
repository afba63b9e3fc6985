"""What a rule sees: one message as it stands at its end, and where it came in.

Owns: the value, its readings of "who is this really".
Never: looks anything up.
Always: `login` is what the SMTP server verified; `sender`, `recipients` and headers are what the client claimed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

#: Listeners by the name they give themselves (macro `{listener}`, master.cf).
INSIDE: Final = "inside"  #: loopback: our notices, and sieve's redirects and vacation answers

#: The `+detail` by which the gate itself, and nobody else, puts a copy into a shared mailbox's Sent folder (shared.py).
COPY_DETAIL: Final = "hongyan-sent"

#: The gate's mark in the address by which it says who answers a notice (answers.py), and the name (release/required.py)
#: under which Postfix finds the program that takes answers.
ANSWER_MARK: Final = "hongyan-by"
ANSWER_DOMAIN: Final = "approval.invalid"


@dataclass(slots=True)
class Message:
    listener: str = ""
    client: str = ""  #: network address of the SMTP client
    login: str = ""  #: authenticated identity, lower case; empty when there is none
    sender: str = ""  #: envelope sender without brackets; empty for bounces (RFC 5321 4.5.5)
    declared_size: int = 0  #: SIZE= of MAIL (RFC 1870); 0 when not given
    recipients: list[str] = field(default_factory=list)
    headers: dict[str, list[str]] = field(default_factory=dict)  #: lower-case name -> values; only those rules ask for
    size: int = 0  #: octets received, headers and body, CRLF line ends
    body: bytearray | None = None  #: None unless a rule asks for it; then at most its limit
    queue_id: str = ""

    @property
    def inside(self) -> bool:
        return self.listener == INSIDE and not self.login
