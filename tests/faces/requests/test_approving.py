"""What waits for one's word: seen at a glance, decided one by one or together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.life import take_leave
from hongyan.company.requests.models import Decision, Request
from hongyan.kernel import clock
from tests.company.requests.house import House, again, step
from tests.faces.conftest import Visit
from tests.faces.requests.test_filing import text


@pytest.fixture
def bob(house: House, visit: Visit) -> Client:
    return visit(house.cast.bob)


def asked(house: House, number: int = 3) -> list[Request]:
    return [
        house.file("alice", "shared", address=f"team{n}@corp.test", display_name=f"Team {n}") for n in range(number)
    ]


@pytest.mark.clause("G3.1.2")
def test_one_is_approved_with_one_button_and_the_count_falls(house: House, bob: Client) -> None:
    first, _second, _third = asked(house)
    page = text(bob, "/approve")
    assert (
        page.count("data-card") == 3 and '<span class="count">' in text(bob, "/mailbox") and "team0@corp.test" in page
    )
    answer = bob.post("/approve", {"do": f"approve:{step(first).pk}"})
    assert (answer.status_code, answer["Location"]) == (303, "/approve?said=approved")
    assert step(first).position == 2 and text(bob, "/approve").count("data-card") == 2
    assert Decision.objects.get().by == "page"
    assert "team0@corp.test" in text(bob, "/approve/decided")


def test_no_needs_a_reason_and_tells_it(house: House, bob: Client) -> None:
    first, second, _ = asked(house)
    one = step(first).pk
    answer = bob.post("/approve", {"do": f"reject:{one}"})
    assert answer.status_code == 422 and again(first).state == "waiting"
    assert bob.post("/approve", {"do": f"reject:{one}", f"reason-{one}": "已有同名郵箱"}).status_code == 303
    assert (again(first).state, again(first).reason) == ("rejected", "已有同名郵箱")
    two = step(second).pk
    assert bob.post("/approve", {"do": f"return:{two}", f"reason-{two}": "給誰用？"}).status_code == 303
    assert again(second).state == "returned"


@pytest.mark.clause("G3.1.2", "R4")
def test_many_are_decided_at_once_and_those_that_fail_are_named(house: House, bob: Client, visit: Visit) -> None:
    filed = asked(house)
    steps = [step(each).pk for each in filed]
    house.approve("bob", filed[0])  # meanwhile, in another window
    answer = bob.post("/approve", {"do": "approve", "step": [str(pk) for pk in steps]})
    page = answer.content.decode()
    assert answer.status_code == 422 and "team0@corp.test" in page.split('id="refusal"')[1].split("</ul>")[0]
    assert [step(each).position for each in filed] == [2, 2, 2]
    otto = visit(house.boxes["otto"])
    answer = otto.post("/approve", {"do": "approve", "step": [str(step(each).pk) for each in filed]})
    assert answer.status_code == 303 and {again(each).state for each in filed} == {"done"}
    assert Mailbox.objects.filter(address__startswith="team").count() == 3
    assert otto.post("/approve", {"do": "approve"}).status_code == 422  # nothing chosen
    assert otto.post("/approve", {"do": "dance", "step": "1"}).status_code == 404


def test_what_one_is_not_asked_cannot_be_decided(house: House, visit: Visit) -> None:
    filed = asked(house, 1)[0]
    for name in ("alice", "carol"):  # the applicant; the office, whose turn comes later
        answer = visit(house.boxes[name]).post("/approve", {"do": f"approve:{step(filed).pk}"})
        assert answer.status_code == 422, name
    for box in (house.cast.charlie, house.boxes["cleo"]):
        assert visit(box).post("/approve", {"do": f"approve:{step(filed).pk}"}).status_code == 404
    assert step(filed).position == 1 and not Decision.objects.exists()


@pytest.mark.clause("B2")
def test_a_stand_in_sees_for_whom_he_decides(house: House, visit: Visit) -> None:
    today = clock.today()
    take_leave(
        actor=house.cast.operator, person=house.person("bob"), since=today, until=today + timedelta(days=3),
        deputy=house.person("ida"),
    )  # fmt: skip
    filed = asked(house, 1)[0]
    ida = visit(house.boxes["ida"])
    assert "王博" in text(ida, "/approve") and "王博" in text(ida, f"/requests/{filed.pk}")
    assert ida.post("/approve", {"do": f"approve:{step(filed).pk}"}).status_code == 303
    assert "Ida (王博)" in text(ida, f"/requests/{filed.pk}")


def test_somebody_else_is_asked_as_well(house: House, bob: Client, visit: Visit) -> None:
    filed = asked(house, 1)[0]
    assert bob.post(f"/requests/{filed.pk}/add", {"person": "nobody here"}).status_code == 422
    assert bob.post(f"/requests/{filed.pk}/add", {"person": "ida", "reason": "?"}).status_code == 303
    bob.post(f"/requests/{filed.pk}/decide", {"verdict": "approve"})
    assert step(filed).position == 1 and house.waits_for("ida") == [filed.number]


@pytest.mark.clause("B4.13", "G3.2.3")
def test_a_first_password_is_shown_once_to_who_hands_it_over(house: House, visit: Visit) -> None:
    filed = house.file("bob", "password", mailbox="alice@corp.test")
    otto = visit(house.boxes["otto"])
    answer = otto.post(f"/requests/{filed.pk}/decide", {"verdict": "approve"})
    assert answer.status_code == 200 and 'id="given"' in answer.content.decode() and again(filed).state == "done"
    assert 'id="given"' not in text(otto, f"/requests/{filed.pk}")


def test_a_stuck_one_is_changed_by_its_applicant(house: House, visit: Visit) -> None:
    filed = house.approve("bob", asked(house, 1)[0])
    open_mailbox(actor=house.cast.operator, company=house.cast.corp, new=NewMailbox("team0@corp.test", kind="shared"))
    assert house.approve("otto", filed).state == "stuck"
    alice = visit(house.cast.alice)
    page = text(alice, f"/requests/{filed.pk}")
    assert "team0@corp.test" in page and f"/requests/{filed.pk}/amend" in page
    amended = {"address": "team9", "address-domain": "corp.test", "display_name": "Team"}
    assert alice.post(f"/requests/{filed.pk}/amend", amended | {"address": "bob"}).status_code == 422
    assert alice.post(f"/requests/{filed.pk}/amend", amended).status_code == 303
    assert again(filed).state == "done" and Mailbox.objects.filter(address="team9@corp.test").exists()


def test_a_page_of_many_costs_no_more_queries_than_one_of_few(house: House, bob: Client, visit: Visit) -> None:
    carol = visit(house.cast.carol)
    asked(house, 2)
    few, list_of_few = queries(bob), count(carol, "/console/requests")
    for number in range(2, 9):
        house.file("alice", "shared", address=f"team{number}@corp.test", display_name="Team")
    many = queries(bob)
    assert many["/approve"] <= few["/approve"] + 1 and many["/requests"] <= few["/requests"] + 1
    assert text(bob, "/approve").count("data-card") == 9
    assert count(carol, "/console/requests") <= list_of_few + 1
    assert count(visit(house.cast.alice), "/requests/new") < 250


def queries(browser: Client) -> dict[str, int]:
    return {path: count(browser, path) for path in ("/approve", "/requests")}


def count(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(path).status_code == 200
    return len(seen)
