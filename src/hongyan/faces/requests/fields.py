"""A form's fields as a page asks them, with what was typed; and what was typed as the actions take it.

Never: checks a value (company/requests does). What is offered to choose from is a help; who files may type something else
only where the field is typed at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext

from hongyan.company.mailboxes.models import PERSONAL_KINDS, Group, Mailbox
from hongyan.company.people.domains import default_domain
from hongyan.company.people.models import Appointment, Company, Person, Unit
from hongyan.company.requests import filing
from hongyan.company.requests.forms import Field, Form
from hongyan.faces.requests import words
from hongyan.kernel import clock
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import spell_size

#: So many groups or units are offered while somebody types.
OFFERED: Final = 200
_KINDS: Final = {
    "address": "address", "mailbox": "choice", "shared_mailbox": "choice", "choice": "choice", "date": "date",
    "members": "long", "long_text": "long",
}  # fmt: skip
_PLAIN: Final = ("group", "outside_address", "members", "person")


@dataclass(frozen=True, slots=True)
class Input:
    """One field as `requests/parts/field.html` draws it."""

    name: str
    kind: str
    label: str
    hint: words.Text
    required: bool
    value: str
    options: tuple[tuple[str, str], ...] = ()
    domain: str = ""  #: chosen, of an address
    limit: int = 200
    rows: int = 3
    least: str = ""  #: the first day that can be chosen
    plain: bool = False  #: neither capital letters nor spelling are helped with
    placeholder: str = ""
    wrong: Decision | None = None


def inputs(
    form: Form, company: Company, person: Person | None, values: Mapping[str, str], only: Iterable[str] | None = None
) -> list[Input]:
    """`values`: what was typed or kept. `only`: the fields that may be changed; None: all of them."""
    wanted = form.fields if only is None else [field for field in form.fields if field.name in set(only)]
    return [_input(form, field, company, person, values.get(field.name, "")) for field in wanted]


def _input(form: Form, field: Field, company: Company, person: Person | None, value: str) -> Input:
    options = _options(field, company, person)
    if field.kind in ("mailbox", "shared_mailbox"):
        options += tuple((value, value) for _ in [0] if value and value not in dict(options))
        value = value or (options[0][0] if len(options) == 1 else "")
    kind, domain = _KINDS.get(field.kind, "text"), ""
    if kind == "choice" and not options:
        kind = "text"  # nothing of his own: the address is typed
    if field.kind == "address":
        value, _, domain = value.partition("@")
        main = default_domain(company)
        domain = domain or (main.name if main else "")
    return Input(
        name=field.name, kind=kind, label=words.field_label(field.name),
        hint=words.hint(form.name, field.name), required=field.required, value=value, options=options, domain=domain,
        limit=field.limit if field.kind != "members" else 20_000, rows=3, plain=field.kind in _PLAIN,
        least=(clock.today() + timedelta(days=1)).isoformat(), placeholder="5 GB" if field.kind == "megabytes" else "",
    )  # fmt: skip


def _options(field: Field, company: Company, person: Person | None) -> tuple[tuple[str, str], ...]:
    match field.kind:
        case "address":
            names = company.domains.filter(alias_of=None).order_by("name").values_list("name", flat=True)
            return tuple((name, name) for name in names)
        case "choice":
            return tuple((value, words.choice_word(value)) for value in field.choices)
        case "mailbox" | "shared_mailbox":
            return tuple((box.address, _named(box)) for box in _mailboxes(field, person))
        case "group":
            groups = Group.objects.filter(company=company).order_by("address")[:OFFERED]
            return tuple((group.address, group.name or group.address) for group in groups)
        case "unit":
            return tuple((path, path) for path in _units(person))
    return ()


def _named(box: Mailbox) -> str:
    return f"{box.address} ({box.display_name})" if box.display_name else box.address


def _mailboxes(field: Field, person: Person | None) -> list[Mailbox]:
    """The person's own and those that he keeps; shared ones of the units that he heads as well, when one is handed over."""
    if person is None:
        return []
    kept = Q(keeper=person) & ~Q(kind__in=PERSONAL_KINDS)
    if field.kind == "shared_mailbox":
        heads = Appointment.objects.filter(person=person, head=True).values("unit")
        kept |= Q(unit__in=heads) & ~Q(kind__in=PERSONAL_KINDS)
    else:
        kept |= Q(person=person, kind__in=PERSONAL_KINDS)
    rows = Mailbox.objects.filter(kept, company=person.company, closed_at__isnull=True)
    return list(rows.order_by("address")[:OFFERED])


