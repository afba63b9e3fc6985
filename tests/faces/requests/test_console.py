"""The office: every request of its reach, what is stuck, chains and rules; and who must not see or change them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Unit
from hongyan.company.people.roles import grant_role
from hongyan.company.requests import chains
from hongyan.company.requests.models import Chain, FormRule
from hongyan.faces.console.requests import toml
from hongyan.kernel.decision import Refusal
from tests.company.requests.house import BRANCH, House, again, sits, step
from tests.faces.conftest import Visit
from tests.faces.requests.test_filing import text


@pytest.fixture
def carol(house: House, visit: Visit) -> Client:
    return visit(house.cast.carol)


def test_the_office_finds_and_opens_every_request(house: House, carol: Client) -> None:
    filed = house.file("alice", "shared", address="team@corp.test", display_name="Team")
    branch = house.file("cleo", "quota", mailbox="cleo@corp.test", quota_mb="5 GB")
    page = text(carol, "/console/requests")
    assert f"/console/requests/{filed.pk}" in page and "王博" in page and "cleo@corp.test" in page
    for asked, found in (
        ("q=team@", filed),
        (f"q=%23{branch.number}", branch),
        ("q=Cleo", branch),
        ("form=quota", branch),
    ):
        shown = text(carol, f"/console/requests?{asked}")
        assert f"/console/requests/{found.pk}" in shown and shown.count('href="/console/requests/') == 1, asked
    assert f"/console/requests/{filed.pk}" not in text(carol, "/console/requests?needs=office")
    assert "team@corp.test" in text(carol, f"/console/requests/{filed.pk}")


def test_the_office_puts_somebody_else_in_charge(house: House, carol: Client) -> None:
    filed = house.file("alice", "shared", address="team@corp.test", display_name="Team")
    page = f"/console/requests/{filed.pk}"
    assert carol.post(f"{page}/reassign", {"person": "ida"}).status_code == 422  # no reason
    assert carol.post(f"{page}/reassign", {"person": "carol", "reason": "快"}).status_code == 422  # himself
    answer = carol.post(f"{page}/reassign", {"person": "Ida", "reason": "王博出差"})
    assert (answer.status_code, answer["Location"]) == (303, f"{page}?said=reassigned")
    assert sits(filed) == ["Ida"]


def test_a_stuck_request_is_seen_and_opened_by_the_office(house: House, carol: Client) -> None:
    filed = house.approve("bob", house.file("alice", "project", address="apollo@corp.test", display_name="Apollo"))
    open_mailbox(actor=house.cast.operator, company=house.cast.corp, new=NewMailbox("apollo@corp.test", kind="shared"))
    house.approve("otto", filed)
    assert f"/console/requests/{filed.pk}" in text(carol, "/console/requests?needs=office")
    assert "/console/requests?needs=office" in text(carol, "/console")
    amended = {"address": "apollo-1", "address-domain": "corp.test", "display_name": "Apollo"}
    assert carol.post(f"/console/requests/{filed.pk}/amend", amended | {"address": "bob"}).status_code == 422
    assert carol.post(f"/console/requests/{filed.pk}/amend", amended).status_code == 303
    assert again(filed).state == "done" and Mailbox.objects.filter(address="apollo-1@corp.test").exists()
    assert "/console/requests?needs=office" not in text(carol, "/console")


@pytest.mark.clause("G3.1.1")
def test_an_activation_link_is_shown_once_and_works(house: House, carol: Client, visit: Visit) -> None:
    filed = house.file("hana", "personal", for_="milo", address="milo2@corp.test")
    house.approve("otto", filed)
    page = f"/console/requests/{filed.pk}"
    assert f"{page}/link" in text(carol, page)
    shown = carol.post(f"{page}/link").content.decode()
    link = shown.split('id="given">')[1].split("<")[0]
    assert Client(headers={"host": "localhost"}).get(link[link.index("/activate") :], secure=True).status_code == 200
    assert visit(house.boxes["hana"]).post(f"/requests/{filed.pk}/link").status_code in (200, 422)


@pytest.mark.clause("B1.7", "G2.1.3", "R4")
def test_whoever_looks_after_a_branch_sees_its_requests_alone(house: House, visit: Visit) -> None:
    operator, corp = house.cast.operator, house.cast.corp
    grant_role(
        actor=operator, account=house.account("ben"), role="scoped", company=corp, reason="分級管理",
        unit=Unit.objects.get(company=corp, path=BRANCH),
    )  # fmt: skip
    there = house.file("alice", "shared", address="team@corp.test", display_name="Team")
    here = house.file("cleo", "quota", mailbox="cleo@corp.test", quota_mb="5 GB")
    ben = visit(house.boxes["ben"])
    page = text(ben, "/console/requests")
    assert f"/console/requests/{here.pk}" in page and "team@corp.test" not in page and "alice" not in page
    for browser, filed in ((ben, there), (visit(house.cast.charlie), here), (visit(house.cast.alice), there)):
        assert browser.get(f"/console/requests/{filed.pk}").status_code == 404
        for what in ("reassign", "withdraw", "amend", "decide", "attach"):
            assert (
                browser.post(f"/console/requests/{filed.pk}/{what}", {"person": "ben", "reason": "x"}).status_code
                == 404
            )
    for name in ("console-forms", "console-forms-pack"):
        assert ben.post(reverse(name), {"pack": "B"}).status_code == 404
    for path in ("/console/forms/quota", "/console/chains/head"):
        assert (ben.get(path).status_code, ben.post(path, {"do": "reset"}).status_code) == (404, 404)
    assert again(there).state == again(here).state == "waiting" and not FormRule.objects.exists()
    assert step(here).seats.exists()


# -- chains -----------------------------------------------------------------------------------------------
TITLES = {"title-zh-Hant": "新的流程", "title-en": "New"}


@pytest.mark.clause("G3.1.2", "P12")
def test_a_chain_is_built_step_by_step_and_drawn(house: House, carol: Client) -> None:
    new = "/console/chains/new"
    assert 'name="by-0"' in text(carol, new)
    form = TITLES | {"name": "two-heads", "count": "1", "by-0": "head", "as-if": "林愛麗"}
    page = carol.post(new, form | {"do": "add"}).content.decode()
    assert 'name="by-1"' in page and "王博" in page and not Chain.objects.filter(name="two-heads").exists()
    form |= {
        "count": "2", "by-1": "head", "levels-1": "2", "need-1": "all", "hours-1": "72", "title-1-en": "Division",
        "when-1": "[{ branch = false }]",
    }  # fmt: skip
    page = carol.post(new, form | {"do": "look"}, headers={"X-Part": "preview"}).content.decode()
    assert "Ida" in page and "<html" not in page
    answer = carol.post(new, form | {"do": "save"})
    assert (answer.status_code, answer["Location"]) == (303, "/console/chains/two-heads?said=chain")
    saved = Chain.objects.get(name="two-heads")
    assert saved.steps == [
        {"by": "head"},
        {
            "by": "head",
            "levels": 2,
            "hours": 72,
            "need": "all",
            "when": [{"branch": False}],
            "title": {"en": "Division"},
        },
    ]
    kept = text(carol, "/console/chains/two-heads")
    assert 'value="[{ branch = false }]" selected' in kept
    swapped = carol.post("/console/chains/two-heads", form | {"do": "up:1"}).content.decode()
    assert swapped.index('value="2"') < swapped.index('name="by-1"')
    assert 'name="by-1"' not in carol.post("/console/chains/two-heads", form | {"do": "drop:0"}).content.decode()


def test_what_is_wrong_with_a_chain_is_said_and_nothing_is_saved(house: House, carol: Client) -> None:
    new, form = "/console/chains/new", TITLES | {"count": "1", "name": "mine"}
    for wrong in (
        {"by-0": "nobody"}, {"by-0": "head", "hours-0": "soon"}, {"by-0": "person", "person-0": "unknown"},
        {"by-0": "head", "name": "Not A Name"}, {"by-0": "head", "when-0": "[{"}, {"by-0": "head", "when-0": "[{ x = 1 }]"},
        {"count": "0"}, {"source": "[[step"}, {"source": "step = [1]"}, {"source": "x = 1"}, {"source": ""},
    ):  # fmt: skip
        assert carol.post(new, form | wrong).status_code == 422, wrong
    assert not Chain.objects.filter(company=house.cast.corp).exists()
    assert carol.get("/console/chains/unheard-of").status_code == 404


def test_a_chain_as_text_is_what_it_was(house: House, carol: Client) -> None:
    for pack in chains.PACKS:
        for chain in chains.pack_named(pack).chains.values():
            assert toml.read(toml.written(chain["steps"])) == chain["steps"]
    page = text(carol, "/console/chains/head?as=text")
    assert "[[step]]" in page
    source = toml.written([{"by": "hr", "title": {"en": 'a "quoted" \\ one'}}])
    assert carol.post("/console/chains/head", TITLES | {"source": source}).status_code == 303
    assert Chain.objects.get(name="head").steps == [{"by": "hr", "title": {"en": 'a "quoted" \\ one'}}]
    with pytest.raises(Refusal, match=r"chain\.text"):
        toml.condition("{")


# -- who may file -----------------------------------------------------------------------------------------
@pytest.mark.clause("B1")
def test_rules_are_rows_and_take_hold_at_once(house: House, carol: Client, visit: Visit) -> None:
    page = "/console/forms/quota"
    form = {"enabled": "1", "chain": "head", "exception": "office", "count": "2"}
    rule = {
        "clause-0": "B1.2",
        "branch-0": "yes",
        "posts-0": "營銷，客服",
        "units-1": "信息部",
        "grade-1": "5",
        "head-1": "no",
    }
    assert carol.post(page, form | rule | {"grade-1": "high"}).status_code == 422
    assert carol.post(page, form | rule).status_code == 303
    assert list(chains.rule_for(house.cast.corp, "quota").who) == [
        {"clause": "B1.2", "branch": True, "posts": ["營銷", "客服"]},
        {"head": False, "units": ["信息部"], "grade": 5},
    ]
    assert "/requests/new/quota?exception=1" in text(visit(house.cast.alice), "/requests/new")
    assert 'value="營銷、客服"' in text(carol, page)
    assert 'name="clause-4"' in carol.post(page, form | rule | {"do": "more"}).content.decode()
    assert carol.post(page, form | rule | {"drop-0": "1", "drop-1": "1"}).status_code == 303
    assert chains.rule_for(house.cast.corp, "quota").who == ()
    assert carol.post(page, {"chain": "head", "count": "0"}).status_code == 303  # no longer offered
    assert "/requests/new/quota" not in text(visit(house.cast.alice), "/requests/new")
    assert carol.post(page, {"do": "reset"}).status_code == 303 and not FormRule.objects.exists()
    assert carol.post("/console/forms/nothing", form).status_code == 404


def test_what_the_rows_have_no_place_for_is_kept(house: House, carol: Client) -> None:
    page, rest = "/console/forms/large", '{"above": {"size_mb": 40}}'
    form = {"enabled": "1", "chain": "head", "count": "1", "head-0": "yes", "rest-0": rest}
    assert carol.post(page, form).status_code == 303
    assert list(chains.rule_for(house.cast.corp, "large").who) == [{"head": True, "above": {"size_mb": 40}}]
    assert "&quot;size_mb&quot;: 40" in text(carol, page)
    assert carol.post(page, form | {"rest-0": '{"nonsense": 1}'}).status_code == 422


@pytest.mark.clause("B2")
def test_a_ready_policy_is_taken_over_as_a_whole(house: House, carol: Client) -> None:
    assert carol.post("/console/forms/pack", {"pack": "X"}).status_code == 422
    assert carol.post("/console/forms/pack", {"pack": "B"}).status_code == 303
    assert chains.rule_for(house.cast.corp, "personal").chain == "branch" and "B1.2" in text(
        carol, "/console/forms/personal"
    )
