"""Keepers and members of shared mailboxes: rights, refusals, what a leaving ends."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hongyan.company.mailboxes import actions, members
from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox
from hongyan.company.mailboxes.models import Mailbox, Membership
from hongyan.company.people.actions import add_unit
from hongyan.company.people.many import end_posts
from hongyan.company.people.models import Appointment
from hongyan.company.people.posts import change_post
from hongyan.company.people.queries import find_unit
from hongyan.kernel.actor import Actor, Grant
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.cast import Cast


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=f"^{code}$")


@dataclass(frozen=True, slots=True)
class Shared:
    """sales@corp.test, kept by Bob, in the unit that Bob heads."""

    cast: Cast
    sales: Mailbox

    @property
    def bob(self) -> Actor:
        return self.cast.actor(self.cast.bob)


@pytest.fixture
def shared(cast: Cast) -> Shared:
    assert cast.bob.person is not None
    unit = find_unit(cast.corp, "總公司/信息部/網絡處")
    new = NewMailbox("sales@corp.test", kind="shared", keeper=cast.bob.person, unit=unit)
    return Shared(cast, open_mailbox(actor=cast.operator, company=cast.corp, new=new))


def release_of(kind: str) -> dict[str, list[str]]:
    """Addresses and sessions of the release that was asked for last."""
    payload = Outbox.objects.filter(kind=kind).latest("pk").payload
    return {"addresses": payload["addresses"], "sessions": payload["sessions"]}


@pytest.mark.clause("G3.2.2", "G4.2.4")
def test_the_keeper_adds_changes_and_removes_members(shared: Shared) -> None:
    cast, sales = shared.cast, shared.sales
    members.add_member(actor=shared.bob, mailbox=sales, member=cast.alice, rights=["write"])
    assert release_of("release") == {"addresses": ["alice@corp.test", "sales@corp.test"], "sessions": []}
    assert [(v.address, v.rights, v.keeper) for v in members.list_members(sales)] == [
        ("bob@corp.test", members.RIGHTS, True),
        ("alice@corp.test", ("read", "write"), False),
    ]
    members.change_rights(actor=shared.bob, mailbox=sales, member=cast.alice, rights=["read", "write", "send_as"])
    assert release_of("release")["sessions"] == []  # nothing was taken
    members.change_rights(actor=shared.bob, mailbox=sales, member=cast.alice, rights=["read"])
    assert release_of("release")["sessions"] == ["alice@corp.test"]
    members.remove_member(actor=shared.bob, mailbox=sales, member=cast.alice, reason="moved")
    assert release_of("release")["sessions"] == ["alice@corp.test"]
    kinds = Event.objects.filter(subject="sales@corp.test", actor="bob@corp.test").order_by("seq")
    assert list(kinds.values_list("kind", flat=True)) == [
        "member.added", "member.changed", "member.changed", "member.removed",
    ]  # fmt: skip
    assert kinds.last().params == {"member": "alice@corp.test", "before": ["read"], "reason": "moved"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("member", "rights", "code"),
    [
        ("alice@corp.test", ["sing"], "member.rights_unknown"),
        ("alice@corp.test", [], "member.rights_none"),
        ("charlie@other.test", ["read"], "mailbox.unknown"),
        ("desk@corp.test", ["read"], "member.not_personal"),
    ],
)
def test_who_cannot_be_a_member(shared: Shared, member: str, rights: list[str], code: str) -> None:
    operator, corp = shared.cast.operator, shared.cast.corp
    open_mailbox(actor=operator, company=corp, new=NewMailbox("desk@corp.test", kind="section"))
    row, before = Mailbox.objects.get(address=member), (Event.objects.count(), Outbox.objects.count())
    with refused(code):
        members.add_member(actor=shared.bob, mailbox=shared.sales, member=row, rights=rights)
    assert (Event.objects.count(), Outbox.objects.count()) == before


def test_no_second_membership_no_unknown_member_no_sharing_of_a_persons_mailbox(shared: Shared) -> None:
    cast, sales = shared.cast, shared.sales
    members.add_member(actor=shared.bob, mailbox=sales, member=cast.alice, rights=["read"])
    with refused("member.exists"):
        members.add_member(actor=shared.bob, mailbox=sales, member=cast.alice, rights=["read"])
    with refused("member.unknown"):
        members.change_rights(actor=shared.bob, mailbox=sales, member=cast.carol, rights=["read"])
    with refused("mailbox.not_shared"):
        members.add_member(actor=cast.operator, mailbox=cast.alice, member=cast.carol, rights=["read"])
    with refused("mailbox.not_shared"):
        assert cast.carol.person is not None
        members.change_keeper(actor=cast.operator, mailbox=cast.alice, keeper=cast.carol.person)


def test_members_outsiders_and_other_branches_manage_nothing(shared: Shared) -> None:
    cast, sales = shared.cast, shared.sales
    members.add_member(actor=shared.bob, mailbox=sales, member=cast.alice, rights=members.RIGHTS)
    elsewhere = Actor("it@corp.test", (Grant("scoped", "corp", "分公司"),), company="corp")
    within = Actor("it@corp.test", (Grant("scoped", "corp", "總公司"),), company="corp")
    for actor in (cast.actor(cast.alice), cast.actor(cast.dave), cast.actor(cast.charlie), elsewhere):
        assert not members.may_manage(actor, sales)
        with refused("mailbox.unknown"):
            members.find_shared("sales@corp.test", actor)
        with refused("permission.missing"):
            members.add_member(actor=actor, mailbox=sales, member=cast.carol, rights=["read"])
        with refused("permission.missing"):
            members.remove_member(actor=actor, mailbox=sales, member=cast.alice)
    for actor in (cast.actor(cast.carol), within, shared.bob):
        assert members.may_manage(actor, members.find_shared("sales@corp.test", actor))


@pytest.mark.clause("G3.2.2")
def test_a_keeper_leaves_only_when_another_is_named(shared: Shared) -> None:
    cast, sales = shared.cast, shared.sales
    assert cast.alice.person is not None and cast.charlie.person is not None
    with refused("keeper.leaving"):
        actions.close_mailbox(actor=cast.operator, mailbox=cast.bob)
    with refused("person.unknown"):
        members.change_keeper(actor=cast.operator, mailbox=sales, keeper=cast.charlie.person)
    with refused("permission.missing"):  # nobody hands a mailbox to himself
        members.change_keeper(actor=cast.actor(cast.alice), mailbox=sales, keeper=cast.alice.person)
    actions.suspend_mailbox(actor=cast.operator, mailbox=cast.alice, reason="x")
    with refused("keeper.no_mailbox"):
        members.change_keeper(actor=shared.bob, mailbox=sales, keeper=cast.alice.person)
    actions.resume_mailbox(actor=cast.operator, mailbox=cast.alice)
    members.change_keeper(actor=shared.bob, mailbox=sales, keeper=cast.alice.person)  # the head of the unit does
    asked = release_of("release")
    assert asked == {
        "addresses": ["alice@corp.test", "bob@corp.test", "sales@corp.test"],
        "sessions": ["bob@corp.test"],
    }
    actions.close_mailbox(actor=cast.operator, mailbox=cast.bob)
    with refused("keeper.same"):
        members.change_keeper(actor=cast.operator, mailbox=sales, keeper=cast.alice.person)


@pytest.mark.clause("G3.2.2")
def test_leaving_ends_memberships_and_closing_ends_them_for_all(shared: Shared) -> None:
    cast, sales = shared.cast, shared.sales
    for member in (cast.alice, cast.carol):
        members.add_member(actor=shared.bob, mailbox=sales, member=member, rights=["read"])
    actions.close_mailbox(actor=cast.operator, mailbox=cast.alice, reason="left")
    assert [r.member.address for r in Membership.objects.all()] == ["carol@corp.test"]
    assert "sales@corp.test" in release_of("release")["addresses"]
    removed = Event.objects.get(kind="member.removed")
    assert removed.subject == "sales@corp.test" and removed.params["member"] == "alice@corp.test"
    actions.suspend_mailbox(actor=cast.operator, mailbox=sales, reason="x")
    assert release_of("release")["sessions"] == ["bob@corp.test", "carol@corp.test", "sales@corp.test"]
    actions.close_mailbox(actor=cast.operator, mailbox=sales)
    assert not Membership.objects.exists()
    assert release_of("release")["sessions"] == ["bob@corp.test", "carol@corp.test", "sales@corp.test"]


@pytest.mark.clause("G3.2.2")
def test_who_moves_out_of_the_unit_leaves_its_mailboxes_in_live_sessions_too(shared: Shared) -> None:
    cast, sales = shared.cast, shared.sales
    assert cast.alice.person is not None and sales.unit is not None
    anywhere = open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("fund@corp.test", kind="project"))
    for mailbox in (sales, anywhere):
        members.add_member(actor=cast.operator, mailbox=mailbox, member=cast.alice, rights=["write", "send_as"])
    members.add_member(actor=cast.operator, mailbox=sales, member=cast.carol, rights=["read"])
    post = Appointment.objects.get(person=cast.alice.person)
    desk = add_unit(actor=cast.operator, company=cast.corp, path="總公司/信息部/網絡處/值班")
    change_post(actor=cast.operator, appointment=post, post="組長")
    change_post(actor=cast.operator, appointment=post, unit=desk)
    assert sales.memberships.count() == 2, "still within the unit"
    legal = add_unit(actor=cast.operator, company=cast.corp, path="總公司/法務部")
    change_post(actor=cast.operator, appointment=post, unit=legal)
    assert [row.member.address for row in sales.memberships.all()] == ["carol@corp.test"]
    assert anywhere.memberships.count() == 1, "it lies in no unit"
    assert release_of("release")["sessions"] == ["alice@corp.test"]
    assert Event.objects.get(kind="member.removed").params["reason"] == "moved"


@pytest.mark.clause("G3.2.2")
def test_many_who_leave_their_posts_leave_the_mailboxes(shared: Shared) -> None:
    cast = shared.cast
    members.add_member(actor=cast.operator, mailbox=shared.sales, member=cast.alice, rights=["read"])
    posts = list(Appointment.objects.select_related("unit", "person").filter(person=cast.alice.person))
    end_posts(actor=cast.operator, company=cast.corp, posts=posts)
    assert not shared.sales.memberships.exists()
