"""The two tables that every action writes beside its rows: the ledger (audit) and the outbox (work to be done).

Always: ledger rows are only ever added, and each carries the hash of the one before it in its chain.
"""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """One thing that happened. `chain` is a company's slug, or `instance` for what concerns the machine."""

    chain = models.CharField(max_length=40)
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    actor = models.CharField(max_length=254)
    subject = models.CharField(max_length=254)
    params = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="event_order")]
        indexes = [
            models.Index(fields=["subject", "at"], name="event_subject"),
            models.Index(fields=["chain", "subject", "seq"], name="event_about"),
            models.Index(fields=["chain", "kind", "seq"], name="event_kind"),
            models.Index(fields=["chain", "actor", "seq"], name="event_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq} {self.kind} {self.subject}"


class ChainHead(models.Model):
    """The newest row of each chain: serialises writers and shows rows missing at the end."""

    chain = models.CharField(max_length=40, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq}"


class Outbox(models.Model):
    """Work written in the same transaction as its cause. `release` goes to the publisher, the rest to the worker."""

    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "id"], name="outbox_open", condition=models.Q(done_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
