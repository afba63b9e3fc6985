"""The search's page and box."""

from __future__ import annotations

import pytest

from hongyan.company.finder import following
from tests.branches import Branches
from tests.cast import Cast
from tests.faces.conftest import Visit

PATH = "/console/search"


@pytest.fixture(autouse=True)
def made(branches: Branches) -> None:
    while following.catch_up():
        pass


def test_the_page_and_the_box_lead_to_what_was_found(cast: Cast, visit: Visit) -> None:
    carol = visit(cast.carol)
    assert cast.alice.person is not None
    page = carol.get(f"{PATH}?q=lal").content.decode()
    assert f'href="/console/people/{cast.alice.person.pk}"' in page and "<html" in page
    box = carol.get(f"{PATH}?q=alice", headers={"X-Part": "search"}).content.decode()
    assert "<html" not in box and 'role="option"' in box and "alice@corp.test" in box
    assert "沒有找到" in carol.get(f"{PATH}?q=nobody").content.decode()
    assert 'id="find-q"' in carol.get("/console/people").content.decode()


@pytest.mark.clause("G2.1.3")
def test_within_reach(branches: Branches, visit: Visit) -> None:
    sam = visit(branches.sam)
    assert "林愛麗" in sam.get(f"{PATH}?q=lal").content.decode()
    for text in ("erin", "desk", "crew", "銷售", "carol"):
        page = sam.get(f"{PATH}?q={text}").content.decode()
        assert "沒有找到" in page, text


def test_an_outsider_and_those_without_a_right_find_nothing(cast: Cast, visit: Visit) -> None:
    charlie = visit(cast.charlie)
    page = charlie.get(f"{PATH}?q=alice").content.decode()
    assert "Nothing found" in page and "corp.test" not in page
    assert charlie.get(f"{PATH}?q=alice&company=corp").status_code == 404
    assert visit(cast.alice).get(PATH).status_code == 404
    dave = visit(cast.dave)
    assert dave.get(f"{PATH}?q=alice").status_code == 404
    assert 'id="find-q"' not in dave.get("/console/audit").content.decode()


@pytest.mark.parametrize("text", ["%", "'", "<script>", "\u202e", "x" * 3000, "…", "a b c d e f"])
def test_odd_texts_are_just_not_found(cast: Cast, visit: Visit, text: str) -> None:
    answer = visit(cast.carol).get(PATH, {"q": text})
    assert answer.status_code == 200 and "<script>" not in answer.content.decode().split("<main")[1]
