"""What may be set of a source, by kind, and what a directory's attributes mean.

Always: values are checked when they are set, so that a look fails for the directory's reasons only. The password is no
setting: it is sealed beside them.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from hongyan.kernel.decision import Refusal

FIELDS: Final = ("number", "name", "latin_name", "unit", "post", "mailbox", "mobile", "phone", "locale")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
PRESETS: Final[dict[str, dict[str, Any]]] = {
    "ad": {
        "filter": "(&(objectCategory=person)(objectClass=user))", "key": "objectGUID",
        "fields": {
            "number": ["employeeID", "employeeNumber"], "name": ["displayName", "cn"], "unit": ["department"],
            "post": ["title"], "mailbox": ["mail", "userPrincipalName"], "mobile": ["mobile"],
            "phone": ["telephoneNumber"], "locale": ["preferredLanguage"],
        },
    },
    "openldap": {
        "filter": "(objectClass=inetOrgPerson)", "key": "entryUUID",
        "fields": {
            "number": ["employeeNumber"], "name": ["displayName", "cn"], "unit": ["departmentNumber", "ou"],
            "post": ["title"], "mailbox": ["mail"], "mobile": ["mobile"], "phone": ["telephoneNumber"],
            "locale": ["preferredLanguage"],
        },
    },
}  # fmt: skip
MAX_TEXT: Final = 1000
MAX_CA: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Directory:
    """How to ask. `units`: "attribute", or "dn": the organisational units of the entry's own name."""

    host: str
    port: int
    secure: bool
    start_tls: bool
    ca: str
    bind_dn: str
    base: str
    filter: str
    key: str
    fields: Mapping[str, list[str]]
    units: str
    unit_top: str
    active_directory: bool


def directory(settings: Mapping[str, Any]) -> Directory:
    """The settings as they are used. Refuses `staff.url_*`, `staff.base_needed`, `staff.setting_*`."""
    preset = str(settings.get("preset", "ad"))
    if preset not in PRESETS:
        raise Refusal("staff.setting_choice", name="preset", known=sorted(PRESETS))
    units = str(settings.get("units", "attribute"))
    if units not in ("attribute", "dn"):
        raise Refusal("staff.setting_choice", name="units", known=["attribute", "dn"])
    given = PRESETS[preset]
    fields = {name: list(given["fields"].get(name, ())) for name in FIELDS}
    for name, attributes in dict(settings.get("fields", {})).items():
        if name not in FIELDS:
            raise Refusal("staff.setting_choice", name="fields", known=list(FIELDS))
        fields[name] = str(attributes).replace(",", " ").split()
    host, port, secure = _address(_text(settings, "url"))
    start_tls = bool(settings.get("start_tls", False))
    if not secure and not start_tls and host not in _LOOPBACK:
        raise Refusal("staff.url_insecure", url=_text(settings, "url"))
    base = _text(settings, "base")
    if not base:
        raise Refusal("staff.base_needed")
    return Directory(
        host=host, port=port, secure=secure, start_tls=start_tls, ca=_ca(settings), bind_dn=_text(settings, "bind_dn"),
        base=base, filter=_text(settings, "filter") or given["filter"], key=_text(settings, "key") or given["key"],
        fields=fields, units=units, unit_top=_text(settings, "unit_top").strip("/"), active_directory=preset == "ad",
    )  # fmt: skip


def _text(settings: Mapping[str, Any], name: str) -> str:
    text = str(settings.get(name, "")).strip()
    if len(text) > MAX_TEXT or any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise Refusal("staff.setting_malformed", name=name)
    return text


def _address(url: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refusal("staff.url_malformed", url=url[:120]) from None
    wrong = parts.path not in ("", "/") or parts.query or "@" in parts.netloc
    if parts.scheme not in ("ldap", "ldaps") or not host or wrong:
        raise Refusal("staff.url_malformed", url=url[:120])
    secure = parts.scheme == "ldaps"
    return host, port or (636 if secure else 389), secure


def _ca(settings: Mapping[str, Any]) -> str:
    text = str(settings.get("ca", "")).strip()
    if text:
        try:
            if len(text) > MAX_CA:
                raise ValueError
            ssl.create_default_context(cadata=text)
        except (ValueError, ssl.SSLError):
            raise Refusal("staff.ca_malformed") from None
    return text


@dataclass(frozen=True, slots=True)
class Provider:
    """What an identity provider's users mean: `unit_from`: attributes joined to a path, from the top."""

    unit_from: tuple[str, ...]
    unit_top: str


UNIT_ATTRIBUTES: Final = ("organization", "division", "department")


def provider(settings: Mapping[str, Any]) -> Provider:
    names = str(settings.get("unit_from", "department")).replace(",", " ").split()
    if any(name not in UNIT_ATTRIBUTES for name in names):
        raise Refusal("staff.setting_choice", name="unit_from", known=list(UNIT_ATTRIBUTES))
    return Provider(tuple(names), _text(settings, "unit_top").strip("/"))


def checked(kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings to be kept: those we know, empty ones left out."""
    known = (
        ("preset", "url", "start_tls", "ca", "bind_dn", "base", "filter", "key", "fields", "units", "unit_top")
        if kind == "ldap"
        else ("unit_from", "unit_top")
    )
    if unknown := sorted(set(settings) - set(known)):
        raise Refusal("staff.setting_unknown", names=unknown, known=list(known))
    kept = {name: settings[name] for name in known if settings.get(name) not in (None, "", {}, False)}
    directory(kept) if kind == "ldap" else provider(kept)
    return kept
