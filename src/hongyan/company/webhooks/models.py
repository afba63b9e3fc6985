"""Subscriptions to a company's events, and each message on its way to a subscriber.

Always: a subscription has read its company's chain up to `seq`; every event after that which it asks for becomes one
delivery. Signing secrets are sealed under the instance's key. Writes happen in `actions.py` and `dispatch.py` only.
"""

from __future__ import annotations

from django.db import models

from hongyan.company.people.models import Company

STATES = ("waiting", "delivered", "failed")


class Webhook(models.Model):
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="webhooks")
    url = models.CharField(max_length=500)
    kinds = models.JSONField(default=list)  #: `mailbox.opened`, `mailbox.*`, `*`
    name = models.CharField(max_length=100)
    secret = models.BinaryField()
    former_secret = models.BinaryField(null=True)  #: signs as well until `former_until`, while receivers change over
    former_until = models.DateTimeField(null=True)
    seq = models.PositiveBigIntegerField()
    made_by = models.CharField(max_length=254)
    created_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True)  #: the first failure after the last success
    disabled_at = models.DateTimeField(null=True)
    disabled_why = models.CharField(max_length=20, default="", blank=True)  #: hand, failing, gone

    class Meta:
        indexes = [models.Index(fields=["company", "id"], name="webhook_list")]

    def __str__(self) -> str:
        return f"{self.name} {self.url}"


class Delivery(models.Model):
    """One message: an event for one subscriber. `attempts`: when, status, error, milliseconds, the newest last."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=60)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=[(s, s) for s in STATES], default="waiting")
    attempts = models.JSONField(default=list)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  #: None: nothing more is tried
    left = models.PositiveSmallIntegerField()  #: attempts that are left

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="delivery_due", condition=models.Q(due_at__isnull=False)),
            models.Index(fields=["webhook", "id"], name="delivery_list"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id} {self.state}"
