from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from hongyan.company.mailboxes.actions import (
    NewMailbox,
    close_mailbox,
    open_mailbox,
    open_with_password,
    suspend_mailbox,
)  # fmt: skip
from hongyan.company.people import credentials
from hongyan.company.people.models import WebSession
from hongyan.engines.guard.client import Verdict
from hongyan.faces.web import attempts
from hongyan.kernel import clock
from hongyan.kernel.decision import Decision
from hongyan.kernel.models import Event
from tests.cast import PASSWORD, Cast
from tests.faces.conftest import Browser, Visit


def sign_in(browser: Client, login: str, password: str = PASSWORD, **more: str) -> tuple[int, str]:
    answer = browser.post("/signin", {"login": login, "password": password, **more})
    return answer.status_code, answer.headers.get("Location") or answer.content.decode()


def alert(page: str) -> str:
    found = re.search(r'role="(?:alert|status)"[^>]*><div>(.*?)</div>', page, re.DOTALL)
    return found[1] if found else ""


def test_the_right_password_opens_ones_mailbox(cast: Cast, browser: Browser) -> None:
    assert sign_in(browser, " Alice@Corp.test ") == (303, "/mailbox")
    page = browser.get("/mailbox")
    assert "林愛麗" in page.content.decode() and page.headers["Cache-Control"] == "no-store"
    assert Event.objects.filter(kind="signin.ok", subject="alice@corp.test", params__protocol="web").count() == 1


def test_a_wrong_password_and_an_unknown_address_read_the_same(cast: Cast, browser: Browser) -> None:
    wrong, unknown = sign_in(browser, "alice@corp.test", "nonsense-1"), sign_in(browser, "nobody@corp.test")
    assert wrong[0] == unknown[0] == 422
    assert alert(wrong[1]) == alert(unknown[1]) == "The address or the password is wrong."
    assert Event.objects.filter(kind="signin.failed").count() == 2


