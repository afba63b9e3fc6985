"""The sieve scripts that run before a person's own: everybody's, and that of mailboxes which answer for who has left.

Owns: their text; the second is made from the table `replies`: what everybody's does, then the answer.
Always: depends on the table's rows alone; a mailbox without an answer never runs it (release/tables.py says who does).
A sender is answered once a day, and no list, no bulk mail, nothing that names the mailbox neither in To nor in Cc
(RFC 3834, RFC 5230): `names` are the other addresses under which the mailbox is written to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

#: One script: a second one costs every delivery a third more of the processor. X-Hongyan-Sender says who wrote what was
#: sent, in this copy alone; Rspamd's milter adds `X-Spam: Yes` above its `add_header` score. RFC 5228, 5490 (mailbox),
#: 5233 (subaddress), 5293 (editheader), 5232 (flags).
SORT = """\
# Compiled by Hongyan. Changes made here are lost.
require ["envelope", "subaddress", "variables", "editheader", "fileinto", "mailbox", "imap4flags"];

if envelope :detail :matches "to" "hongyan-sent.*=*" {
    set "writer" "${1}@${2}";
    deleteheader "X-Hongyan-Sender";
    addheader "X-Hongyan-Sender" "${writer}";
    fileinto :create :flags "\\\\Seen" "Sent";
    stop;
}
if header :is "X-Spam" "Yes" {
    fileinto :create "Junk";
    stop;
}
"""


def script(rows: Mapping[str, str]) -> str:
    """Keys are addresses, values JSON: `t` the texts, one for each language; `n` the names."""
    begin = SORT.replace('"imap4flags"]', '"imap4flags", "vacation"]')
    return begin + 'set "dollar" "$";\n' + "".join(_answer(address, value) for address, value in sorted(rows.items()))


def _answer(address: str, value: str) -> str:
    raw = json.loads(value)
    local, _, domain = address.partition("@")
    names = ", ".join(_quoted(name) for name in [address, *raw["n"]])
    text = "\n\n".join(raw["t"])
    return (
        f'if allof (envelope :user :is "to" {_quoted(local)}, envelope :domain :is "to" {_quoted(domain)}) {{\n'
        f"    vacation :days 1 :from {_quoted(address)} :addresses [{names}] {_quoted(text)};\n}}\n"
    )


def _quoted(text: str) -> str:
    """A sieve string (RFC 5228 2.4.2), in which nothing is a variable (RFC 5229)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "${dollar}")
    return f'"{escaped}"'


#: suffix of the file -> what is in it
VIEWS: Final[dict[str, Callable[[Mapping[str, str]], str]]] = {"sieve": script}
