"""A clock that jumps, forwards and back: what is live is still noticed, what falls due does so once."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from hongyan.company.mailboxes import actions
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.company.mailboxes.models import Alias
from hongyan.company.mailboxes.queries import find_mailbox, state_of
from hongyan.company.people import credentials
from hongyan.engines.guard.policy import Policy
from hongyan.evidence.audit import queries
from hongyan.jobs import schedule
from hongyan.kernel import clock, outbox
from hongyan.kernel.decision import Refusal
from hongyan.release import store
from tests.cast import Cast
from tests.resilience import hands
from tests.system.hands import PASSWORD, Running


def test_a_live_file_from_the_future_is_replaced_by_a_later_one_still(tmp_path: Path) -> None:
    """Dovecot reads a table again when its time changed by a second: the clock set back must not hide a change."""
    source, target = tmp_path / "source", tmp_path / "live" / "users.0"
    entry = store.FileEntry("", 0o644, "root", "root")
    source.write_text("old")
    store.replace(source, target, entry)
    future = int(time.time()) + 86400
    os.utime(target, (future, future))
    source.write_text("new")
    store.replace(source, target, entry)
    assert target.read_text() == "new" and target.stat().st_mtime == future + 1


@pytest.mark.clause("G5.1")
def test_a_suspension_holds_though_the_clock_was_set_back(house: Running) -> None:
    """The live tables lie a day in the future, as after a clock that ran ahead and was put right."""
    future = time.time() + 86400
    for table in (house.instance.live / "tables").iterdir():
        os.utime(table, (future, future))
    hands.let_tables_be_noticed()
    assert hands.refusal(house, "imap", "carol@corp.test") == ""
    house.run("mailbox", "suspend", "carol@corp.test")
    hands.let_tables_be_noticed()
    said = hands.refusals(house, "carol@corp.test", PASSWORD, hands.ENGINES)
    house.run("mailbox", "resume", "carol@corp.test")
    assert all(said.values()), said
    hands.let_tables_be_noticed()
    assert hands.refusal(house, "imap", "carol@corp.test") == ""


@pytest.mark.clause("B4.13")
@pytest.mark.django_db
def test_a_first_password_dies_after_its_hours_whatever_the_clock_did_in_between(cast: Cast) -> None:
    account = cast.alice.account
    assert account is not None
    first = credentials.reset_password(actor=cast.operator, account=account)
    with clock.shifted(timedelta(hours=-3)):
        assert credentials.verify("alice@corp.test", first).change == "first"
    with clock.shifted(timedelta(hours=2, seconds=1)):
        with pytest.raises(Refusal) as dead:
            credentials.verify("alice@corp.test", first)
        assert dead.value.code == "password.first_expired"
    assert credentials.verify("alice@corp.test", first).change == "first"


@pytest.mark.clause("B2", "C6")
@pytest.mark.django_db
def test_what_fell_due_in_a_jump_is_done_once_and_not_undone_when_the_clock_goes_back(cast: Cast) -> None:
    day = clock.today() + timedelta(days=30)
    new = NewMailbox("eve@corp.test", kind="intern", expires_on=day)
    actions.open_mailbox(actor=cast.operator, company=cast.corp, new=new)
    actions.rename_mailbox(actor=cast.operator, mailbox=cast.bob, address="robert@corp.test", keep_days=30)
    with clock.shifted(timedelta(days=400)):
        assert schedule.expire_aliases() == 1 and schedule.expire_mailboxes() == 1
        assert schedule.expire_aliases() == 0 and schedule.expire_mailboxes() == 0
    assert schedule.expire_aliases() == 0 and schedule.expire_mailboxes() == 0
    assert state_of(find_mailbox("eve@corp.test")) == "suspended"
    assert not Alias.objects.filter(address="bob@corp.test").exists()


@pytest.mark.clause("P10")
@pytest.mark.django_db
def test_the_audit_is_in_the_order_of_its_numbers_though_the_clock_went_back(cast: Cast) -> None:
    with clock.shifted(timedelta(days=-2)):
        actions.suspend_mailbox(actor=cast.operator, mailbox=cast.dave, reason="")
    actions.resume_mailbox(actor=cast.operator, mailbox=cast.dave)
    verified = queries.verify("corp")
    assert verified.flaws == ()
    kinds = [event.kind for event in queries.list_events("corp")[:2]]
    assert kinds == ["mailbox.resumed", "mailbox.suspended"]


@pytest.mark.django_db
def test_work_enqueued_before_the_clock_went_back_is_done_at_once(cast: Cast) -> None:
    """New work is due whatever the clock says; what was refused waits its minutes, not the hours of the jump."""
    outbox.settle(outbox.still_open(outbox.RELEASE))
    outbox.release("alice@corp.test")
    with clock.shifted(timedelta(hours=-5)):
        (entry,) = outbox.pending([outbox.RELEASE])
    outbox.failed([entry], "refused")
    assert outbox.pending([outbox.RELEASE]) == []
    with clock.shifted(timedelta(hours=-5)):
        assert outbox.pending([outbox.RELEASE]) == [entry]


@pytest.mark.clause("B4.10")
def test_a_lock_is_no_longer_than_a_lock_though_the_clock_goes_back() -> None:
    policy, now = Policy(), 1_800_000_000.0
    for n in range(policy.settings.account.lock):
        policy.failed("alice@corp.test", "", f"{n}", now + 86400)
    assert policy.ask("alice@corp.test", "", now).until == now + policy.settings.lock
    assert policy.ask("alice@corp.test", "", now + policy.settings.lock + 1).until == 0
