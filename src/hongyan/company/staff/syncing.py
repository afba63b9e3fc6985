"""Looking at a source, or at a sheet that names everybody; and what a source may apply by itself.

Always: a look that fails leaves the earlier report as it was and says why at the source; what applies itself is what is clear
and what the guard allows, the rest waits for a person.
Clause: G2.2.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from hongyan.company.imports.models import Import
from hongyan.company.people.models import Company
from hongyan.company.staff import keeping
from hongyan.company.staff.applying import CLEAR, apply_lines
from hongyan.company.staff.models import Line, Report, Source
from hongyan.company.staff.queries import open_counts
from hongyan.company.staff.reports import begin_report, fill_report
from hongyan.company.staff.scim.people import entries as provider_entries
from hongyan.company.staff.sources import ldap, sheet
from hongyan.company.staff.spool import Entry, Spool
from hongyan.company.staff.telling import tell_failed, tell_waiting
from hongyan.company.tasks.actions import start_task
from hongyan.company.tasks.models import OPEN_STATES, Task
from hongyan.company.tasks.progress import Progress
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor, schedule
from hongyan.kernel.decision import Refusal

TELL: Final = 500


def domains_of(company: Company) -> set[str]:
    return set(company.domains.filter(alias_of__isnull=True).values_list("name", flat=True))


def look_at_sheet(
    *, actor: Actor, batch: Import, data: bytes, progress: Progress, whole: bool = True
) -> Report:  # fmt: skip
    """The report of a sheet that was uploaded and matched as an import of persons. Refuses as reading and `staff.list_empty`."""
    report = begin_report(
        actor=actor, company=batch.company, kind="sheet", name=batch.file_name, whole=whole, create_units=batch.create_units
    )  # fmt: skip
    try:
        with Spool() as spool:
            notes = sheet.fill(
                spool, batch=batch, data=data, domains=sorted(domains_of(batch.company)), progress=progress
            )  # fmt: skip
            return fill_report(actor=actor, report=report, spool=spool, progress=progress, notes=notes)
    except BaseException:
        report.delete()
        raise


def sync_source(
    *, actor: Actor, source: Source, progress: Progress, apply: bool | None = None, by_itself: bool = False
) -> Report:  # fmt: skip
    """Asks the source and keeps the difference; applies what is clear when it is to (`None`: as the source is set).

    `by_itself`: nobody is looking on, so that personnel is told of what waits.
    """
    actor.require("people.write", source.company.slug)
    if not source.enabled:
        raise Refusal("staff.source_off", name=source.name)
    before, waited = dict(source.last_error), _waiting_now(source)
    report = begin_report(
        actor=actor, company=source.company, kind=source.kind, name=source.name, source=source,
        whole=source.whole and source.kind == "ldap", create_units=source.create_units,
    )  # fmt: skip
    try:
        with Spool() as spool:
            for entry in _asked(source):
                spool.put(entry)
                if spool.count % TELL == 0:
                    progress.at("asking", spool.count)
            fill_report(actor=actor, report=report, spool=spool, progress=progress)
    except Refusal as refusal:
        report.delete()
        error = {"code": refusal.code, "params": refusal.decision.params}
        _note(source, error)
        tell_failed(source, before, error)
        raise
    except BaseException:
        report.delete()
        raise
    _note(source, {})
    if source.auto if apply is None else apply:
        apply_clear(source=source, report=report, progress=progress)
    if by_itself:
        tell_waiting(report, waited)
    return report


def _waiting_now(source: Source) -> dict[str, int]:
    report = Report.objects.filter(source=source, state="open").order_by("-id").first()
    return dict(open_counts(report)) if report else {}


def _asked(source: Source) -> Iterator[Entry]:
    domains = domains_of(source.company)
    return ldap.entries(source, domains) if source.kind == "ldap" else provider_entries(source, domains)


def _note(source: Source, error: dict[str, Any]) -> None:
    now = clock.now()
    next_at = now + timedelta(hours=source.every_hours) if source.every_hours and source.kind == "ldap" else None
    Source.objects.filter(pk=source.pk).update(last_at=now, last_error=error, next_at=next_at)


def apply_clear(*, source: Source, report: Report, progress: Progress) -> int:
    """What the source may do by itself: clear lines without a warning; nobody leaves by it when the guard says no."""
    if report.state != "open":
        return 0
    verdicts = [verdict for verdict in CLEAR if verdict != "leave" or not report.guarded]
    rows = Line.objects.filter(report=report, state="open", verdict__in=verdicts, problems=[])
    chosen = list(rows.values_list("pk", flat=True))
    if not chosen:
        return 0
    done = apply_lines(actor=keeping.actor_of(source), report=report, progress=progress, lines=chosen)
    report.refresh_from_db()
    return done


def start_due() -> int:
    """For the schedule: a task for each directory whose hour has come."""
    due = Source.objects.filter(next_at__lte=clock.now(), enabled=True, kind="ldap").select_related("company")
    started = 0
    for source in due.order_by("next_at")[:20]:
        Source.objects.filter(pk=source.pk).update(next_at=clock.now() + timedelta(hours=max(1, source.every_hours)))
        if not busy(source):
            start_task(
                actor=schedule("staff"), kind="staff.sync", company=source.company, params={"source": source.pk}
            )  # fmt: skip
            started += 1
    return started


def busy(source: Source) -> bool:
    rows = Task.objects.filter(kind="staff.sync", company=source.company, state__in=OPEN_STATES)
    return any(task.params.get("source") == source.pk for task in rows)
