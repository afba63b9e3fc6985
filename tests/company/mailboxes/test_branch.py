"""Every action with an administrator of a branch: inside his branch it works, beyond it nothing does (G2.1.3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hongyan.company.mailboxes import actions, routing
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.company.mailboxes.models import Alias, Claim, GroupMember, Mailbox, SendAs
from hongyan.company.mailboxes.shares import Holding, holding_of
from hongyan.company.people import credentials
from hongyan.company.people.actions import add_person, add_unit, appoint
from hongyan.company.people.models import Appointment, Company, Person, Unit
from hongyan.company.people.roles import grant_role
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from hongyan.kernel.wording import say
from tests.branches import IT, SALES, Branches, account_of

pytestmark = pytest.mark.clause("G2.1.3")


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=f"^{code}$")


class Side:
    """One branch, seen by whoever acts: the same things on either side."""

    def __init__(self, branches: Branches, name: str) -> None:
        it = name == "it"
        self.corp: Company = branches.cast.corp
        self.unit: Unit = branches.it if it else branches.sales
        self.mailbox: Mailbox = branches.cast.alice if it else branches.erin
        self.shared: Mailbox = branches.info if it else branches.desk
        self.group = branches.team if it else branches.crew
        self.alias: Alias = branches.help if it else branches.sell
        assert self.mailbox.person is not None
        self.person: Person = self.mailbox.person


Act = Callable[[Actor, Side], object]


def suspended(actor: Actor, side: Side) -> None:
    actions.suspend_mailbox(actor=actor, mailbox=side.mailbox, reason="")
    actions.resume_mailbox(actor=actor, mailbox=side.mailbox)


ACTS: dict[str, tuple[str, Act]] = {
    "add_unit": ("permission.missing", lambda a, s: add_unit(actor=a, company=s.corp, path=f"{s.unit.path}/新處")),
    "add_person": ("permission.missing", lambda a, s: add_person(actor=a, company=s.corp, name="New", unit=s.unit)),
    "appoint": ("permission.missing", lambda a, s: appoint(actor=a, person=s.person, unit=s.unit, post="顧問")),
    "open": ("permission.missing", lambda a, s: actions.open_mailbox(actor=a, company=s.corp, new=NewMailbox("new@corp.test", person=s.person))),
    "open_shared": ("permission.missing", lambda a, s: actions.open_mailbox(actor=a, company=s.corp, new=NewMailbox("new@corp.test", kind="shared", unit=s.unit))),
    "open_with_password": ("permission.missing", lambda a, s: actions.open_with_password(actor=a, company=s.corp, new=NewMailbox("new@corp.test", unit=s.unit), password=None)),
    "suspend_and_resume": ("permission.missing", suspended),
    "quota": ("permission.missing", lambda a, s: actions.set_quota(actor=a, mailbox=s.mailbox, megabytes=99)),
    "rename": ("permission.missing", lambda a, s: actions.rename_mailbox(actor=a, mailbox=s.mailbox, address="new@corp.test")),
    "close": ("permission.missing", lambda a, s: actions.close_mailbox(actor=a, mailbox=s.shared)),
    "send_as": ("permission.missing", lambda a, s: actions.grant_send_as(actor=a, mailbox=s.mailbox, address=s.shared.address)),
    "revoke_device": ("permission.missing", lambda a, s: actions.revoke_app_password(actor=a, mailbox=s.mailbox, app_password_id=s.mailbox.app_passwords.get().pk)),
    "reset_password": ("permission.missing", lambda a, s: credentials.reset_password(actor=a, account=account_of(s.mailbox))),
    "final_password": ("permission.missing", lambda a, s: credentials.set_final_password(actor=a, account=account_of(s.mailbox), password="Violet-Orchard-5527")),
    "make_link": ("permission.missing", lambda a, s: credentials.make_link(actor=a, account=account_of(s.mailbox), purpose="activate")),
    "end_sessions": ("permission.missing", lambda a, s: credentials.end_sessions(actor=a, account=account_of(s.mailbox))),
    "report_misuse": ("permission.missing", lambda a, s: credentials.report_misuse(actor=a, account=account_of(s.mailbox))),
    "add_alias": ("address.unknown", lambda a, s: routing.add_alias(actor=a, company=s.corp, address="new@corp.test", target=s.mailbox.address)),
    "remove_alias": ("permission.missing", lambda a, s: routing.remove_alias(actor=a, alias=s.alias)),
    "add_group": ("permission.missing", lambda a, s: routing.add_group(actor=a, company=s.corp, address="new@corp.test", unit=s.unit)),
    "group_writers": ("permission.missing", lambda a, s: routing.set_group_writers(actor=a, group=s.group, who="members")),
    "add_member": ("permission.missing", lambda a, s: routing.add_member(actor=a, group=s.group, address="bob@corp.test")),
    "remove_member": ("permission.missing", lambda a, s: routing.remove_member(actor=a, group=s.group, address=s.mailbox.address)),
    "place_mailbox": ("permission.missing", lambda a, s: actions.place_mailbox(actor=a, mailbox=s.shared, unit=s.unit)),
    "place_group": ("permission.missing", lambda a, s: routing.place_group(actor=a, group=s.group, unit=s.unit)),
}  # fmt: skip


def counts() -> tuple[int, ...]:
    models = (Claim, Mailbox, Alias, GroupMember, SendAs, Unit, Person, Appointment, Event, Outbox)
    return tuple(model._default_manager.count() for model in models)


@pytest.mark.parametrize("act", ACTS)
def test_inside_and_beyond_the_branch(branches: Branches, act: str) -> None:
    code, do = ACTS[act]
    for mailbox in (branches.cast.alice, branches.erin):
        actions.add_app_password(actor=branches.actor(mailbox), mailbox=mailbox, device="phone")
    before, sam, cast = counts(), branches.actor(branches.sam), branches.cast
    with refused(code):
        do(sam, Side(branches, "sales"))
    with refused(code):
        do(branches.actor(branches.tina), Side(branches, "it"))
    for outsider in (cast.charlie, cast.dave):  # of another company; of this one without such a right
        with refused("permission.missing"):
            do(branches.actor(outsider), Side(branches, "it"))
    assert counts() == before
    do(sam, Side(branches, "it"))
    assert Event.objects.order_by("pk").last().actor == "sam@corp.test"  # type: ignore[union-attr]


def test_what_lies_in_no_unit_is_for_the_whole_company(branches: Branches) -> None:
    sam, cast = branches.actor(branches.sam), branches.cast
    for beyond in (
        lambda: add_unit(actor=sam, company=cast.corp, path="分公司"),
        lambda: add_unit(actor=sam, company=cast.corp, path="總公司/信息部門外/新處"),
        lambda: add_person(actor=sam, company=cast.corp, name="New"),
        lambda: actions.open_mailbox(actor=sam, company=cast.corp, new=NewMailbox("new@corp.test")),
        lambda: actions.suspend_mailbox(actor=sam, mailbox=cast.carol, reason=""),
        lambda: routing.add_group(actor=sam, company=cast.corp, address="new@corp.test"),
    ):
        with refused("permission.missing"):
            beyond()
    carol = cast.actor(cast.carol)
    add_person(actor=carol, company=cast.corp, name="New")
    actions.open_mailbox(actor=carol, company=cast.corp, new=NewMailbox("new@corp.test"))


def test_moving_across_asks_for_both_places(branches: Branches) -> None:
    sam, cast = branches.actor(branches.sam), branches.cast
    alice, erin = cast.alice.person, branches.erin.person
    assert alice is not None and erin is not None
    for out_or_in in (
        lambda: appoint(actor=sam, person=alice, unit=branches.sales),
        lambda: appoint(actor=sam, person=erin, unit=branches.it),
        lambda: actions.place_mailbox(actor=sam, mailbox=branches.info, unit=branches.sales),
        lambda: actions.place_mailbox(actor=sam, mailbox=branches.info, unit=None),
        lambda: actions.place_mailbox(actor=sam, mailbox=branches.desk, unit=branches.it),
        lambda: routing.place_group(actor=sam, group=branches.team, unit=branches.sales),
        lambda: routing.place_group(actor=sam, group=branches.crew, unit=branches.it),
    ):
        with refused("permission.missing"):
            out_or_in()
    grant_role(
        actor=cast.operator, account=account_of(branches.sam), role="scoped", company=cast.corp, unit=branches.sales
    )
    both = branches.actor(branches.sam)
    appoint(actor=both, person=erin, unit=branches.it)
    actions.place_mailbox(actor=both, mailbox=branches.info, unit=branches.sales)
    routing.place_group(actor=both, group=branches.team, unit=branches.sales)
    branches.info.refresh_from_db()
    branches.team.refresh_from_db()
    assert branches.info.unit == branches.team.unit == branches.sales
    event = Event.objects.get(kind="mailbox.placed")
    assert event.params == {"before": IT, "after": SALES}


def test_a_person_s_mailbox_lies_with_the_person(branches: Branches) -> None:
    carol = branches.actor(branches.cast.carol)
    with refused("mailbox.lies_with_person"):
        actions.place_mailbox(actor=carol, mailbox=branches.erin, unit=branches.it)
    opened = actions.open_mailbox(
        actor=carol, company=branches.cast.corp,
        new=NewMailbox("erin2@corp.test", person=branches.erin.person, unit=branches.it),
    )  # fmt: skip
    assert opened.unit is None


def test_rights_are_not_lent_from_beyond_the_branch(branches: Branches) -> None:
    """Nobody of the branch comes to send as, to be led to, or to keep what lies elsewhere."""
    sam, cast = branches.actor(branches.sam), branches.cast
    for address in ("desk@corp.test", "carol@corp.test", "crew@corp.test", "sell@corp.test", "none@corp.test"):
        with refused("address.unknown"):
            actions.grant_send_as(actor=sam, mailbox=cast.alice, address=address)
        with refused("address.unknown"):
            routing.add_alias(actor=sam, company=cast.corp, address="new@corp.test", target=address)
    with refused("permission.missing"):
        actions.open_mailbox(
            actor=sam, company=cast.corp,
            new=NewMailbox("new@corp.test", kind="shared", unit=branches.it, keeper=branches.erin.person),
        )  # fmt: skip


@pytest.fixture
def share(branches: Branches) -> Actor:
    """Tina's branch holds 3 mailboxes of 3072 MB; she may have 4 with 12000 MB in all."""
    cast = branches.cast
    account_of(branches.tina).roles.update(seats=4, storage_mb=12000)
    assert holding_of(cast.corp, SALES) == Holding(3, 9216)
    return branches.actor(branches.tina)


