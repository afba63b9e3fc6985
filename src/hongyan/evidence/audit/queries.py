"""Reads of the audit, always of one chain (a company, or the instance), and the proof that it is whole.

Clauses: G5.1, P10; promise 5 (evidence only grows).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

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
    return find_events(chain, Question(subject=subject, kind=kind, since=since, until=until))


#: A word is looked for in this many of the newest rows when no day is given to look from.
SEARCHED = 200_000


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a chain. `kinds`: any of these; without them, `kind` matches from its start."""

    subject: str = ""
    actor: str = ""
    kind: str = ""
    kinds: tuple[str, ...] = ()
    text: str = ""  #: anywhere in the row, in any case
    since: datetime | None = None
    until: datetime | None = None

    @property
    def searched(self) -> int:
        """How many rows are looked at: 0 for all of them."""
        return SEARCHED if self.text and self.since is None else 0


def find_events(chain: str, question: Question, *, before: int | None = None) -> QuerySet[Event]:
    """Newest first; `before` a row's number, for the next page."""
    rows = Event.objects.filter(chain=chain).order_by("-seq")
    if before is not None:
        rows = rows.filter(seq__lt=before)
    exact = {"subject": question.subject, "actor": question.actor, "kind__in": question.kinds}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if question.kind and not question.kinds:
        rows = rows.filter(kind__startswith=question.kind)
    if question.since:
        rows = rows.filter(at__gte=question.since)
    if question.until:
        rows = rows.filter(at__lt=question.until)
    return _with_text(rows, chain, question) if question.text else rows


def _with_text(rows: QuerySet[Event], chain: str, question: Question) -> QuerySet[Event]:
    if question.searched:
        head = ChainHead.objects.filter(chain=chain).values_list("seq", flat=True).first() or 0
        rows = rows.filter(seq__gt=head - question.searched)
    # SQLite keeps JSON as ASCII with escapes, PostgreSQL as text.
    escaped = json.dumps(question.text)[1:-1]
    found = Q(subject__icontains=question.text) | Q(actor__icontains=question.text) | Q(kind__icontains=question.text)
    found |= Q(said__icontains=question.text) | Q(said__icontains=escaped)
    return rows.annotate(said=Cast("params", TextField())).filter(found)


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
