"""A report's way: begun, filled with what differs, settled line by line or as a whole, replaced, dropped.

Applying is in `applying.py`. Always: what a report shows is what is applied; a later look at the same source replaces what
still waits of an earlier one; an empty list is refused and never read as "everybody has left".
Clause: G2.2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from hongyan.company.people.models import Company
from hongyan.company.staff import guard
from hongyan.company.staff.differing import Differing
from hongyan.company.staff.models import Line, Link, Report, Source
from hongyan.company.staff.queries import may_see
from hongyan.company.staff.spool import Spool
from hongyan.company.tasks.models import OPEN_STATES
from hongyan.company.tasks.progress import Progress
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

BATCH: Final = 1000
KEEP_LINES: Final = timedelta(days=90)
KEEP_VALUES: Final = timedelta(days=30)


def begin_report(
    *, actor: Actor, company: Company, kind: str, name: str, source: Source | None = None, whole: bool = True,
    create_units: bool = True,
) -> Report:  # fmt: skip
    actor.require_somewhere("people.write", company.slug)
    return Report.objects.create(
        company=company, kind=kind, name=name[:200], source=source, whole=whole, create_units=create_units,
        actor=actor.name, account_id=actor.account_id, created_at=clock.now(),
    )  # fmt: skip


def fill_report(
    *, actor: Actor, report: Report, spool: Spool, progress: Progress, notes: Sequence[tuple[str, dict[str, Any]]] = ()
) -> Report:  # fmt: skip
    """Holds the list against the staff and keeps what differs. Refuses `staff.list_empty`."""
    require(actor, report, "reading")
    if not spool.count:
        raise Refusal("staff.list_empty", name=report.name)
    Line.objects.filter(report=report).delete()
    differing = Differing(actor=actor, report=report, spool=spool, progress=progress)
    batch: list[Line] = []
    for line in differing.lines():
        batch.append(line)
        if len(batch) == BATCH:
            Line.objects.bulk_create(batch)
            batch = []
    Line.objects.bulk_create(batch)
    with transaction.atomic():
        Link.objects.bulk_create(differing.links, BATCH, ignore_conflicts=True)
        report.counts, report.new_units = dict(differing.counts), differing.new_units
        report.notes = [list(note) for note in notes]
        report.guarded = not guard.standing(report.company).allows(differing.counts["leave"])
        report.state, report.settled_at = _state(report), clock.now() if not _waits(report) else None
        report.save(update_fields=["counts", "new_units", "notes", "guarded", "state", "settled_at"])
        if report.source is not None:
            _replace_earlier(report)
        ledger.record(
            "staff.looked", chain=report.company.slug, actor=actor.name, subject=f"staff/{report.pk}", name=report.name,
            **{name: differing.counts[name] for name in ("join", "move", "change", "leave", "back", "conflict", "same")},
        )  # fmt: skip
    return report


def _waits(report: Report) -> bool:
    return Line.objects.filter(report=report, state="open").exists()


def _state(report: Report) -> str:
    return "open" if _waits(report) else "settled"


def _replace_earlier(report: Report) -> None:
    earlier = Report.objects.filter(source=report.source, state__in=("reading", "open"), pk__lt=report.pk)
    Line.objects.filter(report__in=earlier, state="open").update(state="gone", values={})
    earlier.update(state="replaced", settled_at=clock.now())


def settle(report: Report) -> None:
    """Within the transaction that settled lines: the report is over when none waits."""
    if report.state == "open" and not _waits(report):
        report.state, report.settled_at = "settled", clock.now()
        report.save(update_fields=["state", "settled_at"])


def skip_lines(*, actor: Actor, report: Report, lines: Sequence[int]) -> int:
    """These come to nothing, by a person's word. Returns how many waited."""
    require(actor, report, "open")
    with transaction.atomic():
        report = locked(report)
        found = list(Line.objects.filter(report=report, pk__in=lines, state="open").values_list("pk", "label"))
        Line.objects.filter(pk__in=[pk for pk, _ in found]).update(
            state="skipped", values={}, settled_by=actor.name, settled_at=clock.now()
        )
        if found:
            ledger.record(
                "staff.skipped", chain=report.company.slug, actor=actor.name, subject=f"staff/{report.pk}",
                name=report.name, lines=len(found), who=[label for _, label in found[:50]],
            )  # fmt: skip
        settle(report)
    return len(found)


def drop_report(*, actor: Actor, report: Report) -> None:
    """Nothing more comes of it."""
    require(actor, report, "reading", "open")
    if report.task is not None and report.task.state in OPEN_STATES:
        raise Refusal("staff.busy")
    with transaction.atomic():
        report = locked(report)
        Line.objects.filter(report=report, state="open").update(state="gone", values={})
        report.state, report.settled_at = "dropped", clock.now()
        report.save(update_fields=["state", "settled_at"])
        ledger.record(
            "staff.dropped", chain=report.company.slug, actor=actor.name, subject=f"staff/{report.pk}", name=report.name
        )


def locked(report: Report) -> Report:
    """The report as it is now. Whoever settles lines of a company waits here for the others."""
    Company.objects.select_for_update().get(pk=report.company_id)
    return Report.objects.select_related("company", "source").get(pk=report.pk)


def require(actor: Actor, report: Report, *states: str) -> None:
    if not may_see(actor, report):
        raise Refusal("staff.report.unknown", number=report.pk)
    if report.state not in states:
        raise Refusal("staff.report_state", state=report.state)


def forget_old() -> int:
    """For the schedule: what was read and never looked at goes after a month, lines of old reports after three."""
    now = clock.now()
    idle = Report.objects.filter(state__in=("reading", "open"), created_at__lt=now - KEEP_VALUES).exclude(
        source__kind="scim"
    )
    Line.objects.filter(report__in=idle, state="open").update(state="gone", values={})
    count = idle.update(state="dropped", settled_at=now)
    old = Report.objects.filter(settled_at__lt=now - KEEP_LINES).exclude(counts={})
    for report in old[:50]:
        count += Line.objects.filter(report=report).delete()[0]
        Report.objects.filter(pk=report.pk).update(counts={})
    return count
