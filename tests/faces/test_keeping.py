"""A keeper and a group's owner choose who is in what they look after, without any role."""

from __future__ import annotations

import pytest

from hongyan.company.mailboxes.changes import set_group_owner
from hongyan.company.mailboxes.members import change_keeper
from hongyan.company.mailboxes.models import Membership
from tests.branches import Branches
from tests.faces.conftest import Visit


@pytest.fixture
def kept(branches: Branches) -> Branches:
    cast = branches.cast
    assert cast.alice.person is not None
    change_keeper(actor=cast.operator, mailbox=branches.info, keeper=cast.alice.person)
    set_group_owner(actor=cast.operator, group=branches.team, owner=cast.alice.person)
    return branches


@pytest.mark.clause("G3.2.2", "P12")
def test_the_keeper_chooses_members_and_rights(kept: Branches, visit: Visit) -> None:
    alice = visit(kept.cast.alice)
    assert "/mailbox/kept" in alice.get("/mailbox").content.decode()
    page = alice.get("/mailbox/kept").content.decode()
    assert "info@corp.test" in page and "team@corp.test" in page and "desk@" not in page and "crew@" not in page
    box, group = "/mailbox/kept/info@corp.test", "/mailbox/kept/team@corp.test"
    assert alice.post(f"{box}/member", {"member": "bob", "rights": ["read", "write"]}).status_code == 303
    assert alice.post(f"{box}/member-change", {"member": "bob@corp.test", "rights": ["read"]}).status_code == 303
    row = Membership.objects.get()
    assert (row.member.address, row.read, row.write) == ("bob@corp.test", True, False)
    assert "王博" in alice.get("/mailbox/kept?said=member").content.decode()
    assert alice.post(f"{box}/member-end", {"member": "bob@corp.test"}).status_code == 303
    assert alice.post(f"{group}/member", {"member": "dave"}).status_code == 303
    assert alice.post(f"{group}/member-end", {"member": "alice@corp.test"}).status_code == 303
    assert list(kept.team.entries.values_list("address", flat=True)) == ["dave@corp.test"]
    for path, form in ((box, {"member": "charlie@other.test", "rights": ["read"]}), (group, {"member": "nobody"})):
        assert alice.post(f"{path}/member", form).status_code == 422


def test_what_is_not_ones_own_is_not_there(kept: Branches, visit: Visit) -> None:
    alice = visit(kept.cast.alice)
    for address in ("desk@corp.test", "crew@corp.test", "alice@corp.test", "nothing@corp.test"):
        assert alice.post(f"/mailbox/kept/{address}/member", {"member": "alice@corp.test"}).status_code == 404
    assert alice.post("/mailbox/kept/team@corp.test/member-change", {"member": "bob"}).status_code == 404
    assert alice.post("/mailbox/kept/info@corp.test/close", {}).status_code == 404
    for who in (kept.cast.bob, kept.cast.charlie, kept.sam):
        browser = visit(who)
        assert browser.get("/mailbox/kept").status_code == 404
        assert browser.post("/mailbox/kept/info@corp.test/member", {"member": "bob"}).status_code == 404
        assert "/mailbox/kept" not in browser.get("/mailbox").content.decode()
    assert not Membership.objects.exists()
