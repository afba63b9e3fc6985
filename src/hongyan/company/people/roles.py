"""Giving and taking roles, and the separation of the three offices (三員分立).

Owns: the writes to role grants. Roles that come with a post (head, keeper) are not given; `queries.actor_of` derives them.
Always: nobody widens his own rights: not by a grant to himself, nor by one to an account whose password he could set;
permission, rows and audit event in one transaction; a refusal leaves nothing behind.
Clauses: G2.1.1-3.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import cast

from django.db import transaction
from django.db.models import Q

from hongyan.company.people.actions import clean_name
from hongyan.company.people.domains import required_addresses
from hongyan.company.people.models import ROLES, Account, Company, RoleGrant, Unit
from hongyan.company.people.standing import (
    MACHINE,
    OFFICES,
    beyond,
    gives_roles,
    holders_of_offices,
    in_force,
    is_self,
    may_seize,
    require_replaceable,
)
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import PERMITS, UNIT_ROLES, Actor, Role
from hongyan.kernel.decision import Decision, Refusal

#: Roles that can be held for the whole machine.
MACHINE_ROLES = ("system", "security", "audit")


def grant_role(
    *,
    actor: Actor,
    account: Account,
    role: str,
    company: Company | None,
    unit: Unit | None = None,
    permissions: Collection[str] | None = None,
    until: date | None = None,
    seats: int | None = None,
    storage_mb: int | None = None,
    reason: str = "",
) -> RoleGrant:
    """Give a role for the machine (no company), a company or a unit. Refuses `role.own`, `role.beyond_giver`, `role.exists`,
    `role.office_held` and what `_shaped` says. `permissions`: no more than these; None: all of the role's."""
    _require_giver(actor, company)
    if account.company_id is not None and company is not None and account.company_id != company.pk:
        raise Refusal("account.unknown", login=account.login)  # another company's account is as unknown as none
    if account.closed_at is not None:
        raise Refusal("signin.closed", clause="G3.2.1")
    if is_self(actor, account.person, account):
        raise Refusal("role.own", clause="G2.1.3")
    grant = _shaped(RoleGrant(
        account=account, role=role, company=company, unit=unit, until=until, seats=seats, storage_mb=storage_mb,
        permissions=None if permissions is None else sorted(set(permissions)), granted_at=clock.now(),
        granted_by=actor.name, reason=clean_name(reason, "role.reason_malformed", 200) if reason else "",
    ))  # fmt: skip
    _require_holds(actor, grant)
    with transaction.atomic():
        same = RoleGrant.objects.filter(account=account, role=role, company=company, unit=unit)
        if same.filter(in_force()).exists():
            raise Refusal("role.exists", login=account.login, role=role)
        same.delete()  # one of the past
        grant.save()
        ledger.record("role.granted", chain=_chain(company), actor=actor.name, subject=account.login, **_told(grant))
        _tell_engines(grant)
        _require_one_office(grant)
    return grant


def givable_roles(actor: Actor, company: Company | None) -> list[str]:
    """What a form offers; `grant_role` looks at each grant by itself all the same."""
    if not gives_roles(actor, company):
        return []
    known = ROLES if company is not None else MACHINE_ROLES
    if not actor.may("mailbox.write", company.slug if company else MACHINE):
        return list(known)
    return [role for role in known if not any(beyond(actor, RoleGrant(role=role, company=company)))]


def revoke_role(*, actor: Actor, grant: RoleGrant, reason: str = "") -> None:
    """Take a role; anybody may lay down his own. Refuses `role.last_system`, `role.last_security`."""
    if not is_self(actor, grant.account.person, grant.account):
        _require_giver(actor, grant.company)
        _require_holds(actor, grant)
    reason = clean_name(reason, "role.reason_malformed", 200) if reason else ""
    with transaction.atomic():
        ledger.record(
            "role.revoked", chain=_chain(grant.company), actor=actor.name, subject=grant.account.login,
            **_told(grant) | {"reason": reason},
        )  # fmt: skip
        require_replaceable(grant)
        _tell_engines(grant)
        if not RoleGrant.objects.filter(pk=grant.pk).delete()[0]:
            raise Refusal("role.unknown")


def separate_offices(*, actor: Actor, company: Company, on: bool) -> None:
    """From then on nobody holds two of system, security and audit, and security alone gives roles (or that ends).

    Refuses `separation.two` naming who holds two, `separation.no_security`, `separation.already`.
    """
    _require_giver(actor, company)
    if company.separated == on:
        raise Refusal("separation.already", clause="G2.1.3", company=company.name)
    with transaction.atomic():
        ledger.record(
            "offices.separated" if on else "offices.joined", chain=company.slug, actor=actor.name, subject=company.slug
        )
        if on:
            _require_separable(company)
        company.separated = on
        company.save(update_fields=["separated"])


