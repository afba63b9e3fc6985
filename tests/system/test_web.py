"""The web before the real engines: what is done on a page holds on every protocol, and the other way round."""

from __future__ import annotations

import http.cookiejar
import imaplib
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPResponse

import pytest

from hongyan.engines.guard.client import GuardClient
from tests.system.hands import PASSWORD, Running, eventually

NEW = "Copper-Teapot-7358"


class Answers(urllib.request.HTTPErrorProcessor):
    """A refusal is a page like any other."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        return response if response.status >= 400 else super().http_response(request, response)

    https_response = http_response


class Visitor:
    """A browser without a screen: cookies, forms, a verified certificate."""

    def __init__(self, running: Running) -> None:
        self.base = running.instance.web_url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=running.tls), jar, Answers())
        self.page, self.url = "", ""

    def get(self, path: str) -> str:
        return self._open(urllib.request.Request(self.base + path))

    def post(self, path: str, **fields: str) -> str:
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', self.page)
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1] if token else "", **fields}).encode()
        return self._open(urllib.request.Request(self.base + path, form, {"Referer": self.base + "/"}))

    def _open(self, request: urllib.request.Request) -> str:
        with self._opener.open(request, timeout=20) as response:
            self.url, self.page = response.url.removeprefix(self.base), response.read().decode()
        return self.page

    def sign_in(self, login: str, password: str = PASSWORD) -> str:
        self.get("/signin")
        return self.post("/signin", login=login, password=password)


@pytest.fixture
def visitor(world: Running) -> Visitor:
    return Visitor(world)


def imap_opens(world: Running, login: str, password: str) -> bool:
    port = world.ports["imaps"]
    with imaplib.IMAP4_SSL("localhost", port, ssl_context=world.tls, timeout=20) as client:
        try:
            client.login(login, password)
        except imaplib.IMAP4.error:
            return False
    return True


def test_the_web_speaks_tls_with_the_instances_certificate(world: Running) -> None:
    old = ssl.create_default_context(cafile=str(world.instance.ca_pem))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with urllib.request.urlopen(world.instance.web_url + "/signin", context=old, timeout=20) as response:
        assert response.status == 200 and "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_usage_is_read_from_the_mail_store(world: Running, visitor: Visitor) -> None:
    """Clause B4.6."""
    world.open("full@corp.test", "--quota", "2MB")
    world.send("full@corp.test", "full@corp.test", subject="heavy", body=("x" * 76 + "\n") * 23000)
    world.found("full@corp.test", "heavy")
    page = visitor.sign_in("full@corp.test")
    assert visitor.url == "/mailbox"
    assert '<span class="tag warn">' in page and re.search(r"<strong>1\.[6-9] MB</strong>", page), page


def test_an_app_password_made_at_the_web_opens_imap_until_it_is_revoked(world: Running, visitor: Visitor) -> None:
    visitor.sign_in("alice@corp.test")
    page = visitor.post("/mailbox/devices", device="Thunderbird", protocols="imap")
    found = re.search(r'id="app-password">([^<]+)<', page)
    assert found
    eventually(lambda: imap_opens(world, "alice@corp.test", found[1]), 5, "the app password")
    revoke = re.search(r'action="(/mailbox/devices/\d+/revoke)"', visitor.get("/mailbox"))
    assert revoke
    visitor.post(revoke[1])
    eventually(lambda: not imap_opens(world, "alice@corp.test", found[1]), 5, "the revocation")


def test_the_first_password_opens_the_web_alone_until_it_is_changed(world: Running, visitor: Visitor) -> None:
    """Clauses G3.1.1, B4.13."""
    first = world.run("mailbox", "open", "newcomer@corp.test")["first_password"]
    assert not imap_opens(world, "newcomer@corp.test", first)
    visitor.sign_in("newcomer@corp.test", first)
    assert visitor.url == "/password/change"
    visitor.post("/password/change", password=NEW, again=NEW)
    assert visitor.url == "/mailbox?said=password"
    eventually(lambda: imap_opens(world, "newcomer@corp.test", NEW), 5, "the new password")
    assert not imap_opens(world, "newcomer@corp.test", first)


def test_guessing_at_the_web_locks_the_account_and_says_until_when(world: Running, visitor: Visitor) -> None:
    world.open("guessed@corp.test")
    assert "The address or the password is wrong." in visitor.sign_in("guessed@corp.test", "nonsense")
    guard = GuardClient(world.instance)
    for n in range(9):  # told directly: each would wait longer than the one before
        guard.report("guessed@corp.test", "203.0.113.9", f"nonsense-{n}", success=False)
    assert "locked until" in visitor.sign_in("guessed@corp.test")
    assert not imap_opens(world, "guessed@corp.test", PASSWORD)


def test_a_suspension_ends_the_web_session_with_its_reason(world: Running, visitor: Visitor) -> None:
    world.open("stopped@corp.test")
    visitor.sign_in("stopped@corp.test")
    world.run("mailbox", "suspend", "stopped@corp.test")
    assert "stopped this mailbox" in visitor.get("/mailbox") and visitor.url.startswith("/signin")


def test_sign_ins_on_every_protocol_are_shown_to_their_owner(world: Running, visitor: Visitor) -> None:
    world.open("seen@corp.test")
    world.imap("seen@corp.test").logout()
    visitor.sign_in("seen@corp.test")

    def shown() -> bool:
        page = re.sub(r"<[^>]+>", " ", visitor.get("/mailbox"))
        return bool(re.search(r"IMAP", page.split("127.0.0.1")[0])) and page.count("127.0.0.1") >= 3

    eventually(shown, 15, "both sign-ins")


def test_the_operator_signs_in_by_the_link_that_up_printed(world: Running, visitor: Visitor) -> None:
    link = world.run("up", "--detach")["signin_url"]
    page = visitor.get(urllib.parse.urlsplit(link).path)
    assert "operator" in page
    page = visitor.post(urllib.parse.urlsplit(link).path)
    assert visitor.url == "/console" and "dovecot" in visitor.get("/console/services")