@pytest.mark.parametrize("kind", ["activation", "suspended", "closed", "expired"])
def test_who_may_not_sign_in_is_told_why_only_with_the_right_password(cast: Cast, browser: Browser, kind: str) -> None:
    password = PASSWORD
    if kind == "suspended":
        suspend_mailbox(actor=cast.operator, mailbox=cast.bob, reason="leave")
    elif kind == "closed":
        close_mailbox(actor=cast.operator, mailbox=cast.bob)
    elif kind == "expired":
        assert cast.bob.account is not None
        password = credentials.reset_password(actor=cast.operator, account=cast.bob.account)
    else:
        open_mailbox(actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"))
    login = "eve@corp.test" if kind == "activation" else "bob@corp.test"
    wrong = "The address or the password is wrong."
    said = {"suspended": "stopped this mailbox", "closed": "closed", "expired": "has expired", "activation": wrong}
    with clock.shifted(timedelta(hours=2, seconds=1)):  # clause B4.13
        assert alert(sign_in(browser, login, "nonsense-1")[1]) == wrong
        status, page = sign_in(browser, login, password)
    assert status == 422 and said[kind] in alert(page)
    assert ("[clause " in alert(page)) is (kind != "activation")
    assert "hongyan" not in browser.cookies


@pytest.mark.parametrize(
    ("target", "goes"),
    [
        ("/mailbox?x=1", "/mailbox?x=1"), ("https://evil.test/", "/mailbox"), ("//evil.test/", "/mailbox"),
        ("/\\evil.test", "/mailbox"), ("javascript:alert(1)", "/mailbox"), ("http:evil", "/mailbox"),
    ],
)  # fmt: skip
def test_signing_in_goes_on_within_the_site_only(cast: Cast, browser: Browser, target: str, goes: str) -> None:
    assert sign_in(browser, "alice@corp.test", next=target) == (303, goes)


def test_whoever_must_sign_in_first_comes_back(cast: Cast, browser: Browser) -> None:
    answer = browser.get("/console/audit?kind=mail.")
    assert answer.headers["Location"] == "/signin?next=%2Fconsole%2Faudit%3Fkind%3Dmail."
    assert 'value="/console/audit?kind=mail."' in browser.get(answer.headers["Location"]).content.decode()


def test_the_session_gets_a_new_key_at_sign_in_and_the_row_does_not_hold_it(cast: Cast, browser: Browser) -> None:
    browser.cookies["hongyan"] = "chosen-by-somebody-else"
    sign_in(browser, "alice@corp.test")
    first = browser.cookies["hongyan"].value
    browser.post("/signin", {"login": "alice@corp.test", "password": PASSWORD})
    assert first not in ("chosen-by-somebody-else", browser.cookies["hongyan"].value)
    row = WebSession.objects.get()  # the earlier one was left
    assert row.session_key not in first and first not in row.session_data
    cookie = browser.cookies["hongyan"]
    assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["expires"]


def test_a_suspension_ends_the_session_at_its_next_request_and_says_why(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    suspend_mailbox(actor=cast.operator, mailbox=cast.alice, reason="leave")
    answer = browser.get("/mailbox")
    assert answer.headers["Location"] == "/signin?next=%2Fmailbox&said=ended"
    assert "stopped this mailbox" in alert(browser.get(answer.headers["Location"]).content.decode())


def test_an_ended_session_says_so(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    WebSession.objects.all().delete()
    target = browser.get("/mailbox").headers["Location"]
    assert "Your session has ended" in alert(browser.get(target).content.decode())


def test_signing_out_ends_the_session(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    assert browser.post("/signout").headers["Location"] == "/signin"
    assert not WebSession.objects.exists()
    assert browser.get("/mailbox").status_code == 303


def test_signing_out_needs_a_form(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    assert browser.get("/signout").status_code == 405
    assert browser.get("/mailbox").status_code == 200


def test_a_form_of_another_site_is_refused_in_words(cast: Cast) -> None:
    browser = Browser()
    browser.handler.enforce_csrf_checks = True
    answer = browser.post("/signin", {"login": "alice@corp.test", "password": PASSWORD})
    assert answer.status_code == 403 and "This form is too old" in answer.content.decode()
    assert answer.headers["Content-Security-Policy"]


class Guard:
    """Stands in for the guard's answers; its own tests are in tests/engines/guard."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.told: list[tuple[str, bool, str]] = []

    def allow(self, login: str, remote: str, password: str, *, agent: str) -> Verdict:
        return self.verdict

    def report(self, login: str, remote: str, password: str, *, success: bool, agent: str, reason: str) -> bool:
        self.told.append((login, success, reason))
        return True


def test_a_lock_is_said_and_the_password_is_not_looked_at(
    cast: Cast, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = Decision("signin.account_locked", {"login": "alice@corp.test", "until": 1_800_000_000}, "B4.10")
    guard = Guard(Verdict(refused=locked))
    monkeypatch.setattr(attempts, "_guard", lambda: guard)
    status, page = sign_in(browser, "alice@corp.test")
    assert status == 422 and "locked until" in alert(page) and guard.told == []


def test_the_guard_is_told_what_came_of_it_and_keeps_the_record(
    cast: Cast, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = Guard(Verdict())
    monkeypatch.setattr(attempts, "_guard", lambda: guard)
    sign_in(browser, "alice@corp.test", "nonsense-1")
    suspend_mailbox(actor=cast.operator, mailbox=cast.bob, reason="")
    sign_in(browser, "bob@corp.test")
    sign_in(browser, "alice@corp.test")
    assert guard.told == [
        ("alice@corp.test", False, ""), ("bob@corp.test", False, "signin.suspended"), ("alice@corp.test", True, ""),
    ]  # fmt: skip
    assert not Event.objects.filter(kind__startswith="signin.").exists()


def test_without_the_guard_wrong_passwords_wait_longer_and_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "STEP", 0.1)
    slow, attempt = attempts.Slowdown(), attempts.Attempt("a@b.test", "192.0.2.1", "", "x")
    waits = []
    for _ in range(8):
        waits.append(slow.wait_for(attempt))
        slow.wrong(attempt)
    assert waits[:3] == [0.0, 0.1, 0.2] and waits[-1] == attempts.LONGEST_WAIT
    slow.right(attempt)
    other = attempts.Attempt("other@b.test", "192.0.2.99", "", "x")
    assert slow.wait_for(other) == 0.0


def test_first_password_leads_to_its_change(cast: Cast, browser: Browser) -> None:
    _, first = open_with_password(
        actor=cast.operator, company=cast.corp, new=NewMailbox("eve@corp.test"), password=None
    )
    assert sign_in(browser, "eve@corp.test", first) == (303, "/mailbox")
    assert browser.get("/mailbox").headers["Location"] == "/password/change"
