"""What a list would change: its entries held against the staff, piece by piece.

Owns: who is meant (the source's own key, else as `imports.planning.persons` finds him), who is no longer named, and what of
that a person has to look at. Never: writes. Always: nobody leaves of whom it is not sure that the list does not name him;
what a list says twice and differently is asked about, whichever row came first.
Clause: G2.2.2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from hongyan.company.imports.cells import Problem
from hongyan.company.imports.planning.persons import Planner
from hongyan.company.imports.planning.plan import Ground, Planned, chunks
from hongyan.company.people.models import Company, Person
from hongyan.company.people.scope import persons_within
from hongyan.company.staff.models import Line, Link, Report, Source
from hongyan.company.staff.spool import Entry, Spool
from hongyan.company.tasks.progress import Progress
from hongyan.kernel.actor import Actor

VERDICTS = {"add": "join", "move": "move", "change": "change", "back": "back", "same": "same", "bad": "conflict"}


class Differing:
    """One look at one list. After `lines` is exhausted, `counts`, `new_units` and `links` are whole."""

    def __init__(
        self, *, actor: Actor, report: Report, spool: Spool, progress: Progress, keys: Sequence[str] | None = None
    ) -> None:  # fmt: skip
        """`keys`: no more of the source's links than these are needed (a word about one person)."""
        self.actor, self.report, self.spool, self.progress = actor, report, spool, progress
        self.company: Company = report.company
        self.source: Source | None = report.source
        self.ground = Ground(actor, self.company, create_units=report.create_units)
        self.ground.announce(spool.units)
        self.planner = Planner(self.ground, directory=report.kind != "sheet", back=True)
        self.counts: Counter[str] = Counter(listed=spool.count)
        self.links: list[Link] = []  #: of people found without one
        self._linked = self._links(keys)
        self._unsure: dict[str, int] = {}  #: names of rows that nobody was found for -> the row
        self._joining: dict[str, int] = {}  #: names of joiners -> the row

    def _links(self, keys: Sequence[str] | None) -> dict[str, int]:
        if self.source is None:
            return {}
        rows = Link.objects.filter(source=self.source)
        return dict((rows if keys is None else rows.filter(key__in=keys)).values_list("key", "person"))

    @property
    def new_units(self) -> list[str]:
        return sorted(self.ground.new_units)

    def lines(self) -> Iterator[Line]:
        """What differs, unsaved: the list's entries in their order, then those who leave."""
        for line in self.named():
            self.counts[line.verdict] += 1
            if line.verdict != "same":
                yield line
        for line in self._absent():
            self.counts[line.verdict] += 1
            yield line

    def named(self) -> Iterator[Line]:
        """A line for each entry, also where nothing differs."""
        done = 0
        for part in self.spool.chunks():
            self.progress.at("checking", done, self.spool.count)
            done += len(part)
            yield from self._present(part)
            yield from self._inactive(part)

    # -- who is named --------------------------------------------------------------------------------------
    def _present(self, part: list[Entry]) -> Iterator[Line]:
        entries = {entry.number: entry for entry in part if entry.active}
        rows = [entry.parsed(self.spool.columns) for entry in entries.values()]
        for planned in self.planner.look(rows, self._known(part)):
            entry = entries[planned.number]
            self._twice(planned, entry)
            if planned.problems:
                planned.verdict, planned.changes = "bad", []
                if planned.target is None and (name := entry.values.get("name")):
                    self._unsure.setdefault(name, planned.number)
            elif planned.target is not None and entry.key and self.source and entry.key not in self._linked:
                self._linked[entry.key] = planned.target
                self.links.append(Link(source=self.source, key=entry.key, person_id=planned.target))
            if planned.verdict == "add":
                self._joining.setdefault(str(entry.values.get("name")), planned.number)
            yield line_of(self.report, planned, entry.key)

    def _known(self, part: list[Entry]) -> dict[int, int]:
        return {entry.number: self._linked[entry.key] for entry in part if entry.key in self._linked}

    def _twice(self, planned: Planned, entry: Entry) -> None:
        rows = self.spool.twice.get(entry.values.get("number", ""), ())
        if rows:
            planned.problems = [
                p for p in planned.problems if p.code not in ("import.row.number_twice", "import.row.person_twice")
            ]
            others = [row for row in rows if row != entry.number]
            column = self.spool.columns.get("number", "")
            params = {"number": entry.values["number"], "rows": [str(row) for row in others[:10]]}
            planned.problems.append(Problem("staff.row.number_twice", params, column))

    def _inactive(self, part: list[Entry]) -> Iterator[Line]:
        """Whom the list names as no longer working."""
        rows = [entry.parsed(self.spool.columns) for entry in part if not entry.active]
        if not rows:
            return
        keys = {entry.number: entry.key for entry in part}
        for number, person in self.planner.who(rows, self._known(part)).items():
            if person.left_on is None:
                yield self._leaver(person.pk, person.number, person.name, keys[number], number)

    # -- who is not ----------------------------------------------------------------------------------------
    def _absent(self) -> Iterator[Line]:
        """Of the whole staff, or of those whom this source named before."""
        self.progress.at("absent")
        reached = persons_within(self.actor, "people.write", self.company).filter(left_on__isnull=True)
        self.counts["staff"] = reached.count()
        keys = {person: key for key, person in self._linked.items()}
        if self.report.whole:
            for pk, number, name in reached.order_by("pk").values_list("pk", "number", "name").iterator(2000):
                if pk not in self.planner.met:
                    yield self._leaver(pk, number, name, keys.get(pk, ""))
            return
        for part in chunks(sorted(set(keys) - self.planner.met)):
            rows = Person.objects.filter(company=self.company, pk__in=part, left_on__isnull=True).order_by("pk")
            for pk, number, name in rows.values_list("pk", "number", "name"):
                yield self._leaver(pk, number, name, keys[pk])

    def _leaver(self, pk: int, number: str, name: str, key: str, row: int = 0) -> Line:
        line = Line(
            report=self.report,
            number=row,
            verdict="leave",
            person_id=pk,
            key=key,
            label=f"{number} {name}".strip()[:300],
        )
        if pk == self.ground.own_person:
            line.verdict, line.problems = "conflict", [["", "person.leaves_self", {}]]
        elif not row and name in self._unsure:  # a row that could not be read may be his
            line.verdict = "conflict"
            line.problems = [["", "staff.row.maybe_named", {"name": name, "row": self._unsure[name]}]]
        elif not row and name in self._joining:  # the same person with a new number? A warning: nothing does it unseen
            line.problems = [["", "staff.row.maybe_renumbered", {"name": name, "row": self._joining[name]}]]
        return line


def line_of(report: Report, planned: Planned, key: str) -> Line:
    problems: list[list[Any]] = [[p.column, p.code, p.params] for p in planned.problems]
    return Line(
        report=report, number=planned.number, verdict=VERDICTS[planned.verdict], person_id=planned.target, key=key,
        label=planned.label[:300], values=planned.values, changes=planned.changes, problems=problems,
    )  # fmt: skip
