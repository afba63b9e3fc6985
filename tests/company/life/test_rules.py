"""What falls due in a mailbox's life: notices before last days, the end of stops, mailboxes nobody uses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hongyan.company.life import actions, idle, queries, rules, states
from hongyan.company.life.models import Stop, Told
from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox
from hongyan.company.mailboxes.models import Mailbox
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.cast import Cast

TODAY = clock.today()


def days(number: int) -> timedelta:
    return timedelta(days=number)


def told() -> list[tuple[str, str, int]]:
    """(notice, reader, days left) of each notice so far."""
    rows = Outbox.objects.filter(kind=outbox.NOTICE).order_by("pk")
    return [(r.payload["notice"], r.payload["to"], r.payload["params"].get("days", 0)) for r in rows]


def fresh(mailbox: Mailbox) -> Mailbox:
    return Mailbox.objects.select_related("company", "account", "person").get(pk=mailbox.pk)


@pytest.fixture
def intern(cast: Cast) -> Mailbox:
    """Alice's second mailbox, so that Bob is its owner's head."""
    new = NewMailbox("intern@corp.test", kind="intern", person=cast.alice.person, expires_on=TODAY + days(30))
    return open_mailbox(actor=cast.operator, company=cast.corp, new=new)


@pytest.mark.clause("B2")
def test_an_intern_and_his_head_are_told_14_7_and_1_days_before_once_each(cast: Cast, intern: Mailbox) -> None:
    for ahead, count in ((15, 0), (16, 1), (17, 0), (23, 1), (24, 0), (29, 1), (29, 0), (30, 0)):
        with clock.shifted(days(ahead)):
            assert rules.tell_expiries() == count, ahead
    assert told() == [
        ("expiry", reader, left) for left in (14, 7, 1) for reader in ("intern@corp.test", "bob@corp.test")
    ]
    assert Event.objects.filter(kind="mailbox.expiry_told").count() == 3


@pytest.mark.clause("B2")
def test_who_has_few_days_is_told_once(cast: Cast) -> None:
    new = NewMailbox("short@corp.test", kind="intern", expires_on=TODAY + days(3))
    open_mailbox(actor=cast.operator, company=cast.corp, new=new)
    assert (rules.tell_expiries(), rules.tell_expiries()) == (1, 0)


@pytest.mark.clause("B2")
def test_after_its_last_day_nobody_signs_in_and_a_later_day_opens_it_again(
    cast: Cast, intern: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_endings", [])  # without the leaving process
    with clock.shifted(days(30)):
        assert rules.end_mailboxes() == 1 and rules.end_mailboxes() == 0
        assert states.stopped(fresh(intern)) == ("signing_in",)
        actions.set_expiry(actor=cast.operator, mailbox=fresh(intern), on=TODAY + days(60))
        assert states.stopped(fresh(intern)) == ()
    assert Stop.objects.get().lifted_by == "cli:test"


@pytest.mark.clause("B2")
def test_the_leaving_process_takes_over_and_one_that_refuses_does_not_keep_the_mailbox_open(
    cast: Cast, intern: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def refuses(actor: object, mailbox: Mailbox) -> bool:
        seen.append(mailbox.address)
        raise Refusal("keeper.leaving", person="", mailboxes=[])

    monkeypatch.setattr(rules, "_endings", [refuses])
    with clock.shifted(days(31)):
        rules.end_mailboxes()
    assert seen == ["intern@corp.test"] and states.stopped(fresh(intern)) == ("signing_in",)
    actions.lift(actor=cast.operator, mailbox=fresh(intern), what="signing_in")
    monkeypatch.setattr(rules, "_endings", [lambda actor, mailbox: True])
    with clock.shifted(days(31)):
        assert rules.end_mailboxes() == 1
    assert states.stopped(fresh(intern)) == ()


@pytest.mark.clause("G2.1.6")
def test_a_stop_ends_after_its_last_day(cast: Cast) -> None:
    for what in states.WHATS:
        actions.stop(actor=cast.operator, mailbox=cast.alice, what=what, reason="", until=TODAY + days(2))
    with clock.shifted(days(2)):
        assert rules.end_stops() == 0
    with clock.shifted(days(3)):
        assert rules.end_stops() == 3 and rules.end_stops() == 0
    assert states.stopped(fresh(cast.alice)) == ()


def signed_in(mailbox: Mailbox, ago: int, **params: str) -> None:
    at = clock.now() - days(ago)
    entry = ledger.Entry("signin.ok", mailbox.address, mailbox.address, params, at=at)
    ledger.record_all(mailbox.company.slug, [entry])


@pytest.mark.clause("G2.1.6")
def test_nobody_is_concerned_until_a_company_says_so(cast: Cast) -> None:
    with clock.shifted(days(4000)):
        assert idle.follow() == 0
    with pytest.raises(Refusal, match=r"permission\.missing"):
        idle.set_idle_rule(actor=cast.actor(cast.charlie), company=cast.corp, notice_days=90, suspend_days=14)
    with pytest.raises(Refusal, match=r"life\.idle_range"):
        idle.set_idle_rule(actor=cast.operator, company=cast.corp, notice_days=5, suspend_days=14)


@pytest.mark.clause("G2.1.6")
def test_unused_mailboxes_are_told_stopped_and_closed_in_their_time(cast: Cast) -> None:
    Mailbox.objects.filter(company=cast.corp).update(opened_at=clock.now() - days(400))
    for mailbox, ago in ((cast.bob, 5), (cast.carol, 1), (cast.dave, 100), (cast.dave, 89)):
        signed_in(mailbox, ago)
    signed_in(cast.alice, 200)
    signed_in(cast.alice, 3, master="webmail")  # somebody's supervised look is not her sign-in
    actor = cast.actor(cast.carol)
    idle.set_idle_rule(actor=actor, company=cast.corp, notice_days=90, suspend_days=14, release_days=30)
    assert idle.follow() == 1 and idle.follow() == 0
    assert told() == [("idle", "alice@corp.test", 0), ("idle", "bob@corp.test", 0)]
    due = queries.next_step(fresh(cast.alice))
    assert due is not None and (due.on, due.why.code) == (TODAY + days(14), "life.next.idle_stop")
    with clock.shifted(days(2)):
        signed_in(cast.dave, 0)
    with clock.shifted(days(13)):
        idle.follow()
        assert states.state(fresh(cast.alice)) == "active"
    with clock.shifted(days(14)):
        idle.follow()
        assert states.stopped(fresh(cast.alice)) == ("signing_in",)
        assert [states.state(fresh(m)) for m in (cast.bob, cast.carol, cast.dave)] == ["active"] * 3
        due = queries.next_step(fresh(cast.alice))
        assert due is not None and due.why.code == "life.next.idle_release"
    with clock.shifted(days(44)):
        idle.follow()
    assert fresh(cast.alice).closed_at is not None
    assert Event.objects.get(kind="mailbox.suspended").actor == "schedule:idle"


@pytest.mark.clause("G2.1.6")
def test_who_is_let_in_again_has_the_whole_time_again(cast: Cast) -> None:
    Mailbox.objects.filter(company=cast.corp).exclude(pk=cast.alice.pk).update(suspended_at=clock.now())
    Mailbox.objects.filter(pk=cast.alice.pk).update(opened_at=clock.now() - days(400))
    idle.set_idle_rule(actor=cast.operator, company=cast.corp, notice_days=90, suspend_days=14)
    idle.follow()
    with clock.shifted(days(14)):
        idle.follow()
        actions.lift(actor=cast.operator, mailbox=fresh(cast.alice), what="signing_in")
    with clock.shifted(days(15)):
        assert idle.follow() == 0
    assert states.state(fresh(cast.alice)) == "active" and Told.objects.filter(what="idle").count() == 1
