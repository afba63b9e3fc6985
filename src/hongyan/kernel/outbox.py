"""Enqueuing work with the change that causes it, and claiming it later.

Always: an entry exists if and only if its cause was committed; a kind is worked off in order of creation. What was
refused is tried again, a release for ever (what an action decided must come to hold), the rest `MAX_ATTEMPTS` times.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from hongyan.kernel import clock
from hongyan.kernel.instance import Instance, NoInstance, current
from hongyan.kernel.models import Outbox

RELEASE = "release"
NOTICE = "notice"
PREPARE = "prepare"
DNS = "dns"
PAPER = "paper"  #: a kept paper is to be printed (jobs/papers.py)
#: Quotas changed: Dovecot warns when a mailbox fills up, not when its limit comes down to it (jobs/filling.py).
FILLING = "filling"
OPERATE = "operate"  #: what the console asks of root (engines/desk)
MAX_ATTEMPTS = 8
LONGEST_WAIT = timedelta(minutes=10)


def enqueue(kind: str, payload: dict[str, Any]) -> None:
    now = clock.now()
    Outbox.objects.create(kind=kind, payload=payload, created_at=now, due_at=now)
    transaction.on_commit(_ring)


def release(*addresses: str, full: bool = False, sessions: Iterable[str] = ()) -> None:
    """Ask for a release: these addresses changed (old and new ones), or everything may have. `sessions`: logins whose live sessions end."""
    enqueue(RELEASE, {"addresses": sorted(set(addresses)), "full": full, "sessions": sorted(set(sessions))})


def _ring() -> None:
    wake()


def wake(instance: Instance | None = None) -> bool:
    """Ring the publisher; whether it heard. Losing this only means that its half-second look finds the work."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.sendto(b"!", str((instance or current()).publisher_socket))
    except (OSError, NoInstance):
        return False
    return True


def pending(kinds: Sequence[str], limit: int = 500) -> list[Outbox]:
    """Open entries that are due, oldest first. New ones always are: the clock may have been set back since."""
    now = clock.now()
    due = Q(attempts=0) | Q(due_at__lte=now) | Q(due_at__gt=now + LONGEST_WAIT)
    rows = Outbox.objects.filter(due, done_at__isnull=True, kind__in=kinds)
    return list(rows.filter(Q(kind=RELEASE) | Q(attempts__lt=MAX_ATTEMPTS)).order_by("id")[:limit])


def still_open(kind: str) -> list[Outbox]:
    """All open entries, due or not, oldest first."""
    return list(Outbox.objects.filter(done_at__isnull=True, kind=kind).order_by("id"))


def settle(entries: Iterable[Outbox]) -> None:
    Outbox.objects.filter(pk__in=[e.pk for e in entries]).update(done_at=clock.now(), error="")


def failed(entries: Iterable[Outbox], error: str) -> None:
    """Leave the entries open, to be tried again later and later; what is given up stays visible as failed."""
    for entry in entries:
        wait = min(timedelta(seconds=2 ** min(entry.attempts, 20)), LONGEST_WAIT)
        Outbox.objects.filter(pk=entry.pk).update(
            attempts=F("attempts") + 1, error=error[:2000], due_at=clock.now() + wait
        )
