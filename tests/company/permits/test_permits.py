"""Who gives permits to whom, how long they last, what ends them (clauses B4.10, P12, P13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hongyan.company.mailboxes import actions, changes, routing
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people import life
from hongyan.company.people.models import Appointment
from hongyan.company.people.posts import change_post
from hongyan.company.permits import queries
from hongyan.company.permits.actions import end_from, end_permit, grant_permit, set_modes
from hongyan.company.permits.models import Permit
from hongyan.jobs.schedule import run_due
from hongyan.kernel import clock, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.branches import Branches
from tests.cast import Cast


def refused(actor: Actor, mailbox: Mailbox, kind: str, value: str = "", **more: Any) -> str:
    with pytest.raises(Refusal) as caught:
        grant_permit(actor=actor, mailbox=mailbox, kind=kind, value=value, **more)
    return caught.value.code


def kinds(mailbox: Mailbox) -> list[tuple[str, str]]:
    return [(p.kind, p.subject) for p in queries.permits_of(mailbox)]


@pytest.mark.clause("B4.10", "P13")
def test_a_new_company_asks_for_forwarding_alone(cast: Cast) -> None:
    carol, alice = cast.actor(cast.carol), cast.alice
    assert queries.may_write_outside(alice) and not queries.may_forward_to(alice, "x@example.org")
    set_modes(actor=carol, company=cast.corp, outside="approved")
    assert not queries.may_write_outside(alice)
    grant_permit(actor=carol, mailbox=alice, kind="outside", reason="客戶聯絡")
    grant_permit(actor=carol, mailbox=alice, kind="forward", value="X@Example.ORG")
    grant_permit(actor=carol, mailbox=alice, kind="forward", value="@partner.test")
    assert queries.may_write_outside(alice)
    assert [queries.may_forward_to(alice, a) for a in ("x@example.org", "y@example.org", "y@partner.test")] == [
        True, False, True,
    ]  # fmt: skip
    set_modes(actor=carol, company=cast.corp, outside="everyone", forward="everyone")
    assert queries.may_write_outside(cast.bob) and queries.may_forward_to(cast.bob, "y@example.org")
    with pytest.raises(Refusal, match=r"permit\.mode_unknown"):
        set_modes(actor=carol, company=cast.corp, outside="nobody")
    with pytest.raises(Refusal, match=r"permission\.missing"):
        set_modes(actor=cast.actor(cast.charlie), company=cast.corp, outside="everyone")


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("fly", "", "permit.kind_unknown"),
        ("outside", "x@example.org", "permit.value_unfit"),
        ("forward", "", "address.malformed"),
        ("forward", "bob@corp.test", "permit.target_inside"),
        ("forward", "@CORP.test", "permit.target_inside"),
        ("forward", 'a"b@example.org', "address.malformed"),
        ("forward", "x@nowhere", "domain.malformed"),
        ("large", "0", "permit.size_range"),
        ("large", "５０００", "permit.size_range"),
        ("large", "viel", "permit.size_range"),
        ("group", "nothing@corp.test", "group.unknown"),
    ],
)
def test_what_a_permit_cannot_be_for(cast: Cast, kind: str, value: str, code: str) -> None:
    assert refused(cast.operator, cast.alice, kind, value) == code
    assert not Permit.objects.exists()


@pytest.mark.clause("B4.10", "G2.1.3")
def test_who_may_give_which(branches: Branches) -> None:
    cast = branches.cast
    sam, carol, charlie = branches.actor(branches.sam), cast.actor(cast.carol), cast.actor(cast.charlie)
    for kind, value in (("outside", ""), ("forward", "*"), ("large", "40")):
        assert refused(charlie, cast.alice, kind, value) == "permission.missing"
        assert refused(cast.actor(cast.alice), cast.alice, kind, value) == "permission.missing"
        assert refused(sam, branches.erin, kind, value) == "permission.missing"  # another branch
        grant_permit(actor=sam, mailbox=cast.alice, kind=kind, value=value)
    # nobody opens the way outside for himself; a size is no way
    assert refused(carol, cast.carol, "outside") == refused(carol, cast.carol, "forward", "*") == "permit.own"
    grant_permit(actor=carol, mailbox=cast.carol, kind="large", value="40")
    # a group's permit is its branch's to give, to whomever
    assert refused(sam, cast.alice, "group", "crew@corp.test") == "permission.missing"
    grant_permit(actor=sam, mailbox=branches.erin, kind="group", value="team@corp.test")
    assert kinds(branches.erin) == [("group", "team@corp.test")]
    assert {p.kind for p in queries.list_permits(sam, cast.corp)} == {"outside", "forward", "large", "group"}
    assert [p.kind for p in queries.list_permits(branches.actor(branches.tina), cast.corp)] == ["group"]
    assert not queries.list_permits(charlie, cast.corp)
    with pytest.raises(Refusal, match=r"permit\.unknown"):
        queries.find_permit(charlie, cast.corp, Permit.objects.get(kind="group").pk)


@pytest.mark.clause("P12")
def test_sources_stand_beside_each_other(cast: Cast) -> None:
    until = clock.today() + timedelta(days=30)
    first = grant_permit(actor=cast.operator, mailbox=cast.alice, kind="large", value="30", until=until)
    again = grant_permit(actor=cast.operator, mailbox=cast.alice, kind="large", value="30", reason="展覽")
    grant_permit(actor=cast.operator, mailbox=cast.alice, kind="large", value="30", source="request/7")
    assert first.pk == again.pk and Permit.objects.get(pk=first.pk).until is None
    assert [e.kind for e in Event.objects.filter(kind__startswith="permit.").order_by("seq")] == [
        "permit.granted", "permit.changed", "permit.granted",
    ]  # fmt: skip
    assert end_from(actor=cast.operator, mailbox=cast.alice, source="request/7") == 1
    assert kinds(cast.alice) == [("large", "30")]
    end_permit(actor=cast.operator, permit=again)
    with pytest.raises(Refusal, match=r"permit\.unknown"):
        end_permit(actor=cast.operator, permit=first)


@pytest.mark.clause("P12")
def test_a_dated_permit_ends_by_itself(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    today = clock.today()
    assert refused(cast.operator, cast.alice, "outside", until=today - timedelta(days=1)) == "permit.until_past"
    grant_permit(actor=cast.operator, mailbox=cast.alice, kind="outside", until=today)
    grant_permit(actor=cast.operator, mailbox=cast.bob, kind="outside")
    run_due()
    assert kinds(cast.alice)  # the last day belongs to it
    Permit.objects.filter(until=today).update(until=today - timedelta(days=1))
    actions.close_mailbox(actor=cast.operator, mailbox=cast.bob)
    Outbox.objects.all().delete()
    run_due()
    assert not Permit.objects.exists()
    ended = Event.objects.filter(kind="permit.ended").order_by("seq")
    assert [(e.subject, e.actor) for e in ended] == [
        ("alice@corp.test", "schedule:expiry"), ("bob@corp.test", "schedule:expiry"),
    ]  # fmt: skip
    touched = [e.payload["addresses"] for e in Outbox.objects.filter(kind=outbox.RELEASE).order_by("pk")]
    assert touched == [["alice@corp.test"], ["bob@corp.test"]]


@pytest.mark.clause("P12", "B4.10")
def test_moving_ends_group_permits_and_leaving_ends_all(branches: Branches) -> None:
    cast = branches.cast
    person = cast.alice.person
    assert person is not None
    for kind, value in (("group", "crew@corp.test"), ("forward", "*"), ("outside", "")):
        grant_permit(actor=cast.operator, mailbox=cast.alice, kind=kind, value=value)
    appointment = Appointment.objects.get(person=person)
    change_post(actor=cast.operator, appointment=appointment, post="工程師")
    assert len(kinds(cast.alice)) == 3
    change_post(actor=cast.operator, appointment=appointment, unit=branches.sales)
    assert kinds(cast.alice) == [("forward", "*"), ("outside", "")]
    life.leave_company(actor=cast.operator, person=person)
    assert kinds(cast.alice) == []


@pytest.mark.clause("B4.10")
def test_no_alias_and_no_group_leads_outside(cast: Cast) -> None:
    """Whatever permit somebody has: what stands in an alias or a group is the company's (both now and when it changes)."""
    grant_permit(actor=cast.operator, mailbox=cast.alice, kind="forward", value="*")
    group = routing.add_group(actor=cast.operator, company=cast.corp, address="all@corp.test")
    alias = routing.add_alias(actor=cast.operator, company=cast.corp, address="al@corp.test", target="alice@corp.test")
    for away in ("x@example.org", "charlie@other.test"):
        for attempt in (
            lambda to: routing.add_alias(actor=cast.operator, company=cast.corp, address="out@corp.test", target=to),
            lambda to: changes.change_alias(actor=cast.operator, alias=alias, target=to, until=None),
            lambda to: routing.add_group(actor=cast.operator, company=cast.corp, address="o@corp.test", members=[to]),
            lambda to: routing.add_member(actor=cast.operator, group=group, address=to),
        ):
            with pytest.raises(Refusal) as caught:
                attempt(away)
            assert caught.value.code == "address.unknown"
