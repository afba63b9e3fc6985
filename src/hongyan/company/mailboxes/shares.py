"""How much of the company's seats and storage a branch may take (tiered administration, clauses G2.1.1-3).

Owns: what a branch holds, and whether there is room for more. A share stands in the grant of the branch's administrator
and binds whoever acts by that grant; who acts for the whole company is not bound by it.
Always: asked after the change, in its transaction and after its event was recorded: the ledger lets one writer of a
company through at a time, so that two who open the last seat at once do not both get it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from hongyan.company.mailboxes.scope import parts_below
from hongyan.company.people.models import Company
from hongyan.kernel.actor import Actor, Grant
from hongyan.kernel.decision import Decision, Refusal


@dataclass(frozen=True, slots=True)
class Holding:
    """What a branch has: mailboxes that are not closed, and the MiB that they may grow to."""

    seats: int
    storage_mb: int


def holding_of(company: Company, unit: str) -> Holding:
    """Of the unit at this path and all under it; of the whole company without one."""
    seats = storage = 0
    for rows in parts_below(company, (unit,)) if unit else (company.mailboxes.all(),):
        sizes = rows.filter(closed_at__isnull=True).aggregate(
            seats=Count("pk"), storage=Sum(Coalesce("quota_mb", company.quota_mb))
        )
        seats, storage = seats + sizes["seats"], storage + (sizes["storage"] or 0)
    return Holding(seats, storage)


def require_room(actor: Actor, company: Company, places: Iterable[tuple[str, ...]]) -> None:
    """After mailboxes came to these places or grew there. Refuses `share.seats`, `share.storage` with the numbers."""
    for place in set(places):
        grants = [g for g in actor.grants if g.permits("mailbox.write") and g.reaches(company.slug, place)]
        if any(g.seats is None and g.storage_mb is None for g in grants):
            continue
        found = [_over(company, grant) for grant in grants]
        if all(found):  # one grant with room is enough
            raise _refusal(next(decision for decision in found if decision))


def _over(company: Company, grant: Grant) -> Decision | None:
    """What is too much, of mailboxes or of storage."""
    held = holding_of(company, grant.unit)
    where = {"unit": grant.unit or company.name}
    if grant.seats is not None and held.seats > grant.seats:
        return Decision("share.seats", {**where, "held": held.seats, "limit": grant.seats}, "G2.1.3")
    if grant.storage_mb is not None and held.storage_mb > grant.storage_mb:
        return Decision("share.storage", {**where, "held": held.storage_mb, "limit": grant.storage_mb}, "G2.1.3")
    return None


def _refusal(decision: Decision) -> Refusal:
    return Refusal(decision.code, clause=decision.clause, **decision.params)
