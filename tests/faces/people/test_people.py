"""The people room: added with a mailbox in one go, changed, given and taken posts; nobody sees or touches beyond his reach."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people import posts
from hongyan.company.people.credentials import find_link, verify
from hongyan.company.people.models import Appointment, Person
from hongyan.company.people.persons import edit_person
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.branches import IT, NET, SALES, Branches
from tests.cast import Cast
from tests.faces.conftest import Visit

NEW = {
    "name": "夏伊芙", "latin_name": "Eve Hsia", "number": "2001", "locale": "zh-Hant", "unit": NET, "post": "工程師",
    "phone": "02 5599 0100 #12", "mobile": "", "mailbox": "1", "local": "Eve.Hsia", "domain": "corp.test", "first": "link",
    "grade": "4", "joined": "2026-11-02",
}  # fmt: skip


def person_of(mailbox: Mailbox) -> Person:
    assert mailbox.person is not None
    return Person.objects.get(pk=mailbox.person.pk)


def post_of(mailbox: Mailbox) -> Appointment:
    return Appointment.objects.get(person=mailbox.person)


def read(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.clause("G3.1.1")
def test_person_and_mailbox_in_one_go_with_a_link_shown_once(cast: Cast, visit: Visit) -> None:
    carol = visit(cast.carol)
    page = carol.post("/console/people/add", NEW).content.decode()
    mailbox = Mailbox.objects.get(address="eve.hsia@corp.test")
    link = re.search(r"/activate/([\w-]+)<", page)
    assert link and find_link(link[1], "activate").account == mailbox.account
    person = person_of(mailbox)
    assert (person.name, person.phone) == ("夏伊芙", "02 5599 0100 #12")
    assert post_of(mailbox).unit.path == NET and post_of(mailbox).post == "工程師"
    assert post_of(mailbox).grade == 4 and str(person.joined_on) == "2026-11-02"
    assert link[1] not in read(carol, f"/console/people/{person.pk}")


@pytest.mark.clause("B4.13")
def test_or_with_a_first_password(cast: Cast, visit: Visit) -> None:
    page = visit(cast.carol).post("/console/people/add", NEW | {"first": "password"}).content.decode()
    secret = re.search(r'id="secret">([^<]+)<', page)
    assert secret and verify("eve.hsia@corp.test", secret[1]).change == "first"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"local": "alice"}, "已被使用"), ({"number": "1001"}, "1001"), ({"name": " "}, "姓名"), ({"unit": "沒有"}, "沒有"),
        ({"phone": "call me"}, "不是有效的電話號碼"), ({"domain": "other.test"}, "other.test"), ({"locale": "fr"}, "fr"),
        ({"post": "長" * 81}, "職務名稱"),
    ],
)  # fmt: skip
def test_a_refusal_leaves_nothing_behind(cast: Cast, visit: Visit, change: dict[str, str], said: str) -> None:
    before = Person.objects.count(), Mailbox.objects.count(), Event.objects.filter(kind="person.added").count()
    answer = visit(cast.carol).post("/console/people/add", NEW | change)
    assert answer.status_code == 422 and said in answer.content.decode() and 'role="alert"' in answer.content.decode()
    assert before == (
        Person.objects.count(),
        Mailbox.objects.count(),
        Event.objects.filter(kind="person.added").count(),
    )


def test_data_is_changed_and_told_without_numbers_of_phones(cast: Cast, visit: Visit) -> None:
    carol, person = visit(cast.carol), person_of(cast.alice)
    form = {
        "name": "林愛莉",
        "latin_name": "",
        "number": "1001",
        "locale": "en",
        "phone": "",
        "mobile": "139 0000 1111",
    }
    answer = carol.post(f"/console/people/{person.pk}/edit", form)
    assert answer.headers["Location"].startswith(f"/console/people/{person.pk}?")
    event = Event.objects.get(kind="person.changed")
    assert event.params["changed"] == ["name", "latin_name", "locale", "mobile"]
    assert event.params["after"]["name"] == "林愛莉" and "139" not in str(event.params)
    cast.alice.refresh_from_db()
    assert cast.alice.account is not None
    cast.alice.account.refresh_from_db()
    assert cast.alice.account.locale == "en" and Outbox.objects.latest("pk").payload["addresses"] == ["alice@corp.test"]
    assert carol.post(f"/console/people/{person.pk}/edit", form | {"number": "1002"}).status_code == 422
    assert edit_person(actor=cast.operator, person=person_of(cast.alice), name="林愛莉") == ()


def test_posts_are_given_changed_and_ended(cast: Cast, visit: Visit) -> None:
    carol, person = visit(cast.carol), person_of(cast.carol)
    base = f"/console/people/{person.pk}/posts"
    assert carol.post(base, {"unit": IT, "post": "主任"}).status_code == 303
    assert carol.post(base, {"unit": IT, "post": "主任"}).status_code == 422
    post = person.appointments.get()
    assert carol.post(f"{base}/{post.pk}", {"unit": NET, "post": "經理"}).status_code == 303
    post.refresh_from_db()
    assert (post.unit.path, post.post, post.head) == (NET, "經理", False)
    assert "沒有這個職務" in carol.post(f"{base}/{post_of(cast.alice).pk}", {"do": "end"}).content.decode()
    assert carol.post(f"{base}/{post.pk}", {"do": "end"}).status_code == 303
    kinds = Event.objects.filter(subject=f"person/{person.pk}").order_by("pk").values_list("kind", flat=True)
    assert list(kinds)[-3:] == ["person.appointed", "person.post_changed", "person.post_ended"]


@pytest.mark.clause("G2.1.3")
def test_nobody_makes_himself_a_head(cast: Cast, visit: Visit) -> None:
    carol, person = visit(cast.carol), person_of(cast.carol)
    refused = carol.post(f"/console/people/{person.pk}/posts", {"unit": IT, "post": "x", "head": "1"})
    assert refused.status_code == 422 and not person.appointments.exists()
    carol.post(f"/console/people/{person.pk}/posts", {"unit": IT, "post": "x"})
    post = person.appointments.get()
    assert carol.post(f"/console/people/{person.pk}/posts/{post.pk}", {"unit": IT, "head": "1"}).status_code == 422
    other = post_of(cast.alice)
    carol.post(f"/console/people/{other.person_id}/posts/{other.pk}", {"unit": NET, "post": other.post, "head": "1"})
    other.refresh_from_db()
    assert other.head
    posts.change_post(actor=cast.operator, appointment=other, unit=post.unit)
    assert not other.head  # a head of one unit is not the next one's by moving


def test_a_persons_page_tells_what_administration_did(cast: Cast, visit: Visit) -> None:
    browser, person = visit(cast.carol), person_of(cast.alice)
    visit(cast.alice)
    with CaptureQueriesContext(connection) as queries:
        page = read(browser, f"/console/people/{person.pk}")
    assert "alice@corp.test" in page and "開通郵箱" in page and NET in page and "13800138000" in page
    assert "登入成功" not in page and "110105199003078812" not in page and len(queries) < 40
    assert "/console/audit" not in page.split("<main")[1]


@pytest.mark.clause("G2.1.3")
def test_a_branch_administrator_stays_in_his_branch(branches: Branches, visit: Visit) -> None:
    cast, sam = branches.cast, visit(branches.sam)
    erin, alice = branches.erin.person, person_of(cast.alice)
    assert erin is not None
    for path in (f"/console/people/{erin.pk}", f"/console/people/{erin.pk}/edit"):
        assert sam.get(path).status_code == 404
    for path in (f"/console/people/{erin.pk}/edit", f"/console/people/{erin.pk}/posts",
                 f"/console/people/{erin.pk}/posts/{post_of(branches.erin).pk}"):  # fmt: skip
        assert sam.post(path, {"unit": IT, "do": "end", "name": "x"}).status_code == 404
    base = f"/console/people/{alice.pk}/posts"
    page = read(sam, f"/console/people/{alice.pk}")
    assert SALES not in page and IT in page
    for path, form in (
        (base, {"unit": SALES}),
        (f"{base}/{post_of(cast.alice).pk}", {"unit": SALES}),
        ("/console/people/add", NEW | {"unit": SALES}),
    ):
        refused = sam.post(path, form)
        assert refused.status_code == 422 and SALES in refused.content.decode()
    assert sam.post("/console/people/add", NEW | {"unit": ""}).status_code == 422
    assert sam.post("/console/people/add", NEW).status_code == 200
    assert Person.objects.get(name="夏伊芙").appointments.get().unit.path == NET


def test_ending_the_last_post_leads_back_to_the_list(branches: Branches, visit: Visit) -> None:
    alice = branches.cast.alice
    assert alice.person is not None
    path = f"/console/people/{alice.person.pk}/posts/{post_of(alice).pk}"
    assert visit(branches.sam).post(path, {"do": "end"}).headers["Location"] == "/console/people"


def test_a_head_looks_and_changes_nothing(cast: Cast, visit: Visit) -> None:
    bob, alice = visit(cast.bob), person_of(cast.alice)
    page = read(bob, f"/console/people/{alice.pk}")
    assert "林愛麗" in page and "/edit" not in page and 'popovertarget="post-' not in page
    for path in (f"/console/people/{alice.pk}/edit", f"/console/people/{alice.pk}/posts", "/console/people/add"):
        assert bob.post(path, NEW).status_code == 404
    assert person_of(cast.alice).name == "林愛麗"


def test_an_outsider_finds_nobody(cast: Cast, visit: Visit) -> None:
    charlie, alice = visit(cast.charlie), person_of(cast.alice)
    for path in (f"/console/people/{alice.pk}", f"/console/people/{alice.pk}/edit", "/console/people/add?company=corp"):
        assert charlie.get(path).status_code == 404
    assert charlie.post(f"/console/people/{alice.pk}/posts", {"unit": NET}).status_code == 404
    assert charlie.post("/console/people/add", NEW | {"company": "corp"}).status_code == 404
    refused = charlie.post("/console/people/add", NEW | {"unit": NET})
    assert refused.status_code == 422 and not Person.objects.filter(name="夏伊芙").exists()
    for forbidden in (
        lambda: edit_person(actor=cast.actor(cast.charlie), person=alice, name="x"),
        lambda: posts.end_post(actor=cast.actor(cast.charlie), appointment=post_of(cast.alice)),
        lambda: posts.change_post(actor=cast.actor(cast.charlie), appointment=post_of(cast.alice), post="x"),
    ):
        with pytest.raises(Refusal, match=r"^permission\.missing$"):
            forbidden()
