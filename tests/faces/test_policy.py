"""The policy's pages: staff read and acknowledge it, the office publishes, a head and a branch see their own readers."""

from __future__ import annotations

import pytest

from hongyan.company.reading.models import Acknowledgement, Edition
from hongyan.faces.policy.prose import Block, blocks
from tests.branches import Branches
from tests.cast import Cast
from tests.faces.conftest import Visit

TEXT = "第一章 總則\n第一條 公司郵箱用於工作。\n不得外借。\n\n一、範圍\n全體員工。\n# 附則\n<b>第二條</b>"
FORM = {
    "day": "2026-11-24", "note": "初版", "title-zh-Hant": "企業郵箱管理制度", "text-zh-Hant": TEXT, "title-en": "", "text-en": "",
    "title-zh-Hans": "", "text-zh-Hans": "",
}  # fmt: skip


def test_a_text_is_read_as_chinese_rules_are_written() -> None:
    assert blocks(TEXT) == [
        Block("chapter", "第一章 總則"), Block("article", "公司郵箱用於工作。\n不得外借。", "第一條"),
        Block("section", "一、範圍"), Block("paragraph", "全體員工。"), Block("chapter", "附則"),
        Block("paragraph", "<b>第二條</b>"),
    ]  # fmt: skip
    assert blocks("一、公司的郵箱只用於工作，不得用於其他；違者處分。")[0].kind == "paragraph"


@pytest.mark.clause("G2.1.7", "G2.2.3")
def test_from_the_offices_form_to_the_acknowledgement(cast: Cast, visit: Visit) -> None:
    carol, alice = visit(cast.carol), visit(cast.alice)
    assert "尚未發布郵箱管理制度" in alice.get("/policy").content.decode()
    looked = carol.post("/console/policy/publish", FORM | {"preview": "1"}).content.decode()
    assert "<h4>第一章 總則</h4>" in looked and "&lt;b&gt;第二條" in looked and not Edition.objects.exists()
    assert carol.post("/console/policy/publish", FORM).status_code == 303
    page = alice.get("/mailbox").content.decode()
    assert "第 1 版等您閱讀" in page
    page = alice.get("/policy").content.decode()
    assert "<h2>第一章 總則</h2>" in page and "<b>第二條" not in page and "我已閱讀" in page
    answer = alice.post("/policy/1/read", follow=True).content.decode()
    assert "已記錄您閱讀了這一版" in answer and "我已閱讀" not in answer
    assert "等您閱讀" not in alice.get("/mailbox").content.decode()
    room = carol.get("/console/policy").content.decode()
    assert "應閱 4 人，已確認 1 人" in room and "尚有 3 人未確認" in room
    assert "alice@corp.test" not in carol.get("/console/policy?state=missing").content.decode()
    assert "bob@corp.test" not in carol.get("/console/policy?state=read").content.decode()


def test_what_was_typed_stays_when_it_is_refused(cast: Cast, visit: Visit) -> None:
    carol = visit(cast.carol)
    answer = carol.post("/console/policy/publish", FORM | {"title-zh-Hant": "", "day": "2026-11-24"})
    assert answer.status_code == 422 and "公司郵箱用於工作" in answer.content.decode()
    answer = carol.post("/console/policy/publish", FORM | {"day": "soon"})
    assert answer.status_code == 422 and "不是一個日期" in answer.content.decode()
    assert not Edition.objects.exists()


def test_older_editions_stay_readable_but_are_not_acknowledged(cast: Cast, visit: Visit) -> None:
    carol, alice = visit(cast.carol), visit(cast.alice)
    for title in ("第一版制度", "第二版制度"):
        carol.post("/console/policy/publish", FORM | {"title-zh-Hant": title})
    page = alice.get("/policy/1").content.decode()
    assert "第一版制度" in page and "已由第 2 版取代" in page and "/policy/1/read" not in page
    assert alice.post("/policy/1/read").status_code == 422
    assert alice.get("/policy/9").status_code == 404
    assert not Acknowledgement.objects.exists()


def test_walls(branches: Branches, visit: Visit) -> None:
    cast = branches.cast
    visit(cast.carol).post("/console/policy/publish", FORM)
    charlie = visit(cast.charlie)
    assert "企業郵箱管理制度" not in charlie.get("/policy").content.decode()
    assert charlie.post("/policy/1/read").status_code == 404
    assert charlie.get("/console/policy?company=corp").status_code == 404
    assert charlie.post("/console/policy/publish", FORM | {"company": "corp"}).status_code == 404
    tina = visit(branches.tina)
    page = tina.get("/console/policy").content.decode()
    assert "erin@corp.test" in page and "alice@corp.test" not in page
    assert tina.get("/console/policy/publish").status_code == 404
    assert visit(cast.alice).get("/console/policy").status_code == 404
    assert "alice@corp.test" in visit(cast.bob).get("/console/policy").content.decode(), "a head sees his unit"
