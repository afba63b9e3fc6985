"""What a report's lines say is done: all that are clear, or those that a person chose, in one transaction.

Always: each line is planned anew against this moment's state and refused as stale when it would do something else; the guard
is asked before anybody leaves; if one line is refused, none is applied, and the refusal names the line.
Clauses: G2.2.1, G2.2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.db import transaction

from hongyan.company.imports.applying.making import Making, make
from hongyan.company.imports.cells import Parsed
from hongyan.company.imports.models import Import
from hongyan.company.imports.planning.persons import Planner
from hongyan.company.imports.planning.plan import Ground, Plan, Planned
from hongyan.company.people import life
from hongyan.company.people.models import Person
from hongyan.company.staff import guard
from hongyan.company.staff.differing import VERDICTS
from hongyan.company.staff.models import Line, Link, Report
from hongyan.company.staff.reports import locked, require, settle
from hongyan.company.tasks.progress import Progress
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

CHUNK: Final = 500
#: What may be applied; a conflict is settled in the list, or left out.
CLEAR: Final = ("join", "move", "change", "back", "leave")


def apply_lines(
    *, actor: Actor, report: Report, progress: Progress, lines: Sequence[int] | None = None,
    verdicts: Sequence[str] = CLEAR, override: str = "",
) -> int:  # fmt: skip
    """All lines that are clear, or those named by primary key; returns how many.

    Refuses `staff.nothing`, `staff.line_conflict`, `staff.guard` (without a reason to override), `staff.stale`,
    `staff.line_refused` with the reason of the line's own action.
    """
    require(actor, report, "open")
    with transaction.atomic():
        report = locked(report)
        require(actor, report, "open")
        chosen = _chosen(report, lines, verdicts)
        leaving = [line for line in chosen if line.verdict == "leave"]
        guard.require(actor=actor, report=report, leaving=len(leaving), override=override)
        others = [line for line in chosen if line.verdict != "leave"]
        _Applying(actor, report, progress).run(leaving, others)
        _settled(actor, report, chosen)
    return len(chosen)


def _chosen(report: Report, lines: Sequence[int] | None, verdicts: Sequence[str]) -> list[Line]:
    rows = Line.objects.filter(report=report, state="open").order_by("id")
    if lines is None:
        found = list(rows.filter(verdict__in=[v for v in verdicts if v in CLEAR]))
    else:
        wanted = sorted(set(lines))
        found = [
            line for start in range(0, len(wanted), CHUNK) for line in rows.filter(pk__in=wanted[start : start + CHUNK])
        ]
        if len(found) != len(wanted):
            raise Refusal("staff.line_unknown")
        for line in found:
            if line.verdict == "conflict":
                raise Refusal("staff.line_conflict", who=line.label)
    if not found:
        raise Refusal("staff.nothing")
    return found


class _Applying:
    def __init__(self, actor: Actor, report: Report, progress: Progress) -> None:
        self.actor, self.report, self.progress = actor, report, progress

    def run(self, leaving: list[Line], others: list[Line]) -> None:
        plan = self._compared(others)
        self._leave(leaving)
        if any(line.verdict == "back" for line in others):
            self._return([line for line in others if line.verdict == "back"])
            plan = self._planned(others)  # whom it brings back has his old posts again
        # The import's own hand does the rest; what it writes down for an undoing is not kept.
        making = Making(
            Import(company=self.report.company, kind="persons"), self.actor, self.report.company, self.progress
        )
        make(making, plan)
        self._link(others, plan)

    def _planned(self, lines: list[Line]) -> Plan:
        ground = Ground(self.actor, self.report.company, create_units=self.report.create_units)
        ground.announce(line.values["unit"] for line in lines if line.values.get("unit"))
        planner = Planner(ground, directory=self.report.kind != "sheet", back=True)
        rows: list[Planned] = []
        for start in range(0, len(lines), CHUNK):
            self.progress.at("comparing", start, len(lines))
            part = lines[start : start + CHUNK]
            known = {line.number: line.person_id for line in part if line.person_id is not None}
            rows += planner.look([Parsed(line.number, dict(line.values)) for line in part], known)
        plan = Plan(rows, sorted(ground.new_units))
        plan.settle()
        return plan

    def _compared(self, lines: list[Line]) -> Plan:
        """Refuses `staff.stale` when a line would do something else than it says."""
        plan = self._planned(lines)
        moved = [
            line.label
            for line, row in zip(lines, plan.rows, strict=True)
            if (VERDICTS[row.verdict], row.changes) != (line.verdict, line.changes)
        ]
        if moved:
            raise Refusal("staff.stale", count=len(moved), who=moved[:10])
        return plan

    def _leave(self, lines: list[Line]) -> None:
        for done, line in enumerate(lines):
            self.progress.at("leaving", done, len(lines))
            person = self._person(line)
            if person.left_on is not None:
                raise Refusal("staff.stale", count=1, who=[line.label])
            try:
                life.leave_company(actor=self.actor, person=person, on=_last_day(line), kind="normal")
            except Refusal as refusal:
                raise self._refused(line, refusal) from None

    def _return(self, lines: list[Line]) -> None:
        for done, line in enumerate(lines):
            self.progress.at("returning", done, len(lines))
            try:
                life.return_person(actor=self.actor, person=self._person(line))
            except Refusal as refusal:
                raise self._refused(line, refusal) from None

    def _person(self, line: Line) -> Person:
        if line.person_id is None:
            raise Refusal("staff.stale", count=1, who=[line.label])
        person = Person.objects.select_related("company").filter(pk=line.person_id, company=self.report.company).first()
        if person is None:
            raise Refusal("staff.stale", count=1, who=[line.label])
        return person

    @staticmethod
    def _refused(line: Line, refusal: Refusal) -> Refusal:
        if refusal.code == "permission.missing":
            return refusal
        return Refusal(
            "staff.line_refused", clause=refusal.decision.clause, reasons=(refusal.decision,), who=line.label
        )

    def _link(self, lines: list[Line], plan: Plan) -> None:
        """Who joined is known by the source's key from now on."""
        if self.report.source is None:
            return
        Link.objects.bulk_create(
            [
                Link(source=self.report.source, key=line.key, person_id=row.target)
                for line, row in zip(lines, plan.rows, strict=True)
                if line.key and row.target
            ],
            CHUNK, ignore_conflicts=True,
        )  # fmt: skip
        for line, row in zip(lines, plan.rows, strict=True):
            line.person_id = row.target


def _last_day(line: Line) -> date | None:
    """As the list says it, when that day is over; else today."""
    said = line.values.get("left_on") if isinstance(line.values, dict) else None
    day = date.fromisoformat(said) if said else clock.today()
    return min(day, clock.today())


def _settled(actor: Actor, report: Report, lines: list[Line]) -> None:
    now = clock.now()
    for line in lines:
        line.state, line.values, line.settled_by, line.settled_at = "applied", {}, actor.name, now
    Line.objects.bulk_update(lines, ["state", "values", "person", "settled_by", "settled_at"], CHUNK)
    done: dict[str, int] = {}
    for line in lines:
        done[line.verdict] = done.get(line.verdict, 0) + 1
    facts: dict[str, Any] = {verdict: done.get(verdict, 0) for verdict in CLEAR}
    ledger.record(
        "staff.applied", chain=report.company.slug, actor=actor.name, subject=f"staff/{report.pk}", name=report.name,
        **facts,
    )  # fmt: skip
    settle(report)
