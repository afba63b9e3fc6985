"""Pages in a company's look, and the page where it is chosen."""

from __future__ import annotations

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from hongyan.company.branding.actions import change_look, set_picture
from hongyan.company.branding.models import Look
from tests.branches import Branches
from tests.cast import Cast
from tests.faces.conftest import Browser, Visit


def drawn() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), (10, 90, 40)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def dressed(cast: Cast) -> Look:
    carol = cast.actor(cast.carol)
    change_look(
        actor=carol, company=cast.corp, changes={"accent": "#b4232a", "title": "北辰郵箱", "welcome": "您好 <b>"}
    )
    set_picture(actor=carol, company=cast.corp, slot="picture", data=drawn())
    return set_picture(actor=carol, company=cast.corp, slot="logo", data=drawn())


def sheets(page: str) -> list[str]:
    return re.findall(r'href="(/look/[^"]+\.css)"', page)


@pytest.mark.clause("R1")
def test_the_sign_in_page_is_the_companys(cast: Cast, dressed: Look, browser: Browser) -> None:
    page = browser.get("/signin?company=corp").content.decode()
    assert (
        "北辰郵箱" in page
        and "您好 &lt;b&gt;" in page
        and len(sheets(page)) == 1
        and 'action="/signin?company=corp"' in page
    )
    sheet = browser.get(sheets(page)[0])
    text = sheet.content.decode()
    assert sheet.headers["Content-Type"].startswith("text/css") and "immutable" in sheet.headers["Cache-Control"]
    assert "--brand:#b4232a" in text and "prefers-color-scheme:dark" in text and f"/look/corp/{dressed.picture}" in text
    for other in ("/signin", "/signin?company=other", "/signin?company=nobody", "/signin?company=" + "x" * 99):
        page = browser.get(other).content.decode()
        assert "北辰" not in page and sheets(page) == [], other


def test_the_page_remembers_whose_look_it_was(cast: Cast, dressed: Look, visit: Visit) -> None:
    alice = visit(cast.alice)
    assert "北辰集團" in alice.get("/mailbox").content.decode()
    alice.post("/language", {"locale": "en"})
    page = alice.get("/mailbox").content.decode()
    assert f"/look/corp/{dressed.logo}" in page and len(sheets(page)) == 1
    charlie = visit(cast.charlie)
    assert sheets(charlie.get("/mailbox").content.decode()) == []


def test_pictures_are_served_as_pictures_and_nothing_else(cast: Cast, dressed: Look, browser: Browser) -> None:
    answer = browser.get(f"/look/corp/{dressed.logo}")
    assert answer.headers["Content-Type"] == "image/png" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"] and answer.content.startswith(b"\x89PNG")
    for path in (
        f"/look/other/{dressed.logo}",
        "/look/corp/none.png",
        "/look/corp/0123456789abcdef.css",
        "/look/none/x.css",
    ):
        assert browser.get(path).status_code == 404, path


@pytest.fixture
def carol(cast: Cast, visit: Visit) -> Client:
    client = visit(cast.carol)
    client.post("/language", {"locale": "en"})
    return client


@pytest.mark.clause("R1")
def test_the_office_chooses_it_on_a_page(cast: Cast, carol: Client) -> None:
    assert "wild goose" in carol.get("/console/look").content.decode()
    refused = carol.post("/console/look", {"accent": "#ffcc00"})
    assert refused.status_code == 422 and "contrast of 1.5" in refused.content.decode()
    assert carol.post("/console/look", {"accent": "#00693e"}).status_code == 303
    assert carol.post("/console/look", {"signature": "{name}\n{post} {unit}\n{company}"}).status_code == 303
    logo = SimpleUploadedFile("logo.png", drawn(), "image/png")
    assert carol.post("/console/look/logo", {"file": logo}).status_code == 303
    page = carol.get("/console/look?said=picture").content.decode()
    look = Look.objects.get()
    assert look.logo in page and "陳家蓉\n北辰集團" in page and "The picture is in place" in page and "#00693e" in page
    broken = SimpleUploadedFile("x.svg", b"<svg", "image/svg+xml")
    assert carol.post("/console/look/logo", {"file": broken}).status_code == 422
    assert carol.post("/console/look/logo", {}).status_code == 422
    assert carol.post("/console/look/nose", {"file": SimpleUploadedFile("a", drawn())}).status_code == 422
    assert carol.post("/console/look/logo", {"remove": "1"}).status_code == 303
    assert carol.post("/console/look", {"own": "1", "accent": "#00693e"}).status_code == 303
    look.refresh_from_db()
    assert (look.logo, look.accent) == ("", "")


def test_a_branchs_administrator_and_outsiders_do_not(branches: Branches, visit: Visit) -> None:
    for who in (branches.sam, branches.cast.alice):
        browser = visit(who)
        assert browser.get("/console/look").status_code == 404
        assert browser.post("/console/look", {"title": "x"}).status_code == 404
        assert browser.post("/console/look/logo", {"remove": "1"}).status_code == 404
    charlie = visit(branches.cast.charlie)
    assert charlie.post("/console/look?company=corp", {"title": "x"}).status_code == 404
    assert not Look.objects.exists()
