"""The guide for mail programs in a real browser: every program in three languages, wide and on a phone, by day and night."""

from __future__ import annotations

import pytest

from hongyan.faces.setup.programs import PROGRAMS
from tests.browser.conftest import Open, sign_in
from tests.browser.test_looks import look

PATHS = ["/mailbox/setup", *(f"/mailbox/setup/{program.slug}" for program in PROGRAMS)]


@pytest.mark.parametrize(
    ("locale", "login", "width", "dark"),
    [
        ("zh-TW", "alice@corp.test", 1280, False),
        ("zh-CN", "dave@corp.test", 360, True),
        ("en-GB", "charlie@other.test", 390, False),
    ],
)
def test_pages(open_page: Open, locale: str, login: str, width: int, dark: bool) -> None:
    page = open_page("/signin", locale=locale, width=width, dark=dark)
    sign_in(page, login)
    for path in PATHS:
        page.goto(path)
        look(page)


def test_from_the_mailbox_to_a_filled_in_dialog(open_page: Open) -> None:
    page = open_page("/signin", locale="en-GB", width=390)
    sign_in(page, "charlie@other.test")
    page.goto("/mailbox")
    page.click("text=Step by step, with pictures")
    page.click("a:has-text('Android')")
    page.fill("#device", "Charlie's phone")
    page.click("text=Make a password")
    password = page.locator("#app-password").text_content()
    assert password and page.locator(".dialog code", has_text=password).count() == 3
    page.locator(".dialog dd:has(code:text-is('charlie@other.test')) button").first.click()
    assert page.evaluate("navigator.clipboard.readText()") == "charlie@other.test"
    page.emulate_media(media="print")
    assert not page.locator("header.top").is_visible() and page.locator(".dialog").first.is_visible()
    page.goto("/mailbox/setup/android")
    assert password not in page.content()
