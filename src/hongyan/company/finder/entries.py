"""Making entries of rows, and keeping them right.

Owns: which rows are found by which words. Never: decides who may see what (`queries.py`).
Always: safe to repeat; what is gone loses its entry.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from hongyan.company.finder.models import KINDS, Entry, Token, place_of
from hongyan.company.finder.words import address_tokens, domain_tokens, name_tokens
from hongyan.company.mailboxes.models import Alias, Group, Mailbox
from hongyan.company.people.models import Company, Domain, Person, Unit

T = TypeVar("T")
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Doc:
    """What an entry says and the tokens that it is found by."""

    kind: str
    object_id: int
    key: str
    title: str
    detail: str
    tokens: set[bytes]


def of_person(person: Person) -> Doc:
    posts = [a.unit.path for a in person.appointments.all()]
    detail = " · ".join([*([person.number] if person.number else []), *posts[:2]])
    tokens = name_tokens(person.name, person.latin_name, person.number)
    return Doc("person", person.pk, f"person/{person.pk}", person.name, detail, tokens)


def of_mailbox(mailbox: Mailbox) -> Doc:
    name = mailbox.display_name or (mailbox.person.name if mailbox.person else "")
    tokens = address_tokens(mailbox.address) | name_tokens(mailbox.display_name)
    return Doc("mailbox", mailbox.pk, mailbox.address, mailbox.address, name, tokens)


def of_group(group: Group) -> Doc:
    tokens = address_tokens(group.address) | name_tokens(group.name)
    return Doc("group", group.pk, group.address, group.address, group.name, tokens)


def of_alias(alias: Alias) -> Doc:
    return Doc("alias", alias.pk, alias.address, alias.address, f"→ {alias.target}", address_tokens(alias.address))


def of_unit(unit: Unit) -> Doc:
    return Doc("unit", unit.pk, unit.path, unit.name, unit.path, name_tokens(unit.name))


def of_domain(domain: Domain) -> Doc:
    return Doc("domain", domain.pk, domain.name, domain.name, "", domain_tokens(domain.name))


@dataclass(frozen=True, slots=True)
class Source:
    rows: Callable[[], QuerySet[Any]]
    doc: Callable[[Any], Doc]


SOURCES: dict[str, Source] = {
    "person": Source(lambda: Person.objects.prefetch_related("appointments__unit"), of_person),
    "mailbox": Source(lambda: Mailbox.objects.select_related("person"), of_mailbox),
    "group": Source(lambda: Group.objects.all(), of_group),
    "alias": Source(lambda: Alias.objects.all(), of_alias),
    "unit": Source(lambda: Unit.objects.all(), of_unit),
    "domain": Source(lambda: Domain.objects.all(), of_domain),
}
assert tuple(SOURCES) == KINDS


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def refresh(company: Company, kind: str, wanted: Collection[int]) -> None:
    """Make these things' entries anew; drop those of what is gone."""
    source = SOURCES[kind]
    for pks in chunks(sorted(set(wanted))):
        rows: Sequence[Model] = list(source.rows().filter(company=company, pk__in=pks))
        with transaction.atomic():
            drop(kind, pks)
            _write(company, [source.doc(row) for row in rows])


def drop(kind: str, pks: Sequence[int]) -> None:
    entries = Entry.objects.filter(kind=kind, object_id__in=pks)
    Token.objects.filter(entry__in=list(entries.values_list("pk", flat=True)))._raw_delete("default")
    entries._raw_delete("default")


def _write(company: Company, docs: Sequence[Doc]) -> None:
    entries = Entry.objects.bulk_create(
        Entry(
            company=company, kind=d.kind, object_id=d.object_id, key=d.key, title=d.title[:254], detail=d.detail[:1000]
        )
        for d in docs
    )
    Token.objects.bulk_create(
        (
            Token(entry_id=entry.pk, place=place_of(company.pk, doc.kind), token=token)
            for entry, doc in zip(entries, docs, strict=True)
            for token in sorted(doc.tokens)
        ),
        batch_size=2000,
    )


def rebuild(company: Company) -> int:
    """Everything of the company anew, some hundred at a time; returns how many entries there are."""
    count = 0
    for kind, source in SOURCES.items():
        known = Entry.objects.filter(company=company, kind=kind).values_list("object_id", flat=True)
        rows = source.rows().model._default_manager.filter(company=company).values_list("pk", flat=True)
        for pks in chunks(sorted({*known, *rows})):
            refresh(company, kind, pks)
        count += Entry.objects.filter(company=company, kind=kind).count()
    return count
