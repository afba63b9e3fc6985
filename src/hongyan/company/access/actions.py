"""Writes to tokens: make, revoke, note that one was used.

Always: permission, rows and audit event in one transaction. A token is shown once, lives a year at most, and never
holds more than its maker does at the moment (clause G2.1.3); one that was made by a token makes no further ones.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from hongyan.company.access.models import Token
from hongyan.company.access.queries import (
    EVERYWHERE,
    PREFIX,
    beyond,
    may_manage,
    permissions_of,
    token_hash,
)
from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Company, Unit
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import PERMITS, UNIT_ROLES, Actor, Grant
from hongyan.kernel.decision import Refusal

MAX_DAYS = 366
MAX_PER_MINUTE = 60_000
PER_MINUTE = 3000
MAX_TOKENS = 200  #: living ones per company
_NOTED = timedelta(hours=1)


def add_token(
    *,
    actor: Actor,
    name: str,
    role: str,
    company: Company | None,
    unit: Unit | None = None,
    only: Collection[str] | None = None,
    expires_on: date,
    per_minute: int = PER_MINUTE,
    through: Token | None = None,
) -> tuple[Token, str]:
    """A new token and its text, which is returned once. `through`: the token by which the actor acts, if any."""
    actor.require("token.write", company.slug if company else EVERYWHERE)
    name = clean_name(name, "token.name_malformed", 100)
    grant = _grant(role, company, unit, only, by_token=through is not None)
    missing = sorted(beyond(grant, actor))
    if missing:
        raise Refusal("token.beyond_maker", clause="G2.1.3", permissions=missing)
    _check_expiry(expires_on, through)
    if not 1 <= per_minute <= MAX_PER_MINUTE:
        raise Refusal("token.rate_range", limit=MAX_PER_MINUTE)
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        if (
            Token.objects.filter(company=company, revoked_at__isnull=True, expires_on__gte=clock.today()).count()
            >= MAX_TOKENS
        ):
            raise Refusal("token.too_many", limit=MAX_TOKENS)
        token = Token.objects.create(
            name=name, hash=token_hash(text), hint=text[-4:], maker_id=actor.account_id, parent=through,
            made_by=through.made_by if through else actor.name, role=grant.role, company=company, unit=unit,
            only=None if grant.only is None else sorted(grant.only), per_minute=per_minute, created_at=clock.now(),
            expires_on=expires_on,
        )  # fmt: skip
        ledger.record(
            "token.made", chain=_chain(token), actor=actor.name, subject=f"token/{token.pk}", name=name,
            role=grant.role, unit=grant.unit, only=token.only, expires_on=expires_on.isoformat(),
        )  # fmt: skip
    return token, text


def _grant(
    role: str, company: Company | None, unit: Unit | None, only: Collection[str] | None, *, by_token: bool
) -> Grant:
    if role not in PERMITS:
        raise Refusal("token.role_unknown", role=role[:40], known=sorted(r for r, p in PERMITS.items() if p))
    if unit is not None and (company is None or unit.company_id != company.pk):
        raise Refusal("unit.unknown", path=unit.path)
    if unit is not None and role not in UNIT_ROLES:
        raise Refusal("token.role_has_no_unit", role=role)
    if unit is None and role == "scoped":
        raise Refusal("token.unit_needed", role=role)
    known = PERMITS[role]
    if only is not None and not set(only) <= known:
        raise Refusal("token.permission_unknown", permissions=sorted(set(only) - known), known=sorted(known), role=role)
    left = frozenset(known if only is None else only) - ({"token.write"} if by_token else set())
    grant = Grant(role, company.slug if company else "", unit.path if unit else "", left)
    if not permissions_of(grant):
        raise Refusal("token.powerless", role=role)
    return Grant(grant.role, grant.company, grant.unit, None) if left == known else grant


def _check_expiry(expires_on: date, through: Token | None) -> None:
    latest = clock.today() + timedelta(days=MAX_DAYS)
    if through is not None:
        latest = min(latest, through.expires_on)
    if not clock.today() <= expires_on <= latest:
        raise Refusal("token.expiry_range", latest=latest.isoformat())


def _chain(token: Token) -> str:
    return token.company.slug if token.company else ledger.INSTANCE


def revoke_token(*, actor: Actor, token: Token) -> None:
    """The token, and those that were made by it, are refused from the next request on. Refuses `token.not_active`."""
    if not may_manage(actor, token):
        actor.require("token.write", token.company.slug if token.company else EVERYWHERE)
    with transaction.atomic():
        now = clock.now()
        if Token.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now) != 1:
            raise Refusal("token.not_active", number=token.pk)
        token.revoked_at = now
        ledger.record(
            "token.revoked", chain=_chain(token), actor=actor.name, subject=f"token/{token.pk}", name=token.name
        )


def note_use(token: Token) -> None:
    """When it was last used, to the hour: no write with every request."""
    now = clock.now()
    if token.used_at is None or token.used_at <= now - _NOTED:
        stale = Q(used_at__isnull=True) | Q(used_at__lte=now - _NOTED)
        Token.objects.filter(stale, pk=token.pk).update(used_at=now.replace(minute=0, second=0, microsecond=0))
