"""What a user resource may hold (RFC 7643 4.1, 4.3) and how it is kept: known attributes under their own names.

Always: unknown attributes are passed over, as the RFC allows; a password is never kept; texts are bounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hongyan.company.staff.scim.problems import invalid

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"

TEXTS: Final = (
    "userName", "externalId", "displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone",
)  # fmt: skip
NAME: Final = ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")
MANY: Final[dict[str, tuple[str, ...]]] = {
    "emails": ("value", "type", "primary", "display"),
    "phoneNumbers": ("value", "type", "primary", "display"),
    "addresses": ("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type", "primary"),
}
WORK: Final = ("employeeNumber", "costCenter", "organization", "division", "department")
MAX_TEXT: Final = 1000
MAX_VALUES: Final = 50

#: lower case -> own name, of what stands at the top of a resource
TOP: Final = {name.lower(): name for name in (*TEXTS, "name", "active", *MANY, ENTERPRISE)}
_PARTS: Final[dict[str, dict[str, str]]] = {
    "name": {part.lower(): part for part in NAME},
    ENTERPRISE: {part.lower(): part for part in (*WORK, "manager")},
    **{many: {part.lower(): part for part in parts} for many, parts in MANY.items()},
}


def part_of(attribute: str, name: str) -> str:
    """The own name of a part of a complex attribute; "" when there is no such part."""
    return _PARTS.get(attribute, {}).get(name.lower(), "")


def user(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource as it is kept. Raises `invalidValue`."""
    kept: dict[str, Any] = {}
    for given, value in resource.items():
        name = TOP.get(str(given).lower())
        if name and value is not None and (clean := cleaned(name, value)) not in ("", {}, []):
            kept[name] = clean
    return kept


def cleaned(name: str, value: Any) -> Any:
    """The value of a top attribute as it is kept."""
    if name == "active":
        return flag(value)
    if name in MANY:
        rows = value if isinstance(value, list) else [value]
        if len(rows) > MAX_VALUES:
            raise invalid(f"{name} has more than {MAX_VALUES} values.", "tooMany")
        return one_primary([element(name, row) for row in rows])
    if name in ("name", ENTERPRISE):
        if not isinstance(value, Mapping):
            raise invalid(f"{name} is an object.")
        return element(name, value)
    return text(name, value)


def element(name: str, value: Any) -> dict[str, Any]:
    """A complex value with its known parts; a bare text is its `value`."""
    if not isinstance(value, Mapping):
        value = {"value": value}
    kept: dict[str, Any] = {}
    for given, inner in value.items():
        part = part_of(name, str(given))
        if part and inner is not None and (clean := part_value(part, inner)) not in ("", {}):
            kept[part] = clean
    return kept


def part_value(part: str, value: Any) -> Any:
    if part == "primary":
        return flag(value)
    if part == "manager":
        if not isinstance(value, Mapping):
            value = {"value": value}
        return {k: text(k, value[k]) for k in ("value", "displayName") if value.get(k) not in (None, "")}
    return text(part, value)


def flag(value: Any) -> bool:
    """Entra ID has long said "True" and "False"."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise invalid("Only true or false will do.")


def text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise invalid(f"{name} is a text.")
    found = str(value).strip()
    if len(found) > MAX_TEXT or "\0" in found:
        raise invalid(f"{name} is too long, or no text.")
    return found


def one_primary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """RFC 7643 2.4: at most one value is the primary one; the last that says so."""
    rows = [row for row in rows if row]
    marked = [row for row in rows if row.get("primary")]
    for row in marked[:-1]:
        row.pop("primary")
    return rows
