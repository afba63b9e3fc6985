"""What an account may do, where, by which grant and until when; and what it may not, though one might think so.

Owns: `explain_rights` and the list of who holds which role.
Always: explains what holds today and what was left out on purpose. No right of administration includes reading mail:
there is no permission for it, so no role can hold it (clause G2.1.1-3; `tests/company/people/test_no_reading.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from django.db.models import Manager, Q, QuerySet
from django.utils.timezone import localtime

from hongyan.company.people.holding import leads
from hongyan.company.people.models import Account, Appointment, Company, Person, RoleGrant
from hongyan.company.people.scope import places_of_account
from hongyan.company.people.standing import MACHINE, grants_of, in_force, permits_of
from hongyan.kernel.actor import PERMITS, Actor, Role
from hongyan.kernel.decision import Decision, Refusal

Source = Literal["given", "head", "keeper"]


@dataclass(frozen=True, slots=True)
class Held:
    """One role of an account: where, until when, by whom and why; what it permits and what was left out of it."""

    role: str
    source: Source
    company: str  #: name; empty: the whole machine
    unit: str
    permissions: tuple[str, ...]
    left_out: tuple[str, ...]  #: of the role, not of this grant
    separated: tuple[str, ...]  #: taken away by the separation of offices
    seats: int | None = None
    storage_mb: int | None = None
    until: date | None = None
    granted_at: datetime | None = None
    granted_by: str = ""
    reason: str = ""
    kept: tuple[str, ...] = ()  #: addresses that a keeper keeps
    grant_id: int | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """One permission, and every role that gives it."""

    permission: str
    by: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    login: str
    name: str
    held: tuple[Held, ...]
    rights: tuple[Right, ...]


def explain_rights(account: Account) -> Explanation:
    held = (*(_given(grant) for grant in grants_of(account)), *_by_post(account))
    names = sorted({permission for role in held for permission in role.permissions}, key=_ORDER.index)
    rights = tuple(Right(name, tuple(role for role in held if name in role.permissions)) for name in names)
    return Explanation(account.login, account.person.name if account.person else "", held, rights)


#: Permissions in the order in which they are told: people, mail, groups, then the service.
_ORDER = [
    "people.read", "people.write", "mailbox.read", "mailbox.write", "group.read", "group.write", "role.read",
    "role.write", "audit.read", "health.read", "settings.write", "token.write", "queue.write", "company.write", "release.write",
]  # fmt: skip
_ORDER += sorted(frozenset().union(*PERMITS.values()) - set(_ORDER))


def in_order(permissions: Iterable[str]) -> tuple[str, ...]:
    """As they are told."""
    return tuple(sorted(permissions, key=_ORDER.index))


def _given(grant: RoleGrant) -> Held:
    whole, permitted = PERMITS[cast(Role, grant.role)], permits_of(grant)
    chosen = whole if grant.permissions is None else whole & set(grant.permissions)
    return Held(
        role=grant.role, source="given", company=grant.company.name if grant.company else "",
        unit=grant.unit.path if grant.unit else "", permissions=in_order(permitted), left_out=in_order(whole - chosen),
        separated=in_order(chosen - permitted), seats=grant.seats, storage_mb=grant.storage_mb, until=grant.until,
        granted_at=grant.granted_at, granted_by=grant.granted_by, reason=grant.reason, grant_id=grant.pk,
    )  # fmt: skip


def _by_post(account: Account) -> list[Held]:
    if account.person is None or account.company is None:
        return []
    name, reads = account.company.name, in_order(PERMITS["head"])
    headed = Appointment.objects.filter(leads(), person=account.person).order_by("unit__path")
    found = [
        Held("head", "head", name, path, reads, (), ())
        for path in headed.values_list("unit__path", flat=True).distinct()
    ]
    kept = kept_by(account.person)
    return [*found, *([Held("keeper", "keeper", name, "", (), (), (), kept=kept)] if kept else [])]


def kept_by(person: Person) -> tuple[str, ...]:
    """Addresses of the mailboxes that the person keeps, and of the groups that he looks after."""
    mailboxes: Manager[Any] = person.kept_mailboxes  # of the room above
    groups: Manager[Any] = person.owned_groups
    kept = mailboxes.filter(closed_at__isnull=True).order_by("address").values_list("address", flat=True)
    return (*kept, *groups.order_by("address").values_list("address", flat=True))


def told(held: Held) -> list[Decision]:
    """The role in plain sentences: what and where, since when and why, until when, and what is not in it."""
    where = "head" if held.source == "head" else "keeper" if held.source == "keeper" else ""
    where = where or ("unit" if held.unit else "company" if held.company else "machine")
    params = {"role": held.role, "unit": held.unit, "company": held.company, "kept": list(held.kept)}
    found = [Decision(f"explain.{where}", params)]
    if held.source == "given":
        at = {"by": held.granted_by, "at": f"{localtime(held.granted_at):%Y-%m-%d}"}
        found.append(Decision("explain.origin" if held.granted_by else "explain.origin_unknown", at))
        if held.reason:
            found.append(Decision("explain.reason", {"reason": held.reason}))
        until = held.until.isoformat() if held.until else ""
        found.append(Decision("explain.until", {"until": until}) if until else Decision("explain.lasting"))
    if held.seats is not None:
        found.append(Decision("explain.seats", {"seats": held.seats}))
    if held.storage_mb is not None:
        found.append(Decision("explain.storage", {"storage": _size(held.storage_mb)}))
    if held.left_out:
        found.append(Decision("explain.left_out", {"rights": held.left_out}))
    if held.separated:
        found.append(Decision("explain.separated", {"rights": held.separated}))
    return found


def _size(megabytes: int) -> str:
    return f"{megabytes / 1024:g} GB" if megabytes >= 1024 else f"{megabytes} MB"


def not_included(explanation: Explanation) -> list[Decision]:
    """What no role includes; with what the right to manage mailboxes could be mistaken for."""
    held = {right.permission for right in explanation.rights}
    found = [Decision("never.mail")]
    if "mailbox.write" in held:
        found.append(Decision("never.password"))
    if held & {"mailbox.write", "group.write"}:
        found.append(Decision("never.routes"))
    return [*found, Decision("never.widen")]


def require_may_explain(actor: Actor, account: Account) -> None:
    """One's own rights, those of a company where one sees who holds which role, or of whom one administers."""
    if actor.account_id == account.pk or (account.company is None and sees_grants(actor, None)):
        return
    company = account.company
    if company is None or not (
        sees_grants(actor, company) or actor.may("people.read", company.slug, places_of_account(account))
    ):
        raise Refusal("account.unknown", login=account.login)


