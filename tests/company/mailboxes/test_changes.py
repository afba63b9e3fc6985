"""Limits of mailboxes; later changes to aliases and groups."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from hongyan.company.mailboxes import actions, changes, limits, routing
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.company.mailboxes.models import Alias, Claim, Group, GroupMember, Mailbox, SendAs
from hongyan.company.people.models import Person
from hongyan.kernel import clock, outbox
from hongyan.kernel.actor import Actor, Grant
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.cast import Cast

BRANCH = Actor("scoped@corp.test", (Grant("scoped", "corp", "總公司/信息部"),), company="corp")
ELSEWHERE = Actor("far@corp.test", (Grant("scoped", "corp", "分公司"),), company="corp")


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def event(kind: str) -> Event:
    return Event.objects.filter(kind=kind).order_by("-pk")[0]


def touched() -> set[str]:
    rows = Outbox.objects.filter(kind=outbox.RELEASE).order_by("-pk")
    return set(rows[0].payload["addresses"])


@pytest.fixture
def group(cast: Cast) -> Group:
    return routing.add_group(
        actor=cast.operator, company=cast.corp, address="all@corp.test", members=["alice@corp.test", "bob@corp.test"]
    )


@pytest.mark.clause("B4.4")
def test_a_mailbox_has_an_hourly_limit_of_its_own(cast: Cast) -> None:
    limits.set_hourly_limit(actor=cast.actor(cast.carol), mailbox=cast.alice, recipients=1000)
    cast.alice.refresh_from_db()
    assert cast.alice.hourly_limit == 1000 and touched() == {"alice@corp.test"}
    assert event("mailbox.hourly_limit").params == {"before": None, "after": 1000}
    limits.set_hourly_limit(actor=BRANCH, mailbox=cast.alice, recipients=None)
    assert Mailbox.objects.get(pk=cast.alice.pk).hourly_limit is None
    for number in (0, 100_001):
        with pytest.raises(Refusal, match="limit_range"):
            limits.set_hourly_limit(actor=BRANCH, mailbox=cast.alice, recipients=number)


@pytest.mark.clause("B2")
def test_a_last_day_is_set_and_taken_back_but_not_an_interns(cast: Cast) -> None:
    day = clock.today() + timedelta(days=30)
    limits.set_expiry(actor=cast.actor(cast.carol), mailbox=cast.alice, until=day)
    cast.alice.refresh_from_db()
    assert cast.alice.expires_on == day and event("mailbox.expiry").params["after"] == day.isoformat()
    limits.set_expiry(actor=cast.actor(cast.carol), mailbox=cast.alice, until=None)
    assert refusal(lambda: limits.set_expiry(actor=BRANCH, mailbox=cast.alice, until=clock.today())) == (
        "mailbox.expiry_past"
    )
    intern = actions.open_mailbox(
        actor=cast.operator, company=cast.corp, new=NewMailbox("i@corp.test", kind="intern", expires_on=day)
    )
    assert (
        refusal(lambda: limits.set_expiry(actor=cast.operator, mailbox=intern, until=None)) == "mailbox.expiry_needed"
    )


@pytest.mark.clause("G4.2.4")
def test_the_right_to_send_as_another_is_taken_back(cast: Cast, group: Group) -> None:
    actions.grant_send_as(actor=cast.operator, mailbox=cast.alice, address="all@corp.test")
    limits.remove_send_as(actor=cast.actor(cast.carol), mailbox=cast.alice, address="ALL@corp.test")
    assert not SendAs.objects.exists() and touched() == {"all@corp.test"}
    assert refusal(
        lambda: limits.remove_send_as(actor=cast.operator, mailbox=cast.alice, address="all@corp.test")
    ) == "mailbox.send_as_unknown"  # fmt: skip


@pytest.mark.clause("C6")
def test_an_alias_gets_another_target_and_another_end(cast: Cast) -> None:
    alias = routing.add_alias(actor=cast.operator, company=cast.corp, address="it@corp.test", target="alice@corp.test")
    day = clock.today() + timedelta(days=9)
    changes.change_alias(actor=cast.actor(cast.carol), alias=alias, target="bob@corp.test", until=day)
    alias.refresh_from_db()
    assert (alias.target, alias.until) == ("bob@corp.test", day)
    assert touched() == {"it@corp.test", "alice@corp.test", "bob@corp.test"}  # whose answers may name it
    assert event("alias.changed").params["before"] == {"target": "alice@corp.test", "until": ""}
    second = routing.add_alias(actor=cast.operator, company=cast.corp, address="dv@corp.test", target="it@corp.test")
    for wrong, code in (
        (second.address, "alias.loop"), (alias.address, "alias.loop"), ("charlie@other.test", "address.unknown"),
        ("none@corp.test", "address.unknown"),
    ):  # fmt: skip
        assert refusal(
            lambda w=wrong: changes.change_alias(actor=cast.operator, alias=alias, target=w, until=None)  # type: ignore[misc]
        ) == code  # fmt: skip
    assert refusal(
        lambda: changes.change_alias(actor=cast.operator, alias=alias, target="bob@corp.test", until=date(2020, 1, 1))
    ) == "alias.until_past"  # fmt: skip


@pytest.mark.clause("C6")
def test_a_renamed_group_is_still_what_others_named(cast: Cast, group: Group) -> None:
    routing.add_group(actor=cast.operator, company=cast.corp, address="top@corp.test", members=[group.address])
    routing.add_alias(actor=cast.operator, company=cast.corp, address="alle@corp.test", target=group.address)
    actions.grant_send_as(actor=cast.operator, mailbox=cast.bob, address=group.address)
    changes.rename_group(actor=cast.actor(cast.carol), group=group, address="everybody@corp.test", keep_days=30)
    assert GroupMember.objects.filter(group__address="top@corp.test").get().address == "everybody@corp.test"
    assert Alias.objects.get(address="alle@corp.test").target == "everybody@corp.test"
    assert SendAs.objects.get().address == "everybody@corp.test"
    former = Alias.objects.get(address="all@corp.test")
    assert former.target == "everybody@corp.test" and former.until == clock.today() + timedelta(days=30)
    assert touched() == {"all@corp.test", "everybody@corp.test", "top@corp.test", "alle@corp.test"}
    assert refusal(
        lambda: changes.rename_group(actor=cast.operator, group=group, address="alice@corp.test")
    ) == "address.taken"  # fmt: skip


@pytest.mark.clause("P12")
def test_a_removed_group_leaves_nothing_that_names_it(cast: Cast, group: Group) -> None:
    routing.add_group(actor=cast.operator, company=cast.corp, address="top@corp.test", members=[group.address])
    routing.add_alias(actor=cast.operator, company=cast.corp, address="alle@corp.test", target=group.address)
    changes.remove_group(actor=cast.actor(cast.carol), group=group)
    assert not Claim.objects.filter(address__in=["all@corp.test", "alle@corp.test"]).exists()
    assert not GroupMember.objects.exists() and not Alias.objects.exists()
    assert touched() == {"all@corp.test", "alle@corp.test", "top@corp.test"}
    assert event("group.removed").params["members"] == ["alice@corp.test", "bob@corp.test"]
    actions.open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("all@corp.test"))  # free again


@pytest.mark.clause("P12")
def test_the_owner_of_a_group_keeps_its_members_and_nothing_else(cast: Cast, group: Group) -> None:
    alice = cast.actor(cast.alice)
    assert refusal(lambda: routing.remove_member(actor=alice, group=group, address="bob@corp.test")) == (
        "permission.missing"
    )
    changes.set_group_owner(actor=cast.actor(cast.carol), group=group, owner=cast.alice.person)
    assert event("group.owner").params["after"] == "林愛麗"
    routing.remove_member(actor=alice, group=group, address="bob@corp.test")
    routing.add_member(actor=alice, group=group, address="dave@corp.test")
    assert refusal(lambda: changes.name_group(actor=alice, group=group, name="x")) == "permission.missing"
    assert refusal(lambda: routing.set_group_writers(actor=alice, group=group, who="anyone")) == "permission.missing"
    stranger = Person.objects.get(name="Charlie Reed")
    assert refusal(lambda: changes.set_group_owner(actor=cast.operator, group=group, owner=stranger)) == (
        "person.unknown"
    )
    changes.name_group(actor=cast.actor(cast.carol), group=group, name=" 全體 ")
    assert Group.objects.get().name == "全體"


@pytest.mark.parametrize("who", ["charlie", "dave", "elsewhere"])
def test_outsiders_and_other_branches_change_nothing(cast: Cast, group: Group, who: str) -> None:
    actor = ELSEWHERE if who == "elsewhere" else cast.actor(getattr(cast, who))
    alias = routing.add_alias(actor=cast.operator, company=cast.corp, address="it@corp.test", target="alice@corp.test")
    before = Event.objects.count()
    for act in (
        lambda: limits.set_hourly_limit(actor=actor, mailbox=cast.alice, recipients=5),
        lambda: limits.set_expiry(actor=actor, mailbox=cast.alice, until=None),
        lambda: limits.remove_send_as(actor=actor, mailbox=cast.alice, address="it@corp.test"),
        lambda: changes.change_alias(actor=actor, alias=alias, target="bob@corp.test", until=None),
        lambda: changes.name_group(actor=actor, group=group, name="x"),
        lambda: changes.set_group_owner(actor=actor, group=group, owner=None),
        lambda: changes.rename_group(actor=actor, group=group, address="x@corp.test"),
        lambda: changes.remove_group(actor=actor, group=group),
    ):
        assert refusal(act) == "permission.missing"
    assert Event.objects.count() == before