def test_a_branch_opens_no_more_mailboxes_than_its_share(branches: Branches, share: Actor) -> None:
    corp, sales = branches.cast.corp, branches.sales

    def opened(actor: Actor, *names: str) -> list[Mailbox]:
        new = [NewMailbox(f"{name}@corp.test", unit=sales, quota_mb=100) for name in names]
        return actions.open_mailboxes(actor=actor, company=corp, new=new)

    with refused("share.seats") as refusal:
        opened(share, "new1", "new2")
    said = say(refusal.value.decision, "zh-Hant")
    assert "4 個" in said and "5 個" in said and SALES in said
    assert not Claim.objects.filter(address__startswith="new").exists()
    opened(share, "new1")
    with refused("share.seats"):
        opened(share, "new2")
    opened(branches.actor(branches.cast.carol), "new2")  # the office is not bound by a branch's share
    with refused("share.seats"):
        opened(share, "new3")
    actions.close_mailbox(actor=share, mailbox=branches.desk)
    actions.close_mailbox(actor=share, mailbox=branches.erin)
    opened(share, "new3")


def test_a_branch_s_mailboxes_grow_no_further_than_its_share(branches: Branches, share: Actor) -> None:
    actions.set_quota(actor=share, mailbox=branches.erin, megabytes=5000)
    with refused("share.storage") as refusal:
        actions.set_quota(actor=share, mailbox=branches.desk, megabytes=4000)
    assert "12000 MB" in say(refusal.value.decision, "en") and "12072 MB" in say(refusal.value.decision, "en")
    with refused("share.storage"):
        actions.open_mailbox(
            actor=share, company=branches.cast.corp, new=NewMailbox("new@corp.test", unit=branches.sales)
        )
    actions.set_quota(actor=branches.actor(branches.cast.carol), mailbox=branches.desk, megabytes=9000)
    actions.set_quota(actor=share, mailbox=branches.erin, megabytes=4000)  # still too much, but less than before
    assert holding_of(branches.cast.corp, SALES).storage_mb == 16072


def test_a_second_grant_without_a_share_is_not_bound(branches: Branches, share: Actor) -> None:
    root = Unit.objects.get(company=branches.cast.corp, path="總公司")
    grant_role(
        actor=branches.cast.operator,
        account=account_of(branches.tina),
        role="it",
        company=branches.cast.corp,
        unit=root,
    )
    actions.set_quota(actor=branches.actor(branches.tina), mailbox=branches.erin, megabytes=50000)
    assert holding_of(branches.cast.corp, SALES).storage_mb > 12000


def test_asking_for_places_does_not_grow_with_the_number_of_mailboxes(
    branches: Branches, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    new = [NewMailbox(f"n{i}@corp.test", person=branches.erin.person) for i in range(60)]
    with django_assert_max_num_queries(36):  # type: ignore[attr-defined]
        actions.open_mailboxes(actor=branches.actor(branches.tina), company=branches.cast.corp, new=new)
