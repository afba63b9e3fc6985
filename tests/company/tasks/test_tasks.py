from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from hongyan.company.tasks import actions, kinds, progress
from hongyan.company.tasks.models import Task
from hongyan.jobs.tasks import Hand
from hongyan.kernel.actor import Actor, Grant
from hongyan.kernel.decision import Refusal
from tests.cast import Cast

Handler = Callable[[Task, Actor, progress.Progress], dict[str, Any]]


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    """Makes the function the handler of kind `try`."""

    def put(function: Handler) -> None:
        monkeypatch.setitem(kinds.HANDLERS, "try", f"{__name__}:given")
        monkeypatch.setitem(globals(), "given", function)

    return put


def start(cast: Cast, actor: Actor | None = None) -> Task:
    return actions.start_task(actor=actor or cast.operator, kind="try", company=cast.corp, params={"n": 3})


def test_a_task_ends_with_what_its_handler_returns(cast: Cast, handle: Callable[[Handler], None]) -> None:
    def work(task: Task, actor: Actor, watch: progress.Progress) -> dict[str, Any]:
        watch.at("first", 2, 3)
        assert progress.read(task.pk) == progress.Standing("first", 2, 3) and progress.held(task.pk)
        return {"n": task.params["n"], "by": actor.name}

    handle(work)
    task = actions.run_now(start(cast, cast.actor(cast.carol)))
    assert (task.state, task.outcome, task.done, task.total) == ("done", {"n": 3, "by": "carol@corp.test"}, 2, 3)
    assert not progress.held(task.pk) and progress.read(task.pk) == progress.Standing()
    assert actions.run_now(task).attempts == 0 and task.state == "done"


def test_refusals_and_faults_are_kept_as_codes(cast: Cast, handle: Callable[[Handler], None]) -> None:
    def refuse(task: Task, actor: Actor, watch: progress.Progress) -> dict[str, Any]:
        raise Refusal("address.taken", address="a@corp.test")

    def break_down(task: Task, actor: Actor, watch: progress.Progress) -> dict[str, Any]:
        raise KeyError("x")

    handle(refuse)
    error = actions.error_of(actions.run_now(start(cast)))
    assert error is not None and (error.code, error.params) == ("address.taken", {"address": "a@corp.test"})
    handle(break_down)
    error = actions.error_of(actions.run_now(start(cast)))
    assert error is not None and error.code == "task.failed"


def test_a_stop_ends_it_at_its_next_step(cast: Cast, handle: Callable[[Handler], None]) -> None:
    def work(task: Task, actor: Actor, watch: progress.Progress) -> dict[str, Any]:
        watch.at("first")
        actions.stop_task(actor=actor, task=task)
        watch.at("second")
        raise AssertionError("went on")

    handle(work)
    task = actions.run_now(start(cast))
    assert task.state == "stopped"
    with pytest.raises(Refusal, match=r"task\.over"):
        actions.stop_task(actor=cast.operator, task=task)
    waiting = start(cast)
    actions.stop_task(actor=cast.operator, task=waiting)
    assert actions.run_now(waiting).state == "stopped"


def test_rights_are_those_of_the_moment_of_work(cast: Cast, handle: Callable[[Handler], None]) -> None:
    def work(task: Task, actor: Actor, watch: progress.Progress) -> dict[str, Any]:
        actor.require("people.write", "corp")
        return {}

    handle(work)
    task = start(cast, cast.actor(cast.carol))
    assert cast.carol.account is not None
    cast.carol.account.roles.all().delete()
    error = actions.error_of(actions.run_now(task))
    assert error is not None and error.code == "permission.missing"


def test_another_persons_task_is_unknown(cast: Cast, handle: Callable[[Handler], None]) -> None:
    handle(lambda task, actor, watch: {})
    task = start(cast, cast.actor(cast.carol))
    for other in (cast.actor(cast.charlie), cast.actor(cast.bob), Actor("x", (Grant("office", "corp"),))):
        with pytest.raises(Refusal, match=r"task\.unknown"):
            actions.find_task(actor=other, task_id=task.pk)
        with pytest.raises(Refusal, match=r"task\.unknown"):
            actions.stop_task(actor=other, task=task)
    assert actions.find_task(actor=cast.actor(cast.carol), task_id=task.pk) == task


HOLDER = "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.flock(f,2); print(flush=True); sys.stdin.read()"


def test_an_interrupted_task_begins_once_more_and_is_then_given_up(
    cast: Cast, handle: Callable[[Handler], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    handle(lambda task, actor, watch: {})
    task = start(cast)
    Task.objects.filter(pk=task.pk).update(state="running")
    lock = str(progress.directory() / f"{task.pk}.lock")
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdout.readline()
    begun: list[list[str]] = []
    monkeypatch.setattr("subprocess.Popen", lambda command: begun.append(command))
    assert not Hand().turn() and not begun  # somebody lives and works on it
    holder.communicate()

    assert Hand().turn() and begun[0][-1] == str(task.pk)
    Task.objects.filter(pk=task.pk).update(state="running")
    assert not Hand().turn()
    task.refresh_from_db()
    error = actions.error_of(task)
    assert task.state == "failed" and error is not None and error.code == "task.interrupted"
