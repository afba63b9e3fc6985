"""The tree: moved, renamed and emptied units, and what points at them."""

from __future__ import annotations

import pytest

from hongyan.company.people import units
from hongyan.company.people.actions import MAX_UNIT_DEPTH, add_unit
from hongyan.company.people.models import RoleGrant, Unit
from hongyan.company.people.queries import actor_of, find_unit
from hongyan.company.people.scope import persons_within
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event
from tests.branches import IT, NET, SALES, Branches, account_of
from tests.cast import Cast


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=f"^{code}$")


def paths(cast: Cast) -> set[str]:
    return set(Unit.objects.filter(company=cast.corp).values_list("path", flat=True))


def test_what_is_below_moves_along(branches: Branches) -> None:
    cast, sam = branches.cast, account_of(branches.sam)
    before = {p.name for p in persons_within(actor_of(sam), "people.read", cast.corp)}
    units.move_unit(actor=cast.operator, unit=find_unit(cast.corp, IT), parent=find_unit(cast.corp, SALES))
    assert f"{SALES}/信息部/網絡處" in paths(cast) and not {IT, NET} & paths(cast)
    grant = RoleGrant.objects.get(account=sam)
    assert grant.unit is not None and grant.unit.path == f"{SALES}/信息部"  # the role is for the unit, wherever it is
    assert before and {p.name for p in persons_within(actor_of(sam), "people.read", cast.corp)} == before
    moved = Event.objects.get(kind="unit.moved")
    assert (moved.subject, moved.params) == (f"{SALES}/信息部", {"before": IT})


def test_names_that_begin_alike_stay_where_they_are(cast: Cast) -> None:
    add_unit(actor=cast.operator, company=cast.corp, path="總公司/信息部門/一處")
    units.move_unit(actor=cast.operator, unit=find_unit(cast.corp, IT), parent=None)
    assert {"信息部", "信息部/網絡處", "總公司/信息部門/一處"} <= paths(cast)


def test_a_unit_does_not_go_below_itself(cast: Cast) -> None:
    root, below = find_unit(cast.corp, "總公司"), find_unit(cast.corp, NET)
    for parent in (root, below):
        with refused("unit.cycle"):
            units.move_unit(actor=cast.operator, unit=root, parent=parent)
    assert paths(cast) == {"總公司", IT, NET}


def test_a_name_stands_once_at_a_place(cast: Cast) -> None:
    other = add_unit(actor=cast.operator, company=cast.corp, path="網絡處")
    with refused("unit.exists"):
        units.move_unit(actor=cast.operator, unit=other, parent=find_unit(cast.corp, IT))
    with refused("unit.exists"):
        units.rename_unit(actor=cast.operator, unit=other, name="總公司")
    with refused("unit.name_malformed"):
        units.rename_unit(actor=cast.operator, unit=other, name="甲/乙")
    assert not Event.objects.filter(kind__in=("unit.moved", "unit.renamed")).exists()


def test_the_tree_keeps_its_depth(cast: Cast) -> None:
    deep = add_unit(actor=cast.operator, company=cast.corp, path="/".join(["層"] * (MAX_UNIT_DEPTH - 1)))
    with refused("unit.too_deep"):
        units.move_unit(actor=cast.operator, unit=find_unit(cast.corp, IT), parent=deep)


def test_renaming_renames_the_paths_below(cast: Cast) -> None:
    units.rename_unit(actor=cast.operator, unit=find_unit(cast.corp, IT), name="資訊 部")
    assert paths(cast) == {"總公司", "總公司/資訊 部", "總公司/資訊 部/網絡處"}


def test_only_what_is_empty_is_removed(cast: Cast) -> None:
    with pytest.raises(Refusal, match=r"^unit\.not_empty$") as caught:
        units.remove_unit(actor=cast.operator, unit=find_unit(cast.corp, NET))
    assert caught.value.decision.params["posts"] == 2
    empty = add_unit(actor=cast.operator, company=cast.corp, path="總公司/空")
    units.remove_unit(actor=cast.operator, unit=empty)
    assert "總公司/空" not in paths(cast) and Event.objects.filter(kind="unit.removed", subject="總公司/空").exists()


@pytest.mark.clause("G2.1.3")
def test_a_branch_administrator_arranges_his_branch_alone(branches: Branches) -> None:
    cast, sam = branches.cast, actor_of(account_of(branches.sam))
    room = add_unit(actor=sam, company=cast.corp, path=f"{IT}/機房")
    units.move_unit(actor=sam, unit=room, parent=find_unit(cast.corp, NET))
    units.rename_unit(actor=sam, unit=room, name="主機房")
    assert f"{NET}/主機房" in paths(cast)
    out = find_unit(cast.corp, SALES)
    for forbidden in (
        lambda: units.move_unit(actor=sam, unit=room, parent=out),
        lambda: units.move_unit(actor=sam, unit=room, parent=None),
        lambda: units.move_unit(actor=sam, unit=out, parent=room),
        lambda: units.move_unit(actor=sam, unit=find_unit(cast.corp, IT), parent=None),
        lambda: units.rename_unit(actor=sam, unit=out, name="x"),
        lambda: units.remove_unit(actor=sam, unit=find_unit(cast.corp, IT)),
    ):
        with refused("permission.missing"):
            forbidden()


def test_an_outsider_arranges_nothing(cast: Cast) -> None:
    charlie, net = cast.actor(cast.charlie), find_unit(cast.corp, NET)
    theirs = add_unit(actor=charlie, company=cast.other, path="HQ")
    for forbidden in (
        lambda: units.move_unit(actor=charlie, unit=net, parent=None),
        lambda: units.rename_unit(actor=charlie, unit=net, name="x"),
        lambda: units.remove_unit(actor=charlie, unit=net),
    ):
        with refused("permission.missing"):
            forbidden()
    with refused("unit.unknown"):
        units.move_unit(actor=cast.operator, unit=net, parent=theirs)
