"""Where people and addresses lie, and what a grant for a branch reaches."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hongyan.company.mailboxes import routing, scope as mailbox_scope
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import find_group, find_mailbox
from hongyan.company.mailboxes.scope import (
    aliases_within,
    groups_within,
    mailboxes_within,
    places_of_address,
    places_of_mailbox,
)
from hongyan.company.people import scope as person_scope
from hongyan.company.people.actions import appoint
from hongyan.company.people.models import Person, RoleGrant, Unit
from hongyan.company.people.queries import actor_of
from hongyan.company.people.rights import kept_by
from hongyan.company.people.scope import persons_within, places_of, places_of_many, units_within
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor, Grant
from hongyan.kernel.decision import Refusal
from tests.branches import IT, NET, SALES, Branches, account_of
from tests.cast import Cast

EVERYBODY = {"alice", "bob", "carol", "dave", "erin", "sam", "tina", "vera", "info", "desk"}
OF_IT, OF_SALES = {"alice", "bob", "sam", "info"}, {"erin", "tina", "desk"}


def boxes(actor: Actor, cast: Cast) -> set[str]:
    return {m.address.split("@")[0] for m in mailboxes_within(actor, "mailbox.read", cast.corp)}


def scoped(unit: str) -> Actor:
    return Actor("x", (Grant("scoped", "corp", unit),))


@pytest.mark.clause("G2.1.3")
@pytest.mark.parametrize(
    ("grant", "seen"),
    [
        (Grant("system"), EVERYBODY),
        (Grant("office", "corp"), EVERYBODY),
        (Grant("scoped", "corp", "總公司"), OF_IT | OF_SALES),
        (Grant("scoped", "corp", IT), OF_IT),
        (Grant("it", "corp", NET), {"alice", "bob"}),
        (Grant("head", "corp", SALES), OF_SALES),
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
    reaches_other = grant.permits("mailbox.read") and grant.company in ("", "other")
    assert mailboxes_within(actor, "mailbox.read", cast.other).count() == int(reaches_other)


@pytest.mark.parametrize(("few", "many"), [(1000, 30_000), (0, 30_000), (-1, 0)])
@pytest.mark.parametrize(("unit", "seen"), [(IT, OF_IT), (SALES, OF_SALES), ("總公司", OF_IT | OF_SALES)])
def test_small_and_large_branches_are_asked_for_otherwise_and_hold_the_same(
    branches: Branches, monkeypatch: pytest.MonkeyPatch, unit: str, seen: set[str], few: int, many: int
) -> None:
    for module in (mailbox_scope, person_scope):
        monkeypatch.setattr(module, "FEW", few, raising=False)
        monkeypatch.setattr(module, "MANY", many, raising=False)
    assert boxes(scoped(unit), branches.cast) == seen
    persons = persons_within(scoped(unit), "people.read", branches.cast.corp)
    named = {m.address.split("@")[0] for p in persons for m in p.mailboxes.all()}
    assert named == seen - {"info", "desk"} and persons.count() == len(named)


def test_a_branch_is_exact_to_the_letter(branches: Branches) -> None:
    cast = branches.cast
    for path in ("HQ/Lab", "hq/Lab", "HQ_/Lab", "HQ%/Lab", "HQ0/Lab", "HQ-2", "HQ"):
        Unit.objects.create(company=cast.corp, path=path, name=path.split("/")[-1])
    seen = units_within(scoped("HQ"), "people.read", cast.corp)
    assert [unit.path for unit in seen] == ["HQ", "HQ/Lab"]
    assert [unit.path for unit in units_within(scoped("HQ_"), "people.read", cast.corp)] == ["HQ_/Lab"]


def test_a_branch_is_found_by_an_index(branches: Branches) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL decides by the number of rows")
    plan = units_within(scoped(IT), "people.read", branches.cast.corp).explain()
    assert "path>? AND path<?" in plan and "SCAN" not in plan, plan


def test_a_person_lies_wherever_he_has_a_post(branches: Branches) -> None:
    cast, erin = branches.cast, Person.objects.get(name="Erin")
    appoint(actor=cast.operator, person=erin, unit=Unit.objects.get(company=cast.corp, path=NET))
    appoint(actor=cast.operator, person=erin, unit=branches.sales, post="顧問")
    assert places_of(erin) == (NET, SALES, SALES)
    carol = Person.objects.get(name="陳家蓉")
    with CaptureQueriesContext(connection) as queries:
        assert places_of_many([erin.pk, carol.pk]) == {erin.pk: (NET, SALES, SALES), carol.pk: ()}
    assert len(queries) == 1
    for unit in (IT, SALES):
        assert list(persons_within(scoped(unit), "people.read", cast.corp).filter(name="Erin")) == [erin]
        assert "erin" in boxes(scoped(unit), cast)


def test_aliases_lie_where_their_target_does_and_groups_in_their_unit(branches: Branches) -> None:
    cast, it, sales = branches.cast, scoped(IT), scoped(SALES)
    routing.add_alias(actor=cast.operator, company=cast.corp, address="hilfe@corp.test", target="help@corp.test")
    assert places_of_address(cast.corp, "hilfe@corp.test") == (IT,)
    assert places_of_address(cast.other, "hilfe@corp.test") == places_of_address(cast.corp, "none@corp.test") == ()
    assert {a.address for a in aliases_within(it, "mailbox.read", cast.corp)} == {"help@corp.test", "hilfe@corp.test"}
    assert {a.address for a in aliases_within(sales, "mailbox.read", cast.corp)} == {"sell@corp.test"}
    assert [g.address for g in groups_within(it, "group.read", cast.corp)] == ["team@corp.test"]
    assert [g.address for g in groups_within(sales, "group.read", cast.corp)] == ["crew@corp.test"]
    assert groups_within(cast.operator, "group.read", cast.corp).count() == 2


@pytest.mark.clause("G2.1.3")
def test_beyond_his_branch_everything_is_as_unknown_as_none(branches: Branches) -> None:
    sam = branches.actor(branches.sam)
    assert find_mailbox("info@corp.test", sam) == branches.info
    assert find_group("team@corp.test", sam) == branches.team
    for unknown in ("erin@corp.test", "desk@corp.test", "carol@corp.test", "charlie@other.test", "none@corp.test"):
        with pytest.raises(Refusal, match=r"^mailbox\.unknown$"):
            find_mailbox(unknown, sam)
    for unknown in ("crew@corp.test", "none@corp.test"):
        with pytest.raises(Refusal, match=r"^group\.unknown$"):
            find_group(unknown, sam)


def test_an_account_s_grants_come_with_place_subset_and_shares(branches: Branches) -> None:
    cast = branches.cast
    RoleGrant.objects.create(
        account=account_of(cast.alice), role="scoped", company=cast.corp, unit=branches.sales, seats=5, storage_mb=9000,
        permissions=["mailbox.write", "mailbox.read"], granted_at=clock.now(),
    )  # fmt: skip
    alice = cast.actor(cast.alice)
    assert alice.grants == (
        Grant("scoped", "corp", SALES, frozenset({"mailbox.read", "mailbox.write"}), seats=5, storage_mb=9000),
    )
    assert alice.may("mailbox.write", "corp", [SALES]) and not alice.may("people.write", "corp", [SALES])


def test_a_head_and_a_keeper_have_their_roles_by_their_post(branches: Branches) -> None:
    cast = branches.cast
    bob = cast.actor(cast.bob)
    assert bob.grants == (Grant("head", "corp", NET),)
    assert bob.may("people.read", "corp", [NET]) and not bob.may("mailbox.write", "corp", [NET])
    branches.info.keeper = branches.erin.person
    branches.info.save()
    erin = actor_of(account_of(branches.erin))
    assert erin.grants == (Grant("keeper", "corp"),) and not erin.may_somewhere("mailbox.read", "corp")
    branches.crew.owner = cast.alice.person
    branches.crew.save()
    assert cast.actor(cast.alice).grants == (Grant("keeper", "corp"),)
    assert kept_by(branches.erin.person) == ("info@corp.test",)  # type: ignore[arg-type]
    assert kept_by(cast.alice.person) == ("crew@corp.test",)  # type: ignore[arg-type]
