"""Where people and addresses lie, and what a grant for a branch reaches."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hongyan.company.mailboxes import routing
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import find_group, find_mailbox
from hongyan.company.mailboxes.scope import (
    aliases_within,
    groups_within,
    mailboxes_within,
    places_of_address,
    places_of_mailbox,
)
from hongyan.company.people.actions import add_person, add_unit, appoint
from hongyan.company.people.models import Person, RoleGrant, Unit
from hongyan.company.people.queries import actor_of
from hongyan.company.people.scope import persons_within, places_of, places_of_many, units_within
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor, Grant
from hongyan.kernel.decision import Refusal
from tests.cast import Cast

IT, NET, SALES = "總公司/信息部", "總公司/信息部/網絡處", "總公司/銷售部"


@dataclass(frozen=True, slots=True)
class Branches:
    cast: Cast
    sales: Unit
    erin: Person  #: of sales
    info: Mailbox  #: shared, of IT
    team: str  #: a group of IT


def boxes(actor: Actor, cast: Cast) -> set[str]:
    return {m.address.split("@")[0] for m in mailboxes_within(actor, "mailbox.read", cast.corp)}


@pytest.fixture
def branches(cast: Cast) -> Branches:
    sales = add_unit(actor=cast.operator, company=cast.corp, path=SALES)
    add_unit(actor=cast.operator, company=cast.corp, path="總公司/信息部門外")  # begins alike, lies elsewhere
    it = Unit.objects.get(company=cast.corp, path=IT)
    erin = add_person(actor=cast.operator, company=cast.corp, name="Erin", unit=sales)
    opened = open_mailboxes(
        actor=cast.operator, company=cast.corp,
        new=[NewMailbox("erin@corp.test", person=erin), NewMailbox("info@corp.test", kind="shared", unit=it)],
    )  # fmt: skip
    team = routing.add_group(actor=cast.operator, company=cast.corp, address="team@corp.test", unit=it)
    routing.add_alias(actor=cast.operator, company=cast.corp, address="help@corp.test", target="info@corp.test")
    routing.add_alias(actor=cast.operator, company=cast.corp, address="hilfe@corp.test", target="help@corp.test")
    routing.add_alias(actor=cast.operator, company=cast.corp, address="sell@corp.test", target="erin@corp.test")
    return Branches(cast, sales, erin, opened[1], team.address)


@pytest.mark.parametrize(
    ("grant", "seen"),
    [
        (Grant("system"), {"alice", "bob", "carol", "dave", "erin", "info"}),
        (Grant("office", "corp"), {"alice", "bob", "carol", "dave", "erin", "info"}),
        (Grant("scoped", "corp", "總公司"), {"alice", "bob", "erin", "info"}),
        (Grant("scoped", "corp", IT), {"alice", "bob", "info"}),
        (Grant("it", "corp", NET), {"alice", "bob"}),
        (Grant("head", "corp", SALES), {"erin"}),
        (Grant("scoped", "corp", "總公司/信息"), set()),
        (Grant("scoped", "corp", IT, frozenset({"people.read"})), set()),
        (Grant("office", "other"), set()),
        (Grant("audit", "corp"), set()),
        (Grant("keeper", "corp"), set()),
    ],
)
def test_a_list_holds_what_the_grant_reaches(branches: Branches, grant: Grant, seen: set[str]) -> None:
    cast, actor = branches.cast, Actor("x", (grant,))
    assert boxes(actor, cast) == seen
    for mailbox in Mailbox.objects.filter(company=cast.corp):  # one object answers as the list does
        inside = actor.may("mailbox.read", "corp", places_of_mailbox(mailbox))
        assert inside == (mailbox.address.split("@")[0] in seen)
    assert mailboxes_within(Actor("x", (grant,)), "mailbox.read", cast.other).count() == (
        1 if grant.permits("mailbox.read") and grant.company in ("", "other") else 0
    )


def test_a_branch_is_exact_to_the_letter(branches: Branches) -> None:
    cast = branches.cast
    for path in ("HQ/Lab", "hq/Lab", "HQ_/Lab", "HQ%/Lab", "HQ0/Lab", "HQ"):
        Unit.objects.get_or_create(company=cast.corp, path=path, defaults={"name": path.split("/")[-1]})
    seen = units_within(Actor("x", (Grant("scoped", "corp", "HQ"),)), "people.read", cast.corp)
    assert [unit.path for unit in seen] == ["HQ", "HQ/Lab"]
    assert units_within(Actor("x", (Grant("scoped", "corp", "HQ_"),)), "people.read", cast.corp).count() == 1


def test_a_person_lies_wherever_he_has_a_post(branches: Branches) -> None:
    cast, erin = branches.cast, branches.erin
    appoint(actor=cast.operator, person=erin, unit=Unit.objects.get(company=cast.corp, path=NET))
    appoint(actor=cast.operator, person=erin, unit=branches.sales, post="顧問")
    assert places_of(erin) == (NET, SALES, SALES)
    carol = Person.objects.get(name="陳家蓉")
    assert places_of(carol) == () and places_of_many([erin.pk, carol.pk]) == {erin.pk: places_of(erin), carol.pk: ()}
    for unit in (IT, SALES):
        actor = Actor("x", (Grant("scoped", "corp", unit),))
        assert list(persons_within(actor, "people.read", cast.corp).filter(name="Erin")) == [erin]
        assert "erin" in boxes(actor, cast)


def test_aliases_lie_where_their_target_does_and_groups_in_their_unit(branches: Branches) -> None:
    cast = branches.cast
    it, sales = (Actor("x", (Grant("scoped", "corp", unit),)) for unit in (IT, SALES))
    assert places_of_address(cast.corp, "hilfe@corp.test") == (IT,)
    assert {a.address for a in aliases_within(it, "mailbox.read", cast.corp)} == {"help@corp.test", "hilfe@corp.test"}
    assert {a.address for a in aliases_within(sales, "mailbox.read", cast.corp)} == {"sell@corp.test"}
    assert [g.address for g in groups_within(it, "group.read", cast.corp)] == ["team@corp.test"]
    assert not groups_within(sales, "group.read", cast.corp).exists()


def test_beyond_his_branch_everything_is_as_unknown_as_none(branches: Branches) -> None:
    it = Actor("x", (Grant("scoped", "corp", IT),))
    assert find_mailbox("info@corp.test", it) == branches.info
    assert find_group(branches.team, it).address == branches.team
    for unknown in ("erin@corp.test", "carol@corp.test", "charlie@other.test", "none@corp.test"):
        with pytest.raises(Refusal, match=r"^mailbox\.unknown$"):
            find_mailbox(unknown, it)
    with pytest.raises(Refusal, match=r"^group\.unknown$"):
        find_group(branches.team, Actor("x", (Grant("scoped", "corp", SALES),)))


def test_an_account_s_grants_come_with_place_subset_and_shares(branches: Branches) -> None:
    cast = branches.cast
    assert cast.alice.account is not None
    RoleGrant.objects.create(
        account=cast.alice.account, role="scoped", company=cast.corp, unit=branches.sales, seats=5, storage_mb=9000,
        permissions=["mailbox.write", "mailbox.read"], granted_at=clock.now(),
    )  # fmt: skip
    alice = actor_of(cast.alice.account)
    assert alice.grants == (
        Grant("scoped", "corp", SALES, frozenset({"mailbox.read", "mailbox.write"}), seats=5, storage_mb=9000),
    )
    assert alice.may("mailbox.write", "corp", [SALES]) and not alice.may("people.write", "corp", [SALES])


def test_a_head_and_a_keeper_have_their_roles_by_their_post(branches: Branches) -> None:
    cast = branches.cast
    bob = cast.actor(cast.bob)
    assert bob.grants == (Grant("head", "corp", NET),)
    assert bob.may("people.read", "corp", [NET]) and not bob.may("mailbox.write", "corp", [NET])
    branches.info.keeper = branches.erin
    branches.info.save()
    erin = Mailbox.objects.get(address="erin@corp.test").account
    assert erin is not None and actor_of(erin).grants == (Grant("keeper", "corp"),)
    assert not actor_of(erin).may_somewhere("mailbox.read", "corp")
