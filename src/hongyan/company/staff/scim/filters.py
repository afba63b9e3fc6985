"""Filters (RFC 7644 3.4.2.2): read once, asked of the database or of one value of a resource.

Always: only attributes with a column are asked of the database, so that a filter never walks through all users; what is
not one of them is refused as `invalidFilter`.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Q

from hongyan.company.staff.scim.problems import invalid

OPERATORS: Final = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
MAX_FILTER: Final = 2000
MAX_DEPTH: Final = 20
_TOKEN: Final = re.compile(r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<mark>[()\[\]])|(?P<word>[^\s()\[\]"]+))', re.ASCII)


@dataclass(frozen=True, slots=True)
class Compare:
    attribute: str  #: lower case; without the schema's name
    operator: str  #: or "pr"
    value: Any = None


@dataclass(frozen=True, slots=True)
class Not:
    inner: Node


@dataclass(frozen=True, slots=True)
class Both:
    operator: str  #: "and" or "or"
    left: Node
    right: Node


Node = Compare | Not | Both


def parse(text: str) -> Node:
    if len(text) > MAX_FILTER:
        raise invalid("The filter is too long.", "invalidFilter")
    reader = _Reader(_tokens(text))
    node = reader.either(0)
    if reader.peek():
        raise invalid(f"Not expected in a filter: {reader.peek()[:40]}", "invalidFilter")
    return node


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise invalid(f"Not a filter from here: {text[at : at + 40]}", "invalidFilter")
        found.append(match["string"] or match["mark"] or match["word"])
        at = match.end()
    return found


class _Reader:
    """`or` binds least, then `and`, then `not`."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise invalid("The filter ends too early.", "invalidFilter")
        self.at += 1
        return token

    def either(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise invalid("The filter is too deep.", "invalidFilter")
        node = self.every(depth)
        while self.peek().lower() == "or":
            self.take()
            node = Both("or", node, self.every(depth))
        return node

    def every(self, depth: int) -> Node:
        node = self.one(depth)
        while self.peek().lower() == "and":
            self.take()
            node = Both("and", node, self.one(depth))
        return node

    def one(self, depth: int) -> Node:
        if self.peek().lower() == "not":
            self.take()
            self._expect("(")
            inner = self.either(depth + 1)
            self._expect(")")
            return Not(inner)
        if self.peek() == "(":
            self.take()
            inner = self.either(depth + 1)
            self._expect(")")
            return inner
        return self._compare(depth)

    def _expect(self, mark: str) -> None:
        if self.take() != mark:
            raise invalid(f"A {mark} is missing in the filter.", "invalidFilter")

    def _compare(self, depth: int) -> Node:
        attribute = plain(self.take())
        if self.peek() == "[":  # emails[type eq "work" and value co "@corp.test"]
            self.take()
            inner = _under(attribute, self.either(depth + 1))
            self._expect("]")
            if self.peek().startswith("."):  # emails[type eq "work"].value eq "..."
                attribute += self.take().lower()
                return Both("and", inner, self._operator(attribute))
            return inner
        return self._operator(attribute)

    def _operator(self, attribute: str) -> Compare:
        operator = self.take().lower()
        if operator == "pr":
            return Compare(attribute, operator)
        if operator not in OPERATORS:
            raise invalid(f"No such operator: {operator[:20]}", "invalidFilter")
        return Compare(attribute, operator, _value(self.take()))


def _value(token: str) -> Any:
    try:
        value = json.loads(token.lower() if token.lower() in ("true", "false", "null") else token)
    except ValueError:
        raise invalid(f"Not a value: {token[:40]}", "invalidFilter") from None
    if isinstance(value, (dict, list)) or (isinstance(value, str) and "\0" in value):
        raise invalid("Not a value.", "invalidFilter")
    return value


def plain(attribute: str) -> str:
    """Lower case, without the name of a schema in front."""
    name = attribute.strip().lower()
    return name.rpartition(":")[2] if name.startswith("urn:") else name


def _under(attribute: str, node: Node) -> Node:
    match node:
        case Compare():
            return Compare(f"{attribute}.{node.attribute}", node.operator, node.value)
        case Not():
            return Not(_under(attribute, node.inner))
        case Both():
            return Both(node.operator, _under(attribute, node.left), _under(attribute, node.right))


# -- asked of the database -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ColumnOf:
    """`kind`: folded (compared without case), text, uuid, flag, moment; `true`: whatever is compared holds (a type)."""

    field: str
    kind: str


_LOOKUPS: Final = {
    "co": "contains",
    "sw": "startswith",
    "ew": "endswith",
    "gt": "gt",
    "ge": "gte",
    "lt": "lt",
    "le": "lte",
}


def as_query(node: Node, columns: Mapping[str, ColumnOf]) -> Q:
    match node:
        case Both():
            left, right = as_query(node.left, columns), as_query(node.right, columns)
            return left & right if node.operator == "and" else left | right
        case Not():
            return ~as_query(node.inner, columns)
        case Compare():
            return _compared(node, columns)


def _compared(node: Compare, columns: Mapping[str, ColumnOf]) -> Q:
    column = columns.get(node.attribute)
    if column is None:
        raise invalid(f"Filters on {node.attribute[:60]} are not supported.", "invalidFilter")
    if column.kind == "true":
        return Q(pk__isnull=False)
    if node.operator == "pr":
        empty = Q(**{f"{column.field}__isnull": True})
        return ~(empty | Q(**{column.field: ""})) if column.kind in ("text", "folded") else ~empty
    value = _typed(node, column)
    if value is None:
        return Q(pk__in=()) if node.operator != "ne" else Q(pk__isnull=False)
    if node.operator in ("eq", "ne"):
        equal = Q(**{column.field: value})
        return equal if node.operator == "eq" else ~equal
    if column.kind in ("uuid", "flag") or (column.kind == "moment" and node.operator in ("co", "sw", "ew")):
        raise invalid(f"{node.operator} does not fit {node.attribute}.", "invalidFilter")
    return Q(**{f"{column.field}__{_LOOKUPS[node.operator]}": value})


def _typed(node: Compare, column: ColumnOf) -> Any:
    """None: nothing can be equal to it."""
    value = node.value
    match column.kind:
        case "flag":
            text = str(value).lower()
            if text not in ("true", "false"):
                raise invalid(f"{node.attribute} is true or false.", "invalidFilter")
            return text == "true"
        case "uuid":
            try:
                return uuid.UUID(str(value))
            except ValueError:
                return None
        case "moment":
            try:
                moment = datetime.fromisoformat(str(value))
            except ValueError:
                raise invalid(f"{node.attribute} is a date and time.", "invalidFilter") from None
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if value is None:
        return ""
    return str(value).casefold() if column.kind == "folded" else str(value)


# -- asked of one value ----------------------------------------------------------------------------------
def holds(node: Node, element: Mapping[str, Any]) -> bool:
    """Whether an element of a many-valued attribute is meant (`emails[type eq "work"]`)."""
    match node:
        case Both():
            parts = (holds(node.left, element), holds(node.right, element))
            return all(parts) if node.operator == "and" else any(parts)
        case Not():
            return not holds(node.inner, element)
        case Compare():
            return _holds(node, element)


def _holds(node: Compare, element: Mapping[str, Any]) -> bool:
    have = next((value for name, value in element.items() if name.lower() == node.attribute), None)
    if node.operator == "pr":
        return have not in (None, "", [])
    if isinstance(have, bool) or isinstance(node.value, bool):
        same = str(have or False).lower() == str(node.value).lower()
        return same if node.operator == "eq" else not same if node.operator == "ne" else False
    left, right = str(have if have is not None else "").casefold(), str(node.value).casefold()
    match node.operator:
        case "eq":
            return left == right
        case "ne":
            return left != right
        case "co":
            return right in left
        case "sw":
            return left.startswith(right)
        case "ew":
            return left.endswith(right)
    raise invalid(f"{node.operator} is not supported there.", "invalidFilter")


def wanted_by(node: Node) -> dict[str, Any]:
    """What an element must hold to be meant: of a filter of `eq` joined by `and`; else nothing."""
    match node:
        case Compare(operator="eq"):
            return {node.attribute: node.value}
        case Both(operator="and"):
            return wanted_by(node.left) | wanted_by(node.right)
    return {}
