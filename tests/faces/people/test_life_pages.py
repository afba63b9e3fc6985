"""A person's life on his page, branches and grades: done by who may, told to who sees, of leavers only on demand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hongyan.company.people import life
from hongyan.company.people.models import Absence, Appointment, Grade, Person, Unit
from hongyan.company.people.relations import state_of_person
from hongyan.kernel import clock
from hongyan.kernel.models import Event
from tests.branches import IT, NET, SALES, Branches
from tests.cast import Cast
from tests.faces.conftest import Visit
from tests.faces.people.test_people import person_of, post_of, read

DAY = timedelta(days=1)


def test_leave_is_entered_and_ended_from_the_page(cast: Cast, visit: Visit) -> None:
    carol, bob, today = visit(cast.carol), person_of(cast.bob), clock.today()
    page = f"/console/people/{bob.pk}"
    form = {"since": today.isoformat(), "until": "", "deputy": "林愛麗", "reason": "病假"}
    assert carol.post(f"{page}/do/leave", form).status_code == 303
    shown = read(carol, page)
    assert "休假中" in shown and "由林愛麗代理" in shown and "病假" in shown
    assert "病假" not in read(visit(cast.bob), f"/console/people/{bob.pk}")  # a head reads; why is personnel's
    refused = carol.post(f"{page}/do/leave", form)
    assert refused.status_code == 422 and "已有休假" in refused.content.decode()
    absence = Absence.objects.get()
    assert carol.post(f"{page}/do/end-leave", {"absence": absence.pk}).status_code == 303
    assert not Absence.objects.exists() and "在職" in read(carol, page)
    for change in ({"since": "昨天"}, {"deputy": "沒有這人"}, {"deputy": "1003"}):
        assert carol.post(f"{page}/do/leave", form | change).status_code == 422
    assert carol.post(f"{page}/do/dance", form).status_code == 404


def test_a_loan_from_the_page(branches: Branches, visit: Visit) -> None:
    carol, erin = visit(branches.cast.carol), person_of(branches.erin)
    page, day = f"/console/people/{erin.pk}", (clock.today() + DAY).isoformat()
    assert carol.post(f"{page}/do/lend", {"unit": IT, "until": day, "post": "支援", "grade": "3"}).status_code == 303
    assert "借調中" in read(carol, page) and day in read(carol, page)
    sam = visit(branches.sam)  # to whom she is lent sees her now, and may end it
    loan = Appointment.objects.get(person=erin, lent=True)
    assert "Erin" in read(sam, page)
    assert sam.post(f"{page}/do/return-loan", {"loan": loan.pk}).headers["Location"] == "/console/people"
    assert sam.get(page).status_code == 404


@pytest.mark.clause("G2.2.2")
def test_who_has_left_leaves_the_list_and_can_return(cast: Cast, visit: Visit) -> None:
    carol, bob = visit(cast.carol), person_of(cast.bob)
    page = f"/console/people/{bob.pk}"
    later = {"on": (clock.today() + DAY).isoformat(), "kind": "normal"}
    assert carol.post(f"{page}/do/left", later).status_code == 422
    assert carol.post(f"{page}/do/left", {"on": clock.today().isoformat(), "kind": "dismissed"}).status_code == 303
    shown = read(carol, page)
    assert "已離職" in shown and "辭退或自動離職" in shown and 'popovertarget="return"' in shown
    assert "王博" not in read(carol, "/console/people") and "王博" in read(carol, "/console/people?state=left")
    assert "王博" in read(carol, "/console/people?state=all") and "林愛麗" not in read(
        carol, "/console/people?state=left"
    )
    assert "王博" not in read(carol, f"/console/units/{post_of(cast.bob).unit_id}")
    assert carol.post(f"{page}/do/return", {"unit": "", "on": ""}).status_code == 303
    assert state_of_person(Person.objects.get(pk=bob.pk)) == "staff" and not post_of(cast.bob).head


def test_the_list_tells_states(cast: Cast, visit: Visit) -> None:
    today, net = clock.today(), post_of(cast.alice).unit
    life.take_leave(actor=cast.operator, person=person_of(cast.bob), since=today)
    life.lend(actor=cast.operator, person=person_of(cast.carol), unit=net, until=today)
    carol = visit(cast.carol)
    for state, name, word in (("leave", "王博", "休假中"), ("lent", "陳家蓉", "借調中"), ("staff", "林愛麗", "在職")):
        body = carol.get(f"/console/people?state={state}", headers={"X-Part": "list"}).content.decode()
        assert name in body and word in body, state
        others = {"王博", "陳家蓉", "林愛麗"} - {name}
        assert not any(f">{other}</a>" in body for other in others), state


def test_deputies_and_grades_of_posts(cast: Cast, visit: Visit) -> None:
    carol, post = visit(cast.carol), post_of(cast.alice)
    base = f"/console/people/{post.person_id}"
    form = {"unit": NET, "post": "專員", "deputy": "1", "grade": "5"}
    assert carol.post(f"{base}/posts/{post.pk}", form).status_code == 303
    named = {"level": ["5", "6", ""], "name": ["副經理", "經理", ""]}
    assert carol.post("/console/grades", named).status_code == 303
    assert "副主管" in read(carol, base) and "副經理" in read(carol, base)
    unit = read(carol, f"/console/units/{post.unit_id}")
    assert "副主管" in unit and unit.index("王博") < unit.index("林愛麗")
    assert "王博" in read(visit(cast.alice), "/console/people")  # a deputy head sees the unit
    assert carol.post("/console/grades", {"level": ["5", "5"], "name": ["甲", "乙"]}).status_code == 422
    assert carol.post("/console/grades", {"level": ["x"], "name": ["甲"]}).status_code == 422
    assert list(Grade.objects.order_by("level").values_list("name", flat=True)) == ["副經理", "經理"]


@pytest.mark.clause("B2")
def test_a_unit_becomes_a_branch(branches: Branches, visit: Visit) -> None:
    sam, it, sales = visit(branches.sam), branches.it, branches.sales
    assert sam.post(f"/console/units/{it.pk}/do/branch", {"on": "1"}).status_code == 303
    assert "本單位是分支機構" in read(sam, f"/console/units/{it.pk}")
    assert IT in read(sam, f"/console/units/{post_of(branches.cast.alice).unit_id}")
    assert sam.post(f"/console/units/{sales.pk}/do/branch", {"on": "1"}).status_code == 404
    assert sam.post(f"/console/units/{it.pk}/do/branch", {"on": "0"}).status_code == 303
    assert not Unit.objects.filter(branch=True).exists()


@pytest.mark.clause("R1", "G2.1.3")
def test_nobody_enters_anything_beyond_his_reach(branches: Branches, visit: Visit) -> None:
    bob, sales, before = (
        person_of(branches.cast.bob),
        branches.sales,
        Event.objects.filter(kind__startswith="person.").count(),
    )
    today = clock.today().isoformat()
    forms = {
        "leave": {"since": today}, "lend": {"unit": SALES, "until": today}, "left": {"on": today, "kind": "normal"},
        "return": {}, "end-leave": {"absence": "1"}, "return-loan": {"loan": "1"},
    }  # fmt: skip
    for who in (branches.tina, branches.cast.charlie, branches.cast.alice):
        browser = visit(who)
        for what, form in forms.items():
            assert browser.post(f"/console/people/{bob.pk}/do/{what}", form).status_code in (403, 404), (who, what)
    head = visit(branches.cast.bob)
    assert head.post(f"/console/people/{bob.pk}/do/leave", forms["leave"]).status_code in (403, 404)
    assert visit(branches.sam).post("/console/grades", {"level": ["1"], "name": ["甲"]}).status_code == 403
    assert (
        visit(branches.sam).post(f"/console/people/{bob.pk}/do/lend", forms["lend"]).status_code == 422
    )  # not his to see
    assert Event.objects.filter(kind__startswith="person.").count() == before and not Appointment.objects.filter(
        unit=sales, lent=True
    )
