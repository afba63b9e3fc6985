"""What is written into a form: each value checked and spelled in one way, and how it reads later.

Owns: cleaning by a field's kind; `lines_of`. Never: asks who may file.
Always: whatever is wrong is said at once, each with the field that it is in; an address, a person, a unit or a group of
another company is as unknown as none, and a mailbox of somebody else as well unless the one who files sees it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from hongyan.company.mailboxes.actions import check_quota
from hongyan.company.mailboxes.models import SHARED_KINDS, Claim, Group, Mailbox
from hongyan.company.mailboxes.routing import known_addresses, own_address
from hongyan.company.mailboxes.scope import places_of_mailbox
from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Company, Person, Unit
from hongyan.company.people.relations import upward
from hongyan.company.people.scope import places_of
from hongyan.company.people.settings import parse_size
from hongyan.company.permits.values import outside_target, size_mb
from hongyan.company.requests.forms import Field, Form
from hongyan.company.requests.models import Request
from hongyan.kernel import address as addresses, clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import catalogue

LONGEST: Final = timedelta(days=3653)
MAX_MEMBERS: Final = 500


@dataclass(frozen=True, slots=True)
class Asking:
    """Who files for whom, which decides what of the company he may name."""

    company: Company
    actor: Actor
    person: Person | None


def cleaned(
    form: Form, raw: Mapping[str, Any], asking: Asking, *, only: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """The form's values as they are stored; with `only`, of these fields. Refuses `request.fields_refused` with reasons."""
    fields = [f for f in form.fields if only is None or f.name in only]
    reasons = [
        Decision("request.field_unknown", {"field": str(name)[:40], "form": form.name})
        for name in raw
        if name not in {f.name for f in fields}
    ]
    values: dict[str, Any] = {}
    for field in fields:
        given = raw.get(field.name)
        if given is None or (isinstance(given, (str, list, tuple)) and not given) or str(given).strip() == "":
            if field.required:
                reasons.append(Decision("request.field_missing", {"field": field.name}, form.clause))
            continue
        try:
            values[field.name] = _CLEAN[field.kind](given, field, asking)
        except Refusal as refused:
            decision = refused.decision
            reasons.append(Decision(decision.code, decision.params | {"field": field.name}, decision.clause))
    if reasons:
        raise Refusal("request.fields_refused", clause=form.clause, reasons=tuple(reasons), form=form.name)
    return values


def find_mailbox_for(text: Any, asking: Asking) -> Mailbox:
    """A mailbox that the applicant may speak of. Refuses `mailbox.unknown`, `mailbox.closed`."""
    address = str(text).strip().lower()
    rows = Mailbox.objects.select_related("company", "person", "keeper", "unit", "account")
    mailbox = rows.filter(company=asking.company, address=address).first()
    if mailbox is None or not _may_name(mailbox, asking):
        raise Refusal("mailbox.unknown", address=address[:120])
    if mailbox.closed_at is not None:
        raise Refusal("mailbox.closed", address=mailbox.address)
    return mailbox


def _may_name(mailbox: Mailbox, asking: Asking) -> bool:
    own = asking.person is not None and asking.person.pk in (mailbox.person_id, mailbox.keeper_id)
    mine = asking.actor.account_id is not None and mailbox.account_id == asking.actor.account_id
    return own or mine or asking.actor.may("mailbox.read", asking.company.slug, places_of_mailbox(mailbox))


# -- by kind -------------------------------------------------------------------------------------------------
def _address(given: Any, field: Field, asking: Asking) -> str:
    address = own_address(asking.company, str(given))
    if addresses.local_of(address) in addresses.RESERVED:
        raise Refusal("address.reserved", address=address)
    if Claim.objects.filter(address=address).exists():
        raise Refusal("address.taken", address=address)
    return address


def _mailbox(given: Any, field: Field, asking: Asking) -> str:
    return find_mailbox_for(given, asking).address


def _shared_mailbox(given: Any, field: Field, asking: Asking) -> str:
    mailbox = find_mailbox_for(given, asking)
    if mailbox.kind not in SHARED_KINDS:
        raise Refusal("mailbox.not_shared", address=mailbox.address, clause="G4.2.3")
    return mailbox.address


def _group(given: Any, field: Field, asking: Asking) -> str:
    address = str(given).strip().lower()
    if not Group.objects.filter(company=asking.company, address=address).exists():
        raise Refusal("group.unknown", address=address[:120])
    return address


