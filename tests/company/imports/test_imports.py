from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest
from django.db import transaction

from hongyan.company.imports import actions, queries, store
from hongyan.company.imports.models import Import, ImportMade, ImportRow
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.mailboxes.models import Claim, Group, Mailbox
from hongyan.company.mailboxes.queries import state_of
from hongyan.company.people.models import Appointment, Person, RoleGrant, Unit
from hongyan.company.people.roles import grant_role
from hongyan.company.tasks.progress import Progress, Standing, Stopped
from hongyan.evidence.audit.queries import verify
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.branches import make_branches
from tests.cast import Cast
from tests.company.imports.conftest import Check
from tests.company.imports.sheets import many, staff, workbook

Captured = Callable[..., AbstractContextManager[object]]


def problems(batch: Import) -> list[tuple[int, str, str]]:
    return [(row.number, p[0], p[1]) for row in queries.list_rows(batch, ("bad",)) for p in row.problems]


def verdicts(batch: Import) -> dict[str, str]:
    return {row.label: row.verdict for row in queries.list_rows(batch)}


def apply(cast: Cast, batch: Import, **more: bool) -> Import:
    return actions.apply_import(actor=cast.actor(cast.carol), batch=batch, progress=Progress(), **more)


SHEET = staff(
    ["1001", "林愛麗", "總公司/信息部/網絡處", "專員", "alice", "13800138000"],
    ["1002", "王博", "總公司/信息部", "處長", "bob@corp.test", ""],
    ["1003", "陳家蓉", "", "", "", "13900139000"],
    ["2001", "張小明", "總公司/市場部", "經理", "zhang.xiaoming", "13700137000"],
)


@pytest.mark.clause("R4", "G2.2.1", "G2.2.2")
def test_a_staff_list_tells_joiners_movers_changed_and_leavers(cast: Cast, check: Check) -> None:
    batch = check(SHEET)
    assert verdicts(batch) == {
        "1001 林愛麗": "same", "1002 王博": "move", "1003 陳家蓉": "change", "2001 張小明": "add", "1004 戴維": "leaver",
    }  # fmt: skip
    rows = {row.number: row.changes for row in queries.list_rows(batch) if row.number}
    assert rows[3] == [
        ["unit", "總公司/信息部/網絡處", "總公司/信息部"],
        ["post", "主管", "處長"],
        ["head", True, False],
    ]
    assert rows[4] == [["mobile", "", "13900139000"]]
    assert rows[5][-1] == ["mailbox", "", "zhang.xiaoming@corp.test"]
    assert batch.new_units == ["總公司/市場部"]
    assert not Person.objects.filter(number="2001").exists()


@pytest.mark.clause("R4", "G3.1.1")
def test_confirmed_it_is_all_done_with_the_events_of_the_single_actions(
    cast: Cast, check: Check, django_capture_on_commit_callbacks: Captured
) -> None:
    batch = check(SHEET)
    Outbox.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        apply(cast, batch)
    zhang = Person.objects.get(number="2001")
    post = zhang.appointments.get()
    assert (post.unit.path, post.post, zhang.mobile) == ("總公司/市場部", "經理", "13700137000")
    box = Mailbox.objects.select_related("account").get(address="zhang.xiaoming@corp.test")
    assert state_of(box) == "activation" and box.person == zhang
    bob = Appointment.objects.get(person__number="1002")
    assert (bob.unit.path, bob.post, bob.head) == ("總公司/信息部", "處長", False)
    kinds = list(
        Event.objects.filter(chain="corp", actor="carol@corp.test").order_by("seq").values_list("kind", flat=True)
    )
    assert kinds == [
        "unit.added", "person.added", "person.changed", "person.post_changed", "mailbox.opened", "import.applied",
    ]  # fmt: skip
    assert verify("corp").flaws == ()
    assert [o.kind for o in Outbox.objects.order_by("id")] == ["release", "prepare"]
    with pytest.raises(Refusal, match=r"import\.state"):
        apply(cast, batch)
    assert store.size(batch) == 0


def test_once_more_the_same_sheet_changes_nothing(cast: Cast, check: Check) -> None:
    apply(cast, check(SHEET))
    again = check(SHEET)
    assert again.counts.get("same") == 4 and queries.to_do(again) == 0
    with pytest.raises(Refusal, match=r"import\.nothing"):
        apply(cast, again)


