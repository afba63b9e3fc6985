"""The address book of one's own company, and what a head sees of his team (clauses P2, G2.3.1)."""

from __future__ import annotations

import pytest

from hongyan.company.finder.following import catch_up
from hongyan.company.mailboxes import members
from hongyan.company.people.actions import appoint
from hongyan.company.people.life import leave_company
from hongyan.company.people.persons import edit_person
from hongyan.company.reading.actions import publish_edition
from hongyan.kernel import clock
from tests.branches import Branches
from tests.cast import Cast
from tests.faces.conftest import Visit


@pytest.mark.clause("P2")
def test_colleagues_are_found_by_unit_and_by_letters(branches: Branches, visit: Visit) -> None:
    cast = branches.cast
    assert cast.bob.person is not None
    edit_person(actor=cast.operator, person=cast.bob.person, phone="010-6500 1234", mobile="13900139000")
    while catch_up():
        pass
    alice = visit(cast.alice)
    page = alice.get("/directory").content.decode()
    for shown in ("林愛麗", "alice@corp.test", "主管", "網絡處", "tel:010-65001234", "mailto:bob@corp.test"):
        assert shown in page, shown
    for hidden in ("13900139000", "13800138000", "110105199003078812", "Charlie"):
        assert hidden not in page, hidden
    found = alice.get("/directory?q=wb").content.decode()
    assert "王博" in found and "mailto:alice@" not in found
    assert "沒有找到" in alice.get("/directory?q=zzzz").content.decode()
    sales = alice.get(f"/directory?unit={branches.sales.pk}").content.decode()
    assert "mailto:erin@" in sales and "mailto:alice@" not in sales


def test_the_book_is_the_companys_own(branches: Branches, visit: Visit) -> None:
    charlie = visit(branches.cast.charlie)
    while catch_up():
        pass
    assert "corp.test" not in charlie.get("/directory?q=alice").content.decode().replace("mail.corp.test", "")
    assert charlie.get(f"/directory?unit={branches.sales.pk}").status_code == 404
    assert charlie.get("/directory?unit=x").status_code == 404
    assert charlie.get("/directory?page=999").status_code == 200


def test_leavers_are_no_colleagues(cast: Cast, visit: Visit) -> None:
    assert cast.bob.person is not None
    leave_company(actor=cast.operator, person=cast.bob.person, on=clock.today(), kind="normal")
    assert "bob@corp.test" not in visit(cast.alice).get("/directory").content.decode()


@pytest.mark.clause("G2.3.1-2", "G3.2.2")
def test_a_head_sees_his_people_and_what_lacks(branches: Branches, visit: Visit) -> None:
    cast = branches.cast
    assert cast.bob.person is not None
    appoint(actor=cast.operator, person=cast.bob.person, unit=branches.it, post="部長", head=True)
    publish_edition(
        actor=cast.actor(cast.carol), company=cast.corp, titles={"zh-Hant": "制度"}, texts={"zh-Hant": "第一條 一。"},
        effective_on=clock.today(),
    )  # fmt: skip
    page = visit(cast.bob).get("/team").content.decode()
    for shown in ("林愛麗", "alice@corp.test", "info@corp.test", "尚未閱讀", "在職"):
        assert shown in page, shown
    assert "erin@corp.test" not in page
    if members.kept_by(cast.bob.person) == []:
        assert "個公共郵箱沒有在職的保管人" in page
    assert 'href="/team"' in page


@pytest.mark.parametrize("who", ["alice", "carol", "charlie"])
def test_who_heads_nothing_has_no_team(cast: Cast, visit: Visit, who: str) -> None:
    client = visit(getattr(cast, who))
    assert client.get("/team").status_code == 404
    assert 'href="/team"' not in client.get("/directory").content.decode()


def test_another_unit_is_not_his_team(branches: Branches, visit: Visit) -> None:
    assert visit(branches.cast.bob).get(f"/team?unit={branches.sales.pk}").status_code == 404
