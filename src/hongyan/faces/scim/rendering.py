"""Resources and lists as they are answered (RFC 7643 3, RFC 7644 3.4.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings

from hongyan.company.staff.models import ScimGroup, ScimUser
from hongyan.company.staff.scim.filters import plain
from hongyan.company.staff.scim.resources import ENTERPRISE, GROUP, LIST, USER

ALWAYS: Final = ("schemas", "id")


def location(kind: str, uid: object) -> str:
    return f"{settings.WEB_URL}/scim/v2/{kind}s/{uid}"


def tag(version: int) -> str:
    return f'W/"{version}"'


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _meta(kind: str, row: ScimUser | ScimGroup) -> dict[str, Any]:
    return {
        "resourceType": kind, "created": _moment(row.created_at), "lastModified": _moment(row.changed_at),
        "location": location(kind, row.uid), "version": tag(row.version),
    }  # fmt: skip


def user(row: ScimUser, groups: Sequence[tuple[str, str]]) -> dict[str, Any]:
    schemas = [USER, ENTERPRISE] if ENTERPRISE in row.data else [USER]
    found: dict[str, Any] = {"schemas": schemas, "id": str(row.uid), **row.data, "active": row.active}
    if groups:
        found["groups"] = [
            {"value": uid, "display": name, "$ref": location("Group", uid), "type": "direct"} for uid, name in groups
        ]
    return found | {"meta": _meta("User", row)}


def group(row: ScimGroup, members: Sequence[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {"schemas": [GROUP], "id": str(row.uid), "displayName": row.display_name}
    if row.external_id:
        found["externalId"] = row.external_id
    found["members"] = [
        {"value": uid, "display": name, "$ref": location("User", uid), "type": "User"} for uid, name in members
    ]
    return found | {"meta": _meta("Group", row)}


def listed(resources: Sequence[Mapping[str, Any]], total: int, start: int) -> dict[str, Any]:
    return {
        "schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": len(resources),
        "Resources": list(resources),
    }  # fmt: skip


def narrowed(resource: Mapping[str, Any], wanted: Collection[str], excluded: Collection[str]) -> dict[str, Any]:
    """`attributes` and `excludedAttributes` (RFC 7644 3.4.2.5), by whole attributes."""
    if wanted:
        names = {_top(name) for name in wanted} | set(ALWAYS)
        return {name: value for name, value in resource.items() if name.lower() in names}
    names = {_top(name) for name in excluded} - set(ALWAYS)
    return {name: value for name, value in resource.items() if name.lower() not in names}


def _top(name: str) -> str:
    lowered = name.strip().lower()
    if lowered.startswith(ENTERPRISE.lower()):
        return ENTERPRISE.lower()
    return plain(lowered).partition(".")[0]
