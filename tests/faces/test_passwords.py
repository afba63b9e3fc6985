"""First password change, activation, one-time links, and the free change of a password."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox, open_with_password
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people import credentials
from hongyan.company.people.models import Account, Company, WebSession
from hongyan.faces.portal.rules import ROWS
from hongyan.kernel import clock, wording
from hongyan.kernel.models import Event
from tests.cast import PASSWORD, Cast
from tests.faces.conftest import Browser, Visit

NEW = "Copper-Teapot-7358"


@pytest.fixture
def eve(cast: Cast, visit: Visit) -> Client:
    """A browser in which Eve has signed in with her first password."""
    mailbox, first = open_with_password(
        actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"), password=None
    )
    return visit(mailbox, first)


def account(login: str) -> Account:
    return Account.objects.get(login=login)


def bad_rows(page: str) -> list[str]:
    return re.findall(r'data-key="(\w+)" data-state="bad"', page)


@pytest.mark.parametrize("path", ["/mailbox", "/console", "/console/audit", "/", "/console/health"])
def test_nothing_else_is_open_before_the_first_password_is_changed(eve: Client, path: str) -> None:
    answer = eve.get(path)  # clause G3.1.1
    assert answer.headers["Location"] in ("/password/change", "/mailbox")
    assert eve.get("/mailbox").headers["Location"] == "/password/change"
    assert eve.post("/mailbox/devices", {"device": "x", "protocols": "imap"}).headers["Location"] == "/password/change"
    assert '<a href="/mailbox"' not in eve.get("/password/change").content.decode()


def test_the_first_password_is_changed_without_asking_for_it_again(eve: Client) -> None:
    assert 'name="current"' not in eve.get("/password/change").content.decode()
    answer = eve.post("/password/change", {"password": NEW, "again": NEW})
    assert answer.headers["Location"] == "/mailbox?said=password"
    assert eve.get("/mailbox").status_code == 200
    assert not account("eve@corp.test").must_change


def test_a_first_password_that_runs_out_while_it_is_changed_ends_the_session(eve: Client) -> None:
    with clock.shifted(timedelta(minutes=29)):
        eve.get("/password/change")
    Account.objects.filter(login="eve@corp.test").update(first_until=clock.now() + timedelta(minutes=40))
    with clock.shifted(timedelta(minutes=41)):  # clause B4.13
        answer = eve.post("/password/change", {"password": NEW, "again": NEW})
        assert answer.headers["Location"].startswith("/signin")
        page = eve.get("/signin?said=ended").content.decode()
    assert account("eve@corp.test").must_change
    assert "失效" in page or "expired" in page


def test_all_reasons_are_said_at_once(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    answer = browser.post("/password/change", {"current": PASSWORD, "password": "alice", "again": "alice"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert bad_rows(page)[:3] == ["length", "mix", "personal"]
    assert "密碼至少要有 10 個字元。" in page and "請至少加入一個數字。" in page


def test_a_password_is_not_shown_back(cast: Cast, visit: Visit) -> None:
    page = visit(cast.alice).post("/password/change", {"current": "cur-x", "password": "Pw-x", "again": "Pw-y"})
    assert not any(text in page.content.decode() for text in ("cur-x", "Pw-x", "Pw-y"))


def test_a_free_change_asks_for_the_present_password(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    for current in ({}, {"current": "nonsense-1"}):
        assert browser.post("/password/change", {"password": NEW, "again": NEW, **current}).status_code == 422
    assert browser.post("/password/change", {"current": PASSWORD, "password": NEW, "again": NEW}).status_code == 303


def test_a_change_ends_all_other_sessions(cast: Cast, visit: Visit) -> None:
    here, there = visit(cast.alice), visit(cast.alice)
    before = here.cookies["hongyan"].value
    here.post("/password/change", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert here.get("/mailbox").status_code == 200 and there.get("/mailbox").status_code == 303
    assert here.cookies["hongyan"].value != before and WebSession.objects.count() == 1


def test_an_aged_password_is_changed_before_anything_else(cast: Cast, visit: Visit) -> None:
    found = visit(cast.alice)
    Company.objects.filter(pk=cast.corp.pk).update(password_max_age_days=90)  # clause P10
    Account.objects.filter(login="alice@corp.test").update(password_set_at=clock.now() - timedelta(days=91))
    for browser, asked in ((visit(cast.alice), False), (found, True)):  # a session that was open already proves nothing
        assert browser.get("/mailbox").headers["Location"] == "/password/change"
        assert ('name="current"' in browser.get("/password/change").content.decode()) is asked


def test_misuse_is_reported_and_the_password_must_be_changed(cast: Cast, visit: Visit) -> None:
    """Clauses P9, P10. Whoever found a session open cannot get at a new password this way."""
    here, there = visit(cast.alice), visit(cast.alice)
    assert here.post("/mailbox/not-me").headers["Location"] == "/password/change?said=misuse"
    assert there.get("/mailbox").headers["Location"].startswith("/signin")
    assert here.get("/mailbox").headers["Location"] == "/password/change"
    assert here.post("/password/change", {"password": NEW, "again": NEW}).status_code == 422
    assert here.post("/password/change", {"current": PASSWORD, "password": NEW, "again": NEW}).status_code == 303
    assert here.get("/mailbox").status_code == 200
    assert Event.objects.filter(kind="misuse.reported", subject="alice@corp.test").count() == 1


def test_the_two_fields_must_agree(eve: Client) -> None:
    assert eve.post("/password/change", {"password": NEW, "again": NEW + "x"}).status_code == 422
    assert account("eve@corp.test").must_change


def test_while_typing_the_server_says_which_rules_hold(cast: Cast, visit: Visit) -> None:
    rows = visit(cast.alice).post("/password/check", {"password": "13800138000"}).json()["rows"]
    states = {row["key"]: row["state"] for row in rows}
    assert states["length"] == "good" and states["mix"] == states["personal"] == "bad"
    assert all(row["why"] for row in rows if row["state"] == "bad")
    empty = visit(cast.alice).post("/password/check", {"password": ""}).json()["rows"]
    assert {row["state"] for row in empty} == {""}


def test_the_check_is_for_those_signed_in(browser: Browser) -> None:
    assert browser.post("/password/check", {"password": "x"}).status_code == 303
    assert browser.get("/password/check").status_code == 405


def test_every_reason_has_its_row() -> None:
    """A reason that a rule can give stands in exactly one row of the checklist."""
    shown = [f"password.{code}" for codes in ROWS.values() for code in codes]
    known = {code for code in wording.catalogue() if code.startswith("password.")}
    no_reason = {"password.unfit", "password.first_expired", "password.stdin_empty"}
    assert sorted(shown) == sorted(known - no_reason)


# -- activation --------------------------------------------------------------------------------------------
@pytest.fixture
def new_mailbox(cast: Cast) -> Mailbox:
    return open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("fan@corp.test"))


@pytest.fixture
def activation(cast: Cast, new_mailbox: Mailbox) -> str:
    assert new_mailbox.account is not None
    token = credentials.make_link(actor=cast.operator, account=new_mailbox.account, purpose="activate")
    return reverse("activate", args=[token])


def test_activation_sets_the_password_and_signs_in(activation: str, browser: Browser) -> None:
    assert "fan@corp.test" in browser.get(activation).content.decode()
    answer = browser.post(activation, {"password": NEW, "again": NEW})
    assert answer.headers["Location"] == "/mailbox?said=activated"
    assert browser.get("/mailbox").status_code == 200
    assert Event.objects.filter(kind="account.activated", subject="fan@corp.test").exists()


def test_a_refused_password_leaves_the_activation_open(activation: str, browser: Browser) -> None:
    answer = browser.post(activation, {"password": "fan", "again": "fan"})
    assert answer.status_code == 422 and "length" in bad_rows(answer.content.decode())
    assert browser.post(activation, {"password": NEW, "again": NEW}).status_code == 303


def test_an_activation_link_works_once(activation: str, browser: Browser) -> None:
    browser.post(activation, {"password": NEW, "again": NEW})
    stranger = Browser()
    for answer in (stranger.get(activation), stranger.post(activation, {"password": NEW, "again": NEW})):
        assert answer.status_code == 410 and "was used" in answer.content.decode()
    assert stranger.post(activation + "/check", {"password": "x"}).status_code == 410


def test_typing_is_checked_at_activation_too(activation: str, browser: Browser) -> None:
    rows = browser.post(activation + "/check", {"password": NEW}).json()["rows"]
    assert {row["state"] for row in rows} == {"good"}


# -- one-time link -----------------------------------------------------------------------------------------
@pytest.fixture
def operator_link(cast: Cast) -> str:
    operator = credentials.ensure_operator(actor=cast.operator)
    return reverse("link", args=[credentials.make_link(actor=cast.operator, account=operator, purpose="signin")])


def test_looking_at_a_link_does_not_spend_it(operator_link: str) -> None:
    for _ in range(3):
        preview = Browser().get(operator_link)
        assert preview.status_code == 200 and "hongyan" not in preview.cookies


def test_a_link_signs_in_once(operator_link: str) -> None:
    browser, second = Browser(), Browser()
    assert browser.post(operator_link).headers["Location"] == "/console"
    assert browser.get("/console").status_code == 200
    assert second.post(operator_link).status_code == second.get(operator_link).status_code == 410


def test_a_link_dies_of_age(operator_link: str) -> None:
    with clock.shifted(timedelta(minutes=31)):
        assert Browser().post(operator_link).status_code == 410


def test_a_link_is_for_its_purpose_only(activation: str, operator_link: str, browser: Browser) -> None:
    assert browser.post(activation.replace("activate", "link")).status_code == 410
    assert browser.get(operator_link.replace("link", "activate")).status_code == 410


def test_the_operator_sets_a_first_password_of_his_own(operator_link: str) -> None:
    browser = Browser()
    browser.post(operator_link)
    assert 'name="current"' not in browser.get("/password/change").content.decode()
    assert browser.post("/password/change", {"password": NEW, "again": NEW}).headers["Location"].startswith("/console")
    assert Browser().post("/signin", {"login": "operator", "password": NEW}).headers["Location"] == "/console"
