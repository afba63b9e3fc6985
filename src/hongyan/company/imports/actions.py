"""An import's way: uploaded, columns matched, checked, applied or dropped.

Always: nothing is applied that was not looked at; what is applied is checked again within its transaction against the
state of that moment, and refused as stale when it would do something else; all of it or none.
Clauses: R4, G2.2.1, G2.2.2 (staff list with a difference report before it is applied).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, cast

from django.db import transaction

from hongyan.company.imports import store
from hongyan.company.imports.applying.making import Making, make
from hongyan.company.imports.cells import Parsed, Problem, parse
from hongyan.company.imports.fields import SECRET, Kind, problems_of
from hongyan.company.imports.models import ColumnMap, Import, ImportMade, ImportRow, ImportRules
from hongyan.company.imports.planning import groups, mailboxes, persons, posts
from hongyan.company.imports.planning.plan import Ground, Plan, Planned
from hongyan.company.imports.queries import (
    RIGHTS,
    changed_rows,
    columns_for,
    headings_key,
    is_mass,
    may_see,
    to_do,
)  # fmt: skip
from hongyan.company.imports.reading import files
from hongyan.company.imports.reading.table import Table
from hongyan.company.people.models import Company
from hongyan.company.tasks.progress import Progress
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal

LOOK_ROWS: Final = 60  #: of a file that was just uploaded
SAMPLES: Final = 3
ROW_BATCH: Final = 1000
KEEP_FILES: Final = timedelta(days=7)
KEEP_VALUES: Final = timedelta(days=30)
PLANNERS: Final[dict[str, Callable[[Ground, list[Parsed]], Plan]]] = {
    "persons": persons.plan, "posts": posts.plan, "mailboxes": mailboxes.plan, "groups": groups.plan,
}  # fmt: skip


def upload_file(
    *, actor: Actor, company: Company, kind: Kind, data: bytes, file_name: str, sheet: str = "", keep: bool = True
) -> Import:  # fmt: skip
    """A new import of this file, with the mapping of its columns as far as it is known. Refuses `import.file.*`.

    Without `keep` the file is not put aside: the caller checks it at once (`check_data`).
    """
    if kind not in RIGHTS:
        raise Refusal("import.kind_unknown", kind=str(kind)[:40], known=list(RIGHTS))
    actor.require_somewhere(RIGHTS[kind], company.slug)
    table = files.read(data, kind, sheet, LOOK_ROWS)
    columns, _ = columns_for(company, kind, table.headings)
    with transaction.atomic():
        batch = Import.objects.create(
            company=company, kind=kind, file_name=_file_name(file_name), sha256=hashlib.sha256(data).hexdigest(),
            sheet=table.sheet[:100], sheets=table.sheets, headings=table.headings, samples=_samples(table),
            columns=columns, actor=actor.name, account_id=actor.account_id, created_at=clock.now(),
        )  # fmt: skip
        if keep:
            store.keep(batch, data)
    return batch


def _file_name(name: str) -> str:
    name = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[-200:] or "file"


def _samples(table: Table) -> list[list[str]]:
    """The first values of each column, so that a person sees what it holds."""
    columns: list[list[str]] = []
    for index in range(len(table.headings)):
        values = dict.fromkeys(row.cells[index][:40] for row in table.rows if row.cells[index])
        columns.append(list(values)[:SAMPLES])
    return columns


def choose_sheet(*, actor: Actor, batch: Import, sheet: str) -> Import:
    """Another sheet of the same file."""
    _require(actor, batch, "uploaded", "checked", "stale")
    table = files.read(store.load(batch), cast(Kind, batch.kind), sheet, LOOK_ROWS)
    batch.sheet, batch.headings, batch.samples = table.sheet[:100], table.headings, _samples(table)
    batch.columns, batch.state = columns_for(batch.company, cast(Kind, batch.kind), table.headings)[0], "uploaded"
    batch.save(update_fields=["sheet", "headings", "samples", "columns", "state"])
    return batch


def set_columns(*, actor: Actor, batch: Import, columns: Sequence[str], create_units: bool = True) -> None:
    """The mapping as a person wants it; remembered for these headings. Refuses `import.map.wrong` with all reasons."""
    _require(actor, batch, "uploaded", "checked", "stale")
    columns = [*columns, *[""] * len(batch.headings)][: len(batch.headings)]
    kind = cast(Kind, batch.kind)
    if wrong := problems_of(kind, columns):
        raise Refusal("import.map.wrong", reasons=tuple(Decision(code, {"field": name}) for code, name in wrong))
    with transaction.atomic():
        batch.columns, batch.create_units, batch.state = list(columns), create_units, "uploaded"
        batch.save(update_fields=["columns", "create_units", "state"])
        ColumnMap.objects.update_or_create(
            company=batch.company, kind=kind, headings_key=headings_key(batch.headings),
            defaults={"columns": list(columns), "used_at": clock.now()},
        )  # fmt: skip


def check_import(*, actor: Actor, batch: Import, progress: Progress) -> Import:
    """Reads the whole file and keeps what each row would do. May be repeated until it is applied."""
    return check_data(actor=actor, batch=batch, data=store.load(batch), progress=progress)


def check_data(*, actor: Actor, batch: Import, data: bytes, progress: Progress) -> Import:
    _require(actor, batch, "uploaded", "checked", "stale")
    kind = cast(Kind, batch.kind)
    if wrong := problems_of(kind, batch.columns):
        raise Refusal("import.map.wrong", reasons=tuple(Decision(code, {"field": name}) for code, name in wrong))
    progress.at("reading")
    table = files.read(data, kind, batch.sheet)
    if table.headings != batch.headings:
        raise Refusal("import.file.changed")
    progress.at("checking", 0, len(table.rows))
    ground = Ground(actor, batch.company, create_units=batch.create_units)
    parsed = parse(table, kind, batch.columns, sorted(ground.domains))
    from_cells = {p.number: list(p.problems) for p in parsed}
    plan = PLANNERS[kind](ground, parsed)
    _keep_plan(batch, plan, from_cells, progress)
    batch.state, batch.notes, batch.new_units = "checked", [list(note) for note in table.notes], plan.new_units
    if table.encoding:
        batch.notes = [["import.note.encoding", {"encoding": table.encoding}], *batch.notes]
    batch.counts = {**plan.counts(), "digest": plan.digest()}
    batch.save(update_fields=["state", "notes", "new_units", "counts"])
    return batch


def _keep_plan(batch: Import, plan: Plan, from_cells: dict[int, list[Problem]], progress: Progress) -> None:
    rows = [_row(batch, row, from_cells.get(row.number, [])) for row in plan.rows]
    with transaction.atomic():
        ImportRow.objects.filter(batch=batch).delete()
        for start in range(0, len(rows), ROW_BATCH):
            progress.at("keeping", start, len(rows))
            ImportRow.objects.bulk_create(rows[start : start + ROW_BATCH])


def _row(batch: Import, row: Planned, from_cells: list[Problem]) -> ImportRow:
    problems = [[p.column, p.code, p.params, p in from_cells] for p in row.problems]
    return ImportRow(
        batch=batch, number=row.number, verdict=row.verdict, label=row.label[:300], values=row.values,
        changes=row.changes, problems=problems,
    )  # fmt: skip


def apply_import(
    *, actor: Actor, batch: Import, progress: Progress, skip_bad: bool = False, sure: bool = False
) -> Import:  # fmt: skip
    """Does all that the preview showed, in one transaction.

    Refuses `import.stale` when the company has changed so that it would do something else, `import.has_bad` unless bad rows
    are to be left out, `import.mass` unless it was asked a second time, `import.nothing`, `import.state`.
    """
    _require(actor, batch, "checked")
    if to_do(batch) == 0:
        raise Refusal("import.nothing")
    if batch.counts.get("bad") and not skip_bad:
        raise Refusal("import.has_bad", count=batch.counts["bad"])
    if is_mass(batch) and not sure:
        raise Refusal("import.mass", changed=changed_rows(batch), staff=batch.counts["staff"])
    try:
        with transaction.atomic():
            return _apply(actor, batch, progress)
    except Refusal as refusal:
        if refusal.code == "import.stale":
            Import.objects.filter(pk=batch.pk, state="checked").update(state="stale")
        raise


def _apply(actor: Actor, batch: Import, progress: Progress) -> Import:
    # Imports of one company wait for each other here; what else is written meanwhile is held by constraints.
    company = Company.objects.select_for_update().get(pk=batch.company_id)
    batch = Import.objects.select_for_update().get(pk=batch.pk)
    if batch.state != "checked":
        raise Refusal("import.state", state=batch.state)
    progress.at("comparing")
    plan = _plan_again(actor, company, batch)
    making = Making(batch, actor, company, progress)
    make(making, plan)
    progress.at("finishing")
    ImportMade.objects.bulk_create(making.made, batch_size=ROW_BATCH)
    batch.state, batch.applied_at, batch.applied_by = "applied", clock.now(), actor.name
    batch.samples = []
    batch.save(update_fields=["state", "applied_at", "applied_by", "samples"])
    counts = {name: batch.counts.get(name, 0) for name in ("add", "move", "change", "same", "bad", "units")}
    ledger.record(
        "import.applied", chain=company.slug, actor=actor.name, subject=f"import/{batch.pk}", sheet=batch.kind,
        name=batch.file_name, sha256=batch.sha256, **counts,
    )  # fmt: skip
    transaction.on_commit(lambda: store.forget(batch))
    return batch


def _plan_again(actor: Actor, company: Company, batch: Import) -> Plan:
    """The plan against this moment's state. Refuses `import.stale` when it differs from what was looked at."""
    stored = list(ImportRow.objects.filter(batch=batch, number__gt=0).order_by("number", "id"))
    ground = Ground(actor, company, create_units=batch.create_units)
    plan = PLANNERS[batch.kind](ground, [_parsed(row) for row in stored])
    if plan.digest() == batch.counts["digest"]:
        return plan
    now = {row.number: (row.verdict, row.changes) for row in plan.rows}
    moved = [str(r.number) for r in stored if r.verdict != "bad" and now.get(r.number) != (r.verdict, r.changes)]
    raise Refusal("import.stale", count=len(moved), rows=moved[:10])


