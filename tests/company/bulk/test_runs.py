"""Bulk runs: what is looked at is what is applied, once, in the actor's reach; refused rows are kept with their reason."""

from __future__ import annotations

import pytest

from hongyan.company.bulk import actions, looking, work
from hongyan.company.bulk.models import Run
from hongyan.company.bulk.operations import OPERATIONS, find_operation
from hongyan.company.people.models import Person
from hongyan.company.people.queries import actor_of
from hongyan.company.tasks.actions import run_now
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event
from tests.branches import IT, Branches, account_of
from tests.cast import Cast


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=f"^{code}$")


def drafted(actor: Actor, cast: Cast, operation: str = "people.set_locale", **params: str) -> Run:
    rows = list(Person.objects.filter(company=cast.corp).order_by("pk").values_list("pk", "name"))
    run = actions.draft_run(actor=actor, company=cast.corp, operation=operation, rows=rows)
    if params:
        actions.answer_run(actor=actor, run=run, params=params)
    return run


def worked(run: Run) -> Run:
    run.refresh_from_db()
    assert run.task is not None
    run_now(run.task)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_there(name: str) -> None:
    assert callable(find_operation(name).apply)


def test_rows_are_done_or_refused_and_say_why(cast: Cast) -> None:
    carol = cast.actor(cast.carol)
    run = drafted(carol, cast, locale="zh-Hans")
    assert looking.forecast(carol, run) == looking.Forecast(run.total, run.total - 1)  # Dave reads simplified already
    assert not Person.objects.filter(name="林愛麗", locale="zh-Hans").exists()
    actions.begin_run(actor=carol, run=run)
    run = worked(run)
    assert (run.done, run.refused, run.failed) == (run.total - 1, 1, 0) and run.ended_at is not None
    row = run.rows.get(state="refused")
    said = looking.outcome_of(row)
    assert row.label == "戴維" and said is not None and said.code == "bulk.same"
    assert set(Person.objects.filter(company=cast.corp).values_list("locale", flat=True)) == {"zh-Hans"}
    assert account_of(cast.alice).locale == "zh-Hans"
    assert Event.objects.filter(chain="corp", kind="person.changed", actor="carol@corp.test").count() == run.done
    assert Event.objects.get(kind="bulk.ended").params["done"] == run.done


def test_a_run_begins_once(cast: Cast) -> None:
    carol = cast.actor(cast.carol)
    run = drafted(carol, cast, locale="en")
    actions.begin_run(actor=carol, run=run)
    with refused("bulk.begun"):
        actions.begin_run(actor=carol, run=run)
    with refused("bulk.begun"):
        actions.answer_run(actor=carol, run=run, params={"locale": "zh-Hant"})
    with refused("bulk.running"):
        actions.resume_run(actor=carol, run=run)


def test_answers_are_checked(cast: Cast) -> None:
    carol = cast.actor(cast.carol)
    run = drafted(carol, cast)
    with refused("locale.unknown"):
        actions.answer_run(actor=carol, run=run, params={"locale": "fr"})
    with refused("locale.unknown"):
        actions.begin_run(actor=carol, run=run)
    with refused("bulk.empty"):
        actions.draft_run(actor=carol, company=cast.corp, operation="people.set_locale", rows=[])
    with refused("bulk.operation_unknown"):
        actions.draft_run(actor=carol, company=cast.corp, operation="people.delete", rows=[(1, "x")])
    assert not Run.objects.exclude(pk=run.pk).exists()


