"""PATCH (RFC 7644 3.5.2) on a kept user resource, with the spellings that Entra ID and Okta use.

Never: touches the database. Always: a new resource or a problem; half of the operations are never done.
`add` and `replace` on `emails[type eq "work"].value` make that value when there is none, as both providers expect.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hongyan.company.staff.scim import filters, resources
from hongyan.company.staff.scim.problems import invalid

MAX_OPERATIONS: Final = 1000
_PATH: Final = re.compile(r"(?P<attribute>[A-Za-z$][\w$-]*)(?:\[(?P<filter>.+)\])?(?:\.(?P<part>[\w$-]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Operation:
    op: str  #: add, replace, remove
    path: str
    value: Any


def operations(body: Any) -> Iterator[Operation]:
    """The operations of a request's body; names of members in any case."""
    found = _member(body, "operations")
    if not isinstance(found, list) or not found:
        raise invalid("Operations is a list of operations.", "invalidSyntax")
    if len(found) > MAX_OPERATIONS:
        raise invalid(f"More than {MAX_OPERATIONS} operations.", "tooMany")
    for each in found:
        op = str(_member(each, "op") or "").lower()
        if op not in ("add", "replace", "remove"):
            raise invalid("op is add, replace or remove.", "invalidSyntax")
        path = _member(each, "path")
        if path is not None and not isinstance(path, str):
            raise invalid("path is a text.", "invalidPath")
        yield Operation(op, (path or "").strip(), _member(each, "value"))


def _member(body: Any, name: str) -> Any:
    if not isinstance(body, Mapping):
        raise invalid("An object is expected.", "invalidSyntax")
    return next((value for key, value in body.items() if str(key).lower() == name), None)


def patched(data: Mapping[str, Any], body: Any) -> dict[str, Any]:
    resource = copy.deepcopy(dict(data))
    for operation in operations(body):
        if operation.path:
            _apply(resource, operation.op, operation.path, operation.value)
            continue
        if not isinstance(operation.value, Mapping):
            raise invalid(
                "Without a path the value is an object.", "invalidValue" if operation.op != "remove" else "noTarget"
            )
        for path, value in operation.value.items():
            _apply(resource, operation.op, str(path), value)
    return resources.user(resource)


def _apply(resource: dict[str, Any], op: str, path: str, value: Any) -> None:
    where = _split(path)
    if where is None:
        return  # an attribute that we do not keep
    name, node, part = where
    if value is None or value == "" or value == []:
        op = "remove"
    if name in resources.MANY:
        _many(resource, op, name, node, part, value)
    elif node is not None:
        raise invalid(f"{name} has one value only.", "invalidPath")
    elif part:
        inner = dict(resource.get(name, {}))
        if op == "remove":
            inner.pop(part, None)
        else:
            inner[part] = resources.part_value(part, value)
        resource[name] = inner
    elif op == "remove":
        if name == "userName":
            raise invalid("userName cannot be removed.", "mutability")
        resource.pop(name, None)
    elif name in ("name", resources.ENTERPRISE):
        resource[name] = {**resource.get(name, {}), **resources.cleaned(name, value)}
    else:
        resource[name] = resources.cleaned(name, value)


def _split(path: str) -> tuple[str, filters.Node | None, str] | None:
    """(attribute, filter, part); None for what is not kept. Raises `invalidPath`."""
    lowered = path.lower()
    if lowered == resources.ENTERPRISE.lower():
        return resources.ENTERPRISE, None, ""
    for schema in (resources.ENTERPRISE, resources.USER):
        if lowered.startswith(schema.lower() + (":")):
            rest = path[len(schema) + 1 :]
            if schema == resources.USER:
                return _split(rest)
            part = resources.part_of(schema, rest.partition(".")[0])
            return (schema, None, part) if part else None
    if lowered.startswith("urn:"):
        return None
    match = _PATH.fullmatch(path)
    if match is None:
        raise invalid(f"Not a path: {path[:80]}", "invalidPath")
    name = resources.TOP.get(match["attribute"].lower())
    if name is None:
        return None
    part = ""
    if match["part"]:
        part = resources.part_of(name, match["part"])
        if not part:
            return None
    return name, filters.parse(match["filter"]) if match["filter"] else None, part


def _many(resource: dict[str, Any], op: str, name: str, node: filters.Node | None, part: str, value: Any) -> None:
    rows: list[dict[str, Any]] = [dict(row) for row in resource.get(name, [])]
    meant = [row for row in rows if node is None or filters.holds(node, row)]
    if op == "remove":
        for row in meant:
            if part:
                row.pop(part, None)
            else:
                rows.remove(row)
    elif part:
        if not meant:
            meant = [resources.element(name, filters.wanted_by(node) if node is not None else {})]
            rows += meant
        for row in meant:
            row[part] = resources.part_value(part, value)
    elif node is not None:
        new = resources.element(name, value)
        if not meant:
            rows.append(resources.element(name, filters.wanted_by(node)) | new)
        for row in meant:
            row.update(new)
    else:
        new_rows = resources.cleaned(name, value)
        rows = new_rows if op == "replace" else rows + [row for row in new_rows if row not in rows]
    resource[name] = resources.one_primary(rows)
