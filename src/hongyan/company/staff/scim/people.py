"""Who a user of an identity provider is, as an entry of a staff list.

Always: the key is our own id of the user, which the provider keeps too and never changes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from hongyan.company.staff.models import ScimUser, Source
from hongyan.company.staff.scim.resources import ENTERPRISE
from hongyan.company.staff.sources.settings import Provider, provider
from hongyan.company.staff.sources.texts import entry_of
from hongyan.company.staff.spool import Entry

_HAN: Final = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def entries(source: Source, domains: Collection[str]) -> Iterator[Entry]:
    settings = provider(source.settings)
    for user in ScimUser.objects.filter(source=source).order_by("pk").iterator(500):
        yield entry(user, source, settings, domains)


def entry(user: ScimUser, source: Source, settings: Provider, domains: Collection[str]) -> Entry:
    data: Mapping[str, Any] = user.data
    work: Mapping[str, Any] = data.get(ENTERPRISE, {})
    units = [settings.unit_top, *(str(work.get(name, "")) for name in settings.unit_from)]
    texts = {
        "number": str(work.get("employeeNumber", "")), "name": _name(data), "post": str(data.get("title", "")),
        "unit": "/".join(unit for unit in units if unit) if any(units[1:]) else "", "mailbox": user.mail_key or user.name_key,
        "phone": _of_type(data.get("phoneNumbers", ()), "work"), "mobile": _of_type(data.get("phoneNumbers", ()), "mobile"),
        "locale": str(data.get("preferredLanguage") or data.get("locale") or ""),
    }  # fmt: skip
    return entry_of(
        user.pk, str(user.uid), texts, active=user.active, domains=domains, mailboxes=source.open_mailboxes
    )  # fmt: skip


def _name(data: Mapping[str, Any]) -> str:
    name: Mapping[str, Any] = data.get("name", {})
    if said := data.get("displayName") or name.get("formatted"):
        return str(said)
    family, given = str(name.get("familyName", "")), str(name.get("givenName", ""))
    if _HAN.search(family + given):
        return family + given
    return f"{given} {family}".strip()


def _of_type(rows: Collection[Mapping[str, Any]], kind: str) -> str:
    found = [row for row in rows if str(row.get("type", "")).lower() == kind and row.get("value")]
    return str(found[0]["value"]) if found else ""


def work_address(data: Mapping[str, Any]) -> str:
    """The address that filters on `emails.value` are asked of: the work one, else the primary one, else the first."""
    rows = [row for row in data.get("emails", ()) if row.get("value")]
    ranked = sorted(rows, key=lambda row: (str(row.get("type", "")).lower() != "work", not row.get("primary")))
    return str(ranked[0]["value"]).strip().casefold()[:320] if ranked else ""
