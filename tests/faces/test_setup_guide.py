"""The guide for mail programs: one's own data in every dialog, a password shown once, nothing of others."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from pytest_django import Settings

from hongyan.company.mailboxes.models import AppPassword
from hongyan.faces.setup.programs import PROGRAMS
from hongyan.kernel.instance import STANDARD_PORTS, Instance
from tests.cast import Cast
from tests.faces.conftest import Browser, Visit

PAGES = ["/mailbox/setup", *(f"/mailbox/setup/{program.slug}" for program in PROGRAMS)]
#: A text of the page of each program, in each language.
WORDS = {"zh-Hant": "設定郵件程式", "zh-Hans": "设置邮件程序", "en": "Set up a mail program"}


@pytest.fixture
def open_to_all(settings: Settings, bare_instance: Instance) -> Instance:
    instance = replace(bare_instance, listen="0.0.0.0", ports=STANDARD_PORTS)
    settings.INSTANCE, settings.WEB_URL = instance, "https://mail.corp.test"
    return instance


def fields(page: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r'<span class="box"><code id="[^"]*">([^<]*)</code>', page)]


@pytest.mark.parametrize("path", PAGES)
def test_one_signs_in_first(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 303 and answer["Location"].startswith("/signin?next=%2Fmailbox%2Fsetup")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("locale", WORDS)
def test_every_page_in_every_language(cast: Cast, visit: Visit, open_to_all: Instance, path: str, locale: str) -> None:
    assert cast.alice.account is not None
    cast.alice.account.locale = locale
    cast.alice.account.save()
    page = visit(cast.alice).get(path).content.decode()
    assert f'<html lang="{locale}"' in page and WORDS[locale] in page
    assert not any(word in page for other, word in WORDS.items() if other != locale)
    assert " style=" not in page and not re.search(r" on\w+=", page)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.slug)
def test_dialogs_hold_the_persons_own_data(cast: Cast, visit: Visit, open_to_all: Instance, program: object) -> None:
    page = visit(cast.alice).get(f"/mailbox/setup/{program.slug}").content.decode()  # type: ignore[attr-defined]
    filled = fields(page)
    assert {"alice@corp.test", "mail.corp.test"} <= set(filled)
    assert "" not in filled
    assert all("corp.test" in text or "@" not in text for text in filled)
    if program.slug in ("outlook", "foxmail", "android"):  # type: ignore[attr-defined]
        assert {"993", "465"} <= set(filled)


def test_charlie_sees_his_own(cast: Cast, visit: Visit, open_to_all: Instance) -> None:
    page = visit(cast.charlie).get("/mailbox/setup/thunderbird").content.decode()
    assert (
        "charlie@other.test" in fields(page)
        and "Other Ltd" in visit(cast.charlie).get("/mailbox/setup").content.decode()
    )
    assert "alice" not in page and "北辰" not in page


def test_a_password_is_shown_once_in_the_dialogs_too(cast: Cast, visit: Visit, open_to_all: Instance) -> None:
    alice = visit(cast.alice)
    page = alice.post("/mailbox/setup/iphone/password", {"device": "我的手機"}).content.decode()
    match = re.search(r'<code id="app-password">([^<]+)</code>', page)
    assert match is not None and fields(page).count(match[1]) == 4
    made = AppPassword.objects.get(mailbox=cast.alice)
    assert (made.device, made.protocols) == ("我的手機", ["imap", "smtp"])
    again = alice.get("/mailbox/setup/iphone").content.decode()
    assert match[1] not in again and "••••" in again


def test_a_device_without_name_is_refused_in_words(cast: Cast, visit: Visit, open_to_all: Instance) -> None:
    answer = visit(cast.alice).post("/mailbox/setup/android/password", {"device": " "})
    assert answer.status_code == 422 and 'id="refusal"' in answer.content.decode()
    assert not AppPassword.objects.exists()


def test_a_password_is_made_by_the_owner_alone(cast: Cast, browser: Browser, open_to_all: Instance) -> None:
    assert browser.post("/mailbox/setup/android/password", {"device": "x"}).status_code == 303
    assert browser.get("/mailbox/setup/android/password").status_code == 405
    assert not AppPassword.objects.exists()


def test_the_code_for_phones_is_the_pages_address_and_nothing_else(
    cast: Cast, visit: Visit, open_to_all: Instance
) -> None:
    import segno

    page = visit(cast.alice).get("/mailbox/setup/iphone").content.decode()
    expected = segno.make("https://mail.corp.test/mailbox/setup/iphone", error="m", micro=False)
    assert expected.svg_inline(border=3, dark="#000", light="#fff", omitsize=True) in page


def test_a_server_that_phones_cannot_reach_says_so(cast: Cast, visit: Visit) -> None:
    page = visit(cast.charlie).get("/mailbox/setup/iphone").content.decode()
    assert "qrline" not in page and "a phone cannot reach it" in page
    assert f"localhost:{STANDARD_PORTS['imaps']}" not in page and "localhost:10993" in fields(page)


@pytest.mark.parametrize("path", ["/mailbox/setup/eudora", "/mailbox/setup/authority.crt", "/mailbox/setup/OUTLOOK"])
def test_what_is_not_there(cast: Cast, visit: Visit, open_to_all: Instance, path: str) -> None:
    assert visit(cast.alice).get(path).status_code == 404