def test_every_bad_cell_is_named_with_row_and_column(cast: Cast, check: Check) -> None:
    batch = check(
        staff(
            ["3001", "", "總公司", "", "", ""],
            ["3002", "甲", "總公司", "", "bad address@x", ""],
            ["3003", "乙", "總公司", "", "alice@corp.test", ""],
            ["3004", "丙", "總公司", "", "x@other.test", ""],
            ["3005", "丁", "", "專員", "", ""],
            ["3006", "戊", "總公司", "", "postmaster", ""],
            ["3006", "己", "總公司", "", "ji", ""],
            ["", "林愛麗", "總公司", "", "", ""],
            ["1001", "林愛麗", "", "", "lin", ""],
            ["3010", "庚", "處", "", "ji", "call me"],
            ["3011", "辛", "總公司", "", "good", ""],
        )
    )
    assert problems(batch) == [
        (2, "B", "import.cell.needed"), (3, "E", "address.malformed"), (4, "E", "address.taken"),
        (5, "E", "domain.not_of_company"), (6, "D", "import.row.post_without_unit"), (7, "E", "address.reserved"),
        (8, "A", "import.row.number_twice"), (9, "B", "import.row.same_name"), (10, "E", "import.row.has_mailbox"),
        (11, "F", "person.phone_malformed"), (11, "E", "import.row.address_twice"),
    ]  # fmt: skip
    with pytest.raises(Refusal, match=r"import\.has_bad"):
        apply(cast, batch)
    apply(cast, batch, skip_bad=True)
    assert set(Person.objects.filter(number__startswith="30").values_list("number", flat=True)) == {"3011"}


def test_units_by_name_by_path_ambiguous_and_missing(cast: Cast, check: Check) -> None:
    for path in ("廣州分公司", "廣州分公司/網絡處", "廣州分公司/財務處"):
        Unit.objects.create(company=cast.corp, path=path, name=path.rpartition("/")[2])
    rows = staff(
        ["4001", "甲", "財務處", "", "", ""], ["4002", "乙", "網絡處", "", "", ""], ["4003", "丙", "信息部/網絡處", "", "", ""],
        ["4004", "丁", "深圳分公司＞客服處", "", "", ""], ["4005", "戊", "客服處", "", "", ""],
    )  # fmt: skip
    batch = check(rows)
    assert problems(batch) == [(3, "C", "import.cell.unit_ambiguous")]
    units = {r.number: next(c[2] for c in r.changes if c[0] == "unit") for r in queries.list_rows(batch, ("add",))}
    assert units == {2: "廣州分公司/財務處", 4: "總公司/信息部/網絡處", 5: "深圳分公司/客服處", 6: "深圳分公司/客服處"}
    assert batch.new_units == ["深圳分公司", "深圳分公司/客服處"]
    strict = check(rows, create_units=False)
    assert [p[2] for p in problems(strict)].count("import.cell.unit_unknown") == 2


def test_a_number_is_brought_to_somebody_known_by_his_mailbox(cast: Cast, check: Check) -> None:
    Person.objects.filter(number="1003").update(number="")
    batch = check(staff(["9003", "陳家蓉", "", "", "carol@corp.test", ""]))
    assert [r.changes for r in queries.list_rows(batch, ("change",))] == [[["number", "", "9003"]]]


def test_secrets_are_hidden_in_the_preview_and_in_the_audit(cast: Cast, check: Check) -> None:
    head = ("工號", "姓名", "身份證號", "出生日期")
    batch = check(staff(["1001", "林愛麗", "110105199003078899", "1991年2月3日"], head=head))
    assert [r.changes for r in queries.list_rows(batch, ("change",))] == [
        [["identity_number", "***", "***"], ["birthday", "***", "***"]]
    ]
    apply(cast, batch)
    alice = Person.objects.get(number="1001")
    assert alice.identity_number == "110105199003078899" and alice.birthday and alice.birthday.year == 1991
    event = Event.objects.get(kind="person.changed")
    assert event.params == {"changed": ["identity_number", "birthday"], "before": {}, "after": {}}


