"""What a provider's word about one user means for the staff, at once or for a person to look at.

Owns: the source's report of the day, in which everything that came of it stands. Never: refuses the provider: what
cannot be done waits in the report with its reason, so that nothing he said is lost.
Always: in the transaction of the provider's write; a later word about the same user replaces an earlier one that waits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction

from hongyan.company.staff import guard, keeping
from hongyan.company.staff.applying import CLEAR, apply_lines
from hongyan.company.staff.differing import Differing
from hongyan.company.staff.models import Line, Link, Report, ScimUser, Source
from hongyan.company.staff.scim import groups
from hongyan.company.staff.scim.people import entry
from hongyan.company.staff.sources.settings import provider
from hongyan.company.staff.spool import Spool
from hongyan.company.staff.telling import tell_waiting
from hongyan.company.tasks.progress import Progress
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal

DAY: Final = timedelta(days=1)


def user(source: Source, user: ScimUser, *, gone: bool = False) -> None:
    """He was told of, changed, or (`gone`) deleted."""
    domains = set(source.company.domains.filter(alias_of__isnull=True).values_list("name", flat=True))
    said = entry(user, source, provider(source.settings), domains)
    said.active = said.active and not gone
    _forget_waiting(source, said.key)
    report = Report(company=source.company, source=source, kind="scim", name=source.name, whole=False)
    report.create_units = source.create_units
    with Spool() as spool:
        spool.put(said)
        differing = Differing(
            actor=keeping.actor_of(source), report=report, spool=spool, progress=Progress(), keys=[said.key]
        )
        lines = [line for line in differing.named() if line.verdict != "same"]
    Link.objects.bulk_create(differing.links, ignore_conflicts=True)
    waited = Line.objects.filter(report__source=source, report__state="open", state="open").exists()
    for line in lines:
        _keep(source, line, differing.new_units)
        line.refresh_from_db(fields=["state"])
        if not waited and line.state == "open":  # the first of them: the rest is seen with it
            tell_waiting(line.report, {})
    groups.follow_user(source, user, gone=gone)


def deleted(source: Source, gone: ScimUser) -> None:
    user(source, gone, gone=True)


def _keep(source: Source, line: Line, new_units: list[str]) -> None:
    line.report = _report_of_today(source, new_units)
    line.save()
    report = line.report
    report.counts = {**report.counts, line.verdict: int(report.counts.get(line.verdict, 0)) + 1}
    allowed = line.verdict != "leave" or guard.standing(source.company).allows(1)
    report.guarded = report.guarded or not allowed
    report.save(update_fields=["counts", "guarded"])
    if source.auto and allowed and line.verdict in CLEAR and not line.problems:
        _apply(source, report, line)


def _apply(source: Source, report: Report, line: Line) -> None:
    try:
        with transaction.atomic():
            apply_lines(actor=keeping.actor_of(source), report=report, progress=Progress(), lines=[line.pk])
    except Refusal as refusal:
        why = refusal.reasons[0] if refusal.reasons else refusal.decision
        line.problems = [["", why.code, why.params]]
        line.save(update_fields=["problems"])


def _forget_waiting(source: Source, key: str) -> None:
    for line in Line.objects.filter(report__source=source, report__state="open", state="open", key=key):
        line.state, line.values = "gone", {}
        line.save(update_fields=["state", "values"])


def _report_of_today(source: Source, new_units: list[str]) -> Report:
    """The one that is open, else today's, else a new one."""
    rows = Report.objects.select_related("company", "source").filter(source=source)
    report = rows.filter(state="open").order_by("-id").first()
    if report is None:
        report = rows.filter(state="settled", created_at__gt=clock.now() - DAY).order_by("-id").first()
    if report is None:
        report = Report(
            company=source.company, source=source, kind="scim", name=source.name, whole=False,
            create_units=source.create_units, actor=keeping.actor_of(source).name, created_at=clock.now(),
        )  # fmt: skip
    report.state, report.settled_at = "open", None
    report.new_units = sorted({*report.new_units, *new_units})[:200]
    report.save()
    return report
