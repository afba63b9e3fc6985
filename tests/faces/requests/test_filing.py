"""Asking for something at the portal: what is offered, what is said beside a field, where it goes."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hongyan.company.papers.kinds import checked
from hongyan.company.requests.actions import attach, use_pack
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import Attachment, Request
from hongyan.faces.requests import papers
from tests.company.requests.house import House, again, step
from tests.faces.conftest import Visit

PDF = b"%PDF-1.4 a scan"


@pytest.fixture
def alice(house: House, visit: Visit) -> Client:
    return visit(house.cast.alice)


def text(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.clause("G2.2.1", "G3.1.2", "P5")
def test_forms_say_who_decides_and_every_one_can_be_opened(alice: Client) -> None:
    page = text(alice, "/requests/new")
    assert "王博 → " in page
    own = [name for name, form in FORMS.items() if "self" in form.filers]
    assert all(f'href="/requests/new/{name}"' in page for name in own) and "/requests/new/password" not in page
    for name in own:
        assert f'name="{FORMS[name].fields[0].name}"' in text(alice, f"/requests/new/{name}")
    assert alice.get("/requests/new/nothing").status_code == 404


@pytest.mark.clause("G3.1.2")
def test_a_request_is_filed_and_its_path_is_drawn(house: House, alice: Client) -> None:
    scan = SimpleUploadedFile("../paper.pdf", PDF)
    form = {"address": "Team", "address-domain": "corp.test", "display_name": "小組", "reason": "輪值", "files": scan}
    answer = alice.post("/requests/new/shared", form)
    filed = Request.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/requests/{filed.pk}?said=filed")
    assert filed.fields["address"] == "team@corp.test" and Attachment.objects.get().name == "paper.pdf"
    page = text(alice, answer["Location"])
    assert 'data-state="now" aria-current="step"' in page and "王博" in page and "paper.pdf" in page
    mine = text(alice, "/requests")
    assert f'href="/requests/{filed.pk}"' in mine and "team@corp.test" in mine and "王博" in mine


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(alice: Client) -> None:
    answer = alice.post("/requests/new/shared", {"address": "alice", "address-domain": "corp.test", "reason": "輪值表"})
    page = answer.content.decode()
    assert answer.status_code == 422 and page.count('class="wrong-value"') == 2  # taken, and no name
    assert 'value="alice"' in page and "輪值表" in page and not Request.objects.exists()


def test_an_address_is_checked_while_it_is_typed(alice: Client) -> None:
    said = {
        a: alice.post("/requests/address", {"address": a}).json()
        for a in ("x@corp.test", "bob@corp.test", "a b", "x@other.test")
    }
    assert [answer["state"] for answer in said.values()] == ["good", "bad", "bad", "bad"]
    assert "bob@corp.test" in said["bob@corp.test"]["said"]
    assert alice.get("/requests/address").status_code == 405


@pytest.mark.clause("G2.2.1")
def test_hr_asks_for_somebody_else_and_a_head_for_his_people(house: House, visit: Visit) -> None:
    hana, bob = visit(house.boxes["hana"]), visit(house.cast.bob)
    milo = house.person("milo")
    assert "Milo" in text(hana, "/requests/new?for=Milo")
    form = {"address": "milo2", "address-domain": "corp.test", "reason": "入職", "for": f"#{milo.pk}"}
    assert hana.post("/requests/new/personal", form).status_code == 303
    assert (Request.objects.get().person, Request.objects.get().filed_as) == (milo, "hr")
    assert bob.get("/requests/new?for=Milo").status_code == 422  # not his unit
    assert bob.get("/requests/new/personal?for=Milo").status_code == 404
    assert "/requests/new/password" in text(bob, "/requests/new")
    answer = bob.post("/requests/new/password", {"mailbox": "alice@corp.test", "reason": "忘記"})
    assert answer.status_code == 303 and Request.objects.latest("pk").filed_as == "head"


@pytest.mark.clause("G2.2.1")
def test_hr_asks_for_several_joiners_at_once_all_or_none(house: House, visit: Visit) -> None:
    hana = visit(house.boxes["hana"])
    assert "/requests/new/personal/many" in text(hana, "/requests/new")
    page = "/requests/new/personal/many"
    assert "textarea" in text(hana, page) and "2026-12-31" in text(hana, "/requests/new/intern/many")
    wrong = "Milo，milo2\nNobody, nobody\nCleo\tcleo2"
    answer = hana.post(page, {"rows": wrong, "reason": "入職"})
    assert answer.status_code == 422 and "Nobody" in answer.content.decode() and not Request.objects.exists()
    taken = hana.post(page, {"rows": "Milo, milo2\nCleo, cleo", "reason": "入職"})
    assert taken.status_code == 422 and not Request.objects.exists()
    assert hana.post(page, {"rows": " \n", "reason": "入職"}).status_code == 422
    assert (
        hana.post(page, {"rows": "Milo, milo2\n\nCleo\tcleo2\n１００１，alice2", "reason": "入職"}).status_code == 303
    )
    filed = Request.objects.order_by("pk")
    assert [r.subject for r in filed] == ["milo2@corp.test", "cleo2@corp.test", "alice2@corp.test"]
    assert {r.filed_as for r in filed} == {"hr"}
    assert visit(house.cast.alice).get(page).status_code == 404
    assert hana.get("/requests/new/quota/many").status_code == 404
    outsider = visit(house.cast.charlie)
    assert outsider.post(page, {"rows": "Milo, milo3", "reason": "x"}).status_code == 422


@pytest.mark.clause("B1")
def test_who_is_not_eligible_reads_why_and_takes_the_exception_route(house: House, visit: Visit) -> None:
    use_pack(actor=house.actor("carol"), company=house.cast.corp, pack="B")
    milo = visit(house.boxes["milo"])
    page = text(milo, "/requests/new")
    assert "B1" in page and "/requests/new/personal?exception=1" in page
    assert 'name="exception" value="1"' in text(milo, "/requests/new/personal?exception=1")
    form = {"address": "milo2", "address-domain": "corp.test", "reason": "特殊崗位"}
    assert milo.post("/requests/new/personal", form).status_code == 422
    assert milo.post("/requests/new/personal", form | {"exception": "1"}).status_code == 303
    assert Request.objects.get().exception


def test_sent_back_it_is_answered_withdrawn_it_ends(house: House, alice: Client, visit: Visit) -> None:
    filed = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb="5 GB")
    bob = visit(house.cast.bob)
    page = f"/requests/{filed.pk}"
    assert bob.post(f"{page}/decide", {"verdict": "return"}).status_code == 422  # no reason
    assert bob.post(f"{page}/decide", {"verdict": "return", "reason": "為什麼？"}).status_code == 303
    assert "為什麼？" in text(alice, page)
    assert bob.post(f"{page}/resubmit", {"quota_mb": "4 GB", "reason": "我的"}).status_code == 422
    assert alice.post(f"{page}/resubmit", {"quota_mb": "much", "reason": "報表"}).status_code == 422
    assert alice.post(f"{page}/resubmit", {"quota_mb": "4 GB", "reason": "報表"}).status_code == 303
    assert (again(filed).state, again(filed).fields["quota_mb"], again(filed).round) == ("waiting", 4096, 2)
    assert alice.post(f"{page}/withdraw", {"reason": "不用了"}).status_code == 303
    assert again(filed).state == "withdrawn" and "不用了" in text(alice, page)
    assert alice.post(f"{page}/withdraw", {}).status_code == 422
    assert alice.post(f"{page}/nonsense", {}).status_code == 404


def test_nobody_else_sees_it(house: House, visit: Visit) -> None:
    filed = house.file("alice", "alias", mailbox="alice@corp.test", new_address="ailin@corp.test")
    paper = house_file(house, filed)
    paths = [f"/requests/{filed.pk}{rest}" for rest in ("", "/print", "/paper", f"/files/{paper.pk}")]
    paths.append(f"/approve/{step(filed).pk}")
    for box in (house.cast.charlie, house.boxes["cleo"], house.cast.dave):
        visitor = visit(box)
        assert [visitor.get(path).status_code for path in paths] == [404] * len(paths), box.address
        for what in ("decide", "withdraw", "resubmit", "amend", "carry-out", "link", "add", "reassign", "attach"):
            assert visitor.post(f"/requests/{filed.pk}/{what}", {"verdict": "approve"}).status_code == 404
        assert "ailin" not in text(visitor, "/requests") + text(visitor, "/approve")
    assert again(filed).state == "waiting"


def house_file(house: House, filed: Request) -> Attachment:
    return attach(actor=house.actor("alice"), request=filed, name="scan.pdf", data=PDF)


@pytest.mark.clause("G2.2.1")
def test_the_paper_form_and_what_is_attached(house: House, alice: Client) -> None:
    filed = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb="5 GB")
    scan = house_file(house, filed)
    house.approve("bob", filed, reason="可以")
    sheet = text(alice, f"/requests/{filed.pk}/print")
    assert "網絡資源申請表" in sheet and "林愛麗" in sheet and "可以" in sheet
    answer = alice.get(f"/requests/{filed.pk}/files/{scan.pk}")
    assert (answer.content, answer["Content-Type"]) == (PDF, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment") and "sandbox" in answer["Content-Security-Policy"]
    other = house.file("alice", "large", mailbox="alice@corp.test", size_mb="40 MB")
    assert alice.get(f"/requests/{other.pk}/files/{scan.pk}").status_code == 404


def test_the_pdf_says_what_the_page_says(house: House, alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    filed = house.file("alice", "quota", mailbox="alice@corp.test", quota_mb="5 GB")
    house.approve("bob", filed, reason="可以")
    seen: dict[str, Any] = {}

    def make(kind: str, context: dict[str, object], locale: str) -> bytes:
        seen.update(checked(kind, context), locale=locale)
        return b"%PDF-"

    monkeypatch.setattr(papers, "make_paper", make)
    answer = alice.get(f"/requests/{filed.pk}/paper")
    assert answer.content == b"%PDF-" and answer["Content-Type"] == "application/pdf"
    assert seen["locale"] == "zh-Hant" and seen["steps"][0]["reason"] == "可以" and seen["steps"][0]["who"] == "王博"