def _parsed(row: ImportRow) -> Parsed:
    problems = [Problem(code, params, column) for column, code, params, from_cells in row.problems if from_cells]
    return Parsed(row.number, dict(row.values), problems)


def drop_import(*, actor: Actor, batch: Import) -> None:
    """Nothing comes of it; the file and what was read from it are gone."""
    _require(actor, batch, "uploaded", "checked", "stale")
    with transaction.atomic():
        ImportRow.objects.filter(batch=batch).delete()
        batch.state, batch.samples = "dropped", []
        batch.save(update_fields=["state", "samples"])
    store.forget(batch)


def set_mass_percent(*, actor: Actor, company: Company, percent: int) -> None:
    """From which share of changed staff on an import asks a second time."""
    actor.require("settings.write", company.slug)
    if not 1 <= percent <= 100:
        raise Refusal("import.percent_range")
    with transaction.atomic():
        rules, _ = ImportRules.objects.get_or_create(company=company)
        before, rules.mass_percent = rules.mass_percent, percent
        if before != percent:
            rules.save()
            ledger.record(
                "import.rules", chain=company.slug, actor=actor.name, subject=company.slug, before=before, after=percent
            )


def forget_old() -> int:
    """Files of a week ago, values of a month ago: called by the schedule. Returns how many imports it touched."""
    old = list(
        Import.objects.filter(state__in=("uploaded", "checked", "stale"), created_at__lt=clock.now() - KEEP_FILES)
    )
    for batch in old:
        ImportRow.objects.filter(batch=batch).delete()
        store.forget(batch)
    Import.objects.filter(pk__in=[batch.pk for batch in old]).update(state="dropped", samples=[])
    return len(old) + forget_secrets()


def forget_secrets() -> int:
    """What was kept for the password rules alone leaves the rows of imports that are long over."""
    over = Import.objects.filter(state__in=("applied", "undone"), applied_at__lt=clock.now() - KEEP_VALUES)
    rows: Any = ImportRow.objects.filter(batch__in=over).exclude(values={})
    count: int = rows.update(values={})
    for made in ImportMade.objects.filter(batch__in=over, what="fields").iterator():
        if SECRET & set(made.before):
            made.before = {k: v for k, v in made.before.items() if k not in SECRET}
            made.after = {k: v for k, v in made.after.items() if k not in SECRET}
            made.save(update_fields=["before", "after"])
    return count


def _require(actor: Actor, batch: Import, *states: str) -> None:
    if not may_see(actor, batch):
        raise Refusal("import.unknown", number=batch.pk)
    if batch.state not in states:
        raise Refusal("import.state", state=batch.state)
