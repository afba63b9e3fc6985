"""From events to messages, and from the outcome of an attempt to what is tried next.

Owns: which events become deliveries, when a failed one is tried again, when a receiver is given up.
Never: opens a connection (`jobs/webhooks.py` does). Always: an event becomes at most one delivery per subscription, since
a chain is read in its order and the mark moves in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from hongyan.company.people.models import RoleGrant
from hongyan.company.webhooks import signing
from hongyan.company.webhooks.actions import ATTEMPTS, new_id, switch_off
from hongyan.company.webhooks.models import Delivery, Webhook
from hongyan.kernel import clock, outbox
from hongyan.kernel.actor import schedule
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import ChainHead, Event

BATCH: Final = 500
#: Waits after the first, second, ... failed attempt: about a day and a half in all.
WAITS: Final = tuple(timedelta(seconds=s) for s in (5, 60, 5 * 60, 30 * 60, 2 * 3600, 8 * 3600, 24 * 3600))
GIVE_UP: Final = timedelta(days=3)  #: of failures without a success between them
KEEP: Final = timedelta(days=14)
GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `status` 0: there was no answer, `error` says why."""

    status: int
    error: str
    milliseconds: int

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


def gather() -> int:
    """New events of every company that has subscriptions become deliveries; returns how many."""
    heads = dict(ChainHead.objects.values_list("chain", "seq"))
    behind = [
        pk for pk, slug, seq in Webhook.objects.filter(disabled_at__isnull=True).values_list("pk", "company__slug", "seq")
        if heads.get(slug, 0) > seq
    ]  # fmt: skip
    return sum(_gather_for(pk) for pk in behind)


def _gather_for(pk: int) -> int:
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update(of=("self",)).select_related("company").filter(pk=pk).first()
        if webhook is None or webhook.disabled_at is not None:
            return 0
        events = list(Event.objects.filter(chain=webhook.company.slug, seq__gt=webhook.seq).order_by("seq")[:BATCH])
        if not events:
            return 0
        made = Delivery.objects.bulk_create(_delivery(webhook, e) for e in events if wants(webhook.kinds, e.kind))
        Webhook.objects.filter(pk=pk).update(seq=events[-1].seq)
    return len(made)


def wants(kinds: Iterable[str], kind: str) -> bool:
    return any(k in ("*", kind) or (k.endswith(".*") and kind.startswith(k[:-1])) for k in kinds)


def _delivery(webhook: Webhook, event: Event) -> Delivery:
    now = clock.now()
    return Delivery(
        webhook=webhook, message_id=new_id(), kind=event.kind, body=json.dumps(message(event), ensure_ascii=False),
        created_at=now, due_at=now, left=ATTEMPTS,
    )  # fmt: skip


def message(event: Event) -> dict[str, Any]:
    """What a receiver is told; the API's document describes it."""
    data = {
        "company": event.chain, "number": event.seq, "subject": event.subject, "actor": event.actor,
        "params": event.params,
    }  # fmt: skip
    return {"type": event.kind, "timestamp": event.at.isoformat(), "data": data}


def due(limit: int, busy: Iterable[int]) -> list[Delivery]:
    """Messages to send now, the oldest of each subscription, none for those that are being sent to (`busy`)."""
    rows = (
        Delivery.objects.select_related("webhook__company")
        .filter(due_at__lte=clock.now(), webhook__disabled_at__isnull=True)
        .exclude(webhook__in=list(busy))
        .order_by("due_at", "id")[: limit * 10]
    )
    first: dict[int, Delivery] = {}
    for row in rows:
        first.setdefault(row.webhook_id, row)
    return list(first.values())[:limit]


def signed(delivery: Delivery) -> tuple[dict[str, str], bytes]:
    """Headers and body of the next attempt."""
    webhook, now = delivery.webhook, clock.now()
    known = [signing.opened(webhook.secret)]
    if webhook.former_secret is not None and webhook.former_until is not None and webhook.former_until > now:
        known.append(signing.opened(webhook.former_secret))
    body = delivery.body.encode()
    return signing.headers(known, delivery.message_id, int(now.timestamp()), body), body


def settle(delivery: Delivery, outcome: Outcome) -> None:
    """Keep what came of an attempt, plan the next one, give a receiver up that has failed for long."""
    now = clock.now()
    attempt = {
        "at": now.isoformat(), "status": outcome.status, "error": outcome.error, "milliseconds": outcome.milliseconds,
    }  # fmt: skip
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("webhook__company")
            .filter(pk=delivery.pk)
            .first()
        )
        if row is None:
            return
        row.attempts = [*row.attempts, attempt][-ATTEMPTS * 2 :]
        row.left = max(0, row.left - 1)
        row.state, row.due_at = _next(row, outcome)
        row.save(update_fields=["attempts", "left", "state", "due_at"])
        _remember(row.webhook, outcome)


def _next(row: Delivery, outcome: Outcome) -> tuple[str, Any]:
    if outcome.good:
        return "delivered", None
    if row.left == 0:
        return "failed", None
    return "waiting", clock.now() + WAITS[min(ATTEMPTS - row.left - 1, len(WAITS) - 1)]


def _remember(webhook: Webhook, outcome: Outcome) -> None:
    now = clock.now()
    if outcome.good:
        if webhook.failing_since is not None:
            Webhook.objects.filter(pk=webhook.pk).update(failing_since=None)
        return
    if webhook.failing_since is None:
        Webhook.objects.filter(pk=webhook.pk).update(failing_since=now)
    failing = webhook.failing_since or now
    if outcome.status == GONE or now - failing >= GIVE_UP:
        try:
            switch_off(webhook, schedule("webhooks"), "gone" if outcome.status == GONE else "failing")
        except Refusal:  # somebody was faster
            return
        _tell(webhook)


def _tell(webhook: Webhook) -> None:
    """The company's office hears that its program hears nothing any more."""
    offices = RoleGrant.objects.filter(role="office", company=webhook.company).order_by("account__login")
    for login in offices.values_list("account__login", flat=True).distinct():
        params = {"name": webhook.name, "url": webhook.url}
        outbox.enqueue(outbox.NOTICE, {"notice": "webhook", "to": login, "params": params})


def forget_old() -> int:
    """Messages that were settled long ago."""
    return Delivery.objects.filter(due_at__isnull=True, created_at__lt=clock.now() - KEEP).delete()[0]