def test_a_preview_that_went_stale_is_refused(cast: Cast, check: Check) -> None:
    batch = check(SHEET)
    Person.objects.filter(number="1003").update(mobile="13900139000")
    with pytest.raises(Refusal) as caught:
        apply(cast, batch)
    assert caught.value.code == "import.stale" and caught.value.decision.params["rows"] == ["4"]
    batch.refresh_from_db()
    assert batch.state == "stale" and not Person.objects.filter(number="2001").exists()
    again = actions.check_import(actor=cast.actor(cast.carol), batch=batch, progress=Progress())
    apply(cast, again)
    assert Person.objects.filter(number="2001").exists()


def test_mass_changes_are_asked_about_twice(cast: Cast, check: Check) -> None:
    apply(cast, check(staff(*many(30))), sure=True)
    moved = [[n, name, "總公司/新部門", *rest] for n, name, _, *rest in many(11)]
    batch = check(staff(*moved))
    with pytest.raises(Refusal, match=r"import\.mass"):
        apply(cast, batch)
    actions.set_mass_percent(actor=cast.actor(cast.carol), company=cast.corp, percent=90)
    apply(cast, check(staff(*moved)))
    assert Appointment.objects.filter(unit__path="總公司/新部門").count() == 11


class BreaksAt(Progress):
    def __init__(self, stage: str, error: type[Exception]) -> None:
        super().__init__()
        self.stage, self.error = stage, error

    def at(self, stage: str, done: int = 0, total: int = 0) -> None:
        self.now = Standing(stage, done, total)
        if stage == self.stage:
            raise self.error


@pytest.mark.parametrize("stage", ["persons", "posts", "mailboxes", "finishing"])
def test_what_stops_in_the_middle_leaves_nothing(cast: Cast, check: Check, stage: str) -> None:
    batch = check(SHEET)
    before = (Person.objects.count(), Unit.objects.count(), Claim.objects.count(), Event.objects.count())
    with pytest.raises(Stopped):
        actions.apply_import(actor=cast.actor(cast.carol), batch=batch, progress=BreaksAt(stage, Stopped))
    assert before == (Person.objects.count(), Unit.objects.count(), Claim.objects.count(), Event.objects.count())
    assert Import.objects.get(pk=batch.pk).state == "checked" and not ImportMade.objects.exists()
    apply(cast, batch)


def test_a_mapping_is_remembered_for_the_same_headings(cast: Cast, check: Check) -> None:
    head, row = ("代碼", "稱呼", "歸屬"), ["5001", "甲", "總公司"]
    actor = cast.actor(cast.carol)
    batch = actions.upload_file(
        actor=actor, company=cast.corp, kind="persons", data=staff(row, head=head), file_name="a.xlsx"
    )
    assert batch.columns == ["", "", ""]
    with pytest.raises(Refusal) as caught:
        actions.check_import(actor=actor, batch=batch, progress=Progress())
    assert [r.code for r in caught.value.reasons] == ["import.map.missing"]
    for wrong in (["number", "name", "name"], ["number", "name", "salary"]):
        with pytest.raises(Refusal, match=r"import\.map\.wrong"):
            actions.set_columns(actor=actor, batch=batch, columns=wrong)
    check(staff(row, head=head), columns=["number", "name", "unit"])
    later = actions.upload_file(
        actor=actor, company=cast.corp, kind="persons", data=staff(row, head=head), file_name="b.xlsx"
    )
    assert later.columns == ["number", "name", "unit"]
    other = cast.actor(cast.charlie)
    foreign = actions.upload_file(
        actor=other, company=cast.other, kind="persons", data=staff(row, head=head), file_name="b.xlsx"
    )
    assert foreign.columns == ["", "", ""]


def test_further_posts(cast: Cast, check: Check) -> None:
    rows = workbook([
        ["工號", "部門", "崗位", "負責人"], ["1001", "總公司/信息部", "顧問", "是"], ["1001", "網絡處", "專員", ""],
        ["7777", "總公司", "", ""], ["1003", "總公司", "秘書", "也許"], ["1001", "信息部", "顧問", ""],
    ])  # fmt: skip
    batch = check(rows, "posts")
    assert problems(batch) == [
        (4, "A", "import.row.number_unknown"), (5, "D", "import.cell.flag"), (6, "C", "import.row.post_twice"),
    ]  # fmt: skip
    apply(cast, batch, skip_bad=True)
    posts = Appointment.objects.filter(person__number="1001").order_by("pk").values_list("unit__path", "post", "head")
    assert list(posts) == [("總公司/信息部/網絡處", "專員", False), ("總公司/信息部", "顧問", True)]


