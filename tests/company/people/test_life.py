"""Joining, leave, loans, leaving, returning: what each gives and takes, and what it leaves behind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hongyan.company.mailboxes.members import add_member
from hongyan.company.mailboxes.models import Mailbox, Membership
from hongyan.company.people import life, moves, posts, units
from hongyan.company.people.actions import add_person, add_unit, appoint
from hongyan.company.people.credentials import verify
from hongyan.company.people.grades import name_grades
from hongyan.company.people.models import Absence, Account, Appointment, Person, RoleGrant, Unit, WebSession
from hongyan.company.people.queries import actor_of
from hongyan.company.people.relations import grade_names, state_of_person
from hongyan.company.people.roles import grant_role
from hongyan.company.people.scope import places_of
from hongyan.jobs.schedule import run_due
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor, Grant
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event
from tests.branches import IT, NET, SALES, Branches, account_of
from tests.cast import PASSWORD, Cast

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def person_of(mailbox: Mailbox) -> Person:
    assert mailbox.person is not None
    return Person.objects.select_related("company").get(pk=mailbox.person.pk)


def last(kind: str) -> Event:
    return Event.objects.filter(kind=kind).latest("pk")


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


# -- leave ------------------------------------------------------------------------------------------------
def test_leave_has_days_and_a_stand_in(cast: Cast) -> None:
    bob, alice, today = person_of(cast.bob), person_of(cast.alice), clock.today()
    absence = life.take_leave(
        actor=cast.actor(cast.bob), person=bob, since=today, until=today + DAY, deputy=alice, reason="年假"
    )
    assert state_of_person(bob) == "leave" and state_of_person(alice) == "staff"
    assert state_of_person(bob, today + 2 * DAY) == "staff"
    assert last("person.leave_taken").params["stand_in"] == "林愛麗" and "年假" not in str(
        last("person.leave_taken").params
    )
    with refused("leave.overlaps"):
        life.take_leave(actor=cast.actor(cast.carol), person=bob, since=today - 3 * DAY)
    life.take_leave(actor=cast.actor(cast.carol), person=bob, since=today + 2 * DAY, until=today + 3 * DAY)
    life.end_leave(actor=cast.actor(cast.carol), absence=absence)
    assert state_of_person(bob) == "staff" and not Absence.objects.filter(pk=absence.pk).exists()
    with refused("leave.over"):
        life.end_leave(actor=cast.operator, absence=absence)


def test_leave_that_began_ends_on_a_day(cast: Cast) -> None:
    bob, today = person_of(cast.bob), clock.today()
    absence = life.take_leave(actor=cast.operator, person=bob, since=today - 5 * DAY)
    assert state_of_person(bob, today + 999 * DAY) == "leave"
    life.end_leave(actor=cast.operator, absence=life.find_absence(bob, absence.pk))
    assert Absence.objects.get(pk=absence.pk).until == today - DAY and state_of_person(bob) == "staff"


def test_leave_that_makes_no_sense_is_refused(cast: Cast) -> None:
    bob, carol, today = person_of(cast.bob), cast.actor(cast.carol), clock.today()
    with refused("leave.backwards"):
        life.take_leave(actor=carol, person=bob, since=today, until=today - DAY)
    with refused("leave.own_deputy"):
        life.take_leave(actor=carol, person=bob, since=today, deputy=bob)
    with refused("person.unknown"):
        life.take_leave(actor=carol, person=bob, since=today, deputy=person_of(cast.charlie))
    with refused("role.own"):  # who stands in decides for the other
        life.take_leave(actor=carol, person=bob, since=today, deputy=person_of(cast.carol))
    with refused("permission.missing"):
        life.take_leave(actor=cast.actor(cast.alice), person=bob, since=today)
    life.leave_company(actor=carol, person=person_of(cast.alice))
    with refused("person.has_left"):
        life.take_leave(actor=carol, person=bob, since=today, deputy=person_of(cast.alice))
    assert not Absence.objects.exists()


# -- loans ------------------------------------------------------------------------------------------------
def test_a_loan_is_a_dated_second_post(branches: Branches) -> None:
    cast, erin, today = branches.cast, person_of(branches.erin), clock.today()
    office = cast.actor(cast.carol)
    with refused("permission.missing"):  # Tina administers sales alone
        life.lend(actor=branches.actor(branches.tina), person=erin, unit=branches.it, until=today)
    with refused("loan.past"):
        life.lend(actor=office, person=erin, unit=branches.it, until=today - DAY)
    with refused("loan.own_unit"):
        life.lend(actor=office, person=erin, unit=branches.sales, until=today)
    life.lend(actor=office, person=erin, unit=branches.it, until=today + DAY, post="支援", grade=3)
    assert places_of(erin) == (IT, SALES) and state_of_person(erin) == "lent"
    with refused("appointment.exists"):
        life.lend(actor=office, person=erin, unit=branches.it, until=today, post="支援")
    assert run_due() == 0
    with clock.shifted(2 * DAY):
        assert state_of_person(erin) == "staff"  # before the schedule has run
        assert run_due() == 1
    assert places_of(erin) == (SALES,) and last("person.loan_ended").actor == "schedule:loans"


def test_either_side_ends_a_loan_and_what_it_gave_ends_with_it(branches: Branches) -> None:
    cast, erin, today = branches.cast, person_of(branches.erin), clock.today()
    lent = life.lend(actor=cast.operator, person=erin, unit=branches.it, until=today + DAY)
    add_member(actor=cast.operator, mailbox=branches.info, member=branches.erin, rights=["read"])
    life.return_loan(actor=branches.actor(branches.tina), appointment=lent)
    assert not Membership.objects.exists()
    with refused("loan.unknown"):
        life.return_loan(actor=cast.operator, appointment=lent)
    with refused("loan.unknown"):
        life.return_loan(actor=cast.operator, appointment=Appointment.objects.get(person=erin))


# -- leaving ------------------------------------------------------------------------------------------------
@pytest.mark.clause("G2.2.2", "G3.2.1")
def test_who_has_left_holds_nothing_and_does_not_sign_in(cast: Cast) -> None:
    bob, account = person_of(cast.bob), account_of(cast.bob)
    grant_role(actor=cast.operator, account=account, role="it", company=cast.corp)
    assert {grant.role for grant in actor_of(account).grants} == {"it", "head"}
    WebSession.objects.create(session_key="s", account=account, expire_date=clock.now() + DAY)
    life.leave_company(actor=cast.actor(cast.carol), person=bob, kind="dismissed")
    assert state_of_person(bob) == "left" and (bob.left_on, bob.left_kind) == (clock.today(), "dismissed")
    assert actor_of(account_of(cast.bob)).grants == () and not RoleGrant.objects.filter(account=account).exists()
    assert not WebSession.objects.filter(account=account).exists()
    with refused("signin.left"):
        verify("bob@corp.test", PASSWORD)
    assert last("role.revoked").actor == last("person.left").actor == "carol@corp.test"
    assert places_of(bob) == (NET,)  # whom his place's administrators still reach
    for act in (
        lambda: life.leave_company(actor=cast.operator, person=bob),
        lambda: appoint(actor=cast.operator, person=bob, unit=bob.appointments.get().unit, post="顧問"),
        lambda: posts.change_post(actor=cast.operator, appointment=bob.appointments.get(), post="顧問"),
    ):
        with refused("person.has_left"):
            act()


@pytest.mark.clause("G3.2.2")
def test_a_leaver_uses_no_shared_mailbox_any_more(branches: Branches) -> None:
    cast = branches.cast
    add_member(actor=cast.operator, mailbox=branches.info, member=cast.alice, rights=["read"])
    add_member(actor=cast.operator, mailbox=branches.desk, member=cast.alice, rights=["read"])  # of another unit
    life.leave_company(actor=branches.actor(branches.sam), person=person_of(cast.alice))
    assert not Membership.objects.exists()


def test_leaving_is_refused_where_it_cannot_be(branches: Branches) -> None:
    cast, carol = branches.cast, branches.cast.actor(branches.cast.carol)
    with refused("person.leaves_self"):
        life.leave_company(actor=carol, person=person_of(cast.carol))
    with refused("person.leaves_later"):
        life.leave_company(actor=carol, person=person_of(cast.bob), on=clock.today() + DAY)
    with refused("person.leaving_kind"):
        life.leave_company(actor=carol, person=person_of(cast.bob), kind="vanished")
    with refused("permission.missing"):
        life.leave_company(actor=branches.actor(branches.tina), person=person_of(cast.bob))
    with refused("permission.missing"):
        life.leave_company(actor=cast.actor(cast.charlie), person=person_of(cast.bob))
    root = add_person(actor=cast.operator, company=cast.corp, name="根")
    account = Account.objects.create(login="root@corp.test", company=cast.corp, person=root)
    grant_role(actor=cast.operator, account=account, role="system", company=None)
    with refused("role.last_system"):
        life.leave_company(actor=carol, person=root)
    assert not Person.objects.filter(left_on__isnull=False).exists() and not Event.objects.filter(kind="person.left")


def test_the_rooms_above_hear_of_it_in_order(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, str, list[int]]] = []
    for name in ("_leaving_units", "_taking_posts", "_leaving_company", "_returning"):
        monkeypatch.setattr(moves, name, [lambda actor, persons, name=name: heard.append((name, actor.name, persons))])
    hr = Actor(name="hr@corp.test", grants=(Grant("hr", "corp"),))
    bob = person_of(cast.bob)
    life.leave_company(actor=hr, person=bob)
    life.return_person(actor=hr, person=bob)
    new = life.join(actor=hr, company=cast.corp, name="新人", unit=Appointment.objects.get(person=bob).unit)
    assert heard == [
        ("_leaving_units", "hr@corp.test", [bob.pk]), ("_leaving_company", "hr@corp.test", [bob.pk]),
        ("_returning", "hr@corp.test", [bob.pk]), ("_taking_posts", "hr@corp.test", [bob.pk]),
        ("_taking_posts", "hr@corp.test", [new.pk]),
    ]  # fmt: skip
    assert new.joined_on == clock.today() and state_of_person(new) == "staff"


def test_who_returns_leads_nothing_by_himself(branches: Branches) -> None:
    cast, carol = branches.cast, branches.cast.actor(branches.cast.carol)
    bob = person_of(cast.bob)
    life.lend(actor=cast.operator, person=bob, unit=branches.sales, until=clock.today() + 99 * DAY)
    life.take_leave(actor=cast.operator, person=bob, since=clock.today() - 9 * DAY)
    with refused("person.not_left"):
        life.return_person(actor=carol, person=bob)
    life.leave_company(actor=carol, person=bob)
    with clock.shifted(9 * DAY):
        life.return_person(actor=carol, person=bob)
        assert state_of_person(bob) == "staff" and bob.joined_on == clock.today()
        post = Appointment.objects.get(person=bob)
        assert (post.unit.path, post.post, post.head) == (NET, "主管", False)
        assert actor_of(account_of(cast.bob)).grants == ()
        life.leave_company(actor=carol, person=bob)
        life.return_person(actor=carol, person=bob, unit=branches.sales, post="業務", grade=4)
    post = Appointment.objects.get(person=bob)
    assert (post.unit.path, post.post, post.grade) == (SALES, "業務", 4)


def test_a_unit_is_not_kept_by_those_who_left(cast: Cast) -> None:
    branch = add_unit(actor=cast.operator, company=cast.corp, path="總公司/信息部/測試科")
    gone = add_person(actor=cast.operator, company=cast.corp, name="去者", unit=branch)
    with refused("unit.not_empty"):
        units.remove_unit(actor=cast.operator, unit=branch)
    life.leave_company(actor=cast.operator, person=gone)
    units.remove_unit(actor=cast.operator, unit=branch)
    assert places_of(gone) == (IT,)


# -- posts: deputies and grades ------------------------------------------------------------------------------
def test_a_deputy_head_acts_as_head(cast: Cast) -> None:
    alice, carol = person_of(cast.alice), cast.actor(cast.carol)
    post = Appointment.objects.select_related("person__company", "unit__company").get(person=alice)
    assert posts.change_post(actor=carol, appointment=post, deputy=True, grade=5)
    assert [(g.role, g.unit) for g in actor_of(account_of(cast.alice)).grants] == [("head", NET)]
    assert last("person.post_changed").params["after"] == {
        "unit": NET, "post": "專員", "head": False, "deputy": True, "grade": 5,
    }  # fmt: skip
    posts.change_post(actor=carol, appointment=post, head=True)
    post = Appointment.objects.select_related("person__company", "unit__company").get(pk=post.pk)
    assert (post.head, post.deputy) == (True, False)  # who is head is not his own deputy
    posts.change_post(actor=carol, appointment=post, head=False, deputy=True)
    posts.change_post(actor=carol, appointment=post, unit=Unit.objects.get(path=IT))
    post.refresh_from_db()
    assert not post.deputy and post.grade == 5 and post.since == clock.today()
    with refused("grade.range"):
        posts.change_post(actor=carol, appointment=post, grade=100)


@pytest.mark.clause("G2.1.3")
def test_nobody_makes_himself_a_deputy_head(branches: Branches) -> None:
    sam = person_of(branches.sam)
    with refused("role.own"):
        appoint(actor=branches.actor(branches.sam), person=sam, unit=branches.it, post="副手", deputy=True)


@pytest.mark.clause("B1.1-7")
def test_a_company_names_its_grades(branches: Branches) -> None:
    cast, carol = branches.cast, branches.cast.actor(branches.cast.carol)
    assert name_grades(actor=carol, company=cast.corp, names={5: " 副經理 ", 6: "經理", 7: ""}) == {
        5: "副經理",
        6: "經理",
    }
    assert grade_names(cast.corp) == {5: "副經理", 6: "經理"} and grade_names(cast.other) == {}
    assert last("company.grades").params["after"] == {"5": "副經理", "6": "經理"}
    for names, code in (
        ({0: "無"}, "grade.range"),
        ({1: "長" * 41}, "grade.name_malformed"),
        ({1: "x", 2: "x"}, "grade.twice"),
    ):
        with refused(code):
            name_grades(actor=carol, company=cast.corp, names=names)
    with refused("permission.missing"):
        name_grades(actor=branches.actor(branches.sam), company=cast.corp, names={})


def test_old_rows_are_staff_in_posts_that_hold(cast: Cast) -> None:
    """What was entered before days were kept: no first day, no last one."""
    Appointment.objects.update(since=None)
    Person.objects.update(joined_on=None)
    assert state_of_person(person_of(cast.bob)) == "staff"
    assert [grant.role for grant in cast.actor(cast.bob).grants] == ["head"]
