"""What holds for every page: walls, headers, languages, texts, static files, errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, reverse
from django.urls.converters import IntConverter
from django.utils import translation
from pytest_django import Settings

from hongyan.faces.portal import mailbox as mailbox_page
from hongyan.faces.urls import urlpatterns
from hongyan.faces.web import agents, languages, static
from hongyan.faces.web.requests import remote_of
from hongyan.kernel.decision import Refusal
from tests.cast import Cast
from tests.faces import catalogues
from tests.faces.conftest import Browser, Visit

#: Open to everybody; everything else sends strangers to the sign-in page.
OPEN = {
    "home",
    "signin",
    "signout",
    "language",
    "theme",
    "link",
    "activate",
    "activate-check",
    "look-sheet",
    "look-picture",
}


def routes() -> Iterator[tuple[str, str]]:
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern) and pattern.name
        names = pattern.pattern.converters.items()
        values = {name: 1 if isinstance(converter, IntConverter) else "none" for name, converter in names}
        yield pattern.name, reverse(pattern.name, kwargs=values)


@pytest.mark.parametrize(("name", "path"), [r for r in routes() if r[0] not in OPEN])
def test_strangers_are_sent_to_the_sign_in_page(browser: Browser, name: str, path: str) -> None:
    for answer in (browser.get(path), browser.post(path)):
        assert answer.status_code == 405 or answer.headers["Location"].startswith("/signin")


@pytest.mark.parametrize(("name", "path"), list(routes()))
def test_an_outsider_sees_nothing_of_another_company(cast: Cast, visit: Visit, name: str, path: str) -> None:
    charlie = visit(cast.charlie)
    for answer in (charlie.get(path), charlie.post(path)):
        assert b"corp.test" not in answer.content and "北辰".encode() not in answer.content  # a sheet is no text


@pytest.mark.parametrize("path", ["/signin", "/nowhere", "/mailbox", "/", "/link/none"])
def test_every_answer_carries_the_policy(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin" and headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_https_is_forced_for_names_only(browser: Browser, settings: Settings) -> None:
    assert "Strict-Transport-Security" not in browser.get("/signin").headers
    settings.STRICT_TRANSPORT = True
    assert "max-age=31536000" in browser.get("/signin").headers["Strict-Transport-Security"]


def test_templates_hold_no_inline_script_or_style() -> None:
    for path in catalogues.FACES.rglob("*.html"):
        source = path.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", source), path.name


def test_a_strange_host_is_refused(db: None) -> None:
    answer = Client(headers={"host": "evil.test"}).get("/signin", secure=True)
    assert answer.status_code == 400 and answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("post", "/signin", {"login": "alice\0@corp.test", "password": "x"}),
        ("post", "/signin", {"login": "alice@corp.test", "password": "x\0"}),
        ("get", "/console/audit?subject=%00", {}), ("post", "/mailbox/sessions/%00/end", {}), ("get", "/link/%00", {}),
    ],
)  # fmt: skip
def test_what_no_database_can_hold_is_a_bad_request(
    browser: Browser, method: str, path: str, form: dict[str, str]
) -> None:
    answer = browser.post(path, form) if method == "post" else browser.get(path)
    assert answer.status_code == 400 and "cannot be understood" in answer.content.decode()


@pytest.mark.parametrize(
    "login", ["", "@", "x" * 100_000, "名字@corp.test", "\u202ealice@corp.test", "' OR 1=1 --", "\ud800@corp.test", "%"]
)
def test_odd_logins_are_just_wrong(browser: Browser, login: str) -> None:
    data = urlencode({"login": login.encode("utf-8", "surrogatepass"), "password": "x"})
    answer = browser.post("/signin", data, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422 and "address or the password is wrong" in answer.content.decode()


def test_our_own_failure_has_a_page(cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = visit(cast.charlie)
    browser.raise_request_exception = False
    monkeypatch.setattr(mailbox_page, "usage_of", lambda mailbox: 1 / 0)
    answer = browser.get("/mailbox")
    assert answer.status_code == 500 and "Something went wrong on our side" in answer.content.decode()
    assert answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [("mailbox.unknown", 404, "There is nothing here"), ("permission.missing", 403, "not open to you"),
     ("mailbox.closed", 409, "is closed")],
)  # fmt: skip
def test_a_refusal_from_below_is_a_page(
    cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch, code: str, status: int, said: str
) -> None:
    def refuse(mailbox: object) -> None:
        raise Refusal(code, address="alice@corp.test", permission="x")

    monkeypatch.setattr(mailbox_page, "usage_of", refuse)
    answer = visit(cast.charlie).get("/mailbox")
    assert answer.status_code == status and said in answer.content.decode()


@pytest.mark.parametrize(
    ("behind", "peer", "forwarded", "remote"),
    [
        (False, "203.0.113.5", "198.51.100.1", "203.0.113.5"),
        (False, "127.0.0.1", "198.51.100.1", "127.0.0.1"),
        (True, "127.0.0.1", "10.9.9.9, 198.51.100.1", "198.51.100.1"),
        (True, "203.0.113.5", "198.51.100.1", "203.0.113.5"),
        (True, "127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_a_forwarded_address_counts_only_from_our_own_proxy(
    settings: Settings, behind: bool, peer: str, forwarded: str, remote: str
) -> None:
    settings.BEHIND_PROXY = behind
    request = RequestFactory().get("/", REMOTE_ADDR=peer)
    if forwarded:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    assert remote_of(request) == remote


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"), ("zh-HK", "zh-Hant"), ("zh-Hant-SG", "zh-Hant"), ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"), ("zh-SG", "zh-Hans"), ("en-GB", "en"), ("fr-FR", "en"), ("fr, zh-MO;q=0.5", "zh-Hant"),
        ("", "en"), ("en;q=0.2, zh-Hans;q=0.7", "zh-Hans"), ("x" * 5000, "en"),
    ],
)  # fmt: skip
def test_the_browsers_language_decides_first(browser: Browser, header: str, locale: str) -> None:
    assert languages.of_browser(header) == locale
    page = browser.get("/signin", headers={"accept-language": header})
    assert page.headers["Content-Language"] == locale and f'<html lang="{locale}">' in page.content.decode()


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1", "Safari on iPhone"),
        ('"name" "Foxmail" "version" "7.2"', "Foxmail 7.2"), ("curl/8.0", "curl"), ("odd\x1b[31m", "odd[31m"), ("", ""),
    ],
)  # fmt: skip
def test_programs_are_named(agent: str, said: str) -> None:
    with translation.override("en"):
        assert agents.describe(agent) == said


# -- texts ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_every_text_is_translated_and_compiled(language: str) -> None:
    """After changing a text: `python -m tests.faces.catalogues AREA`, then fill in the translations."""
    for area, texts in catalogues.in_source().items():
        catalogue = catalogues.read_po(catalogues.path_of(area, language, "po"))
        assert set(catalogue) == texts, area
        assert not [single for (single, _), text in catalogue.items() if not text], area
        assert catalogues.path_of(area, language, "mo").read_bytes() == catalogues.compiled(catalogue, language), area


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_translations_keep_their_placeholders_and_are_the_same_everywhere(language: str) -> None:
    said: dict[str, str] = {}
    for (single, _), text in translations(language):
        assert sorted(re.findall(r"%\(\w+\)s", single)) == sorted(re.findall(r"%\(\w+\)s", text)), single
        assert said.setdefault(single, text) == text, single


def translations(language: str) -> Iterator[tuple[catalogues.Message, str]]:
    for area in catalogues.in_source():
        yield from catalogues.read_po(catalogues.path_of(area, language, "po")).items()


def test_no_catalogue_is_left_behind() -> None:
    """A folder of an area that has no texts any more."""
    assert {path.name for path in (catalogues.FACES / "locale").iterdir()} == set(catalogues.in_source())


def test_traditional_and_simplified_are_not_mixed() -> None:
    hant, hans = ("".join(text for _, text in translations(language)) for language in ("zh_Hant", "zh_Hans"))
    assert not set("码邮录开发设备应动请么这还没们务时间") - set("没") & set(hant)
    assert not set("碼郵錄開發設備應動請這還們務時間") & set(hans)


# -- static files --------------------------------------------------------------------------------------------
def fetch(path: str, **environ: str) -> tuple[str, dict[str, str], bytes]:
    seen: list[tuple[str, list[tuple[str, str]]]] = []
    application = static.StaticFiles(lambda environ, start: [b"passed on"])
    request = {"PATH_INFO": path, "REQUEST_METHOD": "GET", **environ}
    body = b"".join(application(request, lambda status, headers: seen.append((status, headers))))
    return (seen[0][0], dict(seen[0][1]), body) if seen else ("", {}, body)


def test_files_are_kept_for_a_year_under_a_name_that_changes_with_them() -> None:
    status, headers, body = fetch(static.url("app.css"), HTTP_ACCEPT_ENCODING="br, gzip")
    assert status == "200 OK" and "immutable" in headers["Cache-Control"] and headers["Content-Encoding"] == "gzip"
    assert len(body) == int(headers["Content-Length"]) < 10_000
    assert fetch("/static/older/app.css")[1]["Cache-Control"] == "no-cache"
    assert fetch(static.url("app.css"), REQUEST_METHOD="HEAD")[2] == b""


@pytest.mark.parametrize(
    "path", ["/static/../settings.py", "/static/x/../../settings.py", "/static/x/none.css", "/other"]
)
def test_nothing_but_the_files_is_served(path: str) -> None:
    assert fetch(path)[2] == b"passed on"


def test_the_style_sheet_stays_small() -> None:
    assert len(static.assets()["app.css"].plain) < 25_000


def test_a_file_that_is_missing_is_noticed() -> None:
    with pytest.raises(KeyError):
        static.url("none.css")
