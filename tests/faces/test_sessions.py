from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError

from hongyan.company.people.models import WebSession
from hongyan.faces.web.sessions import IDLE, LONGEST, SessionStore, row_key
from hongyan.kernel import clock
from tests.cast import Cast
from tests.faces.conftest import Browser, Visit


@pytest.mark.parametrize(
    ("later", "lives"), [(IDLE - timedelta(seconds=5), True), (IDLE + timedelta(seconds=5), False)]
)
def test_a_session_dies_of_idleness(cast: Cast, visit: Visit, later: timedelta, lives: bool) -> None:
    browser = visit(cast.alice)
    with clock.shifted(later):
        assert (browser.get("/mailbox").status_code == 200) is lives


def test_a_session_in_use_dies_of_age(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    step, passed = timedelta(minutes=20), timedelta()
    while passed + step < LONGEST:
        passed += step
        with clock.shifted(passed):
            assert browser.get("/mailbox").status_code == 200
    with clock.shifted(LONGEST + timedelta(seconds=5)):
        assert browser.get("/mailbox").status_code == 303


def test_being_seen_is_written_once_a_minute(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    began = WebSession.objects.get().seen_at
    with clock.shifted(timedelta(seconds=50)):
        browser.get("/mailbox")
    assert WebSession.objects.get().seen_at == began
    with clock.shifted(timedelta(seconds=70)):
        browser.get("/mailbox")
    seen = WebSession.objects.get().seen_at
    assert began and seen and seen > began + timedelta(seconds=65)


def test_a_row_says_where_a_session_is(cast: Cast, visit: Visit) -> None:
    visit(cast.alice, **{"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0" + "x" * 400})
    row = WebSession.objects.get()
    assert row.remote == "127.0.0.1" and len(row.agent) == 300 and row.account == cast.alice.account


def test_a_session_that_was_ended_is_not_saved_back(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.alice)
    store = SessionStore(browser.cookies["hongyan"].value)
    assert store.account == cast.alice.account
    WebSession.objects.all().delete()
    with pytest.raises(UpdateError):
        store.save()
    assert not WebSession.objects.exists()


def test_old_rows_are_swept(cast: Cast, visit: Visit) -> None:
    visit(cast.alice)
    with clock.shifted(timedelta(minutes=20)):
        young = visit(cast.bob).cookies["hongyan"].value
    with clock.shifted(timedelta(minutes=40)):
        SessionStore.clear_expired()
    assert [row.session_key for row in WebSession.objects.all()] == [row_key(young)]


def test_visitors_leave_no_session(browser: Browser) -> None:
    for path in ("/", "/signin", "/nowhere", "/link/none", "/mailbox"):
        browser.get(path)
    assert not WebSession.objects.exists() and "hongyan" not in browser.cookies
