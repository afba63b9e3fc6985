"""Writing the audit: one row per event, chained by hash per company.

Always: called inside the transaction of what it records; if that rolls back, so does the event.
Clauses: G5.1, P10 (what was done, by whom, can be shown later and not be changed unseen).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from hongyan.kernel import clock
from hongyan.kernel.models import ChainHead, Event

INSTANCE = "instance"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event to be recorded. `at` is given when it happened earlier than it is written down (journals)."""

    kind: str
    actor: str
    subject: str
    params: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None


def digest(previous: str, chain: str, seq: int, at: datetime, kind: str, actor: str, subject: str, params: Any) -> str:
    """SHA-256, hex, over the canonical JSON of the row and the hash of the row before it."""
    row = [previous, chain, seq, at.isoformat(timespec="microseconds"), kind, actor, subject, params]
    return hashlib.sha256(
        json.dumps(row, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()
    ).hexdigest()


def record(kind: str, *, chain: str, actor: str, subject: str, **params: Any) -> None:
    """Append one event to the chain (a company's slug, or INSTANCE)."""
    record_all(chain, [Entry(kind, actor, subject, params)])


def record_all(chain: str, entries: Iterable[Entry]) -> int:
    """Append events in order; returns how many. One lock and one insert for all of them."""
    with transaction.atomic():
        return _append(chain, entries)


def _append(chain: str, entries: Iterable[Entry]) -> int:
    ChainHead.objects.get_or_create(chain=chain)
    head = ChainHead.objects.select_for_update().get(chain=chain)
    rows = []
    for entry in entries:
        at = entry.at or clock.now()
        head.seq += 1
        value = digest(head.hash, chain, head.seq, at, entry.kind, entry.actor, entry.subject, entry.params)
        rows.append(
            Event(
                chain=chain, seq=head.seq, at=at, kind=entry.kind, actor=entry.actor, subject=entry.subject,
                params=entry.params, previous=head.hash, hash=value,
            )
        )  # fmt: skip
        head.hash = value
    Event.objects.bulk_create(rows)
    head.save(update_fields=["seq", "hash"])
    return len(rows)
