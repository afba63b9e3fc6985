"""The life of a mailbox: its states, its stops, its leaving and keeping. clauses B2, B4.8, G2.1.6, G3.2.1"""

from __future__ import annotations

from datetime import timedelta

import pytest

from hongyan.company.life import actions, course, queries, states
from hongyan.company.life.models import Course, Forward, Reply, Stop
from hongyan.company.mailboxes import actions as mailboxes, routing
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.company.mailboxes.models import Alias, Claim, Mailbox
from hongyan.kernel import clock, outbox
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.branches import Branches
from tests.cast import Cast

TODAY, MONTH = clock.today(), clock.today() + timedelta(days=30)


def sessions() -> set[str]:
    """Whose live sessions the publisher ends."""
    rows = Outbox.objects.filter(kind=outbox.RELEASE, done_at__isnull=True)
    return {login for row in rows for login in row.payload["sessions"]}


def fresh(mailbox: Mailbox) -> Mailbox:
    return Mailbox.objects.select_related("company", "account", "person").get(pk=mailbox.pk)


@pytest.mark.clause("G2.1.6")
@pytest.mark.parametrize("what", ["sending", "signing_in", "receiving"])
def test_a_stop_of_one_thing_is_lifted_alone(cast: Cast, what: states.What) -> None:
    others = [w for w in ("sending", "signing_in", "receiving") if w != what]
    carol = cast.actor(cast.carol)
    actions.stop(actor=carol, mailbox=cast.alice, what=what, reason="misuse", until=MONTH)
    alice = fresh(cast.alice)
    assert states.state(alice) == "suspended" and states.stopped(alice) == (what,)
    (shown,) = queries.stops(alice)
    assert (shown.what, shown.reason, shown.until, shown.by) == (what, "misuse", MONTH, "carol@corp.test")
    assert ("alice@corp.test" in sessions()) == (what == "signing_in")
    with pytest.raises(Refusal, match=r"life\.already_stopped"):
        actions.stop(actor=carol, mailbox=cast.alice, what=what, reason="")
    actions.stop(actor=carol, mailbox=cast.alice, what=others[0], reason="")  # type: ignore[arg-type]
    actions.lift(actor=carol, mailbox=cast.alice, what=what)
    assert states.stopped(fresh(cast.alice)) == (others[0],)
    row = Stop.objects.get(mailbox=cast.alice, what=what)
    assert row.lifted_at is not None and row.lifted_by == "carol@corp.test"
    with pytest.raises(Refusal, match=r"life\.not_stopped"):
        actions.lift(actor=carol, mailbox=cast.alice, what=what)


def test_what_was_suspended_elsewhere_is_the_same_stop(cast: Cast) -> None:
    mailboxes.suspend_mailbox(actor=cast.operator, mailbox=cast.alice, reason="x")
    (shown,) = queries.stops(fresh(cast.alice))
    assert (shown.what, shown.reason, shown.by) == ("signing_in", "x", "cli:test")
    actions.lift(actor=cast.operator, mailbox=cast.alice, what="signing_in")
    actions.stop(actor=cast.operator, mailbox=cast.alice, what="signing_in", reason="y")
    mailboxes.resume_mailbox(actor=cast.operator, mailbox=cast.alice)
    assert not Stop.objects.filter(mailbox=cast.alice, lifted_at__isnull=True).exists()


@pytest.mark.clause("B4.8", "G3.2.1")
def test_a_leaver_is_kept_for_a_successor_and_comes_back(cast: Cast) -> None:
    carol, alice = cast.actor(cast.carol), cast.alice
    course.mark_leaving(actor=carol, mailbox=alice, on=MONTH)
    assert states.state(fresh(alice)) == "leaving"
    course.retain(actor=carol, mailbox=alice, until=MONTH, successor=cast.dave)
    actions.set_reply(actor=carol, mailbox=alice, text_by_locale={"zh-Hant": "已離職", "en": "has left"})
    seen = queries.life_of(fresh(alice))
    assert (seen.state, seen.until, seen.successor, seen.forward_to) == (
        "retained", MONTH, "dave@corp.test", "dave@corp.test",
    )  # fmt: skip
    assert seen.next_step is not None and seen.next_step.why.code == "life.next.retention"
    assert "alice@corp.test" in sessions() and fresh(alice).suspended_at is not None
    with pytest.raises(Refusal, match=r"mailbox\.retained"):
        mailboxes.resume_mailbox(actor=carol, mailbox=fresh(alice))
    course.unretain(actor=carol, mailbox=alice)
    assert states.state(fresh(alice)) == "active" and not Course.objects.filter(mailbox=alice).exists()
    assert not Forward.objects.exists() and not Reply.objects.exists()
    kinds = [event.kind for event in queries.history(fresh(alice))]
    assert kinds[-1] == "mailbox.opened" and {"mailbox.leaving", "mailbox.retained", "mailbox.unretained"} <= set(kinds)


