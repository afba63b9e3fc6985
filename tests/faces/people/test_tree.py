"""The tree's pages: moved, renamed, added, removed; within reach and company."""

from __future__ import annotations

import pytest
from django.test import Client

from hongyan.company.people.models import Unit
from hongyan.company.people.queries import find_unit
from tests.branches import IT, NET, SALES, Branches
from tests.cast import Cast
from tests.faces.conftest import Visit


def read(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def exists(cast: Cast, path: str) -> bool:
    return Unit.objects.filter(company=cast.corp, path=path).exists()


def test_a_move_says_what_it_did_and_can_be_undone(branches: Branches, visit: Visit) -> None:
    cast, carol = branches.cast, visit(branches.cast.carol)
    moved = carol.post(f"/console/units/{branches.it.pk}/do/move", {"parent": branches.sales.pk})
    assert exists(cast, f"{SALES}/信息部/網絡處")
    page = read(carol, moved.headers["Location"])
    root = find_unit(cast.corp, "總公司")
    assert "單位已移動" in page and f'name="parent" value="{root.pk}"' in page
    carol.post(f"/console/units/{branches.it.pk}/do/move", {"parent": root.pk})
    assert exists(cast, NET)
    carol.post(f"/console/units/{branches.it.pk}/do/move", {"parent": "0"})
    assert exists(cast, "信息部/網絡處")


def test_added_renamed_removed(cast: Cast, visit: Visit) -> None:
    carol, it = visit(cast.carol), find_unit(cast.corp, IT)
    added = carol.post("/console/units/add", {"parent": it.pk, "name": "機房"})
    room = find_unit(cast.corp, f"{IT}/機房")
    assert added.headers["Location"].startswith(f"/console/units/{room.pk}?")
    carol.post(f"/console/units/{room.pk}/do/rename", {"name": "主機房"})
    assert exists(cast, f"{IT}/主機房")
    assert carol.post(f"/console/units/{room.pk}/do/remove").headers["Location"].startswith(f"/console/units/{it.pk}?")
    assert not exists(cast, f"{IT}/主機房")
    carol.post("/console/units/add", {"name": "子公司"})
    assert exists(cast, "子公司")


@pytest.mark.parametrize(
    ("what", "form", "said"),
    [
        ("remove", {}, "還不是空的"), ("rename", {"name": "甲/乙"}, "甲/乙"), ("rename", {"name": ""}, "單位"),
        ("move", {"parent": "x"}, "單位"), ("move", {"parent": "NET"}, "單位"),
    ],
)  # fmt: skip
def test_refusals_stand_on_the_page(cast: Cast, visit: Visit, what: str, form: dict[str, str], said: str) -> None:
    it, net = find_unit(cast.corp, IT), find_unit(cast.corp, NET)
    form = {key: value.replace("NET", str(net.pk)) for key, value in form.items()}
    answer = visit(cast.carol).post(f"/console/units/{it.pk}/do/{what}", form)
    assert answer.status_code == 422 and said in answer.content.decode() and exists(cast, NET)


def test_a_deed_that_is_none(cast: Cast, visit: Visit) -> None:
    assert visit(cast.carol).post(f"/console/units/{find_unit(cast.corp, IT).pk}/do/sell").status_code == 404


@pytest.mark.clause("G2.1.3")
def test_a_branch_administrator_sees_and_arranges_his_branch(branches: Branches, visit: Visit) -> None:
    cast, sam = branches.cast, visit(branches.sam)
    page = read(sam, "/console/units")
    assert "信息部" in page and "網絡處" in page and "銷售部" not in page and "信息部門外" not in page
    page = read(sam, f"/console/units/{branches.it.pk}")
    assert 'id="rename"' in page and 'id="move"' not in page and SALES not in page
    assert sam.get(f"/console/units/{branches.sales.pk}").status_code == 404
    for what, form in (("move", {"parent": branches.it.pk}), ("rename", {"name": "x"}), ("remove", {})):
        assert sam.post(f"/console/units/{branches.sales.pk}/do/{what}", form).status_code == 404
    net = find_unit(cast.corp, NET)
    assert sam.post(f"/console/units/{net.pk}/do/move", {"parent": branches.sales.pk}).status_code == 404
    assert sam.post(f"/console/units/{net.pk}/do/move", {"parent": "0"}).status_code == 422
    assert sam.post("/console/units/add", {"name": "x"}).status_code == 422
    assert sam.post("/console/units/add", {"parent": branches.it.pk, "name": "機房"}).status_code == 303
    assert exists(cast, NET) and exists(cast, f"{IT}/機房")


def test_a_head_looks_only(cast: Cast, visit: Visit) -> None:
    bob, net = visit(cast.bob), find_unit(cast.corp, NET)
    page = read(bob, f"/console/units/{net.pk}")
    assert "林愛麗" in page and '<form class="ask" id="rename"' not in page and 'draggable="true"' not in page
    assert bob.post(f"/console/units/{net.pk}/do/rename", {"name": "x"}).status_code == 404


def test_an_outsider_has_his_own_tree(cast: Cast, visit: Visit) -> None:
    charlie, it = visit(cast.charlie), find_unit(cast.corp, IT)
    assert "信息部" not in read(charlie, "/console/units")
    assert charlie.get(f"/console/units/{it.pk}").status_code == 404
    assert charlie.get("/console/units?company=corp").status_code == 404
    for what in ("move", "rename", "remove"):
        assert charlie.post(f"/console/units/{it.pk}/do/{what}", {"name": "x", "parent": "0"}).status_code == 404
    assert charlie.post("/console/units/add", {"parent": it.pk, "name": "x"}).status_code == 404
    assert visit(cast.alice).get("/console/units").status_code == 404
