"""Webhooks and their deliveries."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from hongyan.company.webhooks import actions, models, queries
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, addressed, created
from hongyan.faces.api.schemas import access as shapes

router = Router(tags=["Webhooks"])


def _shown(webhook: models.Webhook) -> dict[str, object]:
    return {
        "id": webhook.pk, "company": webhook.company.slug, "name": webhook.name, "url": webhook.url,
        "kinds": webhook.kinds, "state": queries.state_of(webhook), "disabled_why": webhook.disabled_why,
        "failing_since": webhook.failing_since, "made_by": webhook.made_by, "created_at": webhook.created_at,
    }  # fmt: skip


def _delivery(delivery: models.Delivery) -> dict[str, object]:
    return {
        "message_id": delivery.message_id, "kind": delivery.kind, "state": delivery.state,
        "attempts": delivery.attempts, "body": delivery.body, "created_at": delivery.created_at,
        "due_at": delivery.due_at,
    }  # fmt: skip


def _find(request: Asking, number: int) -> models.Webhook:
    with addressed():
        return queries.find_webhook(request.actor, number)


@router.get("webhooks", response=shapes.WebhookPage, summary="List a company's webhooks")
def list_webhooks(
    request: Asking, response: HttpResponse, company: Company = None, limit: Limit = DEFAULT, cursor: Cursor = None
) -> object:
    found = company_of(request, company, "settings.write")
    rows = queries.webhooks_within(request.actor, found)
    return page_of(request, response, rows, Page(limit, cursor), lambda some: [_shown(w) for w in some], by="id")


@router.post("webhooks", response={201: shapes.NewWebhook}, summary="Subscribe; the signing secret is told once")
def add_webhook(request: Asking, response: HttpResponse, body: shapes.AddWebhook) -> object:
    company = company_of(request, body.company, "settings.write")
    webhook, secret = actions.add_webhook(
        actor=request.actor, company=company, name=body.name, url=body.url, kinds=body.kinds
    )
    created(response, f"webhooks/{webhook.pk}")
    return _shown(webhook) | {"secret": secret}


@router.get("webhooks/{int:number}", response=shapes.Webhook, summary="Show a webhook")
def show_webhook(request: Asking, number: int) -> object:
    return _shown(_find(request, number))


@router.delete("webhooks/{int:number}", response={204: None}, summary="Remove a webhook")
def remove_webhook(request: Asking, number: int) -> None:
    actions.remove_webhook(actor=request.actor, webhook=_find(request, number))


@router.post("webhooks/{int:number}/secret", response=shapes.WebhookSecret, summary="A new secret, told once")
def rotate_webhook_secret(request: Asking, number: int) -> object:
    return {"secret": actions.rotate_secret(actor=request.actor, webhook=_find(request, number))}


@router.post("webhooks/{int:number}/disable", response=shapes.Webhook, summary="Switch off")
def disable_webhook(request: Asking, number: int) -> object:
    webhook = _find(request, number)
    actions.disable_webhook(actor=request.actor, webhook=webhook)
    return _shown(webhook)


@router.post("webhooks/{int:number}/enable", response=shapes.Webhook, summary="Switch on again")
def enable_webhook(request: Asking, number: int) -> object:
    webhook = _find(request, number)
    actions.enable_webhook(actor=request.actor, webhook=webhook)
    return _shown(webhook)


@router.post("webhooks/{int:number}/test", response={202: shapes.Delivery}, summary="Send a message to try it out")
def test_webhook(request: Asking, number: int) -> object:
    return _delivery(actions.send_test(actor=request.actor, webhook=_find(request, number)))


@router.get("webhooks/{int:number}/deliveries", response=shapes.DeliveryPage, summary="List its messages, newest first")
def list_deliveries(
    request: Asking, response: HttpResponse, number: int, limit: Limit = DEFAULT, cursor: Cursor = None
) -> object:
    rows = queries.deliveries_of(_find(request, number))
    return page_of(
        request, response, rows, Page(limit, cursor), lambda some: [_delivery(d) for d in some], by="id", down=True
    )


@router.post(
    "webhooks/{int:number}/deliveries/{message_id}/resend",
    response={202: shapes.Delivery},
    summary="Send a message again",
)
def resend_delivery(request: Asking, number: int, message_id: str) -> object:
    webhook = _find(request, number)
    with addressed():
        delivery = queries.find_delivery(webhook, message_id)
    actions.resend(actor=request.actor, delivery=delivery)
    delivery.refresh_from_db()
    return _delivery(delivery)
