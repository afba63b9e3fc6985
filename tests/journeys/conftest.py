"""A whole company with its real engines, and a real browser in which its people work."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE, sign_in
from tests.resilience import hands
from tests.system.hands import CHECKOUT, Running, running_instance

#: The cast; Harriet of HR, Hans beside Alice, Erin who keeps a shared mailbox, Judy who is dismissed, Mona who moves, the intern Ines.
_STAFF = f"""
import sys
from datetime import timedelta
sys.path.insert(0, {str(CHECKOUT)!r})
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.people.actions import add_person, add_unit
from hongyan.company.people.models import Unit
from hongyan.company.people.roles import grant_role
from hongyan.kernel import clock
from tests.cast import _password_hash, make_cast
cast = make_cast()
corp, root = cast.corp, cast.operator
unit = Unit.objects.get(company=corp, path="總公司/信息部/網絡處")
sales = add_unit(actor=root, company=corp, path="總公司/銷售部")
def opened(name, full, where, **more):
    person = add_person(actor=root, company=corp, name=full, unit=where, **more)
    new = NewMailbox(f"{{name}}@corp.test", person=person, password_hash=_password_hash())
    return open_mailboxes(actor=root, company=corp, new=[new])[0]
harriet = opened("harriet", "何瑞", sales, number="2001")
grant_role(actor=root, account=harriet.account, role="hr", company=corp)
opened("hans", "韓森", unit, number="2002")
erin = opened("erin", "尹艾琳", unit, number="2003")
opened("judy", "朱迪", unit, number="2004")
opened("mona", "莫娜", unit, number="2005")
ines = add_person(actor=root, company=corp, name="英妮", unit=unit, number="2006")
until = clock.today() + timedelta(days=30)
intern = NewMailbox("ines@corp.test", kind="intern", person=ines, password_hash=_password_hash(), expires_on=until)
open_mailboxes(actor=root, company=corp, new=[intern])
open_mailboxes(actor=root, company=corp, new=[NewMailbox("info@corp.test", kind="shared", keeper=erin.person, unit=unit)])
"""


@pytest.fixture(scope="package")
def town() -> Iterator[Running]:
    with running_instance("--offline", name="j") as running:
        hands.rows(running, _STAFF)
        hands.wait_published(running)
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


Enter = Callable[[str], Page]


@pytest.fixture
def enter(chromium: Browser, town: Running) -> Iterator[Enter]:
    """`enter("bob")`: Bob's own browser, signed in, in traditional Chinese."""
    contexts: list[BrowserContext] = []

    def visit() -> Page:
        context = chromium.new_context(
            base_url=town.instance.web_url,
            locale="zh-TW",
            ignore_https_errors=True,
            viewport={"width": 1280, "height": 860},
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    def enter_it(who: str) -> Page:
        page = visit()
        page.goto("/signin")
        sign_in(page, f"{who}@corp.test")
        return page

    enter_it.visit = visit  # type: ignore[attr-defined]
    yield enter_it
    for context in contexts:
        context.close()
