"""The office's day in the mail rooms: a mailbox is opened, renamed and closed, a company is dressed; on a desk and a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, sign_in
from tests.browser.test_looks import look

PAGES = (
    "/console/mailboxes", "/console/mailboxes/open", "/console/mailboxes/alice@corp.test", "/console/aliases",
    "/console/aliases/add", "/console/groups", "/console/groups/add", "/console/domains", "/console/domains/corp.test",
    "/console/settings", "/console/look",
)  # fmt: skip


@pytest.mark.parametrize(("width", "dark", "locale"), [(1280, False, "zh-TW"), (390, True, "en-GB")])
def test_every_room_can_be_read(open_page: Open, width: int, dark: bool, locale: str) -> None:
    page = open_page("/signin", locale=locale, width=width, dark=dark)
    sign_in(page, "carol@corp.test")
    if locale == "en-GB":
        with page.expect_navigation():
            page.evaluate("document.querySelector('form.languages button[value=en]').click()")
    for path in PAGES:
        page.goto(path)
        look(page)


@pytest.mark.clause("G2.1.2", "C6")
def test_a_mailbox_from_its_opening_to_its_end(open_page: Open) -> None:
    page = open_page("/signin")
    sign_in(page, "carol@corp.test")
    with page.expect_navigation():
        page.evaluate("document.querySelector('form.languages button[value=en]').click()")
    page.goto("/console/mailboxes")
    page.get_by_role("link", name="Open a mailbox").click()
    page.get_by_label("Address").fill("walker")
    page.get_by_role("button", name="Open the mailbox").click()
    assert len(page.locator("#given").inner_text()) > 10
    page.get_by_role("button", name="Suspend").click()
    dialog = page.locator("#ask-suspend")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").fill("on leave")
    dialog.get_by_role("button", name="Suspend").click()
    expect(page.locator("main")).to_contain_text("on leave")
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Rename").click()
    page.locator("#rename-address").fill("wanderer")
    page.locator("#ask-rename").get_by_role("button", name="Rename").click()
    page.wait_for_url(re.compile("wanderer@corp.test"))
    expect(page.locator("main")).to_contain_text("walker@corp.test")
    page.get_by_role("button", name="Close the mailbox").first.click()
    page.locator("#close-confirm").fill("wanderer@corp.test")
    page.locator("#ask-close").get_by_role("button", name="Close the mailbox").click()
    expect(page.locator("main")).to_contain_text("Nothing is delivered")
    page.goto("/console/mailboxes?q=wanderer")
    expect(page.locator("main")).to_contain_text("Nothing fits")


@pytest.mark.clause("R1")
def test_a_companys_colour_reaches_its_sign_in_page(open_page: Open) -> None:
    page = open_page("/signin")
    sign_in(page, "charlie@other.test")
    page.goto("/console/look")
    _choose(page, "#ffcc00")
    expect(page.get_by_role("alert")).to_contain_text("4.5")
    _choose(page, "#00693e")
    assert page.evaluate("getComputedStyle(document.querySelector('main .button')).backgroundColor")
    page.goto("/console/look")
    shown = page.get_by_role("button", name="Save the colour").evaluate("e => getComputedStyle(e).backgroundColor")
    assert shown == "rgb(0, 105, 62)"
    look(page)
    visitor = open_page("/signin?company=other", dark=True)
    expect(visitor.locator(".scene-title")).to_have_text("Other Ltd")
    look(visitor)
    page.get_by_role("button", name="Back to the product's own").click()


def _choose(page: Page, colour: str) -> None:
    page.locator("#accent").evaluate("(e, value) => { e.value = value; }", colour)
    with page.expect_navigation():
        page.get_by_role("button", name="Save the colour").click()