def test_stopped_it_goes_on_with_the_rows_that_wait(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    carol = cast.actor(cast.carol)
    monkeypatch.setattr(work, "STEP", 1)
    monkeypatch.setattr("hongyan.company.tasks.progress.WRITE_SECONDS", 0.0)
    run = drafted(carol, cast, locale="en")
    actions.begin_run(actor=carol, run=run)
    step, steps = work._step, iter(range(9))

    def step_and_stop(*args: object) -> int:
        count = step(*args)  # type: ignore[arg-type]
        if next(steps) == 1:
            actions.stop_run(actor=carol, run=run)
        return count

    monkeypatch.setattr(work, "_step", step_and_stop)
    assert worked(run).settled == 2 and run.task is not None and run.task.state == "stopped"
    actions.resume_run(actor=carol, run=run)
    assert worked(run).done == run.total == Person.objects.filter(company=cast.corp, locale="en").count()
    with refused("bulk.over"):
        actions.resume_run(actor=carol, run=run)


def test_one_rows_fault_leaves_the_others_alone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    carol = cast.actor(cast.carol)
    run = drafted(carol, cast, locale="en")
    change = "hongyan.company.people.bulk.edit_person"
    from hongyan.company.people.persons import edit_person

    def break_for_alice(*, actor: Actor, person: Person, locale: str) -> tuple[str, ...]:
        changed = edit_person(actor=actor, person=person, locale=locale)
        assert person.name != "林愛麗"
        return changed

    monkeypatch.setattr(change, break_for_alice)
    actions.begin_run(actor=carol, run=run)
    run = worked(run)
    assert (run.done, run.failed) == (run.total - 1, 1)
    assert Person.objects.get(name="林愛麗").locale == "zh-Hant"  # undone with its row


@pytest.mark.clause("G2.1.3")
def test_a_branch_administrator_reaches_his_branch_alone(branches: Branches) -> None:
    cast, sam = branches.cast, actor_of(account_of(branches.sam))
    run = drafted(sam, cast, locale="en")  # even when others' rows are slipped in
    gone = [o for o in looking.outlook(sam, run, list(run.rows.all())) if o.said.code == "bulk.gone"]
    assert gone and {o.label for o in gone}.isdisjoint({"林愛麗", "王博"})
    actions.begin_run(actor=sam, run=run)
    assert worked(run).refused >= len(gone)
    changed = Person.objects.filter(company=cast.corp, locale="en")
    assert changed.exists() and changed.exclude(appointments__unit__path__startswith=IT).count() == 0


def test_rights_taken_away_meanwhile_are_gone(cast: Cast) -> None:
    carol = cast.actor(cast.carol)
    run = drafted(carol, cast, locale="en")
    actions.begin_run(actor=carol, run=run)
    account_of(cast.carol).roles.all().delete()
    assert worked(run).done == 0 and run.refused == run.total


def test_an_outsiders_run_is_as_unknown_as_none(branches: Branches) -> None:
    cast, carol = branches.cast, branches.cast.actor(branches.cast.carol)
    run = drafted(carol, cast, locale="en")
    assert actions.find_run(actor=carol, run_id=run.pk) == run
    for stranger in (cast.actor(cast.charlie), cast.actor(cast.alice), actor_of(account_of(branches.sam))):
        for number in (run.pk, 0):
            with refused("bulk.unknown"):
                actions.find_run(actor=stranger, run_id=number)
    with refused("permission.missing"):
        drafted(cast.actor(cast.charlie), cast)


def test_drafts_are_thrown_away(cast: Cast) -> None:
    carol = cast.actor(cast.carol)
    old, begun = drafted(carol, cast, locale="en"), drafted(carol, cast, locale="en")
    actions.begin_run(actor=carol, run=begun)
    with clock.shifted(actions.KEEP_DRAFTS * 2):
        actions.drop_drafts()
    assert set(Run.objects.all()) == {begun} and old.pk


def test_moving_takes_the_one_post_along(branches: Branches) -> None:
    cast, carol = branches.cast, branches.cast.actor(branches.cast.carol)
    run = drafted(carol, cast, "people.move", unit="總公司/信息部")
    outlook = {o.label: o for o in looking.outlook(carol, run, list(run.rows.all()))}
    assert outlook["林愛麗"].said.code == "bulk.people.move" and outlook["陳家蓉"].said.code == "bulk.people.appoint"
    actions.begin_run(actor=carol, run=run)
    worked(run)
    alice = Person.objects.get(name="林愛麗").appointments.get()
    bob = Person.objects.get(name="王博").appointments.get()
    assert alice.unit.path == "總公司/信息部" and alice.post == "專員" and not bob.head
    with refused("unit.unknown"):
        actions.answer_run(actor=carol, run=drafted(carol, cast, "people.move"), params={"unit": "沒有/這個"})
