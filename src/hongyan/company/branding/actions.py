"""Writes to a company's look.

Always: permission, rows and audit event in one transaction; pictures and colours are checked before (pictures.py, colours.py).
Clause: R1 (branded sign-in page, signature templates).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import transaction

from hongyan.company.branding import colours, pictures, signature
from hongyan.company.branding.models import SLOTS, Look, Picture
from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Company
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

TEXTS: Final = ("accent", "title", "welcome", "signature")


def change_look(*, actor: Actor, company: Company, changes: Mapping[str, str]) -> Look:
    """Set these of TEXTS; an empty one returns to the product's own. Refuses what colours.py and signature.py refuse."""
    actor.require("settings.write", company.slug)
    if unknown := sorted(changes.keys() - set(TEXTS)):
        raise Refusal("setting.unknown", name=unknown[0], known=list(TEXTS))
    wanted = {name: _fit(name, value) for name, value in changes.items()}
    with transaction.atomic():
        look = _look(company)
        changed = {name: value for name, value in wanted.items() if getattr(look, name) != value}
        if changed:
            before = {name: getattr(look, name) for name in changed}
            for name, value in changed.items():
                setattr(look, name, value)
            _save(look, list(changed))
            ledger.record(
                "company.look", chain=company.slug, actor=actor.name, subject=company.slug, before=before, after=changed
            )
    return look


def _fit(name: str, value: str) -> str:
    if not value.strip():
        return ""
    match name:
        case "accent":
            return colours.check_accent(value)
        case "signature":
            return signature.check(value)
    return clean_name(value, "look.text_malformed", 80 if name == "title" else 200)


def _look(company: Company) -> Look:
    look, _ = Look.objects.select_for_update().get_or_create(company=company, defaults={"changed_at": clock.now()})
    return look


def _save(look: Look, fields: list[str]) -> None:
    look.changed_at = clock.now()
    look.save(update_fields=[*fields, "changed_at"])


def set_picture(*, actor: Actor, company: Company, slot: str, data: bytes) -> Look:
    """The logo, or the picture of the sign-in page. Refuses what pictures.py refuses."""
    actor.require("settings.write", company.slug)
    if slot not in SLOTS:
        raise Refusal("setting.unknown", name=slot, known=list(SLOTS))
    name, body = pictures.clean(slot, data)
    with transaction.atomic():
        look = _look(company)
        Picture.objects.update_or_create(company=company, slot=slot, defaults={"name": name, "body": body})
        _put(actor, look, slot, name)
    return look


def remove_picture(*, actor: Actor, company: Company, slot: str) -> Look:
    """Back to the product's own."""
    actor.require("settings.write", company.slug)
    if slot not in SLOTS:
        raise Refusal("setting.unknown", name=slot, known=list(SLOTS))
    with transaction.atomic():
        look = _look(company)
        Picture.objects.filter(company=company, slot=slot).delete()
        _put(actor, look, slot, "")
    return look


def _put(actor: Actor, look: Look, slot: str, name: str) -> None:
    before = getattr(look, slot)
    if before == name:
        return
    setattr(look, slot, name)
    _save(look, [slot])
    ledger.record(
        "company.look", chain=look.company.slug, actor=actor.name, subject=look.company.slug,
        before={slot: before}, after={slot: name},
    )  # fmt: skip
