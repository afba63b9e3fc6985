"""Who stands above whom: what keeps an administrator from widening his own rights by way of somebody else's account.

Owns: the offices that can be separated, what a grant really permits, who gives roles in a company, `require_standing`.
Never: writes. Always: whoever sets the password of an account could act as it, so he must hold all that it was given.
Clauses: G2.1.1-3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from django.db.models import Q, QuerySet

from hongyan.company.people.holding import staff
from hongyan.company.people.models import Account, Company, Person, RoleGrant
from hongyan.company.people.queries import actor_of
from hongyan.company.people.scope import places_of_account, places_of_unit
from hongyan.kernel import clock
from hongyan.kernel.actor import PERMITS, Actor, Permission, Role
from hongyan.kernel.decision import Refusal

#: 三員: system, security and audit officer. Where they are separated nobody holds two, and only security gives roles.
OFFICES: Final = ("system", "security", "audit")
MACHINE: Final = "*"  #: stands for a company where only grants for the whole machine count


def in_force() -> Q:
    return Q(until__isnull=True) | Q(until__gte=clock.today())


def grants_of(account: Account) -> QuerySet[RoleGrant]:
    """The roles that were given to the account and hold today."""
    return RoleGrant.objects.filter(in_force(), account=account).select_related("company", "unit").order_by("pk")


def permits_of(grant: RoleGrant) -> frozenset[str]:
    """What the grant permits, with what was left out of it and what the separation of offices takes away."""
    permissions = PERMITS[cast(Role, grant.role)]
    if grant.permissions is not None:
        permissions &= frozenset(grant.permissions)
    if grant.role != "security" and grant.company is not None and grant.company.separated:
        permissions -= {"role.write"}
    return permissions


def gives_roles(actor: Actor, company: Company | None) -> bool:
    """Whether the actor gives and takes roles: in a separated company by the office of security alone. A token gives
    what its maker could give, whatever role it was made with."""
    slug = company.slug if company else MACHINE
    separated = company is not None and company.separated
    own = any(
        grant.permits("role.write") and grant.reaches(slug, ()) and (grant.role == "security" or not separated)
        for grant in actor.grants
    )
    if not own or actor.maker_id is None:
        return own
    maker = (
        Account.objects.select_related("company", "person").filter(pk=actor.maker_id, closed_at__isnull=True).first()
    )
    return maker is not None and gives_roles(actor_of(maker), company)


def beyond(actor: Actor, grant: RoleGrant) -> Iterator[str]:
    """What the grant permits and the actor may not, where the grant holds."""
    slug, places = grant.company.slug if grant.company else MACHINE, places_of_unit(grant.unit)
    for permission in sorted(permits_of(grant)):
        allowed = actor.may(cast(Permission, permission), slug, places)
        if permission == "role.write" and grant.company is not None:
            allowed = allowed and gives_roles(actor, grant.company)
        if not allowed:
            yield permission


def may_seize(actor: Actor, account: Account) -> bool:
    """Whether who acts could make himself the account's owner, were it not for `require_standing`: by this account, by
    another one of his, or, when a token acts, by one of its maker's."""
    slug = account.company.slug if account.company else MACHINE
    places = places_of_account(account)
    return any(each.may("mailbox.write", slug, places) for each in (actor, *_others_of(actor)))


def _others_of(actor: Actor) -> Iterator[Actor]:
    """What the person behind the actor is by his other accounts."""
    own_id = actor.account_id or actor.maker_id
    own = Account.objects.filter(pk=own_id).first() if own_id is not None else None
    if own is None:
        return
    every = Account.objects.filter(person=own.person_id) if own.person_id else Account.objects.filter(pk=own.pk)
    for account in every.filter(closed_at__isnull=True).select_related("company", "person"):
        if account.pk != actor.account_id:
            yield actor_of(account)


def require_standing(actor: Actor, account: Account) -> None:
    """Before somebody else's password is set. Refuses `account.stands_higher`."""
    if actor.account_id == account.pk:
        return
    for grant in grants_of(account):
        if any(beyond(actor, grant)):
            raise Refusal("account.stands_higher", clause="G2.1.3", login=account.login, role=grant.role)


def is_self(actor: Actor, person: Person | None, account: Account | None = None) -> bool:
    """Whether it is the actor's own person or account; a person may have several accounts."""
    own = actor.account_id or actor.maker_id
    if own is None:
        return False
    if account is not None and account.pk == own:
        return True
    return person is not None and person.accounts.filter(pk=own).exists()


def require_other_head(actor: Actor, person: Person) -> None:
    """A head and his deputy see their unit, so nobody makes himself one, or the stand-in of somebody. Refuses `role.own`."""
    if is_self(actor, person):
        raise Refusal("role.own", clause="G2.1.3")


def holders_of_offices(company: Company) -> QuerySet[RoleGrant]:
    """Grants in force of the three offices, in the company or for the whole machine, of accounts that are open."""
    where = Q(company=company) | Q(company__isnull=True)
    rows = RoleGrant.objects.filter(in_force(), where, role__in=OFFICES, account__closed_at__isnull=True)
    return rows.select_related("account__person", "company").order_by("account__login", "pk")


def other_holders(grant: RoleGrant) -> QuerySet[RoleGrant]:
    """Lasting grants of the same role and company, of other accounts that are open."""
    others = RoleGrant.objects.filter(role=grant.role, company=grant.company, until__isnull=True)
    others = others.filter(Q(account__person__isnull=True) | staff("account__person"), account__closed_at__isnull=True)
    return others.exclude(account=grant.account_id)


def require_replaceable(grant: RoleGrant) -> None:
    """Refuses to end what nobody else could give back: `role.last_system`, `role.last_security`."""
    if grant.until is not None and grant.until < clock.today():
        return  # has ended by itself
    if grant.role == "system" and grant.company_id is None and not other_holders(grant).exists():
        raise Refusal("role.last_system", clause="G2.1.3", login=grant.account.login)
    company = grant.company
    guarded = grant.role == "security" and company is not None and company.separated
    if company is not None and guarded and not other_holders(grant).exists():
        raise Refusal("role.last_security", clause="G2.1.3", login=grant.account.login, company=company.name)
