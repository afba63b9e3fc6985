"""Starting, stopping and working off tasks.

The worker takes the oldest waiting task and starts a process for it (`jobs/tasks.py`); what is short may be done at once
(`run_now`). A handler that works in one transaction leaves nothing behind when it is stopped or killed; one that works
in steps keeps a cursor and goes on from there.
Always: a task is begun by one process only; whoever started it may look at it and stop it, and nobody else but those
with the same right over the company.
"""

from __future__ import annotations

import logging
from typing import Any

from hongyan.company.people.models import Company
from hongyan.company.people.queries import actor_of
from hongyan.company.tasks import progress
from hongyan.company.tasks.kinds import handler
from hongyan.company.tasks.models import OPEN_STATES, Task
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor, command_line, schedule
from hongyan.kernel.decision import Decision, Refusal

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 2


def start_task(
    *, actor: Actor, kind: str, company: Company | None, params: dict[str, Any] | None = None, total: int = 0
) -> Task:
    """A waiting task. Its handler checks the actor's rights when it works; the caller when it is asked for."""
    handler(kind)
    return Task.objects.create(
        kind=kind, company=company, actor=actor.name, account_id=actor.account_id, params=params or {}, total=total,
        created_at=clock.now(),
    )  # fmt: skip


def find_task(*, actor: Actor, task_id: int) -> Task:
    """The actor's own task; another's is as unknown as none, unless the actor runs the machine or is root at its shell."""
    task = Task.objects.select_related("company").filter(pk=task_id).first()
    all_mine = any(grant.role == "system" and not grant.company for grant in actor.grants)
    if task is None or not (all_mine or (task.account_id is not None and task.account_id == actor.account_id)):
        raise Refusal("task.unknown", task=task_id)
    return task


def stop_task(*, actor: Actor, task: Task) -> None:
    """One that waits is stopped here and now; a running one at its next step. Refuses `task.over`."""
    find_task(actor=actor, task_id=task.pk)
    if Task.objects.filter(pk=task.pk, state="waiting").update(state="stopped", ended_at=clock.now()):
        return
    if not Task.objects.filter(pk=task.pk, state__in=OPEN_STATES).exists():
        raise Refusal("task.over")
    progress.ask_stop(task.pk)


def run_now(task: Task) -> Task:
    """Work on a waiting task in this process; returns it as it ended. Does nothing when somebody else has begun it."""
    with progress.hold(task.pk):
        begun = Task.objects.filter(pk=task.pk, state="waiting").update(state="running", started_at=clock.now())
        task.refresh_from_db()
        if begun:
            _work(task)
            task.refresh_from_db()
    return task


def _work(task: Task) -> None:
    watch = progress.Progress(task.pk, keep=lambda cursor: _keep(task, cursor))
    try:
        outcome, state = handler(task.kind)(task, actor_again(task), watch), "done"
    except progress.Stopped:
        outcome, state = {}, "stopped"
    except Refusal as refusal:
        outcome, state = {"error": refusal_as_row(refusal)}, "failed"
    except Exception as problem:
        log.exception("task %s", task)
        outcome, state = {"error": _row(Decision("task.failed", {"problem": type(problem).__name__}))}, "failed"
    now = watch.now
    Task.objects.filter(pk=task.pk).update(
        state=state, outcome=outcome, ended_at=clock.now(), total=now.total or task.total, done=now.done
    )
    progress.clear(task.pk)


def _keep(task: Task, cursor: dict[str, Any]) -> None:
    Task.objects.filter(pk=task.pk).update(cursor=cursor)


def interrupted(task: Task) -> None:
    """Its process is gone without having ended it: once more, then it is given up and says so."""
    if task.attempts + 1 < MAX_ATTEMPTS:
        Task.objects.filter(pk=task.pk, state="running").update(state="waiting", attempts=task.attempts + 1)
        return
    outcome = {"error": _row(Decision("task.interrupted"))}
    Task.objects.filter(pk=task.pk, state="running").update(state="failed", outcome=outcome, ended_at=clock.now())
    progress.clear(task.pk)


def actor_again(task: Task) -> Actor:
    """Who started it, with the rights of now. Refuses when the account is closed or gone."""
    if task.account is not None and task.account.closed_at is None:
        return actor_of(task.account)
    kind, _, name = task.actor.partition(":")
    if task.account_id is None and kind == "cli":
        return command_line(name)
    if task.account_id is None and kind == "schedule":
        return schedule(name)
    raise Refusal("permission.missing", clause="G2.1.3", permission=task.kind)


# -- refusals in rows ------------------------------------------------------------------------------------
def refusal_as_row(refusal: Refusal) -> dict[str, Any]:
    return _row(refusal.decision) | {"reasons": [_row(reason) for reason in refusal.reasons]}


def _row(decision: Decision) -> dict[str, Any]:
    return {"code": decision.code, "params": decision.params, "clause": decision.clause}


def error_of(task: Task) -> Decision | None:
    """Why it failed, to be said in the reader's language."""
    error = task.outcome.get("error") if isinstance(task.outcome, dict) else None
    return Decision(error["code"], error.get("params", {}), error.get("clause", "")) if error else None


def reasons_of(task: Task) -> list[Decision]:
    error = task.outcome.get("error") if isinstance(task.outcome, dict) else None
    reasons = error.get("reasons", []) if error else []
    return [Decision(r["code"], r.get("params", {}), r.get("clause", "")) for r in reasons]
