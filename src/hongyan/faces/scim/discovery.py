"""What this server can do, for who wants to know beforehand (RFC 7643 5 to 7)."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from hongyan.company.staff.scim import resources
from hongyan.company.staff.scim.resources import ENTERPRISE, GROUP, USER

MOST: Final = 500
_SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:"


def _at(path: str) -> str:
    return f"{settings.WEB_URL}/scim/v2/{path}"


def provider_config() -> dict[str, Any]:
    return {
        "schemas": [_SCHEMA + "ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The key of this source",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": _at("ServiceProviderConfig")},
    }


def resource_types() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name, schema in (("User", USER), ("Group", GROUP)):
        each: dict[str, Any] = {
            "schemas": [_SCHEMA + "ResourceType"], "id": name, "name": name, "endpoint": f"/{name}s", "schema": schema,
            "meta": {"resourceType": "ResourceType", "location": _at(f"ResourceTypes/{name}")},
        }  # fmt: skip
        if name == "User":
            each["schemaExtensions"] = [{"schema": ENTERPRISE, "required": False}]
        found.append(each)
    return found


def schemas() -> list[dict[str, Any]]:
    user = [
        *(_attribute(name, required=name == "userName", unique=name == "userName") for name in resources.TEXTS),
        _attribute("active", "boolean"),
        _complex("name", resources.NAME),
        *(_complex(name, parts, many=True) for name, parts in resources.MANY.items()),
    ]
    work = [
        *(_attribute(name) for name in resources.WORK),
        _complex("manager", ("value", "displayName")),
    ]
    group = [
        _attribute("displayName", required=True, unique=True),
        _attribute("externalId"),
        _complex("members", ("value", "display"), many=True),
    ]
    return [_schema(USER, "User", user), _schema(ENTERPRISE, "EnterpriseUser", work), _schema(GROUP, "Group", group)]


def _schema(name: str, title: str, attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schemas": [_SCHEMA + "Schema"], "id": name, "name": title, "attributes": attributes,
        "meta": {"resourceType": "Schema", "location": _at(f"Schemas/{name}")},
    }  # fmt: skip


def _attribute(name: str, kind: str = "string", *, required: bool = False, unique: bool = False) -> dict[str, Any]:
    return {
        "name": name, "type": "boolean" if name == "primary" else kind, "multiValued": False, "required": required,
        "caseExact": name in ("externalId", "value"), "mutability": "readWrite", "returned": "default",
        "uniqueness": "server" if unique else "none",
    }  # fmt: skip


def _complex(name: str, parts: tuple[str, ...], *, many: bool = False) -> dict[str, Any]:
    return _attribute(name, "complex") | {"multiValued": many, "subAttributes": [_attribute(part) for part in parts]}
