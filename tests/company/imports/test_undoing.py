from __future__ import annotations

from datetime import date

import pytest

from hongyan.company.imports import actions
from hongyan.company.imports.applying.undoing import Undone, undo_import, untouched_homes
from hongyan.company.imports.models import Import
from hongyan.company.mailboxes.models import Claim, Group, GroupMember, Mailbox
from hongyan.company.people.credentials import set_final_password
from hongyan.company.people.models import Account, Appointment, Person, Unit
from hongyan.company.people.persons import edit_person
from hongyan.company.tasks.progress import Progress
from hongyan.evidence.audit.queries import verify
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Outbox
from tests.cast import PASSWORD, Cast
from tests.company.imports.conftest import Check
from tests.company.imports.sheets import staff, workbook

ROWS = (
    ["1001", "林愛麗", "總公司/市場部", "經理", "", "139"], ["2001", "甲", "總公司/市場部", "", "jia", ""],
    ["2002", "乙", "總公司/市場部/一組", "", "yi", ""], ["2003", "丙", "總公司", "", "bing", ""], ["2004", "丁", "", "", "", ""],
)  # fmt: skip


def apply(cast: Cast, batch: Import) -> Import:
    return actions.apply_import(actor=cast.actor(cast.carol), batch=batch, progress=Progress(), sure=True)


def undo(cast: Cast, batch: Import, *, mail: tuple[str, ...] = (), dry: bool = False) -> Undone:
    lies = {home: home in mail for home in untouched_homes(batch)}
    return undo_import(actor=cast.actor(cast.carol), batch=batch, lies=lies, progress=Progress(), dry=dry)


def why(outcome: Undone) -> dict[str, str]:
    return {what: code.rpartition(".")[2] for _, what, code, _ in outcome.left}


@pytest.mark.clause("R4")
def test_all_of_it_is_taken_back_while_nothing_depends_on_it(cast: Cast, check: Check) -> None:
    before = (Person.objects.count(), Unit.objects.count(), Claim.objects.count(), Account.objects.count())
    batch = apply(cast, check(staff(*ROWS)))
    look = undo(cast, batch, dry=True)
    assert Person.objects.filter(number="2001").exists() and not look.left
    Outbox.objects.all().delete()
    assert undo(cast, batch).done == look.done == {
        "mailbox": 3, "person": 4, "moved": 1, "fields": 1, "unit": 2,
    }  # fmt: skip
    assert before == (Person.objects.count(), Unit.objects.count(), Claim.objects.count(), Account.objects.count())
    alice = Person.objects.get(number="1001")
    assert alice.mobile == "13800138000" and alice.appointments.get().unit.path == "總公司/信息部/網絡處"
    assert [o.payload["addresses"] for o in Outbox.objects.filter(kind="release")] == [
        ["bing@corp.test", "jia@corp.test", "yi@corp.test"]
    ]
    assert verify("corp").flaws == ()
    apply(cast, check(staff(*ROWS)))  # the addresses and numbers are free again


def test_what_is_used_meanwhile_stays_with_its_reason(cast: Cast, check: Check) -> None:
    batch = apply(cast, check(staff(*ROWS)))
    signed = Account.objects.get(login="jia@corp.test")
    set_final_password(actor=cast.operator, account=signed, password=PASSWORD)
    edit_person(actor=cast.operator, person=Person.objects.get(number="2004"), name="丁二")
    Person.objects.filter(number="1001").update(mobile="0")
    outcome = undo(cast, batch, mail=("corp.test/yi",))
    assert why(outcome) == {
        "2001 甲": "in_use", "2002 乙": "in_use", "2004 丁": "changed", "1001 林愛麗": "changed",
        "總公司/市場部": "unit_full", "總公司/市場部/一組": "unit_full",
    }  # fmt: skip
    assert {code for _, _, code, _ in outcome.left} >= {"import.undo.signed_in", "import.undo.has_mail"}
    assert outcome.done == {"mailbox": 1, "person": 1, "moved": 1}
    assert not Person.objects.filter(number="2003").exists() and Person.objects.filter(number="2002").exists()


def test_a_store_that_cannot_be_asked_is_not_empty(cast: Cast, check: Check) -> None:
    batch = apply(cast, check(staff(ROWS[3])))
    with pytest.raises(Refusal, match=r"import\.undo\.nothing"):
        undo_import(actor=cast.actor(cast.carol), batch=batch, lies={}, progress=Progress())
    assert Import.objects.get(pk=batch.pk).state == "applied"


def test_only_the_last_one_by_who_may(cast: Cast, check: Check) -> None:
    first = apply(cast, check(staff(ROWS[3])))
    second = apply(cast, check(staff(ROWS[4])))
    with pytest.raises(Refusal, match=r"import\.undo\.not_last"):
        undo(cast, first)
    for mailbox in (cast.charlie, cast.alice):
        with pytest.raises(Refusal, match=r"import\.unknown"):
            undo_import(actor=cast.actor(mailbox), batch=second, lies={}, progress=Progress())
    undo(cast, second)
    undo(cast, first)


def test_posts_mailboxes_and_groups(cast: Cast, check: Check) -> None:
    posts = apply(cast, check(workbook([["工號", "部門", "崗位"], ["1001", "信息部", "顧問"]]), "posts"))
    assert undo(cast, posts).done == {"post": 1}
    assert Appointment.objects.filter(person__number="1001").count() == 1

    boxes = [["地址", "類型", "容量", "到期日"], ["sales", "公共", "", ""], ["alice", "", "1 GB", "2099-01-01"]]
    mailboxes = apply(cast, check(workbook(boxes), "mailboxes"))
    assert undo(cast, mailboxes).done == {"mailbox": 1, "quota": 1, "expires": 1}
    alice = Mailbox.objects.get(address="alice@corp.test")
    assert alice.quota_mb is None and alice.expires_on is None

    apply(cast, check(workbook([["群組", "名稱", "成員"], ["it", "信息", "alice"]]), "groups"))
    rows = [["群組", "名稱", "成員", "發信權限"], ["it", "信息部", "bob", "成員"], ["all", "", "it", ""]]
    groups = apply(cast, check(workbook(rows), "groups"))
    assert undo(cast, groups).done == {"members": 1, "group": 1, "group_fields": 1}
    group = Group.objects.get()
    assert (group.name, group.who) == ("信息", "company")
    assert list(GroupMember.objects.values_list("address", flat=True)) == ["alice@corp.test"]


def test_secret_values_go_back_and_are_forgotten_later(
    cast: Cast, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = apply(cast, check(staff(["1001", "林愛麗", "1991-02-03"], head=("工號", "姓名", "生日"))))
    assert undo(cast, batch).done == {"fields": 1}
    assert Person.objects.get(number="1001").birthday == date(1990, 3, 7)
    again = apply(cast, check(staff(["1001", "林愛麗", "1991-02-03"], head=("工號", "姓名", "生日"))))
    monkeypatch.setattr(actions, "KEEP_VALUES", actions.KEEP_VALUES * -1)
    actions.forget_old()
    assert again.made.get().before == {} and set(again.rows.values_list("values__birthday", flat=True)) == {None}
