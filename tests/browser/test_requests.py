"""From asking to having: Alice applies, Bob approves with a key or several at once, the office opens a stuck one; on a desk and on
a phone. Charlie, of another company, sees none of it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Server, environment, sign_in
from tests.browser.test_looks import look

BACK = """
import django; django.setup()
from hongyan.company.people.models import Account
Account.objects.filter(login__in=["alice@corp.test", "bob@corp.test", "carol@corp.test"]).update(locale="zh-Hant")
"""


@pytest.fixture(scope="module", autouse=True)
def languages(server: Server) -> Iterator[None]:
    """Who chose English here reads Chinese again in the tests that follow."""
    yield
    settings = environment(server.root) | {"DJANGO_SETTINGS_MODULE": "hongyan.faces.settings"}
    subprocess.run([sys.executable, "-P", "-c", BACK], cwd=server.root, env=settings, check=True)


def enter(open_page: Open, who: str, width: int = 1280, dark: bool = False) -> Page:
    page = open_page("/signin", width=width, dark=dark)
    sign_in(page, who)
    if page.locator("html").get_attribute("lang") != "en":
        with page.expect_navigation():
            page.evaluate("document.querySelector('form.languages button[value=en]').click()")
    return page


def ask(page: Page, address: str, name: str) -> str:
    """A shared mailbox, asked for; the address of the request's page."""
    page.goto("/requests")
    page.get_by_role("link", name="New request").click()
    page.get_by_role("link", name=re.compile("Open a department mailbox")).click()
    page.get_by_label("Address").fill("bob")
    expect(page.locator("#said-address")).to_have_attribute("data-state", "bad")
    page.get_by_label("Address").fill(address)
    expect(page.locator("#said-address")).to_have_text(f"{address}@corp.test is free.")
    page.get_by_label("Display name").fill(name)
    page.get_by_label("Reason").fill("Customers write to us")
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url(re.compile(r"/requests/\d+"))
    expect(page.locator(".path [aria-current=step]")).to_contain_text("王博")
    return page.url


@pytest.mark.clause("G3.1.2", "P5", "R4")
def test_from_asking_to_a_mailbox(open_page: Open) -> None:
    alice = enter(open_page, "alice@corp.test", width=390, dark=True)
    alice.goto("/requests/new")
    look(alice)
    paths = [ask(alice, f"desk-{number}", f"Desk {number}") for number in (1, 2, 3)]
    look(alice)

    bob = enter(open_page, "bob@corp.test")
    expect(bob.locator(".nav .count")).to_contain_text("3")
    bob.goto("/approve")
    look(bob)
    expect(bob.locator("[data-card]")).to_have_count(3)
    bob.keyboard.press("j")
    bob.keyboard.press("r")  # asks for a reason, with the cursor in it
    expect(bob.locator(".ask:popover-open textarea")).to_be_focused()
    bob.keyboard.type("Who answers for it?")
    bob.locator(".ask:popover-open").get_by_role("button", name="Send back").click()
    expect(bob.get_by_role("status").first).to_contain_text("Sent back")
    expect(bob.locator("[data-card]")).to_have_count(2)

    phone = enter(open_page, "bob@corp.test", width=390)
    phone.goto("/approve")
    expect(phone.locator("[data-decide-bar]")).to_be_hidden()
    for card in phone.locator("[data-card] .tick").all():
        card.check()
    expect(phone.locator("[data-count]")).to_have_text("2 chosen")
    look(phone)
    phone.get_by_role("button", name="Approve the chosen").click()
    expect(phone.locator(".all-done")).to_be_visible()

    alice.goto(paths[0])
    expect(alice.locator("main")).to_contain_text("Who answers for it?")
    alice.get_by_label("Your answer").fill("I do")
    alice.get_by_role("button", name="Send it again").click()
    expect(alice.locator(".path [aria-current=step]")).to_contain_text("王博")

    carol = enter(open_page, "carol@corp.test")
    carol.goto("/approve")
    expect(carol.locator("[data-card]")).to_have_count(2)
    carol.keyboard.press("j")
    carol.keyboard.press("a")
    expect(carol.locator("[data-card]")).to_have_count(1)
    carol.goto("/console/mailboxes/desk-2@corp.test")
    expect(carol.locator("main")).to_contain_text("Desk 2")
    carol.goto("/console/mailboxes/open?kind=shared")  # meanwhile somebody opens the third by hand
    carol.get_by_label("Address").fill("desk-3")
    carol.get_by_role("button", name="Open the mailbox").click()
    carol.wait_for_url(re.compile("desk-3@corp.test"))
    carol.goto("/approve")
    carol.get_by_role("button", name=re.compile("^Approve: ")).click()
    expect(carol.locator(".all-done")).to_be_visible()
    carol.goto("/console/requests?needs=office")
    carol.get_by_role("link", name=re.compile("^#")).first.click()
    expect(carol.locator("main")).to_contain_text("could not be carried out")
    look(carol)
    carol.get_by_label("Address").fill("desk-three")
    expect(carol.locator("#said-address")).to_have_text("desk-three@corp.test is free.")
    carol.get_by_role("button", name="Change and carry out").click()
    expect(carol.get_by_role("status").first).to_contain_text("carried out")
    alice.goto(paths[2])
    expect(alice.locator("main")).to_contain_text("desk-three@corp.test")

    charlie = enter(open_page, "charlie@other.test")
    for path in ("/requests", "/approve", "/console/requests"):
        charlie.goto(path)
        assert "corp.test" not in charlie.locator("main").inner_text(), path
    assert all(charlie.request.get(path).status == 404 for path in paths)


@pytest.mark.clause("G3.1.2")
def test_a_chain_is_drawn_while_it_is_written(open_page: Open) -> None:
    page = enter(open_page, "carol@corp.test")
    page.goto("/console/chains/new")
    page.get_by_label("Short name").fill("drawn")
    page.get_by_label("Name of the chain English").fill("Drawn")
    page.get_by_role("button", name="Add a step").click()
    expect(page.locator("fieldset.step-edit")).to_have_count(2)
    expect(page.get_by_label("Role").first).to_be_hidden()
    page.locator("#by-1").select_option("office")
    page.get_by_role("button", name="Check and draw").click()
    expect(page.locator("#chain-preview .path > li")).to_have_count(2)
    look(page)
    page.get_by_role("button", name="Save as a new version").click()
    page.wait_for_url(re.compile("/console/chains/drawn"))
    page.get_by_role("link", name="As text").click()
    page.get_by_label("Steps as text").fill("[[step]]\nby = 'hr'\n[[step]]\nby = 'nobody'")
    expect(page.locator("#chain-preview .note.bad")).to_be_visible()
    page.get_by_label("Steps as text").fill("[[step]]\nby = 'head'\n")
    expect(page.locator("#chain-preview .path > li")).to_have_count(1)
    page.set_viewport_size({"width": 390, "height": 860})
    look(page)
    for path in ("/console/forms", "/console/forms/personal"):
        page.goto(path)
        look(page)
