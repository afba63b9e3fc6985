"""What a report's lines say is done: all that are clear, or those that a person chose, in one transaction.

Always: each line is planned anew against this moment's state and refused as stale when it would do something else; the guard
is asked before anybody leaves; if one line is refused, none is applied, and the refusal names the line.
Clauses: G2.2.1, G2.2.2.
"""

from __future__ import annotations

from collections import Counter
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
from hongyan.company.people.many import batches
from hongyan.company.people.models import Person
from hongyan.company.staff import guard
from hongyan.company.staff.differing import VERDICTS
from hongyan.company.staff.models import Line, Link, Report
from hongyan.company.staff.reports import locked, require, settle
from hongyan.company.tasks.progress import Progress, Standing
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
        leaving = [pk for pk, verdict in chosen if verdict == "leave"]
        others = [pk for pk, verdict in chosen if verdict != "leave"]
        guard.require(actor=actor, report=report, leaving=len(leaving), override=override)
        done = _Applying(actor, report, progress).run(leaving, others)
        facts: dict[str, Any] = {verdict: done[verdict] for verdict in CLEAR}
        ledger.record(
            "staff.applied", chain=report.company.slug, actor=actor.name, subject=f"staff/{report.pk}",
            name=report.name, **facts,
        )  # fmt: skip
        settle(report)
    return len(chosen)


def _chosen(report: Report, lines: Sequence[int] | None, verdicts: Sequence[str]) -> list[tuple[int, str]]:
    """(primary key, verdict) of each line, in order."""
    rows = Line.objects.filter(report=report, state="open").order_by("id")
    if lines is None:
        found = list(rows.filter(verdict__in=[v for v in verdicts if v in CLEAR]).values_list("pk", "verdict"))
    else:
        wanted, found = sorted(set(lines)), []
        for part in batches(wanted, CHUNK):
            found += rows.filter(pk__in=part).values_list("pk", "verdict")
        if len(found) != len(wanted):
            raise Refusal("staff.line_unknown")
        if conflict := next((pk for pk, verdict in found if verdict == "conflict"), None):
            raise Refusal("staff.line_conflict", who=Line.objects.get(pk=conflict).label)
    if not found:
        raise Refusal("staff.nothing")
    return found


class _NoNotes(Making):
    """The import's own hand, without what it writes down for an undoing."""

    def note(self, row: Planned, what: str, ref: object, before: Any = None, after: Any = None) -> None:
        return


class _Applying:
    def __init__(self, actor: Actor, report: Report, progress: Progress) -> None:
        self.actor, self.report, self.progress = actor, report, progress

    def run(self, leaving: list[int], others: list[int]) -> Counter[str]:
        """Piece by piece, so that memory does not grow with the list. Who leaves goes first."""
        done: Counter[str] = Counter()
        for start in range(0, len(leaving), CHUNK):
            lines = self._lines(leaving[start : start + CHUNK])
            self._leave(lines, start, len(leaving))
            self._settled(lines, done)
        for start in range(0, len(others), CHUNK):
            self.progress.at("comparing", start, len(others))
            lines = self._lines(others[start : start + CHUNK])
            self._make(lines)
            self._settled(lines, done)
        return done

    @staticmethod
    def _lines(keys: list[int]) -> list[Line]:
        return list(Line.objects.filter(pk__in=keys).order_by("id"))

    def _make(self, lines: list[Line]) -> None:
        plan = self._compared(lines)
        back = [line for line in lines if line.verdict == "back"]
        if back:
            self._return(back)
            plan = self._planned(lines)  # whom it brings back has his old posts again
        batch = Import(company=self.report.company, kind="persons")
        make(_NoNotes(batch, self.actor, self.report.company, Progress(tell=self._alive)), plan)
        self._link(lines, plan)

    def _alive(self, now: Standing) -> None:
        """Steps within a piece are not told, but a stop is heard."""
        self.progress.at(self.progress.now.stage, self.progress.now.done, self.progress.now.total)

    def _planned(self, lines: list[Line]) -> Plan:
        ground = Ground(self.actor, self.report.company, create_units=self.report.create_units)
        ground.announce(line.values["unit"] for line in lines if line.values.get("unit"))
        planner = Planner(ground, directory=self.report.kind != "sheet", back=True)
        known = {line.number: line.person_id for line in lines if line.person_id is not None}
        rows = planner.look([Parsed(line.number, dict(line.values)) for line in lines], known)
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

    def _leave(self, lines: list[Line], before: int, total: int) -> None:
        for done, line in enumerate(lines, before):
            self.progress.at("leaving", done, total)
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
        for line, row in zip(lines, plan.rows, strict=True):
            line.person_id = row.target
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

    def _settled(self, lines: list[Line], done: Counter[str]) -> None:
        now = clock.now()
        Line.objects.filter(pk__in=[line.pk for line in lines]).update(
            state="applied", values={}, settled_by=self.actor.name, settled_at=now
        )
        Line.objects.bulk_update([line for line in lines if line.verdict == "join"], ["person"], CHUNK)
        done.update(line.verdict for line in lines)


def _last_day(line: Line) -> date | None:
    """As the list says it, when that day is over; else today."""
    said = line.values.get("left_on") if isinstance(line.values, dict) else None
    day = date.fromisoformat(said) if said else clock.today()
    return min(day, clock.today())