def test_mailboxes_of_every_kind(cast: Cast, check: Check) -> None:
    head = ["地址", "類型", "工號", "管理人工號", "顯示名稱", "部門", "容量", "到期日"]
    rows = workbook([
        head, ["service", "公共", "", "1002", "客戶服務", "信息部", "5 GB", ""], ["intern1", "實習", "", "", "", "", "", "2099/1/31"],
        ["intern2", "intern", "", "", "", "", "", ""], ["alice@corp.test", "", "", "", "", "", "1024", ""],
        ["bob@corp.test", "shared", "", "", "", "", "", ""], ["x", "別的", "", "", "", "", "0", "2000-01-01"],
        ["zoe", "", "1003", "", "", "", "", ""],
    ])  # fmt: skip
    batch = check(rows, "mailboxes")
    assert problems(batch) == [
        (4, "H", "mailbox.intern_needs_expiry"), (6, "B", "import.row.mailbox_fixed"), (7, "B", "import.cell.choice"),
    ]  # fmt: skip
    apply(cast, batch, skip_bad=True)
    service = Mailbox.objects.select_related("keeper", "unit").get(address="service@corp.test")
    assert (service.kind, service.quota_mb, service.keeper and service.keeper.number) == ("shared", 5120, "1002")
    assert service.unit and service.unit.path == "總公司/信息部" and service.account is None
    assert Mailbox.objects.get(address="alice@corp.test").quota_mb == 1024
    assert Mailbox.objects.get(address="zoe@corp.test").person == Person.objects.get(number="1003")


def test_groups_with_members_in_a_cell_or_one_a_row(cast: Cast, check: Check) -> None:
    rows = workbook([
        ["群組地址", "群組名稱", "成員", "發信權限"], ["it", "信息部", "alice；bob@corp.test、carol", "成員"],
        ["all", "全體", "it", ""], ["all", "", "dave", ""], ["all", "別名", "", ""], ["it", "", "all", ""],
        ["bad", "", "nobody", ""], ["alice", "", "", ""],
    ])  # fmt: skip
    batch = check(rows, "groups")
    assert problems(batch) == [
        (5, "B", "import.row.group_differs"), (6, "C", "group.loop"), (7, "C", "address.unknown"), (8, "A", "address.taken"),
    ]  # fmt: skip
    apply(cast, batch, skip_bad=True)
    team = Group.objects.get(address="it@corp.test")
    assert (team.name, team.who) == ("信息部", "members")
    everyone = Group.objects.get(address="all@corp.test")
    assert set(everyone.entries.values_list("address", flat=True)) == {"it@corp.test", "dave@corp.test"}
    again = check(workbook([["群組地址", "成員"], ["it", "dave"], ["all", "dave"]]), "groups")
    assert (again.counts.get("change"), again.counts.get("same")) == (1, 1)


@pytest.mark.clause("G2.1.3")
def test_a_branch_administrator_imports_into_his_branch_only(cast: Cast, check: Check) -> None:
    b = make_branches(cast)
    sam = b.actor(b.sam)
    rows = staff(
        ["6001", "甲", "信息部/網絡處", "", "jia", ""], ["6002", "乙", "總公司/銷售部", "", "", ""], ["6003", "丙", "", "", "", ""],
        ["6004", "丁", "總公司/信息部/新處", "", "", ""], ["6005", "戊", "總公司/信息部門外", "", "", ""],
        ["1003", "陳家蓉", "信息部", "", "", ""], ["", "Erin", "", "", "erin@corp.test", ""], ["1001", "林愛麗", "", "顧問", "", ""],
    )  # fmt: skip
    batch = check(rows, actor=sam)
    assert {(n, code) for n, _, code in problems(batch)} == {(n, "import.row.outside") for n in (3, 4, 6, 7, 8)}, (
        problems(batch)
    )
    assert {r.label for r in queries.list_rows(batch, ("leaver",))} == {"1002 王博", "Sam"}
    actions.apply_import(actor=sam, batch=batch, progress=Progress(), skip_bad=True)
    assert Mailbox.objects.get(address="jia@corp.test").person == Person.objects.get(number="6001")
    tina, carol = b.actor(b.tina), cast.actor(cast.carol)
    with pytest.raises(Refusal, match=r"import\.unknown"):
        queries.find_import(tina, batch.pk)
    assert queries.find_import(carol, batch.pk) == batch and queries.find_import(sam, batch.pk) == batch
    assert list(queries.list_imports(tina, cast.corp)) == []


