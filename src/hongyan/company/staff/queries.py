"""Reads of sources, reports and lines.

Always: a report is seen by whoever made it and by those who may write people of the whole company; a source by those who
may change the company's settings or write all its people; by nobody else, as if it were not there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import Count, Q, QuerySet

from hongyan.company.people.models import Company
from hongyan.company.staff.models import Line, Report, Source
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def may_see(actor: Actor, report: Report) -> bool:
    slug = report.company.slug
    own = actor.account_id is not None and report.account_id == actor.account_id
    return actor.may("people.write", slug) or (own and actor.may_somewhere("people.write", slug))


def list_reports(actor: Actor, company: Company) -> QuerySet[Report]:
    """Newest first."""
    rows = Report.objects.filter(company=company).select_related("company", "source", "task").order_by("-id")
    if actor.may("people.write", company.slug):
        return rows
    if actor.account_id is None or not actor.may_somewhere("people.write", company.slug):
        return rows.none()
    return rows.filter(account=actor.account_id)


def find_report(actor: Actor, report_id: int, company: Company | None = None) -> Report:
    """Refuses `staff.report.unknown`, also for one that the actor may not see."""
    report = Report.objects.select_related("company", "source", "task").filter(pk=report_id).first()
    if report is None or (company is not None and report.company_id != company.pk) or not may_see(actor, report):
        raise Refusal("staff.report.unknown", number=report_id)
    return report


def list_lines(report: Report, verdicts: Sequence[str] = (), states: Sequence[str] = ()) -> QuerySet[Line]:
    rows = Line.objects.filter(report=report).order_by("id")
    if verdicts:
        rows = rows.filter(verdict__in=verdicts)
    return rows.filter(state__in=states) if states else rows


def counts(report: Report) -> dict[str, dict[str, int]]:
    """verdict -> state -> lines, as they stand now."""
    found: dict[str, dict[str, int]] = {}
    rows = Line.objects.filter(report=report).values("verdict", "state").annotate(lines=Count("id")).order_by()
    for row in rows:
        found.setdefault(row["verdict"], {})[row["state"]] = row["lines"]
    return found


def open_counts(report: Report) -> Counter[str]:
    """verdict -> lines that wait."""
    return Counter({verdict: states["open"] for verdict, states in counts(report).items() if states.get("open")})


def waiting(company: Company) -> QuerySet[Report]:
    """Reports that somebody has to look at."""
    return Report.objects.filter(company=company, state="open").order_by("-id")


# -- sources ---------------------------------------------------------------------------------------------
def may_see_sources(actor: Actor, company: Company) -> bool:
    return actor.may("settings.write", company.slug) or actor.may("people.write", company.slug)


def list_sources(actor: Actor, company: Company) -> QuerySet[Source]:
    rows = Source.objects.filter(company=company).select_related("company").order_by("name")
    return rows if may_see_sources(actor, company) else rows.none()


def find_source(actor: Actor, company: Company, name: str | int) -> Source:
    """By number or by name. Refuses `staff.source.unknown`."""
    which = Q(pk=name) if isinstance(name, int) else Q(name=name)
    source = Source.objects.select_related("company").filter(which, company=company).first()
    if source is None or not may_see_sources(actor, company):
        raise Refusal("staff.source.unknown", name=str(name)[:60])
    return source
