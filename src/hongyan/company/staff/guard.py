"""The guard against mass removal: a wrong filter, an empty column, a directory's fault must not make a company leave.

Owns: how many may leave by lists within a day, and who may let more leave. Always: counted over all lists of the company and
over a day, so that many small steps are no way around it; neither a schedule nor a source may override it, only a person
with the right over the whole company, who says why.
Clause: G2.2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction

from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Company, Person
from hongyan.company.staff.models import Line, Report, StaffRules
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

FEW: Final = 3  #: so many are never a mass, however small the company is
WINDOW: Final = timedelta(days=1)
MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Standing:
    """How many have left by lists within a day, out of how many, and what is allowed."""

    gone: int
    staff: int
    most: int
    percent: int

    def allows(self, more: int) -> bool:
        leaving = self.gone + more
        if not more or leaving <= FEW:
            return True
        return leaving <= self.most and leaving * 100 <= self.percent * self.staff


def standing(company: Company) -> Standing:
    since = clock.now() - WINDOW
    gone = Line.objects.filter(
        report__company=company, report__created_at__gt=since - WINDOW * 30, verdict="leave", state="applied",
        settled_at__gt=since,
    ).count()  # fmt: skip
    staff = Person.objects.filter(company=company, left_on__isnull=True).count() + gone
    most, percent = rules(company)
    return Standing(gone, staff, most, percent)


def rules(company: Company) -> tuple[int, int]:
    """How many, and which percentage of the staff."""
    found = StaffRules.objects.filter(company=company).first() or StaffRules(company=company)
    return found.most_leavers, found.most_percent


def require(*, actor: Actor, report: Report, leaving: int, override: str = "") -> None:
    """Within the transaction of what is applied. Refuses `staff.guard` unless `override` gives a person's reason."""
    now = standing(report.company)
    if now.allows(leaving):
        return
    if not override.strip():
        raise Refusal(
            "staff.guard", clause="G2.2.2", leaving=leaving, gone=now.gone, staff=now.staff, most=now.most,
            percent=now.percent,
        )  # fmt: skip
    if not may_override(actor, report.company):
        raise Refusal("staff.guard_not_yours", clause="G2.2.2")
    reason = clean_name(override, "staff.reason_malformed", 300)
    report.override_by, report.override_reason = actor.name, reason
    report.save(update_fields=["override_by", "override_reason"])
    ledger.record(
        "staff.guard_overridden", chain=report.company.slug, actor=actor.name, subject=f"staff/{report.pk}",
        name=report.name, leaving=leaving, gone=now.gone, staff=now.staff, reason=reason,
    )  # fmt: skip


def may_override(actor: Actor, company: Company) -> bool:
    """A person: somebody with an account, or at the machine's own shell."""
    person = actor.account_id is not None or actor.name.startswith("cli:")
    return person and actor.may("people.write", company.slug)


def set_rules(*, actor: Actor, company: Company, most_leavers: int, most_percent: int) -> None:
    """Refuses `staff.rules_range`."""
    actor.require("settings.write", company.slug)
    if not (0 <= most_leavers <= MOST and 0 <= most_percent <= 100):
        raise Refusal("staff.rules_range", most=MOST)
    with transaction.atomic():
        before = rules(company)
        if before == (most_leavers, most_percent):
            return
        StaffRules.objects.update_or_create(
            company=company, defaults={"most_leavers": most_leavers, "most_percent": most_percent}
        )
        ledger.record(
            "staff.rules", chain=company.slug, actor=actor.name, subject=company.slug,
            before={"most": before[0], "percent": before[1]}, after={"most": most_leavers, "percent": most_percent},
        )  # fmt: skip
