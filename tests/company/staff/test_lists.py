"""A sheet that names everybody: the difference, applied as a whole or line by line, and what it must never do."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people import life
from hongyan.company.people.models import Appointment, Person
from hongyan.company.people.roles import grant_role
from hongyan.company.staff import guard, queries
from hongyan.company.staff.applying import apply_lines
from hongyan.company.staff.models import Line, Report
from hongyan.company.staff.reports import drop_report, forget_old, skip_lines
from hongyan.company.tasks.progress import Progress, Standing, Stopped
from hongyan.evidence.audit.queries import verify
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event
from tests.branches import Branches
from tests.cast import Cast
from tests.company.imports.sheets import saved, staff
from tests.company.staff.conftest import Look

ALICE = ["1001", "林愛麗", "總公司/信息部/網絡處", "專員", "alice", "13800138000"]
BOB = ["1002", "王博", "總公司/信息部", "處長", "", ""]
CAROL = ["1003", "陳家蓉", "", "", "", ""]
DAVE = ["1004", "戴維", "", "", "", ""]
NEW = ["2001", "張小明", "總公司/市場部", "經理", "zhang.xiaoming", "13700137000"]


def verdicts(report: Report) -> dict[str, str]:
    return {line.label: line.verdict for line in queries.list_lines(report)}


def line(report: Report, verdict: str) -> Line:
    return report.lines.get(verdict=verdict)


def apply(cast: Cast, report: Report, *verdicts: str, actor: Actor | None = None, **more: Any) -> int:
    lines = [each.pk for each in queries.list_lines(report, verdicts)] if verdicts else None
    done = apply_lines(actor=actor or cast.actor(cast.carol), report=report, progress=Progress(), lines=lines, **more)
    report.refresh_from_db()
    return done


@pytest.mark.clause("G2.2.1", "G2.2.2")
def test_the_whole_list_applied_at_once(cast: Cast, look: Look) -> None:
    report = look(staff(ALICE, BOB, CAROL, NEW))
    assert verdicts(report) == {"1002 王博": "move", "2001 張小明": "join", "1004 戴維": "leave"}
    assert report.counts == {"listed": 4, "same": 2, "move": 1, "join": 1, "leave": 1, "staff": 4}
    assert apply(cast, report) == 3 and report.state == "settled"
    assert Person.objects.get(number="1004").left_on == clock.today()
    assert Appointment.objects.get(person__number="1002").unit.path == "總公司/信息部"
    assert Mailbox.objects.get(address="zhang.xiaoming@corp.test").person == Person.objects.get(number="2001")
    assert verdicts(look(staff(ALICE, BOB, CAROL, NEW))) == {}
    assert verify("corp").flaws == ()


@pytest.mark.clause("G2.2.2")
def test_line_by_line_and_left_out(cast: Cast, look: Look) -> None:
    report = look(staff(ALICE, BOB, CAROL, NEW))
    assert apply(cast, report, "join") == 1 and report.state == "open"
    assert Person.objects.filter(number="2001").exists() and Person.objects.get(number="1004").left_on is None
    skip_lines(actor=cast.actor(cast.carol), report=report, lines=[line(report, "leave").pk])
    apply(cast, report, "move")
    assert report.state == "settled" and Person.objects.get(number="1004").left_on is None
    assert {each.verdict: each.state for each in report.lines.all()} == {
        "join": "applied", "leave": "skipped", "move": "applied",
    }  # fmt: skip
    with pytest.raises(Refusal) as refusal:
        apply(cast, report, "move")
    assert refusal.value.code == "staff.report_state"


def test_who_had_left_is_back(cast: Cast, look: Look) -> None:
    bob = Person.objects.get(number="1002")
    life.leave_company(actor=cast.operator, person=bob)
    report = look(staff(ALICE, BOB, CAROL, DAVE))
    assert verdicts(report) == {"1002 王博": "back"}
    apply(cast, report)
    bob.refresh_from_db()
    assert bob.left_on is None
    assert [(a.unit.path, a.post, a.head) for a in bob.appointments.all()] == [("總公司/信息部", "處長", False)]


@pytest.mark.clause("G2.2.2")
def test_two_rows_for_one_number_are_both_asked_about_and_nobody_leaves_for_it(cast: Cast, look: Look) -> None:
    report = look(staff(ALICE, BOB, CAROL, DAVE, ["１００１", "林愛麗", "總公司/市場部", "", "", ""]))
    alice = queries.list_lines(report).filter(label__startswith="1001")
    assert [(each.number, each.verdict, each.problems[0][1:]) for each in alice] == [
        (2, "conflict", ["staff.row.number_twice", {"number": "1001", "rows": ["6"]}]),
        (6, "conflict", ["staff.row.number_twice", {"number": "1001", "rows": ["2"]}]),
    ]
    with pytest.raises(Refusal) as refusal:
        apply_lines(actor=cast.operator, report=report, progress=Progress(), lines=[alice[0].pk])
    assert refusal.value.code == "staff.line_conflict"
    apply(cast, report)
    assert report.state == "open"  # Bob's move is done, Alice waits
    assert Person.objects.get(number="1001").left_on is None


def test_merged_cells_and_full_width_digits_are_read(cast: Cast, look: Look) -> None:
    data = staff(
        ["１００１", "林愛麗", "總公司/信息部/網絡處", "專員", "", "１３８００１３８０００"],
        ["1002", "王博", "", "主管", "", ""],
        CAROL,
        DAVE,
    )
    book = load_workbook(io.BytesIO(data))
    assert book.active is not None
    book.active.merge_cells("C2:C3")
    report = look(saved(book))
    assert verdicts(report) == {} and report.counts["same"] == 4
    assert [note[0] for note in report.notes] == ["import.note.merged"]


def test_a_row_that_cannot_be_read_keeps_its_person(cast: Cast, look: Look) -> None:
    """A number that Excel has cut: nobody is found for the row, and the person of that name does not leave."""
    report = look(staff(ALICE, BOB, CAROL, [1e15 + 4, "戴維", "", "", "", ""]))
    conflicts = {each.label: each.problems[0][1] for each in queries.list_lines(report, ["conflict"])}
    assert conflicts == {"戴維": "import.cell.digits_lost", "1004 戴維": "staff.row.maybe_named"}
    assert not report.lines.filter(verdict="leave").exists()


def test_a_new_number_for_a_known_name_warns(cast: Cast, look: Look) -> None:
    report = look(staff(ALICE, BOB, CAROL, ["9004", "戴維", "", "", "", ""]))
    assert line(report, "leave").problems == [["", "staff.row.maybe_renumbered", {"name": "戴維", "row": 5}]]


def test_nobody_lists_himself_away(cast: Cast, look: Look) -> None:
    report = look(staff(ALICE, BOB, DAVE))
    assert [(each.label, each.problems[0][1]) for each in queries.list_lines(report, ["conflict"])] == [
        ("1003 陳家蓉", "person.leaves_self")
    ]


@pytest.mark.clause("G2.2.2")
def test_a_mass_removal_needs_a_person_who_says_why(cast: Cast, look: Look) -> None:
    apply(cast, look(staff(ALICE, BOB, CAROL, DAVE, *([f"N{i}", f"員工{i}", "", "", "", ""] for i in range(6)))))
    guard.set_rules(actor=cast.actor(cast.carol), company=cast.corp, most_leavers=50, most_percent=30)
    report = look(staff(ALICE, BOB, CAROL, DAVE, ["N0", "員工0", "", "", "", ""]))
    assert report.guarded and report.counts["leave"] == 5
    leaving = [each.pk for each in queries.list_lines(report, ["leave"])]
    hr = _with_role(cast, cast.bob, "hr")
    with pytest.raises(Refusal) as refusal:
        apply(cast, report, actor=hr)
    assert refusal.value.code == "staff.guard" and refusal.value.decision.params["staff"] == 10
    # In small steps it is the same day.
    apply_lines(actor=hr, report=report, progress=Progress(), lines=leaving[:3])
    with pytest.raises(Refusal) as refusal:
        apply_lines(actor=hr, report=report, progress=Progress(), lines=leaving[3:4])
    assert refusal.value.code == "staff.guard" and refusal.value.decision.params["gone"] == 3
    source = Actor("source/1 (AD)", hr.grants)
    with pytest.raises(Refusal) as refusal:
        apply(cast, report, actor=source, override="so it says")
    assert refusal.value.code == "staff.guard_not_yours"
    apply(cast, report, actor=hr, override="分公司撤銷")
    assert Person.objects.filter(left_on__isnull=False).count() == 5
    event = Event.objects.get(kind="staff.guard_overridden")
    assert event.actor == "bob@corp.test" and event.params["reason"] == "分公司撤銷" and event.params["gone"] == 3
    assert (report.override_by, report.override_reason) == ("bob@corp.test", "分公司撤銷")


def _with_role(cast: Cast, mailbox: Mailbox, role: str) -> Actor:
    assert mailbox.account is not None
    grant_role(actor=cast.operator, account=mailbox.account, role=role, company=cast.corp)
    return cast.actor(mailbox)


def test_an_empty_list_is_not_everybody_gone(cast: Cast, look: Look) -> None:
    with pytest.raises(Refusal) as refusal:
        look(staff(["", "", "", "", "", ""]))
    assert refusal.value.code == "import.file.empty"
    assert not Report.objects.exists()


def test_never_half(cast: Cast, look: Look) -> None:
    """The one who may not go is named, and the others are as they were."""
    assert cast.dave.account is not None
    report = look(staff(ALICE, BOB, CAROL, NEW))
    from hongyan.company.people.models import RoleGrant

    RoleGrant.objects.all().delete()
    grant_role(actor=cast.operator, account=cast.dave.account, role="system", company=None)
    with pytest.raises(Refusal) as refusal:
        apply_lines(actor=cast.operator, report=report, progress=Progress())
    assert refusal.value.code == "staff.line_refused" and refusal.value.decision.params == {"who": "1004 戴維"}
    assert [reason.code for reason in refusal.value.reasons] == ["role.last_system"]
    assert (
        not Person.objects.filter(number="2001").exists()
        and not Mailbox.objects.filter(address__startswith="zhang").exists()
    )
    assert report.lines.filter(state="open").count() == 3


def test_a_stop_in_the_middle_leaves_nothing(cast: Cast, look: Look) -> None:
    report = look(staff(ALICE, BOB, CAROL, NEW))

    def stop(now: Standing) -> None:
        if now.stage == "comparing":  # Dave has left by then
            raise Stopped

    with pytest.raises(Stopped):
        apply_lines(actor=cast.actor(cast.carol), report=report, progress=Progress(tell=stop))
    assert not Person.objects.filter(number="2001").exists() and Person.objects.get(number="1004").left_on is None


def test_what_changed_since_the_look_is_refused(cast: Cast, look: Look) -> None:
    report = look(staff(ALICE, BOB, CAROL, NEW))
    Appointment.objects.filter(person__number="1002").update(post="副處長")
    with pytest.raises(Refusal) as refusal:
        apply(cast, report)
    assert refusal.value.code == "staff.stale" and refusal.value.decision.params["who"] == ["1002 王博"]
    apply(cast, report, "join")
    life.leave_company(actor=cast.operator, person=Person.objects.get(number="1004"))
    with pytest.raises(Refusal) as refusal:
        apply(cast, report, "leave")
    assert refusal.value.code == "staff.stale"


@pytest.mark.clause("G2.1.3")
def test_a_branch_administrator_compares_his_branch_alone(branches: Branches, look: Look) -> None:
    sam, tina = branches.actor(branches.sam), branches.actor(branches.tina)
    report = look(
        staff(ALICE, ["", "Sam", "總公司/信息部", "", "sam", ""], ["7", "Erin", "總公司/銷售部", "", "", ""]), actor=sam
    )
    found = verdicts(report)
    assert found.pop("1002 王博") == "leave"  # in his branch, not in his sheet
    assert found == {"7 Erin": "conflict"}  # neither Tina nor Erin leave by it
    assert queries.find_report(sam, report.pk) == report
    for other in (tina, branches.cast.actor(branches.cast.charlie)):
        with pytest.raises(Refusal) as refusal:
            queries.find_report(other, report.pk)
        assert refusal.value.code == "staff.report.unknown"
        assert not queries.list_reports(other, branches.cast.corp).exists()
        with pytest.raises(Refusal):
            apply_lines(actor=other, report=report, progress=Progress())
    assert queries.find_report(branches.cast.actor(branches.cast.carol), report.pk) == report


def test_dropped_and_forgotten(cast: Cast, look: Look) -> None:
    report = look(staff(ALICE, BOB, CAROL, NEW))
    drop_report(actor=cast.actor(cast.carol), report=report)
    assert not report.lines.exclude(values={}).exists() and not report.lines.filter(state="open").exists()
    Report.objects.update(settled_at=clock.now() - timedelta(days=91))
    assert forget_old() == report.counts["join"] + report.counts["move"] + report.counts["leave"]
    assert not Line.objects.exists() and Report.objects.count() == 1
