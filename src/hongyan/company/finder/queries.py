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
    tokens = Token.objects.filter(_prefix(prefixes[0]), place=place_of(company.pk, kind))
    for prefix in prefixes[1:]:
        tokens = tokens.filter(Exists(Token.objects.filter(_prefix(prefix), entry=OuterRef("entry"))))
    if reach is not None and within is not None:
        tokens = tokens.filter(entry__object_id__in=within(actor, permission, company).order_by().values("pk"))
    found = dict.fromkeys(tokens.order_by("token", "entry").values_list("entry", flat=True)[: limit * SPARE])
    wanted = list(found)[:limit]
    entries = Entry.objects.in_bulk(wanted)
    return [_hit(entries[pk]) for pk in wanted if pk in entries]


def _prefix(prefix: bytes) -> Q:
    return Q(token__gte=prefix, token__lt=prefix + b"\xff")


def _hit(entry: Entry) -> Hit:
    return Hit(entry.kind, entry.object_id, entry.key, entry.title, entry.detail)


def matching(company: Company, kind: str, text: str) -> QuerySet[Entry, int] | None:
    """Primary keys of the things of a kind that fit, for narrowing a list; None when nothing is asked.

    `rows.filter(pk__in=matching(company, "person", text))`.
    """
    prefixes = asked_prefixes(text)
    if not prefixes:
        return None
    entries = Entry.objects.filter(company=company, kind=kind)
    place = place_of(company.pk, kind)
    for prefix in prefixes:
        entries = entries.filter(pk__in=Token.objects.filter(_prefix(prefix), place=place).values("entry"))
    return entries.values_list("object_id", flat=True)
