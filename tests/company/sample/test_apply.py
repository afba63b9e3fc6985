from __future__ import annotations

import pytest

from hongyan.company.mailboxes.models import Alias, Claim, Group, Mailbox, SendAs
from hongyan.company.mailboxes.queries import state_of
from hongyan.company.mailboxes.scope import groups_within, mailboxes_within
from hongyan.company.people import relations
from hongyan.company.people.credentials import verify
from hongyan.company.people.models import Account, Appointment, Company, Person, RoleGrant, Unit
from hongyan.company.people.queries import actor_of
from hongyan.company.sample.apply import apply
from hongyan.company.sample.plan import plan
from hongyan.kernel.actor import Actor, Grant, command_line
from hongyan.kernel.decision import Refusal

pytestmark = pytest.mark.django_db
PLAN = plan()
TABLES = (Company, Unit, Person, Appointment, Mailbox, Alias, Group, SendAs, Account, RoleGrant)


def counts() -> dict[str, int]:
    return {table.__name__: table.objects.count() for table in TABLES}


def test_the_plan_is_made_once_and_left_alone_the_second_time() -> None:
    told: list[str] = []
    first = apply(PLAN, command_line(), told.append)
    made = counts()
    assert told == ["北辰智造集團", "雲起科技"]
    assert (first.persons, first.mailboxes) == (64, len(PLAN.mailboxes()))
    assert made["Person"] == 64 and made["Group"] == len(PLAN.groups())
    assert made["SendAs"] == sum(len(m.senders) for m in PLAN.mailboxes().values())

    second = apply(PLAN, command_line())
    assert counts() == made
    assert (second.mailboxes, second.password) == (0, "")


def test_the_password_told_signs_in_to_a_personal_mailbox_at_once() -> None:
    applied = apply(PLAN, command_line())
    signed_in = verify("alice@beichen.test", applied.password)
    assert signed_in.change == "" and state_of(Mailbox.objects.get(address="alice@beichen.test")) == "active"
    with pytest.raises(Refusal):
        verify("alice@beichen.test", "beichen2026")


def test_a_branch_has_its_administrator_and_its_addresses_lie_in_it() -> None:
    apply(PLAN, command_line())
    company = Company.objects.get(slug="beichen")
    actor = actor_of(Account.objects.get(login="han.xu@beichen.test"))
    seen = {m.address for m in mailboxes_within(actor, "mailbox.write", company)}
    assert {"han.xu@beichen.test", "gu.haifeng@beichen.test", "east.service@beichen.test"} <= seen
    assert not {"alice@beichen.test", "south.service@beichen.test", "ext@yunqi.test"} & seen
    assert [g.address for g in groups_within(actor, "group.write", company)] == ["east@beichen.test"]


@pytest.mark.clause("B1.1-7", "B2")
def test_requests_find_their_way_up() -> None:
    """Heads up to the general manager, branches with their clerk, grades with names."""
    apply(PLAN, command_line())
    company = Company.objects.get(slug="beichen")
    east, alice = (Person.objects.get(mailboxes__address=f"{n}@beichen.test") for n in ("wu.xiaotong", "alice"))
    unit = Appointment.objects.select_related("unit__company").get(person=east).unit
    assert [p.name for p in relations.head_of(east, 2)] == ["顾海峰"] and [
        p.name for p in relations.head_of(alice, 2)
    ] == ["趙北辰"]
    assert str(relations.branch_of(unit)) == "華東分公司" and [p.name for p in relations.it_clerks_of(unit)] == ["韩旭"]
    assert relations.grade_names(company)[8] == "總經理"
    top = Unit.objects.get(company=company, path="總公司")
    assert [p.name for p in relations.deputies_of(top)] == ["沈若華"]


def test_what_was_removed_is_made_again_and_nothing_else() -> None:
    apply(PLAN, command_line())
    made = counts()
    Group.objects.get(address="rd@beichen.test").delete()
    Claim.objects.filter(address="rd@beichen.test").delete()
    apply(PLAN, command_line())
    assert counts() == made


def test_somebody_without_the_right_makes_nothing() -> None:
    nobody = Actor(name="alice@corp.test", grants=(Grant("audit", "beichen"),))
    with pytest.raises(Refusal) as refused:
        apply(PLAN, nobody)
    assert refused.value.code == "permission.missing"
    assert set(counts().values()) == {0}
