"""Reads of tokens, and who a token is: the actor that a program's request acts as.

Always: a token holds no more than its own role and place, and no more than its maker holds at this moment; with the
maker's last right, account or mailbox it is dead. Clauses: G2.1.3, R4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final, cast

from django.db.models import QuerySet

from hongyan.company.access.models import Token
from hongyan.company.mailboxes.queries import require_access
from hongyan.company.people.models import Account, Company
from hongyan.company.people.queries import actor_of
from hongyan.kernel import clock
from hongyan.kernel.actor import PERMITS, Actor, Grant, Permission, Role
from hongyan.kernel.decision import Refusal

PREFIX: Final = "hy_"
EVERYWHERE: Final = "*"  #: stands for all companies where a company's slug is asked for
_RELATED = ("company", "unit", "maker__company", "maker__mailbox", "parent__maker__company", "parent__company")


def token_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def authenticate(text: str, *, remote: str = "", locale: str = "en") -> tuple[Token, Actor]:
    """The token and who acts by it. Refuses `token.wrong`, `.revoked`, `.expired`, `.maker_gone`."""
    token = None
    if text.startswith(PREFIX):
        token = Token.objects.select_related(*_RELATED).filter(hash=token_hash(text)).first()
    if token is None:
        raise Refusal("token.wrong")
    return token, actor_by(token, remote=remote, locale=locale)


def actor_by(token: Token, *, remote: str = "", locale: str = "en") -> Actor:
    """Who acts by this token now."""
    if token.revoked_at is not None:
        raise Refusal("token.revoked")
    if token.expires_on < clock.today():
        raise Refusal("token.expired", date=token.expires_on.isoformat())
    grant = grant_of(token)
    maker = maker_of(token)
    if maker is not None:
        grant = within_maker(grant, maker)
    company = token.company.slug if token.company else ""
    return Actor(
        name=f"token/{token.pk} ({token.made_by})"[:254], grants=(grant,), company=company, locale=locale, remote=remote,
        maker_id=token.maker_id or (maker.maker_id if maker else None),
    )  # fmt: skip


def grant_of(token: Token) -> Grant:
    """What was given to the token when it was made."""
    return Grant(
        role=cast(Role, token.role),
        company=token.company.slug if token.company else "",
        unit=token.unit.path if token.unit else "",
        only=None if token.only is None else frozenset(token.only),
    )


def maker_of(token: Token) -> Actor | None:
    """The maker with today's rights; None for the machine's own shell. Refuses `token.maker_gone`."""
    if token.parent is not None:
        try:
            return actor_by(token.parent)
        except Refusal:
            raise Refusal("token.maker_gone", maker=token.made_by) from None
    if token.maker is None:
        return None
    return _standing(token.maker, token.made_by)


def _standing(account: Account, name: str) -> Actor:
    """A maker who is suspended, gone, or has just reported misuse answers for nothing."""
    try:
        require_access(account)
    except Refusal:
        raise Refusal("token.maker_gone", maker=name) from None
    if account.must_change:
        raise Refusal("token.maker_gone", maker=name)
    return actor_of(account)


def within_maker(grant: Grant, maker: Actor) -> Grant:
    """The grant without what its maker does not hold there. Refuses `token.maker_gone` when nothing is left."""
    left = permissions_of(grant) - beyond(grant, maker)
    if not left:
        raise Refusal("token.maker_gone", maker=maker.name)
    return Grant(grant.role, grant.company, grant.unit, left)


def permissions_of(grant: Grant) -> frozenset[str]:
    permitted = PERMITS[grant.role]
    return permitted if grant.only is None else permitted & grant.only


def beyond(grant: Grant, maker: Actor) -> frozenset[str]:
    """The grant's permissions that the maker does not hold for its whole place."""
    where = grant.company or EVERYWHERE
    places = (grant.unit,) if grant.unit else ()
    return frozenset(p for p in permissions_of(grant) if not maker.may(cast(Permission, p), where, places))


def tokens_within(actor: Actor, company: Company | None) -> QuerySet[Token]:
    """The company's tokens (None: the machine's); nothing for who may not manage them."""
    rows = Token.objects.select_related("company", "unit").filter(company=company)
    return rows if actor.may("token.write", company.slug if company else EVERYWHERE) else rows.none()


def find_token(actor: Actor, number: int) -> Token:
    """A token that the actor may see; any other is as unknown as none."""
    token = Token.objects.select_related("company", "unit", "maker").filter(pk=number).first()
    if token is None or not may_manage(actor, token):
        raise Refusal("token.unknown", number=number)
    return token


def may_manage(actor: Actor, token: Token) -> bool:
    own = actor.account_id is not None and token.maker_id == actor.account_id
    return own or actor.may("token.write", token.company.slug if token.company else EVERYWHERE)


def state_of(token: Token) -> str:
    """`active`, `expired`, `revoked`, or `dead` when its maker's rights have ended."""
    return states_of([token])[0]


def states_of(tokens: Iterable[Token]) -> list[str]:
    """`state_of` each; what a maker may do is asked once for all tokens of the same maker."""
    known: dict[tuple[int | None, int | None], Actor | Refusal | None] = {}
    return [_state_with(token, known) for token in tokens]


def _state_with(token: Token, known: dict[tuple[int | None, int | None], Actor | Refusal | None]) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if token.expires_on < clock.today():
        return "expired"
    key = (token.maker_id, token.parent_id)
    if key not in known:
        try:
            known[key] = maker_of(token)
        except Refusal as refusal:
            known[key] = refusal
    maker = known[key]
    if isinstance(maker, Refusal):
        return "dead"
    return "active" if maker is None or permissions_of(grant_of(token)) - beyond(grant_of(token), maker) else "dead"
