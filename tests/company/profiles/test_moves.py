"""A mover's journey: what the post brings comes and goes with it, and both heads are told (clauses G3.2.2, P12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hongyan.company.mailboxes import members, routing
from hongyan.company.mailboxes.actions import NewMailbox, close_mailbox, open_mailbox, set_quota
from hongyan.company.mailboxes.models import Group, Mailbox
from hongyan.company.mailboxes.moving import left_behind
from hongyan.company.people import life
from hongyan.company.people.actions import add_person, appoint
from hongyan.company.people.models import Appointment, Person, RoleGrant
from hongyan.company.people.posts import change_post, end_post
from hongyan.company.people.roles import grant_role
from hongyan.company.permits.actions import grant_permit
from hongyan.company.permits.models import Permit
from hongyan.company.profiles import following
from hongyan.company.profiles.actions import (
    Posts,
    add_item,
    add_profile,
    agree,
    change_profile,
    remove_item,
    remove_profile,
)
from hongyan.company.profiles.models import Due, Given, Profile
from hongyan.company.profiles.queries import given_to, preview_move, waiting_in
from hongyan.company.profiles.things import Post
from hongyan.jobs.schedule import run_due
from hongyan.kernel import clock, outbox
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.branches import Branches, account_of
from tests.cast import Cast


class World:
    """Two profiles: who works in sales, and clerks of IT."""

    def __init__(self, branches: Branches) -> None:
        self.branches, self.cast = branches, branches.cast
        cast = self.cast
        self.sales = add_profile(actor=cast.operator, company=cast.corp, posts=Posts("銷售", unit=branches.sales))
        self.clerk = add_profile(
            actor=cast.operator, company=cast.corp, posts=Posts("專員", unit=branches.it, post="專員")
        )
        for kind, value, rights in (
            ("group", "crew@corp.test", ()),
            ("shared", "desk@corp.test", ("read", "send_as")),
            ("permit", "outside", ()),
            ("size", "8192", ()),
        ):
            add_item(actor=cast.operator, profile=self.sales, kind=kind, value=value, rights=rights)
        add_item(actor=cast.operator, profile=self.clerk, kind="permit", value="large:40")
        Outbox.objects.all().delete()

    @property
    def alice(self) -> Mailbox:
        return Mailbox.objects.get(pk=self.cast.alice.pk)

    @property
    def person(self) -> Person:
        found = self.alice.person
        assert found is not None
        return found

    @property
    def post(self) -> Appointment:
        return Appointment.objects.get(person=self.person)

    def has(self) -> set[str]:
        box = self.alice
        groups = Group.objects.filter(entries__address=box.address, entries__writer=False)
        permits = Permit.objects.filter(mailbox=box)
        return {
            *groups.values_list("address", flat=True),
            *(m.mailbox.address for m in members.memberships_of(box)),
            *(f"{p.kind}:{p.subject}" for p in permits),
            *([str(box.quota_mb)] if box.quota_mb else []),
            *RoleGrant.objects.filter(account=box.account).values_list("role", flat=True),
        }

    def move(self, to: str = "sales") -> None:
        unit = self.branches.sales if to == "sales" else self.branches.it
        change_post(actor=self.cast.operator, appointment=self.post, unit=unit)


@pytest.fixture
def world(branches: Branches) -> World:
    return World(branches)


def told() -> dict[str, dict[str, Any]]:
    rows = Outbox.objects.filter(kind=outbox.NOTICE, payload__notice="moved")
    return {row.payload["to"]: row.payload["params"] for row in rows}


SALES = {"crew@corp.test", "desk@corp.test", "outside:", "8192"}


@pytest.mark.clause("G3.2.2", "P12")
def test_rights_follow_the_post_and_both_heads_are_told(world: World) -> None:
    cast, branches = world.cast, world.branches
    tina = branches.tina.person
    assert tina is not None
    change_post(actor=cast.operator, appointment=Appointment.objects.get(person=tina), head=True)
    members.add_member(actor=cast.operator, mailbox=branches.info, member=cast.alice, rights=["read"])  # by hand
    assert world.has() == {"large:40", "team@corp.test", "info@corp.test"}
    view = preview_move(world.person, world.post, Post(branches.sales, "業務"))
    assert set(view.given) == {"crew@corp.test", "desk@corp.test", "outside", "size"}
    assert view.taken == ("large",) and set(view.by_hand) == {"info@corp.test", "team@corp.test"}
    assert not view.keeps and not view.nothing
    Outbox.objects.all().delete()
    world.move()
    assert world.has() == SALES
    notices = told()
    assert set(notices) == {"bob@corp.test", "tina@corp.test"}  # where she was, where she is
    said = notices["bob@corp.test"]
    assert said["before"] == "總公司/信息部/網絡處" and said["after"] == "總公司/銷售部"
    assert set(said["taken"]) == {"大郵件", "info@corp.test", "team@corp.test"}
    assert set(said["given"]) == {"crew@corp.test", "desk@corp.test", "寫信到公司外", "郵箱容量"}
    assert said["waiting"] == ["無"]
    world.move("it")
    assert world.has() == {"large:40"}


@pytest.mark.clause("G3.2.2", "P12")
def test_what_was_given_by_hand_stays(world: World) -> None:
    cast = world.cast
    routing.add_member(actor=cast.operator, group=world.branches.crew, address="alice@corp.test")
    grant_permit(actor=cast.operator, mailbox=cast.alice, kind="outside", reason="客戶")
    set_quota(actor=cast.operator, mailbox=world.alice, megabytes=9000)
    second = appoint(actor=cast.operator, person=world.person, unit=world.branches.sales, post="兼任")
    assert {"crew@corp.test", "desk@corp.test", "9000"} <= world.has()
    assert Permit.objects.filter(mailbox=cast.alice, kind="outside").count() == 2
    end_post(actor=cast.operator, appointment=second)
    assert world.has() == {"large:40", "team@corp.test", "outside:", "9000"}  # crew is of the unit that she left
    assert Permit.objects.get(mailbox=cast.alice, kind="outside").source == ""


def test_a_title_and_a_grade_decide(world: World) -> None:
    cast = world.cast
    change_post(actor=cast.operator, appointment=world.post, post="工程師")
    assert "large:40" not in world.has()
    change_profile(actor=cast.operator, profile=world.clerk, posts=Posts("高級", unit=world.branches.it, grade=5))
    assert "large:40" not in world.has()
    change_post(actor=cast.operator, appointment=world.post, grade=6)
    assert "large:40" in world.has()


def test_changing_a_profile_reaches_who_has_the_post(world: World) -> None:
    cast = world.cast
    world.move()
    item = world.sales.items.get(kind="group")
    remove_item(actor=cast.operator, profile=world.sales, item_id=item.pk)
    assert world.has() == SALES - {"crew@corp.test"}
    add_item(actor=cast.operator, profile=world.sales, kind="group", value="crew@corp.test")
    assert world.has() == SALES
    remove_profile(actor=cast.operator, profile=world.sales)
    assert world.has() == set() and not Given.objects.exists()
    assert set(routing.reached_from("crew@corp.test")) == {"crew@corp.test", "erin@corp.test"}  # hers was by hand


@pytest.mark.clause("G2.1.3")
def test_nobody_lets_himself_in_by_moving(world: World) -> None:
    """Who may move persons, and may not give roles, gets none and no shared mailbox by a post of his own."""
    cast, branches = world.cast, world.branches
    add_item(actor=cast.operator, profile=world.sales, kind="role", value="it")
    grant_role(actor=cast.operator, account=account_of(cast.alice), role="hr", company=cast.corp)
    alice = branches.actor(cast.alice)
    change_post(actor=alice, appointment=world.post, unit=branches.sales)
    assert world.has() == (SALES | {"hr"}) - {"desk@corp.test"}
    waiting = {row.kind: row for row in given_to(world.person) if row.state == "waiting"}
    assert set(waiting) == {"role", "shared"}
    for actor, code in ((alice, "permission.missing"), (cast.actor(cast.charlie), "permission.missing")):
        with pytest.raises(Refusal, match=code):
            agree(actor=actor, given=waiting["role"])
    carol = branches.actor(cast.carol)
    assert waiting_in(carol, cast.corp).count() == 2 and not waiting_in(cast.actor(cast.charlie), cast.corp)
    for row in waiting.values():
        agree(actor=carol, given=row)
    assert world.has() == SALES | {"hr", "it"}
    grant = RoleGrant.objects.get(account=account_of(cast.alice), role="it")
    assert grant.unit is not None and grant.unit.path == "總公司/銷售部"
    with pytest.raises(Refusal, match=r"profile\.not_waiting"):
        agree(actor=carol, given=waiting["role"])
    world.move("it")
    assert world.has() == {"large:40", "hr"}


@pytest.mark.clause("G3.2.2")
def test_a_keeper_moves_only_when_another_one_is_named(world: World) -> None:
    cast, branches = world.cast, world.branches
    members.change_keeper(actor=cast.operator, mailbox=branches.info, keeper=world.person)
    assert preview_move(world.person, world.post, Post(branches.sales)).keeps == ("info@corp.test",)
    attempts: tuple[Callable[[], None], ...] = (
        world.move, lambda: end_post(actor=cast.operator, appointment=world.post),
    )  # fmt: skip
    for attempt in attempts:
        with pytest.raises(Refusal) as caught:
            attempt()
        assert caught.value.code == "keeper.moving"
        assert caught.value.decision.params["mailboxes"] == ["info@corp.test"]
    assert world.post.unit.path == "總公司/信息部/網絡處" and "crew@corp.test" not in world.has()
    bob = cast.bob.person
    assert bob is not None
    members.change_keeper(actor=cast.operator, mailbox=branches.info, keeper=bob)
    world.move()
    assert left_behind(world.person, ("總公司/銷售部",)).kept == ()
    # who never worked in the unit goes on keeping its mailbox, wherever he moves
    members.change_keeper(actor=cast.operator, mailbox=branches.info, keeper=world.person)
    end_post(actor=cast.operator, appointment=world.post)


@pytest.mark.clause("G3.2.2")
def test_a_loan_to_whom_keeps_a_mailbox_there_waits_and_stops_nothing(world: World) -> None:
    cast, branches = world.cast, world.branches
    today = clock.today()
    loan = life.lend(actor=cast.operator, person=world.person, unit=branches.sales, until=today + timedelta(days=1))
    members.change_keeper(actor=cast.operator, mailbox=branches.desk, keeper=world.person)
    Appointment.objects.filter(pk=loan.pk).update(until=today - timedelta(days=1))
    assert life.end_past_loans() == 0 and Appointment.objects.filter(pk=loan.pk).exists()
    tina = branches.tina.person
    assert tina is not None
    members.change_keeper(actor=cast.operator, mailbox=branches.desk, keeper=tina)
    assert life.end_past_loans() == 1


def test_a_joiner_gets_it_with_the_mailbox_and_a_leaver_keeps_nothing(world: World) -> None:
    cast, branches = world.cast, world.branches
    person = add_person(actor=cast.operator, company=cast.corp, name="新人", unit=branches.sales, post="業務")
    box = open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("new@corp.test", person=person))
    assert Mailbox.objects.get(pk=box.pk).quota_mb == 8192 and "new@corp.test" in routing.reached_from("crew@corp.test")
    life.leave_company(actor=cast.operator, person=person)
    assert Mailbox.objects.get(pk=box.pk).quota_mb is None and "new@corp.test" not in routing.reached_from(
        "crew@corp.test"
    )
    assert not Given.objects.filter(person=person).exists() and not Permit.objects.filter(mailbox=box).exists()


def test_many_are_settled_by_the_schedule(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "AT_ONCE", 0)
    world.move()
    assert "crew@corp.test" not in world.has() and Due.objects.count() == 1
    run_due()
    assert world.has() == SALES and not Due.objects.exists()
    assert run_due() == 0


def test_what_cannot_be_given_is_seen_and_tried_again(world: World) -> None:
    cast = world.cast
    close_mailbox(actor=cast.operator, mailbox=world.branches.desk)
    world.move()
    row = next(row for row in given_to(world.person) if row.kind == "shared")
    assert (row.state, row.problem) == ("failed", "mailbox.closed") and "crew@corp.test" in world.has()
    with pytest.raises(Refusal, match=r"mailbox\.closed"):
        agree(actor=cast.operator, given=row)


@pytest.mark.clause("G2.1.3")
def test_who_lays_down_profiles(world: World, cast: Cast) -> None:
    branches = world.branches
    for mailbox in (branches.sam, cast.charlie, cast.alice):
        actor = branches.actor(mailbox)
        for attempt in (
            lambda: add_profile(actor=actor, company=cast.corp, posts=Posts("x")),  # noqa: B023
            lambda: add_item(actor=actor, profile=world.sales, kind="size", value="1"),  # noqa: B023
            lambda: remove_profile(actor=actor, profile=world.sales),  # noqa: B023
        ):
            with pytest.raises(Refusal, match=r"permission\.missing"):
                attempt()
    for kind, value, code in (
        ("car", "", "profile.item_unknown"),
        ("group", "nothing@corp.test", "group.unknown"),
        ("shared", "alice@corp.test", "mailbox.not_shared"),
        ("shared", "charlie@other.test", "mailbox.unknown"),
        ("permit", "forward:bob@corp.test", "permit.target_inside"),
        ("role", "office", "role.unknown_name"),
        ("size", "many", "mailbox.quota_range"),
        ("permit", "outside", "profile.item_exists"),
    ):
        with pytest.raises(Refusal) as caught:
            add_item(actor=cast.operator, profile=world.sales, kind=kind, value=value, rights=["read"])
        assert caught.value.code == code
    with pytest.raises(Refusal, match=r"profile\.exists"):
        add_profile(actor=cast.operator, company=cast.corp, posts=Posts("銷售"))
    assert Profile.objects.count() == 2
    assert not Event.objects.filter(kind="profile.added", params__name="x").exists()
