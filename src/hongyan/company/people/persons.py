"""Writes to what is known of a person. Adding is `actions.add_person`, posts are in `posts.py`.

Always: asks for the right over where the person lies; the audit says which entries changed, and repeats of the old and the
new value only what the company shows anyhow (never phone numbers).
"""

from __future__ import annotations

import re
from typing import Final

from django.db import IntegrityError, transaction

from hongyan.company.people.actions import check_locale, clean_name
from hongyan.company.people.models import Account, Person
from hongyan.company.people.scope import places_of
from hongyan.kernel import ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

_PHONE: Final = re.compile(r"[0-9+][0-9 ()\-.,;#*/extEXT]{2,38}")
SAID: Final = ("name", "latin_name", "number", "locale")


def clean_phone(text: str) -> str:
    """As written, with single spaces. Refuses `person.phone_malformed`."""
    phone = " ".join(text.split())
    if phone and not _PHONE.fullmatch(phone):
        raise Refusal("person.phone_malformed", phone=phone[:40])
    return phone


def edit_person(
    *,
    actor: Actor,
    person: Person,
    name: str | None = None,
    latin_name: str | None = None,
    number: str | None = None,
    locale: str | None = None,
    phone: str | None = None,
    mobile: str | None = None,
) -> tuple[str, ...]:
    """Change what is given (None: leave it); returns what changed. A new language holds for the person's accounts, too.

    Refuses `person.name_malformed`, `person.number_taken`, `person.phone_malformed`, `locale.unknown`.
    """
    slug = person.company.slug
    actor.require("people.write", slug, places_of(person))
    wanted: dict[str, str | None] = {
        "name": clean_name(name, "person.name_malformed", 100) if name is not None else None,
        "latin_name": _or_empty(latin_name, "person.name_malformed", 100),
        "number": _or_empty(number, "person.number_malformed", 40),
        "locale": check_locale(locale) if locale is not None else None,
        "phone": clean_phone(phone) if phone is not None else None,
        "mobile": clean_phone(mobile) if mobile is not None else None,
    }
    before = {key: getattr(person, key) for key in wanted}
    changed = tuple(key for key, value in wanted.items() if value is not None and value != before[key])
    if not changed:
        return ()
    for key in changed:
        setattr(person, key, wanted[key])
    try:
        with transaction.atomic():
            person.save(update_fields=changed)
            if "locale" in changed:
                _follow_locale(person)
            ledger.record(
                "person.changed", chain=slug, actor=actor.name, subject=f"person/{person.pk}", changed=list(changed),
                before={key: before[key] for key in changed if key in SAID},
                after={key: wanted[key] for key in changed if key in SAID},
            )  # fmt: skip
    except IntegrityError:
        person.refresh_from_db(fields=changed)
        raise Refusal("person.number_taken", number=number or "") from None
    return changed


def _or_empty(text: str | None, code: str, limit: int) -> str | None:
    if text is None:
        return None
    return clean_name(text, code, limit) if text.strip() else ""


def _follow_locale(person: Person) -> None:
    """Pages, refusals and notices of the person's accounts in the new language."""
    accounts = Account.objects.filter(person=person, closed_at__isnull=True)
    logins = list(accounts.exclude(locale=person.locale).values_list("login", flat=True))
    accounts.update(locale=person.locale)
    if logins:
        outbox.release(*logins)