def test_personnel_enters_people_but_opens_no_mailboxes(cast: Cast, check: Check) -> None:
    assert cast.alice.account is not None
    grant_role(actor=cast.operator, account=cast.alice.account, role="hr", company=cast.corp)
    batch = check(
        staff(["8001", "甲", "總公司", "", "jia", ""], ["8002", "乙", "總公司", "", "", ""]),
        actor=cast.actor(cast.alice),
    )
    assert problems(batch) == [(2, "E", "import.row.no_mailbox_right")] and batch.counts["add"] == 1
    with pytest.raises(Refusal, match=r"permission\.missing"):
        check(workbook([["地址"], ["x"]]), "mailboxes", actor=cast.actor(cast.alice))


def test_a_branch_with_no_seat_left_opens_none_at_all(cast: Cast, check: Check) -> None:
    branches = make_branches(cast)
    RoleGrant.objects.filter(account=branches.sam.account).update(seats=4)
    sam = branches.actor(branches.sam)
    batch = check(staff(*(["", f"新人{n}", "信息部", "", f"new{n}", ""] for n in range(5))), actor=sam)
    with pytest.raises(Refusal, match=r"share\.seats"):
        actions.apply_import(actor=sam, batch=batch, progress=Progress())
    assert not Person.objects.filter(name__startswith="新人").exists()


def test_outsiders_and_those_without_the_right(cast: Cast, check: Check) -> None:
    batch = check(SHEET)
    for mailbox in (cast.charlie, cast.alice, cast.dave):
        actor = cast.actor(mailbox)
        with pytest.raises(Refusal, match=r"permission\.missing"):
            actions.upload_file(actor=actor, company=cast.corp, kind="persons", data=SHEET, file_name="x")
        with pytest.raises(Refusal, match=r"import\.unknown"):
            queries.find_import(actor, batch.pk)
        for act in (
            partial(actions.drop_import, batch=batch),
            partial(actions.choose_sheet, batch=batch, sheet=""),
            partial(actions.check_import, batch=batch, progress=Progress()),
            partial(actions.apply_import, batch=batch, progress=Progress()),
        ):
            with pytest.raises(Refusal, match=r"import\.unknown"):
                act(actor=actor)


def test_addresses_of_another_company_are_taken_no_more_than_unknown(cast: Cast, check: Check) -> None:
    batch = check(workbook([["群組地址", "成員"], ["x", "charlie@other.test"]]), "groups")
    assert problems(batch) == [(2, "B", "address.unknown")]


def test_dropped_it_is_gone(cast: Cast, check: Check) -> None:
    batch = check(SHEET)
    actions.drop_import(actor=cast.actor(cast.carol), batch=batch)
    assert not ImportRow.objects.filter(batch=batch).exists() and store.size(batch) == 0
    with pytest.raises(Refusal, match=r"import\.state"):
        apply(cast, batch)


def test_a_single_transaction_is_what_is_applied(cast: Cast, check: Check) -> None:
    batch = check(SHEET)
    with pytest.raises(RuntimeError), transaction.atomic():
        apply(cast, batch)
        raise RuntimeError
    assert not Person.objects.filter(number="2001").exists() and store.size(batch)


@pytest.mark.clause("G3.2.2")
def test_a_keeper_who_would_move_is_named_before_anything_is_done(cast: Cast, check: Check) -> None:
    below = Unit.objects.get(path="總公司/信息部/網絡處")
    new = [NewMailbox(f"{n}@corp.test", kind="shared", keeper=cast.bob.person, unit=below) for n in ("net", "ops")]
    open_mailboxes(actor=cast.operator, company=cast.corp, new=new)
    batch = check(SHEET)
    assert problems(batch) == [(3, "C", "keeper.moving")]
