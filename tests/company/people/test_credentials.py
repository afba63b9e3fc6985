"""Passwords, links, sign-in: who is let in, and what a refusal says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox, open_with_password
from hongyan.company.people import credentials
from hongyan.company.people.hashing import engine_hash
from hongyan.company.people.models import Account
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.cast import PASSWORD, Cast

NEW = "Copper-Orchard-8146"


def account(cast: Cast) -> Account:
    assert cast.alice.account is not None
    return Account.objects.get(pk=cast.alice.account.pk)


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=f"^{code}$")


def test_wrong_password_and_unknown_login_are_told_the_same(cast: Cast) -> None:
    for login, password in (("alice@corp.test", "wrong"), ("nobody@corp.test", PASSWORD)):
        with refused("signin.wrong"):
            credentials.verify(login, password)
    assert credentials.verify("Alice@Corp.Test ", PASSWORD).change == ""


@pytest.mark.clause("B4.13")
def test_a_first_password_dies_after_two_hours(cast: Cast) -> None:
    _, first = open_with_password(
        actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"), password=None
    )
    with clock.shifted(timedelta(minutes=119)):
        assert credentials.verify("eve@corp.test", first).change == "first"
    with clock.shifted(timedelta(minutes=121)), refused("password.first_expired"):
        credentials.verify("eve@corp.test", first)


@pytest.mark.clause("B4.13")
def test_a_clock_that_jumps_back_does_not_revive_a_used_first_password(cast: Cast) -> None:
    _, first = open_with_password(
        actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"), password=None
    )
    eve = Account.objects.get(login="eve@corp.test")
    credentials.set_password(actor=Actor("eve@corp.test", account_id=eve.pk), account=eve, password=NEW)
    with clock.shifted(timedelta(days=-2)), refused("signin.wrong"):
        credentials.verify("eve@corp.test", first)


@pytest.mark.clause("B4.12", "G3.1.1")
def test_all_reasons_come_at_once(cast: Cast) -> None:
    alice = account(cast)
    with refused("password.unfit") as caught:
        credentials.set_password(actor=cast.actor(cast.alice), account=alice, password="19900307")
    codes = {reason.code for reason in caught.value.reasons}
    assert {"password.too_short", "password.needs_letter", "password.birthday"} <= codes
    assert credentials.verify("alice@corp.test", PASSWORD).change == ""


@pytest.mark.clause("P10")
def test_former_passwords_are_not_used_again(cast: Cast) -> None:
    alice = account(cast)
    credentials.set_password(actor=cast.actor(cast.alice), account=alice, password=NEW)
    with refused("password.unfit") as caught:
        credentials.set_password(actor=cast.actor(cast.alice), account=account(cast), password=PASSWORD)
    assert [r.code for r in caught.value.reasons] == ["password.used_before"]


@pytest.mark.clause("P10")
def test_an_aged_password_must_be_changed(cast: Cast) -> None:
    cast.corp.password_max_age_days = 90
    cast.corp.save()
    with clock.shifted(timedelta(days=91)):
        assert credentials.verify("alice@corp.test", PASSWORD).change == "aged"


def test_nobody_sets_another_s_password_without_the_right(cast: Cast) -> None:
    for mailbox in (cast.bob, cast.charlie):
        with refused("permission.missing"):
            credentials.set_password(actor=cast.actor(mailbox), account=account(cast), password=NEW)
        with refused("permission.missing"):
            credentials.reset_password(actor=cast.actor(mailbox), account=account(cast))


@pytest.mark.clause("G3.2.3")
def test_a_reset_ends_sessions_is_recorded_and_stops_the_engines(cast: Cast) -> None:
    Outbox.objects.all().delete()
    first = credentials.reset_password(actor=cast.actor(cast.carol), account=account(cast), reason="forgotten")
    assert Outbox.objects.get().payload["sessions"] == ["alice@corp.test"]
    assert Event.objects.get(kind="password.reset").actor == "carol@corp.test"
    with refused("signin.wrong"):
        credentials.verify("alice@corp.test", PASSWORD)
    assert credentials.verify("alice@corp.test", first).change == "first"


def test_one_hash_serves_the_web_and_the_engines(cast: Cast) -> None:
    stored = account(cast).password
    assert stored == "argon2" + engine_hash(stored)
    assert engine_hash(stored).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.clause("G3.1.1")
def test_activation_takes_one_good_password_once(cast: Cast) -> None:
    open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"))
    eve = Account.objects.get(login="eve@corp.test")
    token = credentials.make_link(actor=cast.operator, account=eve, purpose="activate")
    with refused("password.unfit"):
        credentials.activate(token=token, password="short", remote="127.0.0.1")
    credentials.activate(token=token, password=NEW, remote="127.0.0.1")
    assert credentials.verify("eve@corp.test", NEW).change == ""
    with refused("link.dead"):
        credentials.activate(token=token, password="Another-Lamp-7741", remote="127.0.0.1")


def test_links_die_by_age_by_a_newer_one_and_for_another_purpose(cast: Cast) -> None:
    operator = credentials.ensure_operator(actor=cast.operator)
    old = credentials.make_link(actor=cast.operator, account=operator, purpose="signin")
    with refused("link.dead"):
        credentials.find_link(old, "activate")
    new = credentials.make_link(actor=cast.operator, account=operator, purpose="signin")
    for token, shift in ((old, timedelta()), (new, timedelta(minutes=31)), ("never-made", timedelta())):
        with clock.shifted(shift), refused("link.dead"):
            credentials.use_signin_link(token, "127.0.0.1")
    assert credentials.use_signin_link(new, "127.0.0.1") == operator
    with refused("link.dead"):
        credentials.use_signin_link(new, "127.0.0.1")


@pytest.mark.clause("P9", "P10")
def test_this_was_not_me_ends_everything_until_the_password_is_changed(cast: Cast) -> None:
    Outbox.objects.all().delete()
    alice = account(cast)
    with refused("permission.missing"):
        credentials.report_misuse(actor=cast.actor(cast.charlie), account=alice)
    credentials.report_misuse(actor=cast.actor(cast.alice), account=alice)
    assert Outbox.objects.get(kind="release").payload["sessions"] == ["alice@corp.test"]
    assert Outbox.objects.get(kind="notice").payload["to"] == "carol@corp.test"
    assert credentials.verify("alice@corp.test", PASSWORD).change == "first"
    credentials.set_password(actor=cast.actor(cast.alice), account=account(cast), password=NEW)
    assert credentials.verify("alice@corp.test", NEW).change == ""
