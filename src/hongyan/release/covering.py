"""What of a mailbox's life is compiled beside its own row: who takes no mail, who reads a leaver's, what is answered.

Owns: the reads of the room `company/life`, for the snapshot alone.
Always: the same answer for an address whether it is asked alone or with all others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hongyan.company.life.models import Forward, Reply
from hongyan.company.mailboxes.models import Alias, Mailbox
from hongyan.company.people.models import LOCALES
from hongyan.kernel.address import domain_of, local_of
from hongyan.release.facts import ReplyFacts

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Cover:
    forward: str = ""
    reply: ReplyFacts | None = None


def silent() -> frozenset[str]:
    """Every address that takes no mail: stopped mailboxes, and the aliases that lead to one. Few, by an index of them."""
    rows = Mailbox.objects.filter(no_receiving=True, closed_at__isnull=True)
    found = set(rows.values_list("address", flat=True))
    return frozenset(found | leading_to(found))


def leading_to(addresses: Iterable[str]) -> set[str]:
    """The aliases of these, and of those: their rows tell of the mailbox that they lead to."""
    found: set[str] = set()
    frontier = set(addresses)
    while frontier:
        ordered, frontier = sorted(frontier), set()
        for start in range(0, len(ordered), CHUNK):
            rows = Alias.objects.filter(target__in=ordered[start : start + CHUNK])
            frontier |= set(rows.values_list("address", flat=True)) - found
        found |= frontier
    return found


def forwarding_to(addresses: Iterable[str]) -> set[str]:
    """Whose mail goes to these as well."""
    found: set[str] = set()
    ordered = sorted(addresses)
    for start in range(0, len(ordered), CHUNK):
        rows = Forward.objects.filter(to__address__in=ordered[start : start + CHUNK])
        found |= set(rows.values_list("mailbox__address", flat=True))
    return found


def covers(
    chunk: Sequence[str], mirrors: Mapping[str, Sequence[str]], quiet: frozenset[str]
) -> defaultdict[str, Cover]:
    """By address, for those that are covered for."""
    found: defaultdict[str, Cover] = defaultdict(Cover)
    forwards = Forward.objects.filter(mailbox__address__in=chunk, to__closed_at__isnull=True)
    to = {a: t for a, t in forwards.values_list("mailbox__address", "to__address") if t not in quiet}
    replies = Reply.objects.filter(mailbox__address__in=chunk)
    texts = dict(replies.values_list("mailbox__address", "texts"))
    names = _names(list(texts), mirrors)
    for address in {*to, *texts}:
        said = (
            tuple(texts[address][locale] for locale, _ in LOCALES if locale in texts[address])
            if address in texts
            else ()
        )
        found[address] = Cover(to.get(address, ""), ReplyFacts(said, names[address]) if said else None)
    return found


def _names(addresses: list[str], mirrors: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Under which other addresses each is written to: its aliases, and all of them in alias domains."""
    every: dict[str, list[str]] = {address: [address] for address in addresses}
    if addresses:
        for alias, target in Alias.objects.filter(target__in=addresses).values_list("address", "target"):
            every[target].append(alias)
    return {
        address: tuple(sorted({*names, *_mirrored(names, mirrors)} - {address})) for address, names in every.items()
    }


def _mirrored(names: Iterable[str], mirrors: Mapping[str, Sequence[str]]) -> set[str]:
    return {f"{local_of(name)}@{domain}" for name in names for domain in mirrors.get(domain_of(name), ())}
