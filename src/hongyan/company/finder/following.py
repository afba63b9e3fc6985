"""Keeping the entries right by following the audit: every action writes an event, so no action has to know of this room.

Called by the worker, a second or so after the change. Always: the entries of a company are made whole the first time, and
again when the audit was followed to a place that it does not have (a restored database).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction

from hongyan.company.finder.entries import rebuild, refresh
from hongyan.company.finder.models import Entry, Followed
from hongyan.company.mailboxes.models import Alias, Group, Mailbox
from hongyan.company.people.models import Company, Domain, Person, Unit
from hongyan.company.people.tree import units_below
from hongyan.kernel.models import ChainHead, Event

AT_ONCE: Final = 500  #: events of one turn
#: The first word of an event's kind -> what it is about. Others change nothing that can be found.
ABOUT: Final = {
    "person": "person", "unit": "unit", "domain": "domain", "mailbox": "address", "alias": "address",
    "group": "address",
}  # fmt: skip
Touched = defaultdict[str, set[int]]


def catch_up() -> int:
    """One turn over all companies; returns how many events were followed."""
    heads = dict(ChainHead.objects.values_list("chain", "seq"))
    known = dict(Followed.objects.values_list("chain", "seq"))
    behind = [slug for slug, seq in heads.items() if known.get(slug) != seq]
    return sum(_follow(company, known.get(company.slug)) for company in Company.objects.filter(slug__in=behind))


def _follow(company: Company, seq: int | None) -> int:
    head = ChainHead.objects.get(chain=company.slug).seq
    if seq is None or seq > head:
        Followed.objects.filter(chain=company.slug).delete()
        rebuild(company)
        Followed.objects.create(chain=company.slug, seq=head)
        return 1
    events = Event.objects.filter(chain=company.slug, seq__gt=seq, seq__lte=seq + AT_ONCE).order_by("seq")
    rows = list(events.values_list("seq", "kind", "subject", "params"))
    if not rows:
        return 0
    with transaction.atomic():
        _refresh(company, rows)
        Followed.objects.filter(chain=company.slug).update(seq=rows[-1][0])
    return len(rows)


def _refresh(company: Company, rows: Iterable[tuple[int, str, str, Any]]) -> None:
    persons, paths, addresses, domains = set[int](), set[str](), set[str](), set[str]()
    made = set[str]()  # new units: who comes into them has events of his own
    for _, kind, subject, params in rows:
        params = params if isinstance(params, dict) else {}
        match ABOUT.get(kind.partition(".")[0]):
            case "person" if subject.removeprefix("person/").isdigit():
                persons.add(int(subject.removeprefix("person/")))
            case "unit" if kind == "unit.added":
                made.add(subject)
            case "unit":
                paths |= {subject, *_texts(params.get("before"))}
            case "domain":
                domains.add(subject)
            case "address":
                addresses |= {subject, *_texts(params.get("before")), *_texts(params.get("aliases"))}
    touched: Touched = defaultdict(set)
    touched["person"] |= persons
    touched["unit"] |= set(Unit.objects.filter(company=company, path__in=made).values_list("pk", flat=True))
    _add_units(company, paths, touched)
    _add_addresses(company, addresses, touched)
    touched["domain"] |= set(Domain.objects.filter(company=company, name__in=domains).values_list("pk", flat=True))
    touched["domain"] |= _known(company, ("domain",), domains)["domain"]
    touched["mailbox"] |= set(Mailbox.objects.filter(person__in=persons).values_list("pk", flat=True))
    for kind, pks in touched.items():
        refresh(company, kind, pks)


def _texts(value: Any) -> list[str]:
    """The texts of a parameter that names one thing, or several."""
    if isinstance(value, str):
        return [value] if value else []
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _known(company: Company, kinds: Iterable[str], keys: Iterable[str]) -> Touched:
    """Entries that have these keys now: of what was renamed, moved or removed."""
    found: Touched = defaultdict(set)
    rows = Entry.objects.filter(company=company, kind__in=tuple(kinds), key__in=list(keys))
    for kind, pk in rows.values_list("kind", "object_id"):
        found[kind].add(pk)
    return found


def _add_units(company: Company, paths: set[str], touched: Touched) -> None:
    """The units at these paths with all below, and whose posts name them: their paths are told of them."""
    if not paths:
        return
    units = set(units_below(company, paths).values_list("pk", flat=True))
    touched["unit"] |= units | _known(company, ("unit",), paths)["unit"]
    people = Person.objects.filter(company=company, appointments__unit__in=units)
    touched["person"] |= set(people.values_list("pk", flat=True))


def _add_addresses(company: Company, addresses: set[str], touched: Touched) -> None:
    if not addresses:
        return
    for kind, pks in _known(company, ("mailbox", "alias", "group"), addresses).items():
        touched[kind] |= pks
    for kind, model in (("mailbox", Mailbox), ("alias", Alias), ("group", Group)):
        rows = model._default_manager.filter(company=company, address__in=list(addresses))
        touched[kind] |= set(rows.values_list("pk", flat=True))
    targets = Alias.objects.filter(company=company, target__in=list(addresses))
    touched["alias"] |= set(targets.values_list("pk", flat=True))
