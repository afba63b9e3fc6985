"""Writes to webhooks: subscribe, remove, rotate the secret, switch off and on, send again, try out.

Always: permission, rows and audit event in one transaction; a secret is shown once. Events that tell who signed in or
what mail went where are for those who may read the audit (clause G2.1.3: the office does not).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Company
from hongyan.company.webhooks import signing, targets
from hongyan.company.webhooks.models import Delivery, Webhook
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import ChainHead

MAX_WEBHOOKS: Final = 50
MAX_KINDS: Final = 40
ATTEMPTS: Final = 8
BOTH_SECRETS: Final = timedelta(hours=24)
#: Groups of events that only the audit tells of.
AUDITED: Final = frozenset(("signin", "mail", "misuse", "sessions"))
_KIND: Final = re.compile(r"\*|[a-z][a-z_]{0,29}\.(?:\*|[a-z][a-z_]{0,39})")


def add_webhook(*, actor: Actor, company: Company, name: str, url: str, kinds: Sequence[str]) -> tuple[Webhook, str]:
    """A subscription from now on, and its signing secret, which is returned once."""
    actor.require("settings.write", company.slug)
    name = clean_name(name, "webhook.name_malformed", 100)
    targets.parse(url, allowed_hosts())
    kinds = _checked_kinds(actor, company, kinds)
    secret = signing.new_secret()
    with transaction.atomic():
        if Webhook.objects.filter(company=company).count() >= MAX_WEBHOOKS:
            raise Refusal("webhook.too_many", limit=MAX_WEBHOOKS)
        webhook = Webhook.objects.create(
            company=company, name=name, url=url, kinds=kinds, secret=signing.sealed(secret), made_by=actor.name,
            seq=_head(company), created_at=clock.now(),
        )  # fmt: skip
        _record("webhook.added", actor, webhook, url=url, kinds=kinds)
    return webhook, secret


def allowed_hosts() -> tuple[str, ...]:
    """What the operator has named in instance.toml."""
    instance = settings.INSTANCE
    return tuple(instance.webhook_allow.replace(",", " ").split()) if instance else ()


def _head(company: Company) -> int:
    head = ChainHead.objects.filter(chain=company.slug).first()
    return head.seq if head else 0


def _checked_kinds(actor: Actor, company: Company, kinds: Sequence[str]) -> list[str]:
    wanted = sorted(set(kinds))
    if not wanted or len(wanted) > MAX_KINDS:
        raise Refusal("webhook.kinds_count", limit=MAX_KINDS)
    for kind in wanted:
        if not _KIND.fullmatch(kind):
            raise Refusal("webhook.kind_malformed", kind=kind[:60])
        if (kind == "*" or kind.partition(".")[0] in AUDITED) and not actor.may("audit.read", company.slug):
            raise Refusal("webhook.kind_audited", clause="G2.1.3", kind=kind)
    return wanted


def _record(kind: str, actor: Actor, webhook: Webhook, **params: Any) -> None:
    ledger.record(
        kind, chain=webhook.company.slug, actor=actor.name, subject=f"webhook/{webhook.pk}", name=webhook.name, **params
    )


def remove_webhook(*, actor: Actor, webhook: Webhook) -> None:
    """Nothing more is sent, and the record of its deliveries goes with it."""
    actor.require("settings.write", webhook.company.slug)
    with transaction.atomic():
        _record("webhook.removed", actor, webhook, url=webhook.url)
        webhook.delete()


def rotate_secret(*, actor: Actor, webhook: Webhook) -> str:
    """A new secret, returned once. For a day messages carry both signatures, so that receivers can change over."""
    actor.require("settings.write", webhook.company.slug)
    secret = signing.new_secret()
    with transaction.atomic():
        webhook.former_secret, webhook.former_until = bytes(webhook.secret), clock.now() + BOTH_SECRETS
        webhook.secret = signing.sealed(secret)
        webhook.save(update_fields=["secret", "former_secret", "former_until"])
        _record("webhook.rotated", actor, webhook)
    return secret


def disable_webhook(*, actor: Actor, webhook: Webhook) -> None:
    actor.require("settings.write", webhook.company.slug)
    switch_off(webhook, actor, "hand")


def switch_off(webhook: Webhook, actor: Actor, why: str) -> None:
    """Nothing is sent from now on; what happens meanwhile is not made up for."""
    with transaction.atomic():
        changed = Webhook.objects.filter(pk=webhook.pk, disabled_at__isnull=True).update(
            disabled_at=clock.now(), disabled_why=why
        )
        if not changed:
            raise Refusal("webhook.already_disabled", number=webhook.pk)
        _record("webhook.disabled", actor, webhook, why=why)
    webhook.refresh_from_db()


def enable_webhook(*, actor: Actor, webhook: Webhook) -> None:
    """Events from now on are sent, and what was waiting when it was switched off."""
    actor.require("settings.write", webhook.company.slug)
    targets.parse(webhook.url, allowed_hosts())
    with transaction.atomic():
        changed = Webhook.objects.filter(pk=webhook.pk, disabled_at__isnull=False).update(
            disabled_at=None, disabled_why="", failing_since=None, seq=_head(webhook.company)
        )
        if not changed:
            raise Refusal("webhook.not_disabled", number=webhook.pk)
        _record("webhook.enabled", actor, webhook)
    webhook.refresh_from_db()


def resend(*, actor: Actor, delivery: Delivery) -> None:
    """The same message once more, whatever became of it; its receiver knows it by its id."""
    webhook = delivery.webhook
    actor.require("settings.write", webhook.company.slug)
    _require_enabled(webhook)
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(state="waiting", due_at=clock.now(), left=1)
        _record("webhook.resent", actor, webhook, message=delivery.message_id)


def send_test(*, actor: Actor, webhook: Webhook) -> Delivery:
    """A message of kind `webhook.test`, to try the receiver out."""
    actor.require("settings.write", webhook.company.slug)
    _require_enabled(webhook)
    now = clock.now()
    body = {"type": "webhook.test", "timestamp": now.isoformat(), "data": {"company": webhook.company.slug}}
    with transaction.atomic():
        delivery = Delivery.objects.create(
            webhook=webhook, message_id=new_id(), kind="webhook.test", body=json.dumps(body), created_at=now,
            due_at=now, left=1,
        )  # fmt: skip
        _record("webhook.tested", actor, webhook)
    return delivery


def _require_enabled(webhook: Webhook) -> None:
    if webhook.disabled_at is not None:
        raise Refusal("webhook.disabled", number=webhook.pk)


def new_id() -> str:
    return f"msg_{uuid.uuid4().hex}"
