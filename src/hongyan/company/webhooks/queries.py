"""Reads of webhooks and their deliveries, for those who run the company's settings."""

from __future__ import annotations

from django.db.models import QuerySet

from hongyan.company.people.models import Company
from hongyan.company.webhooks.models import Delivery, Webhook
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def webhooks_within(actor: Actor, company: Company) -> QuerySet[Webhook]:
    rows = Webhook.objects.select_related("company").filter(company=company)
    return rows if actor.may("settings.write", company.slug) else rows.none()


def find_webhook(actor: Actor, number: int) -> Webhook:
    """A webhook that the actor may see; any other is as unknown as none."""
    webhook = Webhook.objects.select_related("company").filter(pk=number).first()
    if webhook is None or not actor.may("settings.write", webhook.company.slug):
        raise Refusal("webhook.unknown", number=number)
    return webhook


def deliveries_of(webhook: Webhook) -> QuerySet[Delivery]:
    """Newest first."""
    return webhook.deliveries.order_by("-id")


def find_delivery(webhook: Webhook, message_id: str) -> Delivery:
    delivery = webhook.deliveries.select_related("webhook__company").filter(message_id=message_id).first()
    if delivery is None:
        raise Refusal("webhook.delivery_unknown", message=message_id[:40])
    return delivery


def state_of(webhook: Webhook) -> str:
    """`active`, `failing` (the last message did not arrive), `disabled`."""
    if webhook.disabled_at is not None:
        return "disabled"
    return "failing" if webhook.failing_since is not None else "active"
