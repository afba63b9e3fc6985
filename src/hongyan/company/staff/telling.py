"""Who is told that a list waits or could not be asked: personnel, else the office, each in his own language.

Always: once for the same thing: a source that waits or fails in the same way every day is not told of every day.
Clause: G2.2.2.
"""

from __future__ import annotations

from typing import Any, Final

from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people.models import Company
from hongyan.company.people.relations import holders
from hongyan.company.staff.models import Report, Source
from hongyan.company.staff.queries import open_counts
from hongyan.kernel import outbox

TOLD: Final = 20  #: people at most


def tell_waiting(report: Report, before: dict[str, Any]) -> None:
    """`before`: how many lines of which verdict waited in the report that this one replaces."""
    waiting = open_counts(report)
    if waiting and dict(waiting) != before:
        link = f"/console/staff/{report.pk}"
        _tell(report.company, "staff_waits", {"name": report.name, "lines": sum(waiting.values()), "link": link})


def tell_failed(source: Source, before: dict[str, Any], error: dict[str, Any]) -> None:
    if error.get("code") != before.get("code"):
        _tell(source.company, "staff_failed", {"name": source.name, "link": f"/console/staff/sources/{source.pk}"})


def _tell(company: Company, notice: str, params: dict[str, Any]) -> None:
    people = holders(company, "hr") or holders(company, "office")
    persons = [person.pk for person in people[:TOLD]]
    rows = Mailbox.objects.filter(person__in=persons, kind__in=PERSONAL_KINDS, closed_at__isnull=True)
    for address in sorted(rows.values_list("address", flat=True)):
        outbox.enqueue(outbox.NOTICE, {"notice": notice, "to": address, "params": params})
