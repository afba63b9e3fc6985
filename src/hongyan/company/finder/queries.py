"""Finding, within what the actor may see.

Always: a few milliseconds, whatever the size of the company: each kind is one walk along an index, cut off where enough is
found; what the actor's rights do not reach is not found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from hongyan.company.finder.models import KINDS, Entry, Token, place_of
from hongyan.company.finder.words import asked_prefixes
from hongyan.company.mailboxes.scope import aliases_within, groups_within, mailboxes_within
from hongyan.company.people.models import Company
from hongyan.company.people.scope import persons_within, units_within
from hongyan.kernel.actor import Actor, Permission

Within = Callable[[Actor, Permission, Company], QuerySet[Any]]
#: Kind -> the right that shows it, and what of it that right reaches (None: only whole-company rights show any).
SEEN: Final[dict[str, tuple[Permission, Within | None]]] = {
    "person": ("people.read", persons_within),
    "mailbox": ("mailbox.read", mailboxes_within),
    "group": ("group.read", groups_within),
    "alias": ("mailbox.read", aliases_within),
    "unit": ("people.read", units_within),
    "domain": ("mailbox.read", None),
}
#: Tokens looked at beyond the hits wanted: a thing may be found by several of its own.
SPARE: Final = 5
#: How far the words are followed for somebody who sees a part of the company.
STEPS: Final = (100, 400, 1500)
MOST: Final = 2000
#: So many at most are named one by one.
NAMED: Final = 4000


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str
    object_id: int
    key: str
    title: str
    detail: str


def find(actor: Actor, company: Company, text: str, limit: int = 8) -> list[Hit]:
    """Up to `limit` of each kind, what fits exactly first."""
    prefixes = asked_prefixes(text)
    if not prefixes:
        return []
    return [hit for kind in KINDS for hit in _of_kind(actor, company, kind, prefixes, limit)]


def _of_kind(actor: Actor, company: Company, kind: str, prefixes: list[bytes], limit: int) -> list[Hit]:
    permission, within = SEEN[kind]
    reach = actor.reach(permission, company.slug)
    if reach == () or (reach is not None and within is None):
        return []
    tokens = _tokens(place_of(company.pk, kind), prefixes)
    if reach is None or within is None:
        wanted = list(dict.fromkeys(tokens[: limit * SPARE]))[:limit]
    else:
        wanted = _reached(kind, tokens, within(actor, permission, company).order_by(), limit)
    entries = Entry.objects.in_bulk(wanted)
    return [_hit(entries[pk]) for pk in wanted if pk in entries]


def _tokens(place: int, prefixes: list[bytes]) -> QuerySet[Token, int]:
    """Entries along the index of the longest word; the others are asked of each entry."""
    tokens = Token.objects.filter(_prefix(prefixes[0]), place=place)
    for prefix in prefixes[1:]:
        tokens = tokens.filter(Exists(Token.objects.filter(_prefix(prefix), entry=OuterRef("entry"))))
    return tokens.order_by("token", "entry").values_list("entry", flat=True)


def _reached(kind: str, tokens: QuerySet[Token, int], reached: QuerySet[Any], limit: int) -> list[int]:
    """Entries within a part of the company: what the words find is asked for in growing steps whether it lies there. If
    much was found and little of it lies there, the part is small, and its own things are asked for the words."""
    wanted: dict[int, None] = {}
    start = 0
    for size in STEPS:
        found = list(tokens[start : start + size])
        owners = dict(Entry.objects.filter(pk__in=set(found)).values_list("pk", "object_id"))
        here = set(reached.filter(pk__in=list(owners.values())).values_list("pk", flat=True))
        wanted |= dict.fromkeys(pk for pk in found if owners.get(pk) in here)
        start += size
        if len(wanted) >= limit or len(found) < size:
            return list(wanted)[:limit]
    own = Entry.objects.filter(kind=kind, object_id__in=list(reached.values_list("pk", flat=True)[:MOST]))
    rest = tokens.filter(entry__in=list(own.values_list("pk", flat=True)))
    return list(dict.fromkeys([*wanted, *rest[: limit * SPARE]]))[:limit]


def _prefix(prefix: bytes) -> Q:
    return Q(token__gte=prefix, token__lt=prefix + b"\xff")


def _hit(entry: Entry) -> Hit:
    return Hit(entry.kind, entry.object_id, entry.key, entry.title, entry.detail)


def matching(company: Company, kind: str, text: str, field: str = "pk") -> Q:
    """The condition that narrows a list by things of this kind: `rows.filter(matching(company, "person", text))`.

    `field`: the list's column that names the thing, when the list is of others: `matching(..., field="person")`. Few are
    named one by one; of many, each row of the list is asked, so that a page costs no more than its rows.
    """
    prefixes = asked_prefixes(text)
    named = _named(company, kind, prefixes)
    if named is not None:
        return Q(**{f"{field}__in": named})
    entries = Entry.objects.filter(kind=kind, object_id=OuterRef(field))
    for prefix in prefixes:
        entries = entries.filter(Exists(Token.objects.filter(_prefix(prefix), entry=OuterRef("pk"))))
    return Q(Exists(entries))


def matching_owner(company: Company, kind: str, text: str, rows: QuerySet[Any], field: str) -> Q:
    """The same for a list of those to whom such things belong: people by their mailboxes, say."""
    named = _named(company, kind, asked_prefixes(text))
    if named is not None:
        return Q(pk__in=list(rows.filter(pk__in=named, **{f"{field}__isnull": False}).values_list(field, flat=True)))
    return Q(Exists(rows.filter(matching(company, kind, text), **{field: OuterRef("pk")})))


def _named(company: Company, kind: str, prefixes: list[bytes]) -> list[int] | None:
    """Their primary keys; None when they are too many to be named."""
    if not prefixes:
        return []
    found = list(_tokens(place_of(company.pk, kind), prefixes).order_by()[: NAMED + 1])
    if len(found) > NAMED:
        return None
    return list(Entry.objects.filter(pk__in=set(found)).values_list("object_id", flat=True))
