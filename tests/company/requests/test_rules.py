"""Who may file what (clauses B1.1-7), the chains of the three ready policies, what each approval does, what is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from hongyan.company.mailboxes import routing
from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox
from hongyan.company.mailboxes.models import Alias, Group, Mailbox
from hongyan.company.people.actions import add_person
from hongyan.company.people.models import Unit
from hongyan.company.permits.models import Permit
from hongyan.company.requests import actions, chains, conditions, queries
from hongyan.company.requests.conditions import Facts, Post
from hongyan.company.requests.executors import EXECUTORS
from hongyan.company.requests.fields import label
from hongyan.company.requests.filing import media_type
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import NOTES, STATES, STEP_STATES, Chain, Request
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal
from hongyan.kernel.wording import LOCALES, catalogue, say
from tests.company.requests.house import BRANCH, House, again, sits, step


def use(house: House, pack: str) -> None:
    actions.use_pack(actor=house.actor("carol"), company=house.cast.corp, pack=pack)


def approve_all(house: House, request: Request) -> Request:
    """Everybody who is asked says yes, one after the other."""
    for _ in range(9):
        request = again(request)
        if request.state != "waiting":
            break
        seat = step(request).seats.filter(open=True).order_by("pk")[0]
        login = seat.person.accounts.get().login
        house.approve(login.partition("@")[0], request)
    return again(request)


# -- B: who may ask ------------------------------------------------------------------------------------------------
@pytest.mark.clause("B1.1", "B1.2", "B1.3", "B1.7")
def test_who_may_apply_for_a_personal_mailbox(house: House) -> None:
    use(house, "B")
    for name, clause in {"alice": "B1.1", "fay": "B1.1", "cleo": "B1.2", "dave": "B1.1"}.items():
        standing = queries.standing(house.actor(name), "personal")
        assert (name, standing.refusal, standing.rule) == (name, None, clause)
    milo = queries.standing(house.actor("milo"), "personal")
    assert milo.refusal is not None and milo.refusal.code == "request.exception_only" and milo.exception
    with pytest.raises(Refusal, match=r"request\.exception_only"):
        house.file("milo", "personal", address="milo.b@corp.test")
    with pytest.raises(Refusal, match=r"request\.exception_needless"):
        house.file("cleo", "personal", address="cleo.b@corp.test", exception=True)
    request = house.file("milo", "personal", address="milo.b@corp.test", exception=True)
    assert (request.rule, request.exception, request.chain.name) == ("B1.7", True, "exception")
    assert sits(request) == ["Fay"]
    house.approve("fay", request)  # head and general manager of the branch in one: asked once
    assert request.steps.get(position=2).notes == ["already"]
    assert house.approve("carol", request).state == "done"


@pytest.mark.clause("B1.4", "B1.5", "B1.6")
def test_departments_sections_and_projects_apply_in_their_own_name(house: House) -> None:
    use(house, "B")
    for form in ("shared", "section"):
        refusal = queries.may_file(house.actor("cleo"), form)
        assert refusal is not None and refusal.code == "request.exception_only"
        assert queries.standing(house.actor("fay"), form).rule == FORMS[form].clause
    assert queries.may_file(house.actor("cleo"), "project") is None
    request = house.file("cleo", "project", address="tunnel@corp.test", display_name="隧道項目部", unit=BRANCH)
    request = approve_all(house, request)
    mailbox = Mailbox.objects.get(address="tunnel@corp.test")
    assert (mailbox.kind, mailbox.keeper, mailbox.unit) == (
        "project",
        house.person("cleo"),
        Unit.objects.get(path=BRANCH),
    )
    assert mailbox.account is None and request.state == "done"


@pytest.mark.clause("B2")
def test_the_path_of_a_branch_and_of_the_head_office(house: House) -> None:
    use(house, "B")
    request = house.file("cleo", "personal", address="cleo.b@corp.test")
    assert [(s.state, s.asked, s.notes) for s in queries.path_of(request, "en")] == [
        ("open", ("Ben",), ()),
        ("ahead", ("Fay",), ()),
        ("ahead", (), ("condition",)),
        ("ahead", ("Otto", "陳家蓉"), ()),
    ]
    for name in ("ben", "fay", "otto"):
        request = house.approve(name, request)
    assert request.state == "done"
    # At the head office nobody looks after IT for a unit: that step is left out, and the director decides.
    other = house.file("alice", "personal", address="alice.b@corp.test")
    assert [s.notes for s in queries.path_of(other, "en")] == [("nobody",), ("condition",), (), ()]
    assert sits(other) == ["王博"]


@pytest.mark.clause("B2")
def test_an_intern_s_mailbox_has_a_last_day(house: House) -> None:
    use(house, "B")
    it = Unit.objects.get(path="總公司/信息部")
    intern = add_person(actor=house.cast.operator, company=house.cast.corp, name="實習生", unit=it)
    with pytest.raises(Refusal) as no:
        actions.file_request(
            actor=house.actor("hana"),
            form="intern",
            for_person=intern,
            fields={"address": "i@corp.test", "reason": "實習"},
        )
    assert [(r.code, r.params["field"]) for r in no.value.reasons] == [("request.field_missing", "until")]
    day = clock.today() + timedelta(days=60)
    request = actions.file_request(
        actor=house.actor("hana"), form="intern", for_person=intern,
        fields={"address": "i@corp.test", "reason": "實習", "until": day.isoformat()},
    )  # fmt: skip
    assert approve_all(house, request).state == "done"
    assert Mailbox.objects.get(address="i@corp.test").expires_on == day
    later = day + timedelta(days=30)
    longer = actions.file_request(
        actor=house.actor("ida"), form="expiry", fields={"mailbox": "i@corp.test", "until": later, "reason": "延長"}
    )
    assert (longer.person, longer.filed_as) == (intern, "head")
    assert approve_all(house, longer).state == "done"
    assert Mailbox.objects.get(address="i@corp.test").expires_on == later


@pytest.mark.clause("P5", "P12")
def test_the_group_s_policy_asks_two_heads_for_a_right(house: House) -> None:
    use(house, "P")
    routing.add_group(actor=house.cast.operator, company=house.cast.corp, address="all@corp.test", who="listed")
    day = clock.today() + timedelta(days=90)
    request = house.file("alice", "group_right", mailbox="alice@corp.test", group="all@corp.test", until=day)
    assert [s.asked for s in queries.path_of(request, "en")] == [("王博",), ("Ida",), ("Otto", "陳家蓉")]
    assert approve_all(house, request).state == "done"
    permit = Permit.objects.get(mailbox__address="alice@corp.test")
    assert (permit.kind, permit.subject, permit.until, permit.source) == (
        "group", "all@corp.test", day, f"request/{request.pk}",
    )  # fmt: skip
    assert [s.asked for s in queries.path_of(house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000), "en")] == [
        ("王博",), ("Otto", "陳家蓉"),
    ]  # fmt: skip


@pytest.mark.clause("G2.2.1")
def test_a_sheet_of_joiners_is_filed_whole_or_not_at_all(house: House) -> None:
    it, hana = Unit.objects.get(path="總公司/信息部"), house.actor("hana")
    for number in ("2001", "2002", "2003"):
        add_person(
            actor=hana, company=house.cast.corp, name="李明" if number != "2003" else "周梅", number=number, unit=it
        )
    sheet = "網絡資源申請表\n工號,姓名,郵箱,容量,申請理由\n２００１,李明,li.ming,4 GB,新入職\n,周梅,zhou.mei@corp.test,,新入職\n"
    filed = actions.file_sheet(actor=hana, company=house.cast.corp, form="personal", data=sheet.encode())
    assert [(r.subject, r.person.number if r.person else "", r.fields.get("quota_mb")) for r in filed] == [
        ("li.ming@corp.test", "2001", 4096), ("zhou.mei@corp.test", "2003", None),
    ]  # fmt: skip
    wrong = (
        "工號,姓名,郵箱,理由\n2002,李明,a@corp.test,x\n,李明,b@corp.test,x\n9,甲,c@corp.test,x\n2002,乙,d@corp.test,x\n"
    )
    with pytest.raises(Refusal) as no:
        actions.file_sheet(actor=hana, company=house.cast.corp, form="personal", data=wrong.encode())
    assert [(r.code, r.params["row"]) for r in no.value.reasons] == [
        ("request.sheet_namesakes", 3), ("request.sheet_person", 4), ("request.sheet_person", 5),
    ]  # fmt: skip
    with pytest.raises(Refusal) as no:
        actions.file_sheet(
            actor=hana, company=house.cast.corp, form="personal",
            data="工號,郵箱\n2002,li.ming2\n2003,alice\n".encode(),
        )  # fmt: skip
    assert [(r.code, r.params["row"]) for r in no.value.reasons] == [
        ("request.field_missing", 2), ("address.taken", 3), ("request.field_missing", 3),
    ]  # fmt: skip
    with pytest.raises(Refusal, match=r"request\.sheet_headings"):
        actions.file_sheet(actor=hana, company=house.cast.corp, form="personal", data="郵箱,理由\na,b\n".encode())
    assert Request.objects.count() == 2


# -- what an approval does -----------------------------------------------------------------------------------------
def test_every_form_has_its_executor_its_words_and_a_rule_in_every_pack() -> None:
    assert set(EXECUTORS) == {name for name, form in FORMS.items() if not form.secret}
    words = catalogue()
    wanted = [f"request_form.{f}" for f in FORMS] + [f"request_about.{f}" for f in FORMS]
    wanted += [f"request_note.{n}" for n in NOTES] + [f"request_state.{s}" for s in STATES]
    wanted += [f"request_step.{s}" for s in STEP_STATES]
    wanted += [f"request_by.{r}" for r in chains.RELATIONS]
    wanted += [f"request_field.{field.name}" for form in FORMS.values() for field in form.fields]
    assert [code for code in wanted if code not in words] == []
    for form in FORMS.values():
        assert set(form.amendable) <= {f.name for f in form.fields} and (not form.subject or form.field(form.subject))
    for name in chains.PACKS:
        pack = chains.pack_named(name)
        for rule in pack.rules.values():
            assert rule.chain in pack.chains and (not rule.exception or rule.exception in pack.chains)


@pytest.mark.django_db
def test_the_ready_policies_hold_their_own_rules(house: House) -> None:
    for name in chains.PACKS:
        pack = chains.pack_named(name)
        for chain in pack.chains.values():
            chains.cleaned_steps(house.cast.corp, [dict(s) for s in chain["steps"]])
        for rule in pack.rules.values():
            assert conditions.flaws_of([dict(c) for c in rule.who]) == []
            for locale in LOCALES:
                assert all(say(part, locale) for c in rule.who for part in conditions.told(c))


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("rename", {"mailbox": "alice@corp.test", "new_address": "alice.lin@corp.test"}),
        ("alias", {"mailbox": "alice@corp.test", "new_address": "lin@corp.test"}),
        ("outside", {"mailbox": "alice@corp.test", "until": "2027-05-01"}),
        ("forward", {"mailbox": "alice@corp.test", "target": "alice@example.org", "until": "2027-05-01"}),
        ("large", {"mailbox": "alice@corp.test", "size_mb": "40"}),
        ("group", {"address": "circle@corp.test", "display_name": "讀書會", "who": "members", "members": "bob@corp.test, alice@corp.test"}),
        ("shared", {"address": "net@corp.test", "display_name": "網絡處"}),
        ("section", {"address": "desk@corp.test", "display_name": "值班"}),
    ],
)  # fmt: skip
def test_what_is_approved_is_done(house: House, form: str, fields: dict[str, Any]) -> None:
    request = approve_all(house, house.file("alice", form, **fields))
    assert (request.state, request.refusal) == ("done", None)
    alice = Mailbox.objects.get(pk=house.boxes["alice"].pk)
    match form:
        case "rename":
            assert alice.address == "alice.lin@corp.test"
        case "alias":
            assert Alias.objects.get(address="lin@corp.test").target == "alice@corp.test"
        case "group":
            group = Group.objects.get(address="circle@corp.test")
            assert (group.who, group.owner, group.entries.count()) == ("members", house.person("alice"), 2)
        case "shared" | "section":
            mailbox = Mailbox.objects.get(address=fields["address"])
            assert (mailbox.kind, mailbox.keeper) == (form, house.person("alice"))
            assert mailbox.unit == Unit.objects.get(path="總公司/信息部/網絡處")
        case _:
            permit = Permit.objects.get(mailbox=alice)
            assert (permit.kind, permit.value) == (form, {"forward": "alice@example.org", "large": "40"}.get(form, ""))


@pytest.mark.clause("G3.2.2")
def test_a_shared_mailbox_is_handed_over(house: House) -> None:
    unit = Unit.objects.get(path="總公司/信息部/網絡處")
    open_mailbox(
        actor=house.cast.operator, company=house.cast.corp,
        new=NewMailbox("net@corp.test", kind="shared", keeper=house.person("alice"), unit=unit),
    )  # fmt: skip
    with pytest.raises(Refusal, match=r"request\.fields_refused"):
        house.file("cleo", "handover", shared_mailbox="net@corp.test", keeper="cleo@corp.test")
    request = house.file("alice", "handover", shared_mailbox="net@corp.test", keeper="dave@corp.test")
    assert queries.lines_of(request, "zh-Hant")[1] == (label("keeper", "zh-Hant"), "戴維")
    assert approve_all(house, request).state == "done"
    assert Mailbox.objects.get(address="net@corp.test").keeper == house.person("dave")


# -- what is refused -----------------------------------------------------------------------------------------------
def test_all_that_is_wrong_with_a_form_is_said_at_once(house: House) -> None:
    with pytest.raises(Refusal) as no:
        house.file(
            "alice",
            "personal",
            address="postmaster@corp.test",
            quota_mb="viel",
            display_name="a\x00b",
            color="red",
            reason="",
        )
    found = {(r.code, r.params["field"]) for r in no.value.reasons}
    assert found == {
        ("request.field_unknown", "color"), ("address.reserved", "address"), ("quota.malformed", "quota_mb"),
        ("request.text_malformed", "display_name"), ("request.field_missing", "reason"),
    }  # fmt: skip
    for locale in LOCALES:
        assert all(say(reason, locale) for reason in no.value.reasons)


@pytest.mark.parametrize(
    ("form", "fields", "code"),
    [
        ("personal", {"address": "alice@corp.test"}, "address.taken"),
        ("personal", {"address": "new@other.test"}, "domain.not_of_company"),
        ("quota", {"mailbox": "bob@corp.test", "quota_mb": 5}, "mailbox.unknown"),
        ("quota", {"mailbox": "charlie@other.test", "quota_mb": 5}, "mailbox.unknown"),
        ("quota", {"mailbox": "alice@corp.test", "quota_mb": 0}, "mailbox.quota_range"),
        ("forward", {"mailbox": "alice@corp.test", "target": "bob@corp.test"}, "permit.target_inside"),
        ("forward", {"mailbox": "alice@corp.test", "target": "@example.org"}, "address.malformed"),
        ("forward", {"mailbox": "alice@corp.test", "target": "*"}, "address.malformed"),
        ("outside", {"mailbox": "alice@corp.test", "until": "2020-01-01"}, "request.date_range"),
        ("outside", {"mailbox": "alice@corp.test", "until": "soon"}, "request.date_malformed"),
        ("group_right", {"mailbox": "alice@corp.test", "group": "nobody@corp.test"}, "group.unknown"),
        ("shared", {"address": "s@corp.test", "display_name": "S", "unit": BRANCH}, "unit.unknown"),
        ("group", {"address": "g@corp.test", "display_name": "G", "who": "me"}, "request.choice_unknown"),
        ("group", {"address": "g@corp.test", "display_name": "G", "who": "anyone", "members": "x@corp.test"}, "address.unknown"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_where_it_stands(house: House, form: str, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as no:
        house.file("alice", form, **fields)
    assert [r.code for r in no.value.reasons] == [code]
    assert not Request.objects.exists()


def test_the_same_thing_is_not_asked_for_twice(house: House) -> None:
    request = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=4000)
    with pytest.raises(Refusal) as no:
        house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=5000)
    assert no.value.decision.params["number"] == request.number
    actions.withdraw(actor=house.actor("alice"), request=request)
    assert house.file("alice", "quota", mailbox="alice@corp.test", quota_mb=5000).number == 2


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.4 x", "application/pdf"), (b"\x89PNG\r\n\x1a\nx", "image/png"), ("說明".encode(), "text/plain"),
        (b"\x00\x01\xff", ""), (b"MZ\x90\x00\x03", ""),
    ],
)  # fmt: skip
def test_an_attachment_is_what_is_in_it(data: bytes, kind: str) -> None:
    if kind:
        assert media_type(data) == kind
    else:
        with pytest.raises(Refusal, match=r"request\.attachment_type"):
            media_type(data)


# -- rules as data --------------------------------------------------------------------------------------------------
def test_a_condition_speaks_of_one_and_the_same_post() -> None:
    facts = Facts(posts=(Post("總公司", False, "財務", 2), Post("總公司/分公司", True, "司機", 5, True)))
    assert not conditions.holds_for({"branch": True, "posts": ["財務"]}, facts)
    assert conditions.holds_for({"branch": True, "grade": 5, "head": True}, facts)
    assert conditions.holds_for({"units": ["分公司"]}, facts) and not conditions.holds_for({"units": ["公司"]}, facts)
    assert conditions.holds_for({"not": {"posts": ["法務"]}}, facts)
    big = Facts(fields={"quota_mb": 20000, "who": "anyone"})
    assert conditions.holds_for({"above": {"quota_mb": 10240}, "fields": {"who": ["anyone"]}}, big)
    assert not conditions.holds_for({"above": {"quota_mb": 20000}}, big)


def test_what_is_wrong_with_a_chain_is_said_step_by_step(house: House) -> None:
    carol, corp = house.actor("carol"), house.cast.corp
    steps: list[dict[str, Any]] = [
        {"by": "nobody"}, {"by": "role", "role": "king"}, {"by": "person", "person": house.cast.charlie.person_id},
        {"by": "head", "levels": 0, "hours": True, "color": 1}, {"by": "hr", "when": [{"planet": "x"}, {"grade": "high"}]},
    ]  # fmt: skip
    with pytest.raises(Refusal) as no:
        actions.save_chain(actor=carol, company=corp, name="odd", title={"en": "Odd"}, steps=steps)
    said = [(r.code.rpartition(".")[2], r.params["step"]) for r in no.value.reasons]
    assert said == [
        ("by", 1), ("value", 2), ("value", 3), ("key", 4), ("value", 4), ("value", 4), ("unknown", 5), ("value", 5),
    ]  # fmt: skip
    for locale in LOCALES:
        assert all(say(reason, locale) for reason in no.value.reasons)
    for name, title, count in (("Odd", "x", 1), ("odd", "", 1), ("odd", "x", 0)):
        with pytest.raises(Refusal):
            actions.save_chain(actor=carol, company=corp, name=name, title={"en": title}, steps=[{"by": "hr"}] * count)
    assert not Chain.objects.exists()


def test_the_rules_of_a_form_are_the_office_s_to_set(house: House) -> None:
    carol, corp = house.actor("carol"), house.cast.corp
    for name in ("alice", "bob", "hana", "ben"):
        with pytest.raises(Refusal, match=r"permission\.missing"):
            actions.set_form(actor=house.actor(name), company=corp, form="quota", enabled=False)
    with pytest.raises(Refusal, match=r"request\.chain_unknown"):
        actions.set_form(actor=carol, company=corp, form="quota", chain="none")
    with pytest.raises(Refusal, match=r"request\.rule_refused"):
        actions.set_form(actor=carol, company=corp, form="quota", who=[{"grade": -1}])
    actions.set_form(actor=carol, company=corp, form="quota", enabled=False)
    refusal = queries.may_file(house.actor("alice"), "quota")
    assert refusal is not None and refusal.code == "request.form_off"
    assert "quota" not in [f.name for f in queries.forms_for(house.actor("alice"), corp)]
    actions.reset_form(actor=carol, company=corp, form="quota")
    actions.set_form(actor=carol, company=corp, form="quota", who=[{"grade": 3}])
    refusal = queries.may_file(house.actor("alice"), "quota")
    assert refusal is not None and refusal.code == "request.not_eligible"
    assert [f.name for f in queries.forms_for(house.actor("alice"), corp)].count("password") == 0
    assert json.dumps(chains.rules_of(corp)["quota"].who) == '[{"grade": 3}]'


def test_a_preview_draws_whom_it_would_ask(house: House) -> None:
    steps: list[dict[str, Any]] = [
        {"by": "head"},
        {"by": "hr", "title": {"en": "People"}},
        {"by": "role", "role": "it"},
    ]
    drawn = queries.chain_preview(house.cast.corp, house.person("cleo"), steps, "en")
    assert [(s.title, s.asked) for s in drawn] == [
        ("Head of the unit", ("Fay",)), ("People", ("Hana",)), ("Role: IT clerk", ("Ben",)),
    ]  # fmt: skip
    assert not Request.objects.exists()