def _units(person: Person | None) -> list[str]:
    """The person's units and those around them: what is above, what is right below."""
    if person is None:
        return []
    own = list(Unit.objects.filter(appointments__person=person).distinct())
    near = Unit.objects.filter(company=person.company).filter(Q(pk__in=[u.pk for u in own]) | Q(parent__in=own))
    return list(near.order_by("path").values_list("path", flat=True)[:OFFERED])


def number_of(text: str) -> int:
    """A primary key that somebody sends; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


# -- what was typed ---------------------------------------------------------------------------------------
def typed(form: Form, sent: QueryDict, only: Iterable[str] | None = None) -> dict[str, str]:
    """The form's values as they were typed; an address with the domain that was chosen beside it."""
    names = None if only is None else set(only)
    return {field.name: _typed(field, sent) for field in form.fields if names is None or field.name in names}


def _typed(field: Field, sent: QueryDict) -> str:
    text = sent.get(field.name, "").strip()
    if field.kind == "address" and text and "@" not in text:
        return f"{text}@{sent.get(field.name + '-domain', '')}"
    return text


def answered(form: Form) -> list[str]:
    """What may be corrected when a request was sent back: all but the mailbox that it is about."""
    return [f.name for f in form.fields if f.name != form.subject or f.kind not in ("mailbox", "shared_mailbox")]


def raw(form: Form, values: Mapping[str, str], company: Company) -> dict[str, str]:
    """As the actions take it: a colleague by the address of a mailbox or by primary key."""
    persons = {field.name for field in form.fields if field.kind == "person"}
    return {name: _key(company, text) if name in persons and text else text for name, text in values.items()}


def _key(company: Company, text: str) -> str:
    """Nobody has an employee number that is read as a key: what is not found is passed on as an address, which is not either."""
    try:
        return str(colleague(company, text).pk)
    except Refusal:
        return text if "@" in text else f"{text}@"


def colleague(company: Company, text: str) -> Person:
    """By address (what stands before the @ is enough), employee number, or a name that only one has. Refuses `person.unknown`."""
    text = " ".join(text.split())
    people = Person.objects.filter(company=company, left_on__isnull=True)
    main = default_domain(company)
    address = text.lower() if "@" in text or main is None else f"{text.lower()}@{main.name}"
    boxes = Mailbox.objects.filter(company=company, address=address, closed_at__isnull=True, kind__in=PERSONAL_KINDS)
    for found in (
        people.filter(pk__in=boxes.values("person")), people.filter(number=text), people.filter(name=text),
    ):  # fmt: skip
        if len(named := list(found[:2])) == 1 and text:
            return named[0]
    raise Refusal("person.unknown", person=text[:60])


def kept(form: Form, values: Mapping[str, Any]) -> dict[str, str]:
    """The cleaned values of a request as they are typed again."""
    return {field.name: _again(field, values.get(field.name)) for field in form.fields}


def _again(field: Field, value: Any) -> str:
    if value in (None, ""):
        return ""
    if field.kind == "person":
        person = Person.objects.filter(pk=value).first() if isinstance(value, int) else None
        return (person.number or person.name) if person else str(value)
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return f"{value} MB" if field.kind == "megabytes" else str(value)


def files(sent: Iterable[UploadedFile]) -> list[tuple[str, bytes]]:
    """What was attached: names and bytes."""
    return [(file.name or "", file.read()) for file in sent]


# -- what was refused -------------------------------------------------------------------------------------
def sorted_out(refusal: Refusal | None) -> tuple[Decision | None, dict[str, Decision], list[Decision]]:
    """The refusal itself, what is wrong by field, and whatever else is wrong."""
    if refusal is None:
        return None, {}, []
    by_field = {str(r.params["field"]): r for r in refusal.reasons if "field" in r.params}
    return refusal.decision, by_field, [r for r in refusal.reasons if "field" not in r.params]


def with_wrongs(asked: list[Input], wrong: Mapping[str, Decision]) -> list[Input]:
    return [replace(each, wrong=wrong.get(each.name)) for each in asked]


def files_hint() -> str:
    limits = {"n": filing.MAX_ATTACHMENTS, "size": spell_size(filing.MAX_BYTES)}
    return gettext("PDF, pictures, Office files or text; %(n)s at most, each up to %(size)s.") % limits