@pytest.mark.clause("B4.8")
def test_an_address_lives_on_as_a_colleagues_alias_and_is_nobodys_afterwards(cast: Cast) -> None:
    carol, alice = cast.actor(cast.carol), cast.alice
    alias = course.keep_as_alias(actor=carol, mailbox=alice, of=cast.dave, until=MONTH)
    assert states.state(fresh(alice)) == "alias" and alias.target == "dave@corp.test"
    assert queries.life_of(fresh(alice)).alias_of == "dave@corp.test"
    with pytest.raises(Refusal, match=r"life\.already_alias"):
        course.keep_as_alias(actor=carol, mailbox=alice, of=cast.dave, until=MONTH)
    routing.remove_alias(actor=carol, alias=alias)
    assert states.state(fresh(alice)) == "closed" and Claim.objects.get(pk="alice@corp.test").kind == "mailbox"
    with pytest.raises(Refusal, match=r"address\.taken"):
        mailboxes.open_mailbox(actor=carol, company=cast.corp, new=NewMailbox("alice@corp.test"))
    course.keep_as_alias(actor=carol, mailbox=alice, of=cast.dave, until=MONTH)  # once more, of a closed one
    mailboxes.close_mailbox(actor=carol, mailbox=cast.dave)
    assert states.state(fresh(alice)) == "closed" and not Alias.objects.filter(address="alice@corp.test").exists()


@pytest.mark.clause("G4.2.3")
def test_nobody_gives_himself_anothers_mail(cast: Cast) -> None:
    carol, alice = cast.actor(cast.carol), cast.alice
    with pytest.raises(Refusal, match=r"life\.still_working"):
        actions.forward_mail(actor=carol, mailbox=alice, to=cast.dave)
    with pytest.raises(Refusal, match=r"life\.still_working"):
        actions.set_reply(actor=carol, mailbox=alice, text_by_locale={"en": "x"})
    actions.stop(actor=carol, mailbox=alice, what="signing_in", reason="")
    for call in (
        lambda: actions.forward_mail(actor=carol, mailbox=alice, to=cast.carol),
        lambda: course.retain(actor=carol, mailbox=alice, until=MONTH, successor=cast.carol),
        lambda: course.keep_as_alias(actor=carol, mailbox=alice, of=cast.carol, until=MONTH),
    ):
        with pytest.raises(Refusal, match=r"life\.heir_self"):
            call()
    assert not Forward.objects.exists() and not fresh(alice).stage
    actions.forward_mail(actor=carol, mailbox=alice, to=cast.dave)
    mailboxes.resume_mailbox(actor=carol, mailbox=fresh(alice))
    assert not Forward.objects.exists()  # she reads her mail herself again


def test_who_cannot_succeed(cast: Cast) -> None:
    carol, operator = cast.actor(cast.carol), cast.operator
    actions.stop(actor=carol, mailbox=cast.alice, what="signing_in", reason="")
    actions.stop(actor=carol, mailbox=cast.dave, what="receiving", reason="")
    desk = mailboxes.open_mailbox(actor=operator, company=cast.corp, new=NewMailbox("desk@corp.test", kind="shared"))
    for to, code in ((cast.charlie, "mailbox.unknown"), (cast.alice, "life.heir_same"), (fresh(cast.dave), "life.heir_leaves"),
                     (desk, "life.heir_not_personal")):  # fmt: skip
        with pytest.raises(Refusal, match=code):
            actions.forward_mail(actor=carol, mailbox=cast.alice, to=to)
    with pytest.raises(Refusal, match=r"life\.forward_shared"):
        actions.stop(actor=operator, mailbox=desk, what="signing_in", reason="")
        actions.forward_mail(actor=operator, mailbox=desk, to=cast.bob)


@pytest.mark.clause("B2")
def test_a_later_day_opens_again_what_had_expired(cast: Cast) -> None:
    intern = mailboxes.open_mailbox(
        actor=cast.operator, company=cast.corp, new=NewMailbox("intern@corp.test", kind="intern", expires_on=MONTH)
    )
    seen = queries.life_of(fresh(intern))
    assert (seen.state, seen.expires_on) == ("activation", MONTH)
    with pytest.raises(Refusal, match=r"mailbox\.expiry_needed"):
        actions.set_expiry(actor=cast.operator, mailbox=intern, on=None)


def test_places(cast: Cast, branches: Branches) -> None:
    """Charlie gets nothing; a branch's administrator nothing beyond his branch, neither the mailbox nor the heir."""
    charlie = cast.actor(cast.charlie)
    for call in (
        lambda: actions.stop(actor=charlie, mailbox=cast.alice, what="sending", reason=""),
        lambda: course.retain(actor=charlie, mailbox=cast.alice, until=MONTH),
        lambda: course.keep_as_alias(actor=charlie, mailbox=cast.alice, of=cast.bob, until=MONTH),
    ):
        with pytest.raises(Refusal, match=r"permission\.missing"):
            call()
    assert not Event.objects.filter(kind__in=("mailbox.stopped", "mailbox.retained")).exists()
    sam = branches.actor(branches.sam)
    with pytest.raises(Refusal, match=r"permission\.missing"):
        actions.stop(actor=sam, mailbox=branches.erin, what="sending", reason="")
    with pytest.raises(Refusal, match=r"mailbox\.unknown"):
        course.retain(actor=sam, mailbox=cast.alice, until=MONTH, successor=branches.erin)
    course.retain(actor=sam, mailbox=cast.alice, until=MONTH, successor=cast.bob)
    assert Forward.objects.get().to == cast.bob
