"""The console's rooms of mailboxes, aliases, groups, domains and settings: what they show and do, and to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from hongyan.company.finder.following import catch_up
from hongyan.company.mailboxes import actions
from hongyan.company.mailboxes.models import Alias, Group, Mailbox, Membership
from hongyan.company.people.models import Company, Domain
from hongyan.kernel import clock
from hongyan.kernel.models import Event
from tests.branches import Branches
from tests.cast import Cast
from tests.faces.conftest import Visit

ROOMS = ("/console/mailboxes", "/console/aliases", "/console/groups")
WHOLE = ("/console/domains", "/console/domains/corp.test", "/console/settings")


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def post(client: Client, path: str, status: int = 303, **form: Any) -> str:
    answer = client.post(path, form)
    assert answer.status_code == status, (path, answer.status_code, answer.content.decode()[-2000:])
    return answer.headers.get("Location", "") if status == 303 else answer.content.decode()


@pytest.fixture
def carol(cast: Cast, visit: Visit) -> Client:
    browser = visit(cast.carol)
    browser.post("/language", {"locale": "en"})
    return browser


# -- who sees what ------------------------------------------------------------------------------------------------
def test_a_branchs_administrator_sees_his_branch_and_nothing_else(branches: Branches, visit: Visit) -> None:
    sam = visit(branches.sam)
    for room, seen, unseen in (
        ("/console/mailboxes", ("alice@corp.test", "info@corp.test"), ("erin@corp.test", "desk@corp.test", "carol@")),
        ("/console/aliases", ("help@corp.test",), ("sell@corp.test",)),
        ("/console/groups", ("team@corp.test",), ("crew@corp.test",)),
    ):
        page = text(sam, room)
        assert all(address in page for address in seen) and not any(address in page for address in unseen), room
    for path in (
        "/console/mailboxes/erin@corp.test", "/console/mailboxes/desk@corp.test", "/console/mailboxes/carol@corp.test",
        "/console/aliases/sell@corp.test", "/console/groups/crew@corp.test", *WHOLE,
    ):  # fmt: skip
        text(sam, path, 404)


DO: list[tuple[str, dict[str, str]]] = [
    *((f"/console/mailboxes/erin@corp.test/do/{what}", {"address": "x", "confirm": "erin@corp.test", "size": "1GB"})
      for what in ("suspend", "resume", "rename", "quota", "limit", "expiry", "close", "alias", "alias-end", "sender",
                   "sender-end", "device", "sign-out", "member", "member-change", "member-end", "keeper", "place")),
    ("/console/mailboxes/erin@corp.test/password", {"how": "first"}),
    ("/console/aliases/sell@corp.test/change", {"target": "alice@corp.test"}),
    ("/console/aliases/sell@corp.test/remove", {}),
    *((f"/console/groups/crew@corp.test/do/{what}", {"name": "x", "confirm": "crew@corp.test"})
      for what in ("name", "owner", "writers", "rename", "remove", "member", "member-end", "place")),
    *((f"/console/domains/corp.test/do/{what}", {"confirm": "corp.test"}) for what in ("remove", "default", "check", "sts")),
    ("/console/domains/add?company=corp", {"name": "new.test"}),
    ("/console/settings?company=corp", {"quota_mb": "1"}),
]  # fmt: skip


def test_beyond_ones_reach_nothing_is_there_to_be_changed(branches: Branches, visit: Visit) -> None:
    browsers = [visit(who) for who in (branches.cast.charlie, branches.sam, branches.cast.alice)]
    before = Event.objects.count()
    for path, form in DO:
        assert [browser.post(path, form).status_code for browser in browsers] == [404, 404, 404], path
    assert Event.objects.count() == before


def test_without_a_role_no_room_is_there(cast: Cast, visit: Visit) -> None:
    alice = visit(cast.alice)
    for path in (*ROOMS, *WHOLE, "/console/mailboxes/open", "/console/aliases/add", "/console/groups/add"):
        text(alice, path, 404)


def test_an_outsider_sees_his_own_company(cast: Cast, visit: Visit) -> None:
    charlie = visit(cast.charlie)
    for room in (*ROOMS, "/console/domains", "/console/settings"):
        page = text(charlie, room)
        assert "corp.test" not in page and "北辰" not in page, room
    for path in ("/console/mailboxes/alice@corp.test", "/console/domains/corp.test", "/console/settings?company=corp"):
        text(charlie, path, 404)


# -- mailboxes ----------------------------------------------------------------------------------------------------
@pytest.mark.clause("G2.1.2")
def test_the_list_shows_state_size_and_last_sign_in(cast: Cast, carol: Client) -> None:
    Mailbox.objects.filter(pk=cast.alice.pk).update(used_mb=2900, measured_at=clock.now())
    actions.suspend_mailbox(actor=cast.operator, mailbox=cast.bob, reason="leave")
    page = text(carol, "/console/mailboxes")
    assert "2.8 GB / 3 GB" in page and "Suspended" in page and "林愛麗" in page and "網絡處" in page
    assert text(carol, "/console/mailboxes?used=filling").count("data-row") == 1
    assert text(carol, "/console/mailboxes?state=suspended").count("data-row") == 1
    assert text(carol, "/console/mailboxes?state=active").count("data-row") == 3
    while catch_up():
        pass
    for asked in ("林愛", "lin", "alice", "1001"):
        assert text(carol, f"/console/mailboxes?q={asked}").count("data-row") == 1, asked
    assert text(carol, "/console/mailboxes?ends=nonsense").count("data-row") == 4
    actions.close_mailbox(actor=cast.operator, mailbox=cast.bob)
    assert "bob@corp.test" not in text(carol, "/console/mailboxes")
    assert "bob@corp.test" in text(carol, "/console/mailboxes?state=closed")


def test_a_long_list_costs_the_same_number_of_queries(
    cast: Cast, carol: Client, django_assert_max_num_queries: Any
) -> None:
    actions.open_mailboxes(
        actor=cast.operator, company=cast.corp, new=[actions.NewMailbox(f"u{n}@corp.test") for n in range(60)]
    )
    with django_assert_max_num_queries(16):
        assert text(carol, "/console/mailboxes").count("data-row") == 50


@pytest.mark.clause("G3.1.1", "R1")
def test_a_mailbox_is_opened_and_its_first_password_shown_once(cast: Cast, carol: Client) -> None:
    assert "corp.test</option>" in text(carol, "/console/mailboxes/open")
    page = post(
        carol, "/console/mailboxes/open", 200, kind="personal", local="Eve", domain="corp.test", whose="1001",
        size="5GB", how="first",
    )  # fmt: skip
    eve = Mailbox.objects.get(address="eve@corp.test")
    assert eve.person == cast.alice.person and eve.quota_mb == 5120 and 'id="given"' in page
    assert 'id="given"' not in text(carol, "/console/mailboxes/eve@corp.test")
    page = post(carol, "/console/mailboxes/open", 200, kind="personal", local="eva", domain="corp.test", how="link")
    assert "https://localhost" in page and "/activate/" in page
    assert "/console/mailboxes/team@corp.test" in post(
        carol, "/console/mailboxes/open", kind="shared", local="team", domain="corp.test", unit="總公司/信息部"
    )
    assert Mailbox.objects.get(address="team@corp.test").unit is not None


def test_what_cannot_be_opened_is_said_beside_what_was_typed(cast: Cast, carol: Client) -> None:
    page = post(carol, "/console/mailboxes/open", 422, kind="intern", local="eve", domain="corp.test")
    assert "clause B2" in page and 'value="eve"' in page
    page = post(carol, "/console/mailboxes/open", 422, kind="personal", local="e", domain="corp.test", whose="999")
    assert "There is no person 999" in page and not Mailbox.objects.filter(address="e@corp.test").exists()
    assert "already in use" in post(carol, "/console/mailboxes/open", 422, kind="personal", local="alice@corp.test")


@pytest.mark.clause("G2.1.6", "C6", "B3")
def test_the_page_of_a_mailbox_does_what_its_buttons_say(cast: Cast, carol: Client) -> None:
    at = "/console/mailboxes/alice@corp.test"
    post(carol, f"{at}/do/suspend", reason="long leave")
    page = text(carol, f"{at}?said=suspended")
    assert "long leave" in page and "everybody is signed out" in page and "Resume" in page
    post(carol, f"{at}/do/resume")
    post(carol, f"{at}/do/quota", size="1GB")
    post(carol, f"{at}/do/limit", recipients="77")
    day = (clock.today() + timedelta(days=40)).isoformat()
    post(carol, f"{at}/do/expiry", until=day)
    post(carol, f"{at}/do/alias", address="ally")
    post(carol, f"{at}/do/sender", address="bob@corp.test")
    page = text(carol, at)
    assert all(said in page for said in ("ally@corp.test", "bob@corp.test", day, "77", "1 GB", "Mailbox size changed"))
    post(carol, f"{at}/do/sender-end", address="bob@corp.test")
    post(carol, f"{at}/do/alias-end", address="ally@corp.test")
    post(carol, f"{at}/do/sign-out")
    assert not Alias.objects.exists()
    assert post(carol, f"{at}/do/rename", address="lin", keep="30").startswith("/console/mailboxes/lin@corp.test?")
    assert Alias.objects.get().address == "alice@corp.test"
    assert "is not lin@corp.test" in post(carol, "/console/mailboxes/lin@corp.test/do/close", 422, confirm="lin")
    post(carol, "/console/mailboxes/lin@corp.test/do/close", confirm="lin@corp.test", reason="left")
    page = text(carol, "/console/mailboxes/lin@corp.test")
    assert "Nothing is delivered" in page and "ask-close" not in page


@pytest.mark.clause("G3.2.3", "B4.13")
def test_a_password_is_reset_and_shown_once(cast: Cast, carol: Client) -> None:
    page = post(carol, "/console/mailboxes/alice@corp.test/password", 200, how="first", reason="her head wrote")
    assert 'id="given"' in page and Event.objects.get(kind="password.reset").params["reason"] == "her head wrote"
    assert "/activate/" in post(carol, "/console/mailboxes/alice@corp.test/password", 200, how="link")


@pytest.mark.clause("G3.2.2")
def test_a_shared_mailbox_has_a_keeper_and_members_and_no_password(branches: Branches, visit: Visit) -> None:
    sam, at = visit(branches.sam), "/console/mailboxes/info@corp.test"
    sam.post("/language", {"locale": "en"})
    post(sam, f"{at}/do/place", unit="總公司/信息部/網絡處")
    assert "There is no unit" in post(sam, f"{at}/do/place", 422, unit="總公司/銷售部")
    branches.info.refresh_from_db()
    assert branches.info.unit is not None and branches.info.unit.path == "總公司/信息部/網絡處"
    page = text(sam, at)
    assert "Nobody uses it yet" in page and "ask-password" not in page
    post(sam, f"{at}/do/member", member="alice", rights=["read", "write"])
    post(sam, f"{at}/do/member-change", member="alice@corp.test", rights=["read"])
    row = Membership.objects.get()
    assert (row.read, row.write, row.member.address) == (True, False, "alice@corp.test")
    post(sam, f"{at}/do/keeper", member="bob@corp.test")
    page = text(sam, at)
    assert "王博" in page and "林愛麗" in page and "Every right" in page
    post(sam, f"{at}/do/member-end", member="alice@corp.test")
    assert not Membership.objects.exists()
    assert "There is no mailbox" in post(sam, f"{at}/do/member", 422, member="charlie@other.test", rights=["read"])
    assert "no password" in post(sam, f"{at}/password", 422, how="first").lower()


def test_many_mailboxes_are_changed_at_once(cast: Cast, carol: Client) -> None:
    from hongyan.company.bulk.actions import answer_run, draft_run
    from hongyan.company.bulk.looking import outlook
    from hongyan.company.bulk.operations import find_operation
    from hongyan.kernel.decision import Refusal

    actor = cast.actor(cast.carol)
    rows = [(box.pk, box.address) for box in (cast.alice, cast.bob)]
    run = draft_run(actor=actor, company=cast.corp, operation="mailboxes.quota", rows=rows)
    answer_run(actor=actor, run=run, params={"size": "5GB"})
    assert [(each.will, each.said.params["after"]) for each in outlook(actor, run, list(run.rows.order_by("number")))] == [
        (True, 5 << 30), (True, 5 << 30)
    ]  # fmt: skip
    for name, params in (
        ("mailboxes.quota", {"size": "5GB"}), ("mailboxes.suspend", {"reason": "x"}), ("mailboxes.resume", {}),
        ("mailboxes.expiry", {"until": (clock.today() + timedelta(days=5)).isoformat()}),
    ):  # fmt: skip
        operation = find_operation(name)
        cleaned = operation.clean(actor, cast.corp, params)
        box = operation.rows(actor, cast.corp).get(address="alice@corp.test")
        operation.preview(actor, box, cleaned)
        operation.apply(actor, box, cleaned)
        with pytest.raises(Refusal):
            operation.preview(actor, operation.rows(actor, cast.corp).get(pk=box.pk), cleaned)
        assert not operation.rows(cast.actor(cast.charlie), cast.corp).exists()


# -- aliases and groups -------------------------------------------------------------------------------------------
@pytest.mark.clause("C6")
def test_an_alias_is_added_changed_and_removed(cast: Cast, carol: Client) -> None:
    assert "There is no address" in post(carol, "/console/aliases/add", 422, address="it", target="nobody")
    post(carol, "/console/aliases/add", address="it", target="alice")
    assert "it@corp.test" in text(carol, "/console/aliases?end=lasting")
    post(carol, "/console/aliases/it@corp.test/change", target="bob@corp.test", until="2999-01-01")
    assert "bob@corp.test" in text(carol, "/console/aliases/it@corp.test")
    assert "date" in post(carol, "/console/aliases/it@corp.test/change", 422, target="bob@corp.test", until="soon")
    post(carol, "/console/aliases/it@corp.test/remove")
    assert "There is no alias yet" in text(carol, "/console/aliases")


@pytest.mark.clause("P7", "P12")
def test_a_group_is_made_kept_and_removed(cast: Cast, carol: Client) -> None:
    post(
        carol, "/console/groups/add", address="all", name="全體", who="listed", members="alice\nbob@corp.test, dave",
        listed="carol@corp.test",
    )  # fmt: skip
    at = "/console/groups/all@corp.test"
    page = text(carol, at)
    assert all(said in page for said in ("alice@corp.test", "dave@corp.test", "carol@corp.test", "Those on a list"))
    assert "全體" in text(carol, "/console/groups?q=dave@corp.test")
    post(carol, f"{at}/do/member-end", member="dave@corp.test")
    assert "already" in post(carol, f"{at}/do/member", 422, members="carol alice")
    assert Group.objects.get().entries.filter(writer=False).count() == 2  # all of them or none
    post(carol, f"{at}/do/member", members="carol")
    post(carol, f"{at}/do/writers", who="members")
    post(carol, f"{at}/do/owner", owner="1002")
    post(carol, f"{at}/do/name", name="大家")
    post(carol, f"{at}/do/place", unit="總公司/信息部")
    assert "總公司/信息部" in text(carol, f"{at}?said=placed")
    page = text(carol, at)
    assert "王博" in page and "大家" in page and "Its members" in page
    assert post(carol, f"{at}/do/rename", address="everybody").startswith("/console/groups/everybody@corp.test")
    at = "/console/groups/everybody@corp.test"
    post(carol, f"{at}/do/remove", 422, confirm="no")
    post(carol, f"{at}/do/remove", confirm="everybody@corp.test")
    assert not Group.objects.exists() and not Alias.objects.exists()


# -- domains and settings -----------------------------------------------------------------------------------------
@pytest.mark.clause("R1")
def test_a_domain_shows_its_records_and_says_that_nobody_looked(cast: Cast, carol: Client) -> None:
    assert "Not checked yet" in text(carol, "/console/domains")
    page = text(carol, "/console/domains/corp.test")
    assert "v=DKIM1; k=rsa" in page and "Nobody has looked yet" in page and "ask-remove" not in page
    post(carol, "/console/domains/corp.test/do/check")
    assert "being looked at now" in text(carol, "/console/domains/corp.test?said=asked")
    post(carol, "/console/domains/corp.test/do/sts", mode="enforce")
    second = Domain.objects.create(
        company=cast.corp, name="two.test", selector="hy1", dkim_key=Domain.objects.get(name="corp.test").dkim_key,
        created_at=clock.now(),
    )  # fmt: skip
    post(carol, "/console/domains/two.test/do/default")
    second.refresh_from_db()
    assert second.main
    assert post(carol, "/console/domains/add", 422, name="more.test").count("no right")  # the operator's
    post(carol, "/console/domains/two.test/do/remove", 422, confirm="two.test")
    assert Domain.objects.filter(name="two.test").exists()


@pytest.mark.clause("B3", "B4.9")
def test_settings_say_all_that_is_wrong_and_are_saved_whole(cast: Cast, carol: Client) -> None:
    page = text(carol, "/console/settings")
    assert "clause B3" in page and 'value="3072"' in page
    page = post(carol, "/console/settings", 422, quota_mb="0", junk_days="9999", trash_days="14", name="北辰")
    assert 'id="wrong-quota_mb"' in page and 'id="wrong-junk_days"' in page and 'value="9999"' in page
    corp = Company.objects.get(slug="corp")
    assert (corp.trash_days, corp.name) == (30, "北辰集團")
    post(carol, "/console/settings", quota_mb="4096", postmaster="dave@corp.test\nalice@corp.test")
    corp.refresh_from_db()
    assert corp.quota_mb == 4096 and corp.postmaster == ["dave@corp.test", "alice@corp.test"]
    assert "hold within seconds" in text(carol, "/console/settings?said=saved")
