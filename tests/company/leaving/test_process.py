"""Leaving as a process: what ends at once, what waits for whom, what blocks, what survives (clauses R2, G3.2.1, B4.8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hongyan.company.leaving import actions, ending, listening, steps
from hongyan.company.leaving.doing import SYSTEM
from hongyan.company.leaving.models import Leaving, Step
from hongyan.company.leaving.queries import find_leaving, leavings_within
from hongyan.company.life.before import due_elsewhere
from hongyan.company.life.models import Forward, Reply
from hongyan.company.life.states import state
from hongyan.company.mailboxes import members, routing
from hongyan.company.mailboxes.actions import NewMailbox, add_app_password, open_mailbox
from hongyan.company.mailboxes.models import Alias, AppPassword, GroupMember, Mailbox
from hongyan.company.people.life import leave_company, return_person
from hongyan.company.people.queries import find_unit
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.branches import Branches
from tests.company.leaving.conftest import House


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=f"^{code}$")


def again(mailbox: Mailbox) -> Mailbox:
    return Mailbox.objects.select_related("company", "account", "person").get(pk=mailbox.pk)


@pytest.mark.clause("G3.2.1", "B4.8")
def test_a_dismissal_ends_access_in_the_action_itself(house: House) -> None:
    alice = house.cast.alice
    add_app_password(actor=house.cast.actor(alice), mailbox=alice, device="phone")
    leaving = house.begin(kind="immediate", reason="令字 12 號")
    assert leaving.state == "running"
    assert again(alice).suspended_at is not None
    assert not AppPassword.objects.filter(mailbox=alice, revoked_at__isnull=True).exists()
    assert any("alice@corp.test" in o.payload["sessions"] for o in Outbox.objects.filter(kind="release"))
    assert house.states(leaving)["formalities"] == "done"  # the written order
    assert house.person(alice).left_kind == "dismissed"


@pytest.mark.clause("G3.2.1")
def test_a_dismissal_is_made_in_writing(house: House) -> None:
    with refused("leaving.reason_missing"):
        house.begin(kind="immediate")


@pytest.mark.clause("G3.2.1")
def test_a_scheduled_leaving_waits_for_the_last_day(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    leaving = house.begin(kind="scheduled", last_day=clock.today(), successor=house.person(house.nina))
    assert (leaving.state, state(again(house.cast.alice))) == ("planned", "leaving")
    assert again(house.cast.alice).suspended_at is None
    tomorrow = clock.today() + timedelta(days=1)
    monkeypatch.setattr(clock, "today", lambda: tomorrow)
    assert steps.move_due() == 1
    leaving.refresh_from_db()
    assert leaving.state == "running"
    assert again(house.cast.alice).suspended_at is not None


@pytest.mark.clause("R2", "B4.8")
def test_new_mail_goes_to_the_successor_and_the_writer_is_told(house: House) -> None:
    leaving = house.begin(successor=house.person(house.nina))
    assert Forward.objects.get(mailbox=house.cast.alice).to == house.nina
    texts = Reply.objects.get(mailbox=house.cast.alice).texts
    assert "nina@corp.test" in texts["zh-Hant"] and "nina@corp.test" in texts["en"]
    assert leaving.steps.get(name="forward").detail == {"to": "nina@corp.test"}
    house.settle(leaving)
    assert (leaving.state, state(again(house.cast.alice))) == ("retained", "retained")
    assert leaving.retain_until == clock.today() + timedelta(days=30)
    assert Forward.objects.get(mailbox=house.cast.alice).to == house.nina


@pytest.mark.clause("B4.8")
def test_without_a_successor_it_waits_until_somebody_says_so(house: House) -> None:
    leaving = house.settle(house.begin())
    assert leaving.state == "running"
    step = leaving.steps.get(name="forward")
    assert (step.state, step.detail["code"]) == ("blocked", "leaving.successor_missing")
    assert Outbox.objects.filter(kind="notice", payload__notice="leaving_blocked", payload__to="bob@corp.test").exists()
    actions.tick(actor=house.head, leaving=leaving, step="forward", note="nobody")
    leaving.refresh_from_db()
    assert (leaving.state, leaving.steps.get(name="forward").by) == ("retained", "bob@corp.test")


@pytest.mark.clause("G3.2.2")
def test_a_keeper_who_leaves_blocks_until_another_one_is_named(house: House) -> None:
    unit = find_unit(house.cast.corp, "總公司/信息部/網絡處")
    new = NewMailbox("sales@corp.test", kind="shared", keeper=house.person(house.cast.alice), unit=unit)
    sales = open_mailbox(actor=house.cast.operator, company=house.cast.corp, new=new)
    leaving = house.settle(house.begin(successor=house.person(house.nina)))
    step = leaving.steps.get(name="keepers")
    assert (step.state, step.detail["params"]["mailboxes"]) == ("blocked", ["sales@corp.test"])
    assert leaving.state == "running"
    assert again(house.cast.alice).suspended_at is not None  # access waits for nothing
    with refused("leaving.not_ticked"):
        actions.tick(actor=house.hr, leaving=leaving, step="keepers")
    members.change_keeper(actor=house.head, mailbox=sales, keeper=house.person(house.nina))
    steps.move_due()
    leaving.refresh_from_db()
    assert leaving.state == "retained"


@pytest.mark.clause("G3.2.2", "R2")
def test_groups_shared_mailboxes_and_rights_end(house: House) -> None:
    corp, operator = house.cast.corp, house.cast.operator
    sales = open_mailbox(actor=operator, company=corp, new=NewMailbox("sales@corp.test", kind="shared"))
    members.add_member(actor=house.office, mailbox=sales, member=house.cast.alice, rights=["read"])
    group = routing.add_group(actor=operator, company=corp, address="team@corp.test", members=["alice@corp.test"])
    group.owner = house.person(house.cast.alice)
    group.save()
    leaving = house.begin(successor=house.person(house.nina))
    assert not sales.memberships.exists()
    assert not GroupMember.objects.filter(address="alice@corp.test").exists()
    group.refresh_from_db()
    assert group.owner == house.person(house.nina)
    assert leaving.steps.get(name="groups").detail["left"] == ["team@corp.test"]


def test_a_successor_who_leaves_too_must_be_renamed(house: House) -> None:
    leaving = house.settle(house.begin(successor=house.person(house.nina)))
    assert leaving.state == "retained"
    actions.begin(actor=house.hr, person=house.person(house.nina))
    leaving.refresh_from_db()
    assert (leaving.state, leaving.successor_left) == ("running", True)
    assert not Forward.objects.filter(mailbox=house.cast.alice).exists()
    assert leaving.steps.get(name="forward").detail["code"] == "leaving.successor_gone"
    with refused("leaving.successor_leaves"):
        actions.name_successor(actor=house.hr, leaving=leaving, successor=house.person(house.nina))
    actions.name_successor(actor=house.hr, leaving=leaving, successor=house.person(house.cast.bob))
    leaving.refresh_from_db()
    assert (leaving.state, leaving.successor_left) == ("retained", False)
    assert Forward.objects.get(mailbox=house.cast.alice).to == house.cast.bob
    assert "bob@corp.test" in Reply.objects.get(mailbox=house.cast.alice).texts["en"]


def test_nobody_gives_himself_a_leavers_mail(house: House) -> None:
    leaving = house.begin()
    with refused("leaving.successor_own"):
        actions.name_successor(actor=house.head, leaving=leaving, successor=house.person(house.cast.bob))


@pytest.mark.clause("G2.2.2")
def test_who_leaves_the_company_by_any_way_goes_through_the_process(house: House) -> None:
    person = house.person(house.cast.alice)
    leave_company(actor=house.hr, person=person)
    leaving = Leaving.objects.get(person=person)
    assert (leaving.state, leaving.begun_by) == ("running", "helen@corp.test")
    listening.left(house.hr, [person.pk])
    assert Leaving.objects.filter(person=person).count() == 1
    with refused("leaving.open"):
        house.begin()


def test_the_mailbox_of_an_intern_ends_without_its_person(house: House) -> None:
    nina = house.person(house.nina)
    assert listening.expired(SYSTEM, house.nina)
    leaving = Leaving.objects.get(name="nina@corp.test")
    assert nina.left_on is None and again(house.nina).suspended_at is not None
    steps.note_rules(leaving, {})
    leaving.refresh_from_db()
    assert leaving.state == "retained"  # nothing to hand over, nobody to ask
    assert Reply.objects.get().texts["en"] == "nina@corp.test is used no more; nobody reads it."
    assert not listening.expired(SYSTEM, house.nina)


@pytest.mark.clause("R2")
def test_who_returns_while_the_mail_is_kept_gets_it_back(house: House) -> None:
    leaving = house.settle(house.begin(successor=house.person(house.nina)))
    return_person(actor=house.hr, person=house.person(house.cast.alice))
    leaving.refresh_from_db()
    assert leaving.state == "returned"
    assert state(again(house.cast.alice)) == "activation"  # the old password opens nothing
    assert not Forward.objects.exists() and not Reply.objects.exists()


def test_pause_holds_everything_and_survives(house: House) -> None:
    leaving = house.begin(successor=house.person(house.nina))
    actions.pause(actor=house.hr, leaving=leaving, reason="勞動仲裁")
    with refused("leaving.paused"):
        actions.pause(actor=house.hr, leaving=leaving)
    house.settle(leaving)
    assert leaving.state == "running"
    assert steps.move_due() == 0
    actions.resume(actor=house.hr, leaving=leaving)
    leaving.refresh_from_db()
    assert leaving.state == "retained"


def test_cancel_before_the_last_day_leaves_nothing_behind(house: House) -> None:
    leaving = house.begin(kind="scheduled", last_day=clock.today() + timedelta(days=9))
    actions.cancel(actor=house.hr, leaving=leaving)
    assert state(again(house.cast.alice)) == "active"
    assert house.begin(kind="scheduled", last_day=clock.today()).pk != leaving.pk


@pytest.mark.clause("B4.8")
def test_mail_is_deleted_after_the_period_when_it_is_exported_and_never_under_a_hold(house: House) -> None:
    leaving = house.settle(house.begin(successor=house.person(house.nina)))
    with refused("leaving.period"):
        ending.finish(actor=house.office, leaving=leaving, reason="到期")
    actions.hold(actor=house.office, leaving=leaving, reason="法院來函")
    house.over(leaving)
    assert leaving.steps.get(name="period").detail["code"] == "leaving.held"
    with refused("leaving.held"):
        ending.finish(actor=house.office, leaving=leaving, reason="到期")
    actions.end_hold(actor=house.office, leaving=leaving, reason="結案")
    with refused("leaving.no_export"):
        ending.finish(actor=house.office, leaving=leaving, reason="到期")
    house.exported(leaving)
    assert leaving.steps.get(name="export").state == "done"
    assert not leaving.deletions.exists()  # a named person says so
    with refused("permission.missing"):
        ending.finish(actor=house.hr, leaving=leaving, reason="到期")
    ending.finish(actor=house.office, leaving=leaving, reason="到期")
    deletion = leaving.deletions.get()
    assert again(house.cast.alice).closed_at is not None
    ending.note_deletion(deletion, files=9, messages=4, size=1000)
    leaving.refresh_from_db()
    assert leaving.state == "done"
    event = Event.objects.get(kind="leaving.mail_deleted")
    assert (event.actor, event.params["messages"]) == ("carol@corp.test", 4)
    with refused("leaving.over"):
        actions.pause(actor=house.office, leaving=leaving)


@pytest.mark.clause("B4.8")
def test_the_address_lives_on_with_a_colleague_for_a_time(house: House) -> None:
    actions.set_rule(actor=house.office, company=house.cast.corp, automatic=True, alias_days=60)
    leaving = house.settle(house.begin(successor=house.person(house.nina)))
    ending.choose_end(actor=house.office, leaving=leaving, end="alias")
    house.exported(house.over(leaving))
    ending.note_deletion(leaving.deletions.get(), files=1, messages=1, size=1)
    alias = Alias.objects.get(address="alice@corp.test")
    assert (alias.target, alias.until) == ("nina@corp.test", clock.today() + timedelta(days=60))
    assert state(again(house.cast.alice)) == "alias"


def test_what_was_deleted_does_not_come_back(house: House) -> None:
    actions.set_rule(actor=house.office, company=house.cast.corp, automatic=True)
    leaving = house.exported(house.over(house.settle(house.begin(successor=house.person(house.nina)))))
    assert leaving.deletions.exists()
    with refused("leaving.deleted"):
        return_person(actor=house.hr, person=house.person(house.cast.alice))


def test_a_failed_export_is_seen_and_made_again(house: House) -> None:
    leaving = house.over(house.settle(house.begin(successor=house.person(house.nina))))
    ending.note_export(leaving.exports.get(), None, "disk full")
    steps.advance(leaving)
    assert leaving.steps.get(name="export").detail["code"] == "leaving.export_failed"
    ending.export_again(actor=house.office, leaving=leaving, form="mbox")
    house.exported(leaving)
    assert leaving.steps.get(name="export").state == "done"


def test_who_sees_and_begins_what(house: House, branches: Branches) -> None:
    """Charlie, the other branch's administrator and the leaver himself get nothing; a head tells, and dismisses nobody."""
    alice, cast = house.person(house.cast.alice), house.cast
    charlie, tina = cast.actor(cast.charlie), branches.actor(branches.tina)
    for outsider in (charlie, tina, cast.actor(cast.dave)):
        with refused("permission.missing"):
            actions.begin(actor=outsider, person=alice)
    with refused("leaving.own"):
        actions.begin(actor=cast.actor(cast.alice), person=alice)
    with refused("permission.missing"):
        actions.begin(actor=house.head, person=alice, kind="immediate", reason="x")
    leaving = actions.begin(actor=house.head, person=alice, kind="scheduled", last_day=clock.today())
    for outsider in (charlie, tina, cast.actor(cast.alice)):
        with refused("leaving.unknown"):
            find_leaving(outsider, leaving.pk)
        assert not leavings_within(outsider, cast.corp).exists()
    sam = branches.actor(branches.sam)
    assert leavings_within(sam, cast.corp).get() == find_leaving(sam, leaving.pk)
    with refused("permission.missing"):
        actions.pause(actor=house.head, leaving=leaving)
    actions.pause(actor=sam, leaving=leaving)


