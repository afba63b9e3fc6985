"""A company's own settings: which there are, what they may be, and the one action that changes them.

Owns: `SETTINGS` (name, bounds, clause), `change_settings`.
Never: knows how a setting is asked for or shown; the faces read `SETTINGS`.
Always: all that is wrong is said at once, and then nothing is changed; the audit holds each value before and after.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from hongyan.company.people.actions import check_locale, clean_name
from hongyan.company.people.models import Company
from hongyan.company.policy.passwords import SHORTEST_MAXIMUM
from hongyan.kernel import address as addresses, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.instance import NoInstance, current

MAX_QUOTA_MB: Final = 1024 * 1024
MAX_POSTMASTERS: Final = 20
#: What the mail servers take at most where no instance says so (kernel/instance.py).
MESSAGE_SIZE_MB: Final = 50


@dataclass(frozen=True, slots=True)
class Setting:
    """A whole number between `low` and `high`. `compiled`: the engines' files depend on it."""

    name: str
    low: int
    high: int
    clause: str = ""
    compiled: bool = False


SETTINGS: Final = {
    s.name: s
    for s in (
        Setting("quota_mb", 1, MAX_QUOTA_MB, "B3", compiled=True),
        Setting("hourly_limit", 1, 100_000, "B4.4", compiled=True),
        Setting("max_message_mb", 1, MESSAGE_SIZE_MB, compiled=True),
        Setting("junk_days", 1, 3650, "B4.9", compiled=True),
        Setting("trash_days", 1, 3650, "B4.9", compiled=True),
        Setting("rename_keep_days", 0, 3650, "C6"),
        Setting("password_min_length", 6, 64, "B4.12"),
        Setting("password_max_length", SHORTEST_MAXIMUM, 128, "B4.12"),
        Setting("password_max_age_days", 0, 3650, "P10"),
    )
}
#: Settings that are no numbers.
TEXTS: Final = ("name", "locale", "postmaster")

_SIZE: Final = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*(M|MB|MIB|G|GB|GIB|T|TB|TIB)?", re.IGNORECASE)
_FACTORS: Final = {"M": 1, "G": 1024, "T": 1024 * 1024}


def parse_size(text: str) -> int:
    """Megabytes of `5GB`, `500MB` or `3072`. Refuses `quota.malformed`."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise Refusal("quota.malformed", text=text[:40])
    return round(float(match[1]) * _FACTORS[(match[2] or "M").upper()[0]])


def bounds(name: str) -> tuple[int, int]:
    """The lowest and highest value; of a message's size as this instance's servers take it."""
    setting = SETTINGS[name]
    if name != "max_message_mb":
        return setting.low, setting.high
    try:
        return setting.low, current().message_size_mb
    except NoInstance:
        return setting.low, setting.high


def change_settings(*, actor: Actor, company: Company, changes: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Set the named settings; returns those that differ, as (before, after).

    Numbers as in `SETTINGS`; `name`; `locale`; `postmaster`: a list of the company's addresses, empty for the default.
    Refuses `setting.unknown`, and `setting.unfit` with a reason for every value that cannot be.
    """
    actor.require("settings.write", company.slug)
    if unknown := sorted(changes.keys() - SETTINGS.keys() - set(TEXTS)):
        raise Refusal("setting.unknown", name=unknown[0], known=[*SETTINGS, *TEXTS])
    wanted: dict[str, Any] = {}
    wrong: list[Decision] = []
    for name, value in changes.items():
        try:
            wanted[name] = _fit(company, name, value)
        except Refusal as refusal:
            wrong.append(refusal.decision)
    wrong += _lengths(company, wanted)
    if wrong:
        raise Refusal("setting.unfit", reasons=tuple(wrong), why=[reason.code for reason in wrong])
    changed = {
        name: (getattr(company, name), value) for name, value in wanted.items() if getattr(company, name) != value
    }
    if changed:
        _apply(actor, company, changed)
    return changed


def _apply(actor: Actor, company: Company, changed: Mapping[str, tuple[Any, Any]]) -> None:
    with transaction.atomic():
        for name, (_, after) in changed.items():
            setattr(company, name, after)
        company.save(update_fields=list(changed))
        ledger.record(
            "company.settings", chain=company.slug, actor=actor.name, subject=company.slug,
            before={name: before for name, (before, _) in changed.items()},
            after={name: after for name, (_, after) in changed.items()},
        )  # fmt: skip
        if any(SETTINGS[name].compiled if name in SETTINGS else name != "name" for name in changed):
            outbox.release(full=True)
        if "quota_mb" in changed:
            outbox.enqueue(outbox.FILLING, {"company": company.slug})


def _fit(company: Company, name: str, value: Any) -> Any:
    if name == "name":
        return clean_name(str(value), "company.name_malformed", 200)
    if name == "locale":
        return check_locale(str(value))
    if name == "postmaster":
        return _postmaster(company, value)
    low, high = bounds(name)
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if not low <= number <= high or isinstance(value, (bool, float)):
        raise Refusal("setting.range", clause=SETTINGS[name].clause, name=name, low=low, high=high)
    return number


def _lengths(company: Company, wanted: Mapping[str, Any]) -> list[Decision]:
    """The shortest password that is asked for must not be longer than the longest that is allowed."""
    if not wanted.keys() & {"password_min_length", "password_max_length"}:
        return []
    shortest = wanted.get("password_min_length", company.password_min_length)
    longest = wanted.get("password_max_length", company.password_max_length)
    return [Decision("setting.lengths", {"low": shortest, "high": longest}, "B4.12")] if shortest > longest else []


def _postmaster(company: Company, value: Any) -> list[str]:
    """Addresses of the company, once each, in the order given."""
    given = value.replace(",", " ").split() if isinstance(value, str) else list(value)
    wanted = list(dict.fromkeys(addresses.parse(str(text)) for text in given))
    if len(wanted) > MAX_POSTMASTERS:
        raise Refusal("setting.too_many", name="postmaster", limit=MAX_POSTMASTERS)
    known = set(company.claims.filter(address__in=wanted).values_list("address", flat=True))
    for address in wanted:
        if address not in known or addresses.local_of(address) in addresses.RESERVED:
            raise Refusal("address.unknown", address=address)
    return wanted
