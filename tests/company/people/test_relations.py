"""Who is head, deputy, branch clerk and stand-in: through a tree of nine levels, holes, leave and leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.people import life, relations, units
from hongyan.company.people.actions import add_person, add_unit, appoint
from hongyan.company.people.models import Appointment, Person, Unit
from hongyan.company.people.roles import grant_role
from hongyan.kernel import clock
from tests.branches import account_of
from tests.cast import Cast, _password_hash

DAY = timedelta(days=1)
pytestmark = [pytest.mark.django_db, pytest.mark.clause("B2", "G3.1.2")]
PATH = "集團/北方/河北分公司/運營/倉儲/一區/甲組/早班/二隊"


@dataclass
class Tree:
    cast: Cast
    units: dict[str, Unit]
    people: dict[str, Person]

    def names(self, *found: Person) -> list[str]:
        return [p.name for p in found]


@pytest.fixture
def tree(cast: Cast) -> Tree:
    """Nine levels. chief heads 集團, boss the branch (with a deputy vice), mid both 倉儲 and 一區, lead the team; worker."""
    leaf = add_unit(actor=cast.operator, company=cast.corp, path=PATH)
    every = {unit.name: unit for unit in Unit.objects.filter(company=cast.corp, path__in=relations.upward(leaf))}
    units.set_branch(actor=cast.operator, unit=every["河北分公司"], on=True)

    def person(name: str, unit: str, *, head: bool = False, deputy: bool = False) -> Person:
        return add_person(actor=cast.operator, company=cast.corp, name=name, unit=every[unit], head=head, deputy=deputy)

    people = {
        "chief": person("chief", "集團", head=True), "boss": person("boss", "河北分公司", head=True),
        "vice": person("vice", "河北分公司", deputy=True), "mid": person("mid", "倉儲", head=True),
        "lead": person("lead", "二隊", head=True), "worker": person("worker", "二隊"), "clerk": person("clerk", "運營"),
    }  # fmt: skip
    appoint(actor=cast.operator, person=people["mid"], unit=every["一區"], head=True)
    return Tree(cast, every, people)


def test_the_head_is_the_nearest_one_who_is_somebody_else(tree: Tree) -> None:
    who, people = relations.head_of, tree.people
    assert tree.names(*who(people["worker"])) == ["lead"]
    assert tree.names(*who(people["worker"], 2)) == ["mid"]  # who heads two levels counts once
    assert tree.names(*who(people["worker"], 3)) == ["boss"]
    assert tree.names(*who(people["worker"], 4)) == ["chief"] and who(people["worker"], 5) == []
    assert tree.names(*who(people["lead"])) == ["mid"] and tree.names(*who(people["mid"])) == ["boss"]
    assert tree.names(*who(people["vice"])) == ["boss"] and tree.names(*who(people["boss"])) == ["chief"]
    assert who(people["chief"]) == []
    stranger = add_person(actor=tree.cast.operator, company=tree.cast.corp, name="nowhere")
    assert who(stranger) == [] and tree.names(*who(stranger, unit=tree.units["甲組"])) == ["mid"]
    with CaptureQueriesContext(connection) as queries:
        who(people["worker"], 4)
    assert len(queries) <= 2


def test_a_deputy_heads_where_there_is_no_head(tree: Tree) -> None:
    life.leave_company(actor=tree.cast.operator, person=tree.people["boss"])
    assert relations.heads_of(tree.units["河北分公司"]) == []
    assert tree.names(*relations.deputies_of(tree.units["河北分公司"])) == ["vice"]
    assert tree.names(*relations.head_of(tree.people["mid"])) == ["vice"]
    assert tree.names(*relations.holders(tree.cast.corp, "head", tree.units["運營"])) == ["vice"]
    assert tree.names(*relations.holders(tree.cast.corp, "head")) == ["chief"]


def test_a_head_who_left_or_whose_loan_is_over_heads_nothing(tree: Tree) -> None:
    life.leave_company(actor=tree.cast.operator, person=tree.people["lead"])
    assert tree.names(*relations.head_of(tree.people["worker"])) == ["mid"]
    assert tree.names(*relations.head_of(tree.people["lead"])) == ["mid"]  # a leaver's own head is still known
    lent = life.lend(
        actor=tree.cast.operator, person=tree.people["clerk"], unit=tree.units["二隊"], until=clock.today()
    )
    Appointment.objects.filter(pk=lent.pk).update(head=True)
    assert tree.names(*relations.head_of(tree.people["worker"])) == ["clerk"]
    assert relations.main_post(tree.people["clerk"]) != lent
    with clock.shifted(DAY):
        assert tree.names(*relations.head_of(tree.people["worker"])) == ["mid"]


def test_branch_and_its_clerks(tree: Tree) -> None:
    cast, hashed = tree.cast, _password_hash()
    assert (
        relations.branch_of(tree.units["二隊"])
        == tree.units["河北分公司"]
        == relations.branch_of(tree.units["河北分公司"])
    )
    assert relations.branch_of(tree.units["北方"]) is None
    assert relations.it_clerks_of(tree.units["二隊"]) == []
    near, far = open_mailboxes(
        actor=cast.operator, company=cast.corp,
        new=[NewMailbox(f"{n}@corp.test", person=tree.people[n], password_hash=hashed) for n in ("clerk", "mid")],
    )  # fmt: skip
    grant_role(actor=cast.operator, account=account_of(far), role="it", company=cast.corp)
    assert tree.names(*relations.it_clerks_of(tree.units["二隊"])) == ["mid"]
    grant = grant_role(
        actor=cast.operator, account=account_of(near), role="it", company=cast.corp, unit=tree.units["河北分公司"],
        until=clock.today(),
    )  # fmt: skip
    assert tree.names(*relations.it_clerks_of(tree.units["二隊"])) == ["clerk"]
    assert tree.names(*relations.it_clerks_of(tree.units["北方"])) == ["mid"]
    assert tree.names(*relations.holders(cast.corp, "it")) == ["mid"] and grant.unit_id
    with clock.shifted(DAY):
        assert tree.names(*relations.it_clerks_of(tree.units["二隊"])) == ["mid"]
    life.leave_company(actor=cast.operator, person=tree.people["mid"])
    assert relations.holders(cast.corp, "it") == [] and relations.holders(cast.other, "office") != []


def test_who_stands_in(tree: Tree) -> None:
    people, operator, today = tree.people, tree.cast.operator, clock.today()
    boss, vice, clerk, worker = people["boss"], people["vice"], people["clerk"], people["worker"]
    assert relations.stand_in(boss) is None  # he is there himself
    away = life.take_leave(actor=operator, person=boss, since=today, until=today + DAY)
    assert relations.stand_in(boss) == vice  # nobody named: the deputy head
    assert relations.stand_in(boss, today + 2 * DAY) is None
    life.end_leave(actor=operator, absence=away)
    life.take_leave(actor=operator, person=boss, since=today, deputy=clerk)
    assert relations.stand_in(boss) == clerk
    life.take_leave(actor=operator, person=clerk, since=today, deputy=worker)
    assert relations.stand_in(boss) == worker  # in turn
    back = life.take_leave(actor=operator, person=worker, since=today, deputy=boss)
    assert relations.stand_in(boss) is None  # a circle: nobody acts
    life.end_leave(actor=operator, absence=back)
    life.leave_company(actor=operator, person=worker)
    assert relations.stand_in(clerk) is None and relations.stand_in(worker) is None


def test_states_of_a_page_of_persons_are_two_queries(tree: Tree) -> None:
    operator, people, today = tree.cast.operator, tree.people, clock.today()
    life.lend(actor=operator, person=people["worker"], unit=tree.units["集團"], until=today)
    life.take_leave(actor=operator, person=people["boss"], since=today)
    life.leave_company(actor=operator, person=people["clerk"])
    with CaptureQueriesContext(connection) as queries:
        states = relations.states_of(people.values())
    assert len(queries) == 2
    told = {name: states[person.pk] for name, person in people.items()}
    assert told == {
        "chief": "staff", "boss": "leave", "vice": "staff", "mid": "staff", "lead": "staff", "worker": "lent",
        "clerk": "left",
    }  # fmt: skip