def _tell_engines(grant: RoleGrant) -> None:
    """The office, else who runs the machine, reads what is written to postmaster@ (RFC 5321 4.5.1)."""
    if grant.role in ("office", "system") and grant.unit_id is None:
        outbox.release(*required_addresses(grant.company))


def _chain(company: Company | None) -> str:
    return company.slug if company else ledger.INSTANCE


def _require_giver(actor: Actor, company: Company | None) -> None:
    if gives_roles(actor, company):
        return
    if company is not None and company.separated and actor.may("role.write", company.slug):
        raise Refusal("separation.security_only", clause="G2.1.3", company=company.name)
    raise Refusal("permission.missing", clause="G2.1.3", permission="role.write")


def _require_holds(actor: Actor, grant: RoleGrant) -> None:
    """Who could act as the account gives it (and takes from it) no more than he holds; an officer of security, who
    sets nobody's password, gives what he himself never can use."""
    if not may_seize(actor, grant.account):
        return
    missing = list(beyond(actor, grant))
    if missing:
        raise Refusal("role.beyond_giver", clause="G2.1.3", role=grant.role, permissions=missing)


def _shaped(grant: RoleGrant) -> RoleGrant:
    """A grant that makes sense: the role exists, has this reach, this subset, these limits, and has not ended yet."""
    role, company, unit = cast(Role, grant.role), grant.company, grant.unit
    if role not in ROLES:
        raise Refusal("role.unknown_name", role=role, known=list(ROLES))
    if company is None and role not in MACHINE_ROLES:
        raise Refusal("role.needs_company", role=role)
    if unit is not None and (company is None or unit.company_id != company.pk):
        raise Refusal("unit.unknown", path=unit.path)
    if unit is not None and role not in UNIT_ROLES:
        raise Refusal("role.whole_company", role=role)
    if unit is None and role == "scoped":
        raise Refusal("role.needs_unit", role=role)
    if grant.permissions is not None and not set(grant.permissions) <= PERMITS[role]:
        raise Refusal("role.not_of_role", role=role, permissions=sorted(set(grant.permissions) - PERMITS[role]))
    if grant.permissions is not None and not grant.permissions:
        raise Refusal("role.permits_nothing")
    if grant.permissions is not None and set(grant.permissions) == PERMITS[role]:
        grant.permissions = None
    if role != "scoped" and (grant.seats is not None or grant.storage_mb is not None):
        raise Refusal("role.no_shares", role=role)
    if any(share is not None and not 0 < share < 2**31 for share in (grant.seats, grant.storage_mb)):
        raise Refusal("role.share_range")
    if grant.until is not None and grant.until < clock.today():
        raise Refusal("role.until_past", date=grant.until.isoformat())
    return grant


def _told(grant: RoleGrant) -> dict[str, object]:
    """What the audit keeps of a grant; what does not apply is left out."""
    facts = {
        "role": grant.role, "unit": grant.unit.path if grant.unit else "", "permissions": grant.permissions,
        "until": grant.until.isoformat() if grant.until else "", "seats": grant.seats, "storage_mb": grant.storage_mb,
        "reason": grant.reason,
    }  # fmt: skip
    return {name: value for name, value in facts.items() if value}


def _offices_held(account: Account) -> list[RoleGrant]:
    """The offices of the account, and of all others of the same person."""
    whose = Q(account=account) | Q(account__person=account.person_id) if account.person_id else Q(account=account)
    rows = RoleGrant.objects.filter(in_force(), whose, role__in=OFFICES, account__closed_at__isnull=True)
    return list(rows.select_related("company", "account"))


def _require_one_office(grant: RoleGrant) -> None:
    """Where the offices are separated nobody holds two of them; one for the whole machine is one in every company."""
    if grant.role not in OFFICES:
        return
    for other in _offices_held(grant.account):
        if other.role == grant.role or (grant.company and other.company and grant.company_id != other.company_id):
            continue
        company = grant.company or other.company
        if company.separated if company else Company.objects.filter(separated=True).exists():
            raise Refusal(
                "role.office_held", clause="G2.1.3", login=other.account.login, role=grant.role, held=other.role
            )


def _require_separable(company: Company) -> None:
    rows = list(holders_of_offices(company))
    held: dict[tuple[str, int], set[str]] = {}
    names: dict[tuple[str, int], str] = {}
    for row in rows:
        who = ("person", row.account.person_id) if row.account.person_id else ("account", row.account_id)
        held.setdefault(who, set()).add(row.role)
        names[who] = row.account.login
    two = tuple(
        Decision("separation.holds_two", {"login": names[who], "roles": sorted(roles)}, "G2.1.3")
        for who, roles in held.items()
        if len(roles) > 1
    )
    if two:
        raise Refusal("separation.two", clause="G2.1.3", reasons=two, logins=[d.params["login"] for d in two])
    if not any(row.role == "security" and row.until is None for row in rows):
        raise Refusal("separation.no_security", clause="G2.1.3", company=company.name)
