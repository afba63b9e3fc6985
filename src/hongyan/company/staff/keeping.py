"""Writes to sources: add, change, remove, a new key.

Always: a directory is named by who runs the machine, since it may lie anywhere in its network; an identity provider's key is
shown once, good for SCIM alone, and lives a year at most. Nothing that a source told is undone by its removal.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction

from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Company
from hongyan.company.staff.models import Line, Report, Source
from hongyan.company.staff.sources import ldap
from hongyan.company.staff.sources.settings import checked
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor, Grant
from hongyan.kernel.decision import Refusal

PREFIX: Final = "hys_"
MAX_SOURCES: Final = 20
KEY_DAYS: Final = 366
MAX_HOURS: Final = 24 * 31
SWITCHES: Final = ("enabled", "auto", "whole", "create_units", "open_mailboxes")
#: What a source may do by itself, within its company: what the lists of people need, and no more.
_RIGHTS: Final = frozenset(
    ("people.read", "people.write", "mailbox.read", "mailbox.write", "group.read", "group.write")
)


def actor_of(source: Source, remote: str = "") -> Actor:
    """A source acts under its own name, for its company alone."""
    grant = Grant("office", source.company.slug, only=_RIGHTS)
    return Actor(
        name=f"source/{source.pk} ({source.name})", grants=(grant,), company=source.company.slug,
        locale=source.company.locale, remote=remote,
    )  # fmt: skip


def _require(actor: Actor, company: Company, kind: str) -> None:
    actor.require("company.write" if kind == "ldap" else "settings.write", company.slug)


def add_source(
    *, actor: Actor, company: Company, kind: str, name: str, settings: Mapping[str, Any] | None = None,
    password: str = "", every_hours: int = 0, **switches: bool,
) -> tuple[Source, str]:  # fmt: skip
    """A new source; of an identity provider's the key as well, which is returned once (else "")."""
    if kind not in ("ldap", "scim"):
        raise Refusal("staff.kind_unknown", kind=kind[:40], known=["ldap", "scim"])
    _require(actor, company, kind)
    name = clean_name(name, "staff.name_malformed", 100)
    _check(every_hours, switches)
    source = Source(
        company=company, kind=kind, name=name, settings=checked(kind, settings or {}), every_hours=every_hours,
        sealed=ldap.seal(password) if password else b"", created_at=clock.now(), **switches,
    )  # fmt: skip
    text = _new_key(source) if kind == "scim" else ""
    source.next_at = _next(source)
    try:
        with transaction.atomic():
            if Source.objects.filter(company=company).count() >= MAX_SOURCES:
                raise Refusal("staff.too_many_sources", limit=MAX_SOURCES)
            source.save()
            _record("staff.source_added", actor, source, settings=_said(source))
    except IntegrityError:
        raise Refusal("staff.name_taken", name=name) from None
    return source, text


def change_source(
    *, actor: Actor, source: Source, name: str | None = None, settings: Mapping[str, Any] | None = None,
    password: str | None = None, every_hours: int | None = None, **switches: bool,
) -> tuple[str, ...]:  # fmt: skip
    """What is given (None: as it is); returns what changed."""
    _require(actor, source.company, source.kind)
    _check(every_hours or 0, switches)
    wanted: dict[str, Any] = dict(switches)
    if name is not None:
        wanted["name"] = clean_name(name, "staff.name_malformed", 100)
    if settings is not None:
        wanted["settings"] = checked(source.kind, settings)
    if every_hours is not None:
        wanted["every_hours"] = every_hours
    changed = [key for key, value in wanted.items() if getattr(source, key) != value]
    for key in changed:
        setattr(source, key, wanted[key])
    if password is not None:
        source.sealed = ldap.seal(password) if password else b""
        changed.append("sealed")
    if not changed:
        return ()
    source.next_at = _next(source)
    try:
        with transaction.atomic():
            source.save(update_fields=[*changed, "next_at"])
            said = [("password" if key == "sealed" else key) for key in changed]
            _record("staff.source_changed", actor, source, changed=said, settings=_said(source))
    except IntegrityError:
        raise Refusal("staff.name_taken", name=wanted.get("name", "")) from None
    return tuple(changed)


def _check(every_hours: int, switches: Mapping[str, bool]) -> None:
    if unknown := sorted(set(switches) - set(SWITCHES)):
        raise AttributeError(unknown)
    if not 0 <= every_hours <= MAX_HOURS:
        raise Refusal("staff.hours_range", most=MAX_HOURS)


def _next(source: Source) -> Any:
    if source.kind != "ldap" or not source.enabled or not source.every_hours:
        return None
    return clock.now() + timedelta(hours=source.every_hours)


def _said(source: Source) -> dict[str, Any]:
    """What the audit repeats of the settings."""
    names = ("preset", "url", "base", "filter", "unit_from", "unit_top", "units")
    return {name: source.settings[name] for name in names if name in source.settings} | {
        name: getattr(source, name) for name in SWITCHES
    }


def renew_key(*, actor: Actor, source: Source) -> str:
    """A new key; the former one is refused from now on. Refuses `staff.no_key` for a directory."""
    _require(actor, source.company, source.kind)
    if source.kind != "scim":
        raise Refusal("staff.no_key")
    text = _new_key(source)
    with transaction.atomic():
        source.save(update_fields=["key_hash", "key_hint", "key_until"])
        _record("staff.source_key", actor, source, until=str(source.key_until))
    return text


def _new_key(source: Source) -> str:
    text = PREFIX + secrets.token_urlsafe(32)
    source.key_hash, source.key_hint = key_hash(text), text[-4:]
    source.key_until = clock.today() + timedelta(days=KEY_DAYS)
    return text


def key_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def authenticate(text: str, *, today: date | None = None) -> Source:
    """The provider whose key this is. Refuses `staff.key_wrong`, `staff.key_over`, `staff.source_off`."""
    found = None
    if text.startswith(PREFIX):
        found = Source.objects.select_related("company").filter(key_hash=key_hash(text), kind="scim").first()
    if found is None:
        raise Refusal("staff.key_wrong")
    if found.key_until is None or found.key_until < (today or clock.today()):
        raise Refusal("staff.key_over", date=str(found.key_until))
    if not found.enabled:
        raise Refusal("staff.source_off", name=found.name)
    return found


def remove_source(*, actor: Actor, source: Source) -> None:
    """It is asked no more and knows nobody any more; its reports stay, what waits in them does not."""
    _require(actor, source.company, source.kind)
    with transaction.atomic():
        waiting = Report.objects.filter(source=source, state__in=("reading", "open"))
        Line.objects.filter(report__in=waiting, state="open").update(state="gone", values={})
        waiting.update(state="dropped", settled_at=clock.now())
        _record("staff.source_removed", actor, source)
        source.delete()


def _record(kind: str, actor: Actor, source: Source, **params: Any) -> None:
    ledger.record(
        kind, chain=source.company.slug, actor=actor.name, subject=f"source/{source.pk}", name=source.name, **params
    )
