"""Reads of the audit, always of one chain (a company, or the instance), and the proof that it is whole.

Clauses: G5.1, P10; promise 5 (evidence only grows).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from hongyan.kernel.ledger import digest
from hongyan.kernel.models import ChainHead, Event


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong in a chain. `kind`: changed, missing, reordered, cut (rows gone at the end)."""

    chain: str
    seq: int
    kind: str


@dataclass(frozen=True, slots=True)
class Verified:
    chain: str
    events: int
    head: str
    flaws: tuple[Flaw, ...]


def list_events(
    chain: str, *, subject: str = "", kind: str = "", since: datetime | None = None, until: datetime | None = None
) -> QuerySet[Event]:
    """Newest first. `kind` matches from its start: `signin` finds `signin.ok` and `signin.failed`."""
    rows = Event.objects.filter(chain=chain).order_by("-seq")
    if subject:
        rows = rows.filter(subject=subject)
    if kind:
        rows = rows.filter(kind__startswith=kind)
    if since:
        rows = rows.filter(at__gte=since)
    if until:
        rows = rows.filter(at__lt=until)
    return rows


def list_signins(chain: str, login: str, limit: int = 20) -> list[Event]:
    """The account's sign-ins, failures and locks on every protocol, newest first."""
    return list(Event.objects.filter(chain=chain, subject=login, kind__startswith="signin.").order_by("-at")[:limit])


def chains() -> list[str]:
    """Every chain that has a head or a row (a head that was deleted does not hide its rows)."""
    found = set(ChainHead.objects.values_list("chain", flat=True)) | set(
        Event.objects.order_by("chain").values_list("chain", flat=True).distinct()
    )
    return sorted(found)


def verify(chain: str) -> Verified:
    """Walk the chain from its start: every row's hash, the link to the row before, the numbers, the head."""
    flaws: list[Flaw] = []
    previous, expected, count, last_at_seq = "", 1, 0, 0
    for event in Event.objects.filter(chain=chain).order_by("pk").iterator(2000):
        if event.seq < expected:
            flaws.append(Flaw(chain, event.seq, "reordered"))
        elif event.seq > expected:
            flaws.append(Flaw(chain, expected, "missing"))
        value = digest(event.previous, chain, event.seq, event.at, event.kind, event.actor, event.subject, event.params)
        if value != event.hash or (event.previous != previous and event.seq == expected):
            flaws.append(Flaw(chain, event.seq, "changed"))
        previous, expected, count, last_at_seq = event.hash, event.seq + 1, count + 1, event.seq
    head = ChainHead.objects.filter(chain=chain).first()
    if head is None or head.seq != last_at_seq or head.hash != previous:
        flaws.append(Flaw(chain, last_at_seq + 1, "cut"))
    return Verified(chain, count, previous, tuple(flaws))