def find_account(login: str) -> Account:
    account = Account.objects.select_related("company", "person").filter(login=login.strip().lower()).first()
    if account is None:
        raise Refusal("account.unknown", login=login)
    return account


def list_grants(company: Company | None, *, text: str = "", role: str = "") -> QuerySet[RoleGrant]:
    """Who holds which role in the company (None: for the whole machine), by account."""
    rows = RoleGrant.objects.filter(in_force(), company=company, account__closed_at__isnull=True)
    if role:
        rows = rows.filter(role=role)
    if text:
        rows = rows.filter(
            Q(account__login__icontains=text) | Q(account__person__name__icontains=text) | Q(unit__path__icontains=text)
        )
    return rows.select_related("account__person", "company", "unit").order_by("account__login", "role", "pk")


def sees_grants(actor: Actor, company: Company | None) -> bool:
    """Who holds what in the company; without one, for the whole machine."""
    return actor.may("role.read", company.slug if company else MACHINE)


def find_grant(actor: Actor, grant_id: int) -> RoleGrant:
    """Where the actor does not see who holds what, a grant is as unknown as none."""
    grant = RoleGrant.objects.select_related("account__person", "company", "unit").filter(pk=grant_id).first()
    if grant is None or not sees_grants(actor, grant.company):
        raise Refusal("role.unknown")
    return grant