def test_the_steps_say_who_and_when(house: House) -> None:
    leaving = house.settle(house.begin(successor=house.person(house.nina)))
    done = Step.objects.filter(leaving=leaving, state__in=("done", "skipped"))
    assert all(step.at is not None and step.by for step in done)
    assert done.get(name="handover").by == "helen@corp.test"
    with refused("leaving.step_done"):
        actions.tick(actor=house.hr, leaving=leaving, step="handover")
    with refused("leaving.step_unknown"):
        actions.tick(actor=house.hr, leaving=leaving, step="nothing")


def test_the_page_of_a_mailboxs_life_says_what_it_waits_for(house: House) -> None:
    house.begin()
    codes = [(d.why.code, d.why.params) for d in due_elsewhere("alice@corp.test")]
    assert codes == [("leaving.next.blocked", {"step": "forward"})]
    assert due_elsewhere("bob@corp.test") == []


def test_what_root_left_undone_is_asked_for_again(house: House) -> None:
    """The machine went down while the archive was made, or while the mail was deleted."""
    leaving = house.over(house.settle(house.begin(successor=house.person(house.nina))))
    asked = Outbox.objects.filter(kind="operate", payload__do="leaving.export")
    steps.move_due()
    assert asked.count() == 1
    with clock.shifted(timedelta(minutes=11)):
        steps.move_due()
        assert asked.count() == 2
    house.exported(leaving)
    assert steps.move_due() == 0  # it waits for a person now
    ending.finish(actor=house.office, leaving=leaving, reason="due")
    deleting = Outbox.objects.filter(kind="operate", payload__do="leaving.delete")
    steps.move_due()
    with clock.shifted(timedelta(minutes=11)):
        steps.move_due()
    assert deleting.count() == 2


def test_one_mailbox_has_one_leaving(house: House) -> None:
    actions.begin(actor=house.office, mailbox=house.nina)
    with refused("leaving.open"):
        actions.begin(actor=house.office, mailbox=house.nina)
