"""Addresses in a From or Sender field, read so that no mail program could see another one than we do.

Owns: the reading of RFC 5322 3.4 address lists (with RFC 6854 groups) for the rule about senders.
Never: looks an address up, decodes display names.
Always: strict where readings differ between programs: `Malformed` instead of a guess; whatever looks like an address
in an unquoted display name is returned as one, so that it must be the sender's own too.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MAX_LENGTH: Final = 65_536  #: what is longer was cut on its way here

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<quoted>"(?:[^"\\\r\n]|\\[^\r\n]|\r?\n[ \t])*")
      | (?P<special>[<>,;:@()\[\]\\"])
      | (?P<atom>[^\s<>,;:@()\[\]\\"\x00-\x1f\x7f]+)""",
    re.VERBOSE,
)


class Malformed(ValueError):
    """Not an address list that every program reads in the same way."""


class Token(NamedTuple):
    kind: str  #: quoted, special, atom
    text: str
    spaced: bool  #: white space or a comment stands before it


def addresses(field: str) -> list[str]:
    """All addresses of the field, in order, as written. Empty for an empty field or a group without members."""
    found: list[str] = []
    for piece in _pieces(_tokens(field)):
        found += _mailbox(piece)
    return found


def _tokens(field: str) -> list[Token]:
    if len(field) > MAX_LENGTH:
        raise Malformed("too long")
    tokens: list[Token] = []
    position, spaced = 0, False
    while position < len(field):
        match = _TOKEN.match(field, position)
        if match is None:
            raise Malformed("a control character")
        position = match.end()
        if match.lastgroup == "space":
            spaced = True
        elif match.group() == "(":
            position, spaced = _after_comment(field, position), True
        else:
            tokens.append(Token(str(match.lastgroup), match.group(), spaced))
            spaced = False
    return tokens


def _after_comment(field: str, position: int) -> int:
    """The position behind a comment (RFC 5322 3.2.2: they nest) whose '(' stands before `position`."""
    depth = 1
    while depth:
        if position >= len(field):
            raise Malformed("a comment without end")
        character = field[position]
        position += 2 if character == "\\" else 1
        depth += {"(": 1, ")": -1}.get(character, 0)
    return position


def _pieces(tokens: list[Token]) -> list[list[Token]]:
    """Split at commas and group marks, outside of angle brackets."""
    pieces: list[list[Token]] = [[]]
    angle = in_group = False
    for token in tokens:
        mark = token.text if token.kind == "special" else ""
        if mark in ("<", ">"):
            if angle == (mark == "<"):
                raise Malformed("angle brackets do not match")
            angle = not angle
        if angle and mark in (",", ";", ":"):
            raise Malformed("a route or list inside an address")  # RFC 5322 4.4 obs-route
        if mark == ":":
            if in_group or any(t.text in ("<", "@") for t in pieces[-1]) or not pieces[-1]:
                raise Malformed("a stray colon")
            in_group, pieces[-1] = True, []
        elif mark in (",", ";"):
            if mark == ";" and not in_group:
                raise Malformed("a stray semicolon")
            in_group = in_group and mark != ";"
            pieces.append([])
        else:
            pieces[-1].append(token)
    if angle or in_group:
        raise Malformed("an address or group without end")
    return [piece for piece in pieces if piece]


def _mailbox(piece: list[Token]) -> list[str]:
    """The address of `name <local@domain>` or `local@domain`, and before it any address in the name."""
    if piece[-1].text != ">" or piece[-1].kind != "special":
        return [_addr_spec(piece)]
    opening = next(i for i, token in enumerate(piece) if token.kind == "special" and token.text == "<")
    if any(token.kind == "special" and token.text in "<>" for token in piece[opening + 1 : -1]):
        raise Malformed("two addresses without a comma")
    return [*_disguised(piece[:opening]), _addr_spec(piece[opening + 1 : -1])]


def _disguised(name: list[Token]) -> list[str]:
    """Addresses in an unquoted display name, which RFC 5322 does not allow and some programs would show."""
    found = []
    for index, token in enumerate(name):
        if token.kind != "special":
            continue
        if token.text != "@" or not 0 < index < len(name) - 1:
            raise Malformed("a special character in the name")
        found.append(_addr_spec([name[index - 1]._replace(spaced=False), token, name[index + 1]]))
    return found


def _addr_spec(tokens: list[Token]) -> str:
    """`local@domain` without white space inside (RFC 5322 3.4.1; the obsolete spaced form is refused)."""
    if len(tokens) != 3 or tokens[1].spaced or tokens[2].spaced:
        raise Malformed("not one address")
    local, at, domain = tokens
    if at.text != "@" or local.kind == "special" or domain.kind != "atom":
        raise Malformed("not one address")
    return f"{local.text}@{domain.text}"
