from __future__ import annotations

import pytest

from hongyan.company.mailboxes.models import KINDS, PERSONAL_KINDS
from hongyan.company.sample.plan import SamplePlan, plan
from hongyan.kernel import address as addresses

PLAN = plan()
BEICHEN, YUNQI = PLAN.companies


def known(of: SamplePlan) -> set[str]:
    aliases = {alias.address for company in of.companies for alias in company.aliases}
    return {*of.mailboxes(), *of.groups(), *aliases}


def test_head_office_and_three_branches_of_sixty_people() -> None:
    assert len(BEICHEN.persons) == 60
    tops = {unit for unit in BEICHEN.units if "/" not in unit}
    assert tops == {"總公司", "華東分公司", "華南分公司", "華北分公司"}
    assert {person.posts[0].unit for person in BEICHEN.persons} <= set(BEICHEN.units)
    assert {person.locale for person in BEICHEN.persons} == {"zh-Hant", "zh-Hans", "en"}


def test_units_come_after_their_parents() -> None:
    for position, path in enumerate(BEICHEN.units):
        parent = path.rpartition("/")[0]
        assert not parent or parent in BEICHEN.units[:position]


def test_every_unit_with_people_has_one_head() -> None:
    for unit in {post.unit for person in BEICHEN.persons for post in person.posts}:
        heads = [p for p in BEICHEN.persons for post in p.posts if post.unit == unit and post.head]
        assert len(heads) == 1, unit


def test_the_cast_is_in_it() -> None:
    persons = PLAN.persons()
    alice, bob = persons["alice@beichen.test"], persons["bob@beichen.test"]
    assert alice.name == "林愛麗" and alice.posts[0].unit == bob.posts[0].unit and bob.posts[0].head
    assert {(r.address, r.role) for r in BEICHEN.roles} == {
        ("carol@beichen.test", "office"), ("dave@beichen.test", "audit"), ("may.ho@beichen.test", "hr"),
        ("han.xu@beichen.test", "scoped"), ("han.xu@beichen.test", "it"),
    }  # fmt: skip
    assert "charlie@yunqi.test" in {p.address for p in YUNQI.persons}


def test_addresses_are_well_formed_and_unique() -> None:
    everything = [
        *PLAN.mailboxes(), *PLAN.groups(), *(a.address for c in PLAN.companies for a in c.aliases),
    ]  # fmt: skip
    assert len(everything) == len(set(everything))
    assert [addresses.parse(address) for address in everything] == everything


def test_numbers_are_unique_and_nobody_has_an_identity_number() -> None:
    numbers = [p.number for p in PLAN.persons().values()]
    assert len(numbers) == len(set(numbers))
    assert not hasattr(BEICHEN.persons[0], "identity_number")


def test_every_kind_of_mailbox_has_its_people() -> None:
    assert {m.kind for m in BEICHEN.mailboxes} == set(KINDS)
    for mailbox in PLAN.mailboxes().values():
        if mailbox.kind in PERSONAL_KINDS:
            assert mailbox.owner in PLAN.persons() and not mailbox.senders
        else:
            assert mailbox.keeper in mailbox.senders and set(mailbox.senders) <= set(PLAN.persons())
        assert (mailbox.kind == "intern") == (mailbox.expires_days is not None)


def test_groups_and_aliases_lead_to_known_addresses_of_the_same_company() -> None:
    for company in PLAN.companies:
        here = {a for a in known(PLAN) if a.endswith(f"@{company.domain}")}
        assert {alias.target for alias in company.aliases} <= here
        for group in company.groups:
            assert group.members and {*group.members, *group.listed} <= here
            assert (group.who == "listed") == bool(group.listed)


def test_a_group_comes_after_the_groups_it_contains() -> None:
    seen: set[str] = set()
    for group in BEICHEN.groups:
        assert set(group.members) & set(PLAN.groups()) <= seen
        seen.add(group.address)
    assert {g.who for g in BEICHEN.groups} == {"anyone", "company", "members", "listed"}


def test_all_reaches_everybody_through_the_branches() -> None:
    groups = PLAN.groups()
    reached = {m for g in groups["all@beichen.test"].members for m in groups[g].members}
    assert reached == {p.address for p in BEICHEN.persons}


def test_domains_are_the_callers() -> None:
    other = plan("corp.test", "else.test")
    assert {a.partition("@")[2] for a in known(other)} == {"corp.test", "else.test"}


@pytest.mark.parametrize("unit", ["總公司/總經辦", "總公司/信息部/網絡處", "華北分公司/財務科"])
def test_offices_named_in_the_requirements_exist(unit: str) -> None:
    assert unit in BEICHEN.units
