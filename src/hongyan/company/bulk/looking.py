"""Looking at a run before it begins, and at what came of it.

Never: writes. Always: what is said of a row before is what its action would say now, in the actor's own reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hongyan.company.bulk.models import Run, RunRow
from hongyan.company.bulk.operations import find_operation
from hongyan.company.bulk.work import as_decision
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal

#: So many rows are looked at for the counts above the preview; each row's own answer is always given.
COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Outlook:
    number: int
    label: str
    will: bool
    said: Decision


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of the first `looked` rows, how many will be done."""

    looked: int
    will: int

    @property
    def not_done(self) -> int:
        return self.looked - self.will


def outlook(actor: Actor, run: Run, rows: Sequence[RunRow]) -> list[Outlook]:
    operation = find_operation(run.operation)
    objects = operation.rows(actor, run.company).in_bulk([row.object_id for row in rows])
    found = []
    for row in rows:
        will, said = False, Decision("bulk.gone")
        if row.object_id in objects:
            try:
                will, said = True, operation.preview(actor, objects[row.object_id], run.params)
            except Refusal as refusal:
                will, said = False, refusal.decision
        found.append(Outlook(row.number, row.label, will, said))
    return found


def forecast(actor: Actor, run: Run) -> Forecast:
    rows = list(run.rows.order_by("number")[:COUNTED])
    return Forecast(len(rows), sum(row.will for row in outlook(actor, run, rows)))


def outcome_of(row: RunRow) -> Decision | None:
    return as_decision(row.said)