def _members(given: Any, field: Field, asking: Asking) -> list[str]:
    texts = given if isinstance(given, (list, tuple)) else str(given).replace(",", " ").replace(";", " ").split()
    if len(texts) > MAX_MEMBERS:
        raise Refusal("request.members_many", limit=MAX_MEMBERS)
    return known_addresses(asking.company, [str(text) for text in texts])


def _outside_address(given: Any, field: Field, asking: Asking) -> str:
    target = outside_target(asking.company, str(given))
    if "@" not in target or target.startswith("@"):
        raise Refusal("address.malformed", address=target[:120])
    return target


def _person(given: Any, field: Field, asking: Asking) -> int:
    """By primary key, or by the address of one of his mailboxes."""
    text = str(given).strip().lower()
    people = Person.objects.filter(company=asking.company, left_on__isnull=True)
    if "@" in text:
        found = people.filter(mailboxes__address=text, mailboxes__closed_at__isnull=True).first()
    else:
        found = people.filter(pk=int(text)).first() if text.isascii() and text.isdigit() and len(text) < 19 else None
    if found is None:
        raise Refusal("person.unknown", person=text[:120])
    return found.pk


def _unit(given: Any, field: Field, asking: Asking) -> str:
    """One where the person works, above or below it; any that the one who files sees."""
    path = str(given).strip().strip("/")
    unit = Unit.objects.filter(company=asking.company, path=path).first()
    if unit is None or not _may_name_unit(unit, asking):
        raise Refusal("unit.unknown", path=path[:120])
    return unit.path


def _may_name_unit(unit: Unit, asking: Asking) -> bool:
    own = places_of(asking.person) if asking.person is not None else ()
    near = any(path in upward(unit) or path.startswith(unit.path + "/") for path in own)
    return near or asking.actor.may("people.read", asking.company.slug, [unit.path])


def _megabytes(given: Any, field: Field, asking: Asking) -> int:
    if isinstance(given, bool):
        raise Refusal("quota.malformed", text=str(given))
    size = parse_size(str(given))
    if field.high:
        return size_mb(str(size))
    check_quota(size)
    return size


def _date(given: Any, field: Field, asking: Asking) -> str:
    try:
        day = given if isinstance(given, date) else date.fromisoformat(str(given).strip())
    except ValueError:
        raise Refusal("request.date_malformed", text=str(given)[:40]) from None
    if not clock.today() < day <= clock.today() + LONGEST:
        raise Refusal("request.date_range", date=day.isoformat())
    return day.isoformat()


def _choice(given: Any, field: Field, asking: Asking) -> str:
    if given not in field.choices:
        raise Refusal("request.choice_unknown", text=str(given)[:40], known=", ".join(field.choices))
    return str(given)


def _text(given: Any, field: Field, asking: Asking) -> str:
    return clean_name(str(given), "request.text_malformed", field.limit)


def _long_text(given: Any, field: Field, asking: Asking) -> str:
    return clean_lines(str(given), field.limit)


def clean_lines(text: str, limit: int) -> str:
    """Several lines as they are stored. Refuses `text.encoding`, `request.text_malformed`."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refusal("text.encoding") from None
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if len(lines) > limit or any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in lines):
        raise Refusal("request.text_malformed", name=lines[:60], limit=limit)
    return lines


_CLEAN: Final[dict[str, Callable[[Any, Field, Asking], Any]]] = {
    "address": _address,
    "mailbox": _mailbox,
    "shared_mailbox": _shared_mailbox,
    "group": _group,
    "members": _members,
    "outside_address": _outside_address,
    "person": _person,
    "unit": _unit,
    "megabytes": _megabytes,
    "date": _date,
    "choice": _choice,
    "text": _text,
    "long_text": _long_text,
}


# -- how it reads ----------------------------------------------------------------------------------------
def label(name: str, locale: str) -> str:
    """What a field is called."""
    return catalogue().get(f"request_field.{name}", {}).get(locale, name)


def shown(field: Field, value: Any, company: Company, locale: str) -> str:
    """A stored value as people read it."""
    match field.kind:
        case "person":
            person = Person.objects.filter(company=company, pk=value).first()
            return person.name if person else str(value)
        case "megabytes":
            return f"{int(value) / 1024:g} GB" if int(value) >= 1024 else f"{value} MB"
        case "choice":
            return catalogue().get(f"request_choice.{value}", {}).get(locale, str(value))
        case "members":
            return ", ".join(map(str, value))
        case _:
            return str(value)


def lines(request: Request, form: Form, locale: str) -> list[tuple[str, str]]:
    """Label and value of everything that was filled in, in the form's order."""
    return [
        (label(field.name, locale), shown(field, request.fields[field.name], request.company, locale))
        for field in form.fields
        if field.name in request.fields
    ]
