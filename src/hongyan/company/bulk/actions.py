"""Making a bulk run, answering its questions, beginning, stopping and going on with it.

Always: made by whoever holds the operation's permission somewhere in the company; seen by whoever made it and by those
who hold that permission for the whole company. Each row's own action checks again when it is applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db import transaction

from hongyan.company.bulk.models import Run, RunRow
from hongyan.company.bulk.operations import Params, find_operation
from hongyan.company.people.models import Company
from hongyan.company.tasks.actions import start_task, stop_task
from hongyan.company.tasks.models import OPEN_STATES
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

KIND = "bulk.apply"
KEEP_DRAFTS = timedelta(days=1)
CHUNK = 2000


def draft_run(
    *, actor: Actor, company: Company, operation: str, rows: Iterable[tuple[int, str]], source: str = ""
) -> Run:
    """A run over these rows (primary key, name), to be looked at. Refuses `bulk.empty`, `bulk.operation_unknown`."""
    _require(actor, company, operation)
    chosen = list(rows)
    if not chosen:
        raise Refusal("bulk.empty")
    run = Run.objects.create(
        company=company, operation=operation, account_id=actor.account_id, actor=actor.name, source=source[:1000],
        created_at=clock.now(),
    )  # fmt: skip
    for start in range(0, len(chosen), CHUNK):  # nobody else waits for all of them; until it has a total it is no run
        RunRow.objects.bulk_create(
            RunRow(run=run, number=number, object_id=pk, label=label[:254])
            for number, (pk, label) in enumerate(chosen[start : start + CHUNK], start + 1)
        )
    run.total = len(chosen)
    run.save(update_fields=["total"])
    return run


def _require(actor: Actor, company: Company, operation: str) -> None:
    permission = find_operation(operation).permission
    if not actor.may_somewhere(permission, company.slug):
        raise Refusal("permission.missing", clause="G2.1.3", permission=permission)


def find_run(*, actor: Actor, run_id: int) -> Run:
    """Refuses `bulk.unknown`; another's run is as unknown as none."""
    run = Run.objects.select_related("company", "task", "account").filter(pk=run_id).first()
    if run is not None and run.total:
        permission, slug = find_operation(run.operation).permission, run.company.slug
        own = run.account_id is not None and run.account_id == actor.account_id
        if actor.may(permission, slug) or (own and actor.may_somewhere(permission, slug)):
            return run
    raise Refusal("bulk.unknown", run=run_id)


def answer_run(*, actor: Actor, run: Run, params: Params) -> None:
    """The answers to the operation's questions, checked. Refuses what the operation's `clean` refuses, `bulk.begun`."""
    find_run(actor=actor, run_id=run.pk)
    if run.begun_at is not None:
        raise Refusal("bulk.begun")
    run.params = find_operation(run.operation).clean(actor, run.company, params)
    run.save(update_fields=["params"])


def begin_run(*, actor: Actor, run: Run) -> None:
    """Hand it to the worker. Refuses `bulk.begun` when somebody has already."""
    _require(actor, run.company, run.operation)
    find_operation(run.operation).clean(actor, run.company, run.params)
    with transaction.atomic():
        now = clock.now()
        if not Run.objects.filter(pk=run.pk, begun_at__isnull=True).update(begun_at=now, account=actor.account_id):
            raise Refusal("bulk.begun")
        run.begun_at = now
        _work(actor, run)
        ledger.record(
            "bulk.begun", chain=run.company.slug, actor=actor.name, subject=f"bulk/{run.pk}",
            operation=run.operation, count=run.total,
        )  # fmt: skip


def _work(actor: Actor, run: Run) -> None:
    run.task = start_task(actor=actor, kind=KIND, company=run.company, params={"run": run.pk}, total=run.total)
    run.save(update_fields=["task"])


def stop_run(*, actor: Actor, run: Run) -> None:
    """No further row is begun; what is done stays done. Refuses `task.over`."""
    find_run(actor=actor, run_id=run.pk)
    if run.task is None:
        raise Refusal("task.over")
    stop_task(actor=actor, task=run.task)


def resume_run(*, actor: Actor, run: Run) -> None:
    """Go on with the rows that wait. Refuses `bulk.running`, and `bulk.over` when none does."""
    find_run(actor=actor, run_id=run.pk)
    if run.begun_at is None or run.settled >= run.total:
        raise Refusal("bulk.over")
    if run.task is not None and run.task.state in OPEN_STATES:
        raise Refusal("bulk.running")
    with transaction.atomic():
        _work(actor, run)
        ledger.record("bulk.resumed", chain=run.company.slug, actor=actor.name, subject=f"bulk/{run.pk}")


def list_runs(actor: Actor, company: Company) -> Iterator[Run]:
    """The actor's latest runs in the company, drafts left out."""
    rows = Run.objects.filter(company=company, begun_at__isnull=False)
    rows = rows.filter(account=None) if actor.account_id is None else rows.filter(account=actor.account_id)
    yield from rows.select_related("task", "company").order_by("-id")[:50]


def drop_drafts() -> int:
    """Drafts that nobody began. Called by the schedule."""
    return Run.objects.filter(begun_at__isnull=True, created_at__lt=clock.now() - KEEP_DRAFTS).delete()[0]
