"""A request from its filing to what it was filed for, and every way in which that can go wrong."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import state_of
from hongyan.company.people import credentials
from hongyan.company.people.actions import add_person, appoint
from hongyan.company.people.life import leave_company, take_leave
from hongyan.company.people.models import Account, Appointment, RoleGrant, Unit
from hongyan.company.people.posts import end_post
from hongyan.company.people.roles import revoke_role
from hongyan.company.requests import actions, queries, timing
from hongyan.company.requests.models import Decision, Request, Step
from hongyan.kernel import clock
from hongyan.kernel.actor import command_line
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.company.requests.house import House, again, sits, step, told


def refused(house: House, name: str, request: Request, verdict: str = "approve", **more: Any) -> Refusal:
    with pytest.raises(Refusal) as no:
        actions.decide(actor=house.actor(name), step=step(request), verdict=verdict, **more)
    return no.value


# -- G: the office's policy ------------------------------------------------------------------------------------
@pytest.mark.clause("G3.1.2", "B3")
def test_staff_apply_their_head_approves_the_office_opens(house: House) -> None:
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb="5 GB")
    assert (request.number, request.filed_as, request.state) == (1, "self", "waiting")
    assert sits(request) == ["王博"]
    assert told("request_decide") == ["bob"]
    assert house.waits_for("bob") == [1] and house.waits_for("carol") == []
    request = house.approve("bob", request, reason="同意")
    assert sits(request) == ["Otto", "陳家蓉"]
    request = house.approve("carol", request)
    assert request.state == "done"
    assert Mailbox.objects.get(address="alice@corp.test").quota_mb == 5120
    assert told("request_done") == ["alice"]
    by = Event.objects.get(kind="mailbox.quota")
    assert by.actor == "schedule:requests"
    said = Decision.objects.filter(step__request=request).order_by("pk")
    assert [(d.name, d.verdict, d.reason) for d in said] == [
        ("bob@corp.test", "approve", "同意"), ("carol@corp.test", "approve", ""),
    ]  # fmt: skip


@pytest.mark.clause("G2.2.1")
def test_hr_registers_a_joiner_and_the_office_opens(house: House) -> None:
    it = Unit.objects.get(path="總公司/信息部")
    eve = add_person(actor=house.actor("hana"), company=house.cast.corp, name="夏娃", unit=it)
    request = actions.file_request(
        actor=house.actor("hana"), form="personal", for_person=eve,
        fields={"address": "eve@corp.test", "reason": "新入職"},
    )  # fmt: skip
    assert request.filed_as == "hr"
    assert sits(request) == ["Otto", "陳家蓉"]  # what the head decides does not apply to HR's joiners
    request = house.approve("otto", request)
    assert request.state == "done" and request.mailbox is not None
    assert state_of(request.mailbox) == "activation"
    token = actions.activation_link(actor=house.actor("hana"), request=request)
    assert credentials.find_link(token, "activate").account.login == "eve@corp.test"
    for name in ("alice", "bob"):
        with pytest.raises(Refusal, match=r"request\.not_yours"):
            actions.activation_link(actor=house.actor(name), request=request)


@pytest.mark.clause("G2.2.1")
def test_many_joiners_at_once_all_or_none(house: House) -> None:
    it = Unit.objects.get(path="總公司/信息部")
    hana = house.actor("hana")
    new = [add_person(actor=hana, company=house.cast.corp, name=f"新人{n}", unit=it) for n in range(3)]
    rows = [(p, {"address": f"new{n}@corp.test", "reason": "新入職"}) for n, p in enumerate(new)]
    broken = [*rows[:2], (new[2], {"address": "alice@corp.test", "reason": "x"})]
    with pytest.raises(Refusal) as no:
        actions.file_many(actor=hana, form="personal", rows=broken)
    assert [(r.code, r.params["row"]) for r in no.value.reasons] == [("address.taken", 3)]
    assert not Request.objects.exists()
    filed = actions.file_many(actor=hana, form="personal", rows=rows)
    assert [r.number for r in filed] == [1, 2, 3]
    said = actions.decide_many(actor=house.actor("otto"), steps=[step(r) for r in filed], verdict="approve")
    assert [no for _, no in said] == [None] * 3
    assert Mailbox.objects.filter(address__startswith="new").count() == 3


@pytest.mark.clause("G3.2.3", "B4.13")
def test_a_forgotten_password_is_handed_out_once_by_who_may_set_it(house: House) -> None:
    with pytest.raises(Refusal, match=r"request\.not_for_him"):
        house.file("alice", "password", mailbox="alice@corp.test")
    request = house.file("bob", "password", mailbox="alice@corp.test")
    actions.attach(actor=house.actor("bob"), request=request, name="申請.pdf", data=b"%PDF-1.7 scan")
    outcome = actions.decide(actor=house.actor("carol"), step=step(request), verdict="approve")
    assert outcome.state == "done" and outcome.secret
    account = Account.objects.get(login="alice@corp.test")
    assert account.must_change and credentials.verify("alice@corp.test", outcome.secret).change == "first"
    assert account.first_until is not None
    assert account.first_until - clock.now() <= timedelta(hours=2)
    assert outcome.secret not in str(list(Event.objects.values())) + str(list(Outbox.objects.values()))
    scan = again(request).attachments.get()
    assert queries.read_attachment(house.actor("carol"), scan) == b"%PDF-1.7 scan"
    with pytest.raises(Refusal, match=r"request\.unknown"):
        queries.read_attachment(house.actor("milo"), scan)


@pytest.mark.clause("B4.13")
def test_approved_by_mail_a_password_waits_for_whoever_hands_it_over(house: House) -> None:
    request = house.file("bob", "password", mailbox="alice@corp.test")
    outcome = actions.decide(actor=house.actor("carol"), step=step(request), verdict="approve", by="mail")
    assert (outcome.state, outcome.secret) == ("ready", "")
    assert sorted(told("request_ready")) == ["carol", "otto"]
    with pytest.raises(Refusal, match=r"request\.own"):
        actions.carry_out(actor=house.actor("bob"), request=request)
    with pytest.raises(Refusal, match=r"permission\.missing"):
        actions.carry_out(actor=house.actor("hana"), request=request)
    assert actions.carry_out(actor=house.actor("otto"), request=request).secret
    with pytest.raises(Refusal, match=r"request\.not_ready"):
        actions.carry_out(actor=house.actor("otto"), request=request)


def test_nobody_gets_a_password_of_somebody_above_him_by_a_request(house: House) -> None:
    """The IT clerk of the branch may set passwords there, but not that of a holder of more than he has."""
    account = house.account("cleo")
    RoleGrant.objects.create(account=account, role="office", company=house.cast.corp, granted_at=clock.now())
    actions.save_chain(
        actor=house.actor("carol"),
        company=house.cast.corp,
        name="clerk",
        title={"en": "Clerk"},
        steps=[{"by": "it_clerk"}],
    )
    actions.set_form(actor=house.actor("carol"), company=house.cast.corp, form="password", chain="clerk")
    request = house.file("fay", "password", mailbox="cleo@corp.test")
    outcome = actions.decide(actor=house.actor("ben"), step=step(request), verdict="approve")
    assert (outcome.state, outcome.secret) == ("ready", "")
    with pytest.raises(Refusal, match=r"account\.stands_higher"):
        actions.carry_out(actor=house.actor("ben"), request=request)


# -- saying no ---------------------------------------------------------------------------------------------------
def test_a_rejection_has_a_reason_and_ends_it(house: House) -> None:
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    assert refused(house, "bob", request, "reject").code == "request.reason_needed"
    waiting = step(request)
    actions.decide(actor=house.actor("bob"), step=waiting, verdict="reject", reason="先清理郵箱")
    request = again(request)
    assert (request.state, request.reason) == ("rejected", "先清理郵箱")
    assert told("request_rejected") == ["alice"]
    assert set(request.steps.values_list("state", flat=True)) == {"rejected", "dropped"}
    with pytest.raises(Refusal) as no:
        actions.decide(actor=house.actor("bob"), step=waiting, verdict="approve")
    assert (no.value.code, no.value.decision.params["name"]) == ("request.decided", "王博")


def test_sent_back_corrected_and_on_its_way_again(house: House) -> None:
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=90000)
    actions.send_back(actor=house.actor("bob"), step=step(request), reason="太多")
    request = again(request)
    assert (request.state, request.reason) == ("returned", "太多")
    with pytest.raises(Refusal, match=r"request\.not_yours"):
        actions.resubmit(actor=house.actor("bob"), request=request, fields={"quota_mb": 4000, "reason": "x"})
    actions.resubmit(
        actor=house.actor("alice"), request=request, fields={"quota_mb": 4000, "reason": "夠了"}, note="已改"
    )
    request = again(request)
    assert (request.state, request.round, request.fields["quota_mb"]) == ("waiting", 2, 4000)
    assert sits(request) == ["王博"]
    stations = queries.path_of(request, "en")
    assert [(s.round, s.state) for s in stations] == [(1, "returned"), (1, "dropped"), (2, "open"), (2, "ahead")]
    assert stations[3].asked == ("Otto", "陳家蓉")


def test_withdrawn_by_the_applicant_and_by_nobody_else(house: House) -> None:
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    with pytest.raises(Refusal, match=r"request\.not_yours"):
        actions.withdraw(actor=house.actor("bob"), request=request)
    actions.withdraw(actor=house.actor("alice"), request=request, reason="不需要了")
    assert again(request).state == "withdrawn" and told("request_withdrawn") == ["bob"]
    assert house.waits_for("bob") == []
    with pytest.raises(Refusal, match=r"request\.ended"):
        actions.withdraw(actor=house.actor("alice"), request=request)


# -- who decides -------------------------------------------------------------------------------------------------
def test_of_two_approvals_the_second_is_told_who_was_first(house: House) -> None:
    request = house.approve("bob", house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000))
    seen_by_both = step(request)
    actions.decide(actor=house.actor("carol"), step=seen_by_both, verdict="approve")
    with pytest.raises(Refusal) as no:
        actions.decide(actor=house.actor("otto"), step=seen_by_both, verdict="reject", reason="不")
    params = no.value.decision.params
    assert (no.value.code, params["name"], params["verdict"]) == ("request.decided", "陳家蓉", "approve")
    assert again(request).state == "done" and Event.objects.filter(kind="mailbox.quota").count() == 1


def test_nobody_decides_about_himself_it_goes_upward(house: House) -> None:
    """Bob heads the unit he asks in; Gwen heads the company, so that above her there is only the office."""
    assert sits(house.file("bob", "quota", mailbox="bob@corp.test", quota_mb=4000)) == ["Ida"]
    gwen = house.file("gwen", "quota", mailbox="gwen@corp.test", quota_mb=4000)
    assert sits(gwen) == ["Otto", "陳家蓉"] and step(gwen).notes == ["office"] and step(gwen).office
    assert refused(house, "gwen", gwen).code == "request.own"
    # A head who files for one of his own people does not approve that either.
    filed = house.file("bob", "quota", for_="alice", mailbox="alice@corp.test", quota_mb=4000)
    assert (filed.filed_as, sits(filed), step(filed).notes) == ("head", ["Ida"], ["upward"])


def test_the_office_does_not_open_for_itself(house: House) -> None:
    request = house.approve("gwen", house.file("carol", "quota", mailbox="carol@corp.test", quota_mb=4000))
    assert sits(request) == ["Otto"]
    assert refused(house, "carol", request).code == "request.own"
    assert house.waits_for("carol") == []
    grant = RoleGrant.objects.get(account__login="otto@corp.test", role="office")
    revoke_role(actor=command_line("test"), grant=grant)
    assert refused(house, "otto", request).code == "request.not_asked"
    assert actions.decide(actor=command_line("test"), step=step(request), verdict="approve").state == "done"


def test_a_chain_without_an_approver_falls_to_the_office_and_says_so(house: House) -> None:
    carol, corp = house.actor("carol"), house.cast.corp
    never = {"by": "head", "when": [{"exception": True}]}
    actions.save_chain(actor=carol, company=corp, name="nobody", title={"en": "Nobody"}, steps=[never])
    actions.set_form(actor=carol, company=corp, form="quota", chain="nobody")
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    assert (step(request).notes, step(request).office) == (["empty"], True)
    assert sits(request) == ["Otto", "陳家蓉"]
    actions.save_chain(
        actor=carol, company=corp, name="nobody", title={"en": "Nobody"}, steps=[{"by": "role", "role": "it"}]
    )
    other = house.file("bob", "quota", mailbox="bob@corp.test", quota_mb=4000)
    assert (step(other).notes, sits(other)) == (["office"], ["Otto", "陳家蓉"])
    assert [r.number for r in queries.needing_office(carol, corp)] == [2, 1]


def test_who_has_approved_is_not_asked_again(house: House) -> None:
    carol, corp = house.actor("carol"), house.cast.corp
    steps: list[dict[str, Any]] = [
        {"by": "head"},
        {"by": "head", "levels": 9},
        {"by": "general_manager"},
        {"by": "office"},
    ]
    actions.save_chain(actor=carol, company=corp, name="long", title={"en": "Long"}, steps=steps)
    actions.set_form(actor=carol, company=corp, form="quota", chain="long")
    request = house.approve("bob", house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000))
    assert sits(request) == ["Gwen"]  # nine levels up there is nobody: the highest there is
    request = house.approve("gwen", request)
    assert sits(request) == ["Otto", "陳家蓉"]
    assert request.steps.get(position=3).notes == ["already"]


def test_a_running_request_keeps_the_chain_it_began_with(house: House) -> None:
    carol, corp = house.actor("carol"), house.cast.corp
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    chain = actions.save_chain(actor=carol, company=corp, name="head", title={"en": "Short"}, steps=[{"by": "hr"}])
    assert (chain.version, again(request).chain.version) == (2, 1)
    assert sits(house.approve("bob", request)) == ["Otto", "陳家蓉"]
    assert sits(house.file("bob", "quota", mailbox="bob@corp.test", quota_mb=4000)) == ["Hana"]


def test_all_of_a_step_and_whoever_is_called_in(house: House) -> None:
    carol, corp = house.actor("carol"), house.cast.corp
    actions.save_chain(
        actor=carol, company=corp, name="both", title={"en": "Both"}, steps=[{"by": "office", "need": "all"}]
    )
    actions.set_form(actor=carol, company=corp, form="quota", chain="both")
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    actions.add_approver(actor=house.actor("otto"), step=step(request), person=house.person("gwen"), reason="請示")
    with pytest.raises(Refusal, match=r"request\.own"):
        actions.add_approver(actor=house.actor("otto"), step=step(request), person=house.person("alice"))
    house.approve("carol", request)
    assert refused(house, "carol", request).code == "request.seat_decided"
    house.approve("otto", request)
    assert again(request).state == "waiting" and house.waits_for("gwen") == [1]
    assert house.approve("gwen", request).state == "done"


def test_the_office_puts_somebody_else_in_charge(house: House) -> None:
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    with pytest.raises(Refusal, match=r"permission\.missing"):
        actions.reassign(actor=house.actor("ida"), step=step(request), person=house.person("gwen"), reason="x")
    with pytest.raises(Refusal, match=r"request\.to_oneself"):
        actions.reassign(actor=house.actor("otto"), step=step(request), person=house.person("otto"), reason="x")
    actions.reassign(actor=house.actor("otto"), step=step(request), person=house.person("gwen"), reason="王博出差")
    assert sits(request) == ["Gwen"] and house.waits_for("bob") == []
    assert refused(house, "bob", request).code == "request.not_asked"
    assert sits(house.approve("gwen", request)) == ["Otto", "陳家蓉"]


@pytest.mark.clause("B2")
def test_a_deputy_decides_while_the_head_is_away(house: House) -> None:
    day = clock.today()
    take_leave(
        actor=house.cast.operator, person=house.person("bob"), since=day, until=day + timedelta(days=3),
        deputy=house.person("dave"),
    )  # fmt: skip
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    assert (house.waits_for("dave"), house.waits_for("bob")) == ([1], [1])
    assert sorted(told("request_decide")) == ["bob", "dave"]
    house.approve("dave", request)
    said = Decision.objects.get(step__request=request)
    assert said.instead_of == house.person("bob")
    # Leave that begins while a request waits is seen by the schedule; without a stand-in the next level is asked too.
    other = house.file("bob", "quota", mailbox="bob@corp.test", quota_mb=4000)
    take_leave(actor=house.cast.operator, person=house.person("ida"), since=day)
    assert timing.stand_ins() == 1
    assert (sits(other), step(other).notes) == (["Gwen", "Ida"], ["away", "reseated"])


def test_a_stand_in_does_not_decide_about_himself(house: House) -> None:
    take_leave(
        actor=house.cast.operator, person=house.person("bob"), since=clock.today(), deputy=house.person("alice")
    )  # fmt: skip
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    assert (sits(request), step(request).notes) == (["Ida", "王博"], ["away"])
    assert refused(house, "alice", request).code == "request.own" and house.waits_for("alice") == []
    assert house.waits_for("ida") == [1]


def test_a_head_who_leaves_in_the_middle(house: House) -> None:
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    waiting = step(request)
    end_post(
        actor=house.cast.operator,
        appointment=Appointment.objects.select_related("person__company", "unit__company").get(
            person=house.person("bob")
        ),
    )
    assert sits(request) == ["Ida"] and "reseated" in step(request).notes
    with pytest.raises(Refusal, match=r"request\.not_asked"):
        actions.decide(actor=house.actor("bob"), step=waiting, verdict="approve")
    for name in ("ida", "gwen"):
        leave_company(actor=house.cast.operator, person=house.person(name))
    assert sits(request) == ["Otto", "陳家蓉"] and step(request).office
    appoint(
        actor=house.cast.operator,
        person=house.person("dave"),
        unit=Unit.objects.get(path="總公司/信息部/網絡處"),
        head=True,
    )
    assert sits(request) == ["戴維"] and house.waits_for("dave") == [1]
    assert sits(house.approve("dave", request)) == ["Otto", "陳家蓉"]


def test_who_leaves_needs_nothing_more(house: House) -> None:
    request = house.file("bob", "quota", for_="alice", mailbox="alice@corp.test", quota_mb=4000)
    own = house.file("cleo", "quota", mailbox="cleo@corp.test", quota_mb=4000)
    leave_company(actor=house.cast.operator, person=house.person("alice"))
    assert again(request).state == "withdrawn" and told("request_withdrawn") == ["bob"]
    assert again(own).state == "waiting"


# -- time ----------------------------------------------------------------------------------------------------------
@pytest.mark.clause("B2")
def test_reminded_then_passed_on_then_the_office_s(house: House) -> None:
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    assert timing.run_due() == 0
    with clock.shifted(timedelta(hours=25)):
        assert timing.run_due() == 1 and told("request_reminder") == ["bob"]
        assert timing.run_due() == 0
    with clock.shifted(timedelta(hours=49)):
        timing.run_due()
        assert sits(request) == ["Ida", "王博"] and told("request_escalated") == ["ida"]
        assert step(request).notes == ["escalated"]
    with clock.shifted(timedelta(hours=98)):
        timing.run_due()
        assert step(request).office and set(told("request_escalated")) == {"ida", "otto", "carol"}
    with clock.shifted(timedelta(hours=2000)):
        timing.run_due()
    assert [r.pk for r in queries.needing_office(house.actor("carol"), house.cast.corp)] == [request.pk]
    assert sits(house.approve("ida", request)) == ["Otto", "陳家蓉"]


def test_what_was_sent_back_and_forgotten_ends_by_itself(house: House) -> None:
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    actions.send_back(actor=house.actor("bob"), step=step(request), reason="?")
    with clock.shifted(timedelta(days=29)):
        assert timing.forgotten() == 0
    with clock.shifted(timedelta(days=31)):
        assert timing.run_due() == 1
    assert again(request).state == "withdrawn" and told("request_withdrawn") == ["alice"]


# -- the address was taken meanwhile -------------------------------------------------------------------------------
def test_an_address_taken_meanwhile_is_seen_and_amended(house: House) -> None:
    it = Unit.objects.get(path="總公司/信息部")
    eve = add_person(actor=house.cast.operator, company=house.cast.corp, name="夏娃", unit=it)
    request = actions.file_request(
        actor=house.actor("hana"), form="personal", for_person=eve, fields={"address": "eve@corp.test", "reason": "新"}
    )
    open_mailbox(actor=house.cast.operator, company=house.cast.corp, new=NewMailbox("eve@corp.test"))
    assert house.approve("otto", request).state == "stuck"
    request = again(request)
    assert request.refusal == {"code": "address.taken", "params": {"address": "eve@corp.test"}, "clause": ""}
    assert "eve@corp.test" in queries.outcome_words(request, "zh-Hant")
    assert set(told("request_stuck")) == {"hana", "otto", "carol"}
    assert request in queries.needing_office(house.actor("carol"), house.cast.corp)
    with pytest.raises(Refusal, match=r"request\.not_amendable"):
        actions.amend(actor=house.actor("hana"), request=request, fields={"quota_mb": 90000})
    with pytest.raises(Refusal, match=r"request\.not_yours"):
        actions.amend(actor=house.actor("bob"), request=request, fields={"address": "eva@corp.test"})
    with pytest.raises(Refusal, match=r"request\.fields_refused"):
        actions.amend(actor=house.actor("hana"), request=request, fields={"address": "alice@corp.test"})
    actions.amend(actor=house.actor("hana"), request=request, fields={"address": "eve.xia@corp.test"})
    request = again(request)
    assert (request.state, request.subject, request.refusal) == ("done", "eve.xia@corp.test", None)
    assert Mailbox.objects.get(address="eve.xia@corp.test").person == eve


def test_nobody_enlarges_what_was_approved(house: House) -> None:
    request = house.file("alice", "large", mailbox="alice@corp.test", size_mb=40, until=date(2027, 1, 31))
    Mailbox.objects.filter(address="alice@corp.test").update(closed_at=clock.now())
    request = house.approve("otto", house.approve("bob", request))
    assert request.state == "stuck" and request.refusal is not None and request.refusal["code"] == "mailbox.closed"
    Mailbox.objects.filter(address="alice@corp.test").update(closed_at=None)
    for wider in ({"size_mb": 41}, {"until": "2027-02-01"}):
        with pytest.raises(Refusal, match=r"request\.beyond_approved"):
            actions.amend(actor=house.actor("otto"), request=request, fields=wider)
    actions.amend(actor=house.actor("otto"), request=request, fields={})
    assert again(request).state == "done"


# -- walls ----------------------------------------------------------------------------------------------------------
def test_another_company_sees_and_decides_nothing(house: House) -> None:
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    charlie = house.cast.actor(house.cast.charlie)
    for ask in (
        lambda: queries.find_request(request.pk, charlie),
        lambda: queries.find_step(step(request).pk, charlie),
    ):
        with pytest.raises(Refusal, match=r"request\.unknown"):
            ask()
    assert refused_by(charlie, request) == "request.not_asked"
    assert not queries.all_within(charlie, house.cast.corp).exists()
    with pytest.raises(Refusal, match=r"request\.(not_for_him|fields_refused)|company\.unknown"):
        actions.file_request(
            actor=charlie, form="quota", fields={"mailbox": "alice@corp.test", "quota_mb": 9, "reason": "x"}
        )
    with pytest.raises(Refusal, match=r"company\.unknown"):
        actions.file_request(
            actor=charlie, form="personal", for_person=house.person("alice"), fields={"address": "x@corp.test"}
        )
    with pytest.raises(Refusal, match=r"permission\.missing"):
        actions.use_pack(actor=charlie, company=house.cast.corp, pack="B")


def refused_by(actor: Any, request: Request) -> str:
    with pytest.raises(Refusal) as no:
        actions.decide(actor=actor, step=step(request), verdict="approve")
    return no.value.code


def test_who_sees_a_request(house: House) -> None:
    request = house.file("cleo", "quota", mailbox="cleo@corp.test", quota_mb=4000)
    seen = {name for name in house.boxes if _sees(house, name, request)}
    assert seen == {"cleo", "fay", "ben", "carol", "otto", "hana", "gwen"}
    assert set(queries.all_within(house.actor("ben"), house.cast.corp)) == {request}
    house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    assert set(queries.all_within(house.actor("ben"), house.cast.corp)) == {request}
    assert Step.objects.filter(state="open").count() == 2


def _sees(house: House, name: str, request: Request) -> bool:
    try:
        queries.find_request(request.pk, house.actor(name))
    except Refusal:
        return False
    return True
