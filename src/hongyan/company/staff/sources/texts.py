"""What a directory or an identity provider says of somebody, as the fields of a staff list.

Always: cleaned as a sheet's cells are; an address outside the company's domains says nothing; a phone number or a language
that we cannot read is passed over, a name or a number that we cannot is a problem to look at.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from hongyan.company.imports.cells import Problem, value_of
from hongyan.company.imports.fields import fields_of
from hongyan.company.imports.reading.table import clean
from hongyan.company.people.persons import clean_phone
from hongyan.company.staff.spool import Entry
from hongyan.kernel import address as addresses
from hongyan.kernel.decision import Refusal

_HANT: Final = ("zh-tw", "zh-hk", "zh-mo", "zh-hant")
_MILD: Final = ("phone", "mobile", "locale", "mailbox")


def locale_of(text: str) -> str:
    tag = text.strip().lower().replace("_", "-").partition(",")[0].partition(";")[0]
    if tag.startswith(_HANT):
        return "zh-Hant"
    return "zh-Hans" if tag == "zh" or tag.startswith("zh-") else "en" if tag.startswith("en") else ""


def entry_of(
    number: int, key: str, texts: Mapping[str, str], *, active: bool, domains: Collection[str], mailboxes: bool
) -> Entry:
    """`texts` by field, as they stand there. `mailboxes`: an address of the company's is opened, not only recognised."""
    entry, fields = Entry(number, key=key, active=active), fields_of("persons")
    for name, text in texts.items():
        text = locale_of(text) if name == "locale" else clean(text)
        if not text:
            continue
        try:
            value = value_of(fields[name], text, [])
            if name in ("phone", "mobile"):
                value = clean_phone(value)
        except Refusal as refusal:
            if name not in _MILD:
                entry.problems.append(Problem(refusal.code, refusal.decision.params))
            continue
        if name != "mailbox":
            entry.values[name] = value
        elif addresses.domain_of(value) in domains:
            entry.values["mailbox" if mailboxes else "known_as"] = value
    if not entry.values.get("name"):
        entry.problems.append(Problem("staff.row.no_name", {"key": key}))
    return entry
