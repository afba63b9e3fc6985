"""The room of leaving: the checklist as HR, the head and the office see it, the supervised look, walls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hongyan.company.leaving import looking, steps
from hongyan.company.leaving.models import Export, Handed, Leaving, Look
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Person
from hongyan.engines.desk import looks as desk
from hongyan.faces.console.leaving import one
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import current
from hongyan.kernel.models import Event
from tests.branches import Branches
from tests.cast import Cast
from tests.faces.conftest import Visit


def person(mailbox: Mailbox) -> Person:
    assert mailbox.person_id is not None
    return Person.objects.get(pk=mailbox.person_id)


def do(client: Client, leaving: Leaving, what: str, **form: str) -> Any:
    return client.post(reverse("leaving-do", args=[leaving.pk, what]), form)


@pytest.fixture
def carol(cast: Cast, visit: Visit) -> Client:
    return visit(cast.carol)


@pytest.mark.clause("G3.2.1", "B4.8")
def test_the_office_begins_and_the_head_confirms(cast: Cast, visit: Visit, carol: Client) -> None:
    form = {"company": "corp", "person": "1001", "kind": "scheduled", "last_day": "", "reason": ""}
    assert "最後工作日" in carol.post(reverse("leaving-begin"), form).content.decode()  # a day is missing
    day = (clock.today() + timedelta(days=7)).isoformat()
    answer = carol.post(reverse("leaving-begin"), form | {"last_day": day, "successor": "戴維"})
    leaving = Leaving.objects.get()
    assert answer.headers["Location"].startswith(reverse("leaving", args=[leaving.pk]))
    assert (leaving.state, leaving.successor) == ("planned", person(cast.dave))
    bob = visit(cast.bob)
    shown = bob.get(reverse("leaving", args=[leaving.pk])).content.decode()
    assert "工作已交接" in shown and "刪除郵件" not in shown
    assert do(bob, leaving, "tick", step="handover", note="齊").status_code == 303
    assert leaving.steps.get(name="handover").by == "bob@corp.test"
    assert do(bob, leaving, "tick", step="formalities").status_code == 409  # that is HR's
    assert "林愛麗" in carol.get(reverse("leavings")).content.decode()
    assert "林愛麗" in bob.get(f"{reverse('leavings')}?state=planned").content.decode()
    assert do(carol, leaving, "day", last_day=(clock.today() - timedelta(days=1)).isoformat()).status_code == 303
    leaving.refresh_from_db()
    assert leaving.state == "running"
    shown = carol.get(reverse("leaving", args=[leaving.pk])).content.decode()
    assert "dave@corp.test" in shown


def test_steering(cast: Cast, carol: Client) -> None:
    carol.post(reverse("leaving-begin"), {"company": "corp", "person": "1001", "kind": "immediate", "reason": "令 1"})
    leaving = Leaving.objects.get()
    for what, form, attribute in (
        ("pause", {"reason": "x"}, "paused_at"), ("hold", {"reason": "法院"}, "held_at"),
    ):  # fmt: skip
        assert do(carol, leaving, what, **form).status_code == 303
        leaving.refresh_from_db()
        assert getattr(leaving, attribute) is not None
    assert do(carol, leaving, "resume").status_code == 303
    assert do(carol, leaving, "end-hold", reason="結案").status_code == 303
    assert do(carol, leaving, "successor", person="王博").status_code == 303
    assert do(carol, leaving, "end", end="alias").status_code == 303
    assert do(carol, leaving, "export", form="eml").status_code == 303
    assert do(carol, leaving, "finish", reason="x").status_code == 409  # the period is not over
    assert do(carol, leaving, "nothing").status_code == 404
    leaving.refresh_from_db()
    assert (leaving.successor, leaving.end, leaving.paused_at) == (person(cast.bob), "alias", None)
    assert carol.get(reverse("leaving-archive", args=[leaving.pk]) + "?export=1").status_code == 404
    assert do(carol, leaving, "back").status_code == 303
    leaving.refresh_from_db()
    assert leaving.state == "returned"


@pytest.mark.clause("R2", "B4.8")
def test_the_hand_over_certificate_is_on_the_page(
    cast: Cast, carol: Client, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one, "pdf_of", lambda paper: b"%PDF " + paper.number.encode())
    form = {"company": "corp", "person": "1001", "kind": "immediate", "reason": "令 1", "successor": "王博"}
    carol.post(reverse("leaving-begin"), form)
    leaving = Leaving.objects.get()
    steps.note_rules(leaving, {})
    assert do(carol, leaving, "tick", step="handover").status_code == 303
    number = leaving.steps.get(name="retain").detail["paper"]
    path = reverse("leaving-paper", args=[leaving.pk])
    assert f"{path}?number={number}" in carol.get(reverse("leaving", args=[leaving.pk])).content.decode()
    assert carol.get(f"{path}?number={number}").content == b"%PDF " + number.encode()
    assert visit(cast.bob).get(f"{path}?number={number}").status_code == 200  # his head
    assert carol.get(f"{path}?number=HC-2026-99999").status_code == 404
    assert visit(cast.charlie).get(f"{path}?number={number}").status_code == 404


@pytest.mark.clause("B4.8")
def test_the_company_s_rule(carol: Client) -> None:
    path = reverse("leaving-rule")
    good = {
        "company": "corp",
        "retain_days": "60",
        "form": "mbox",
        "recipient": "",
        "alias_days": "90",
        "automatic": "no",
    }
    assert carol.post(path, good | {"recipient": "secret"}).status_code == 422
    assert carol.post(path, good | {"retain_days": "0"}).status_code == 422
    assert carol.post(path, good).status_code == 303
    assert 'value="60"' in carol.get(path).content.decode()


@pytest.mark.clause("B4.8")
def test_an_encrypted_archive_is_fetched_by_the_office_and_recorded(cast: Cast, carol: Client, visit: Visit) -> None:
    carol.post(reverse("leaving-begin"), {"company": "corp", "person": "1001", "kind": "immediate", "reason": "令 1"})
    leaving = Leaving.objects.get()
    place = current().root / "exports"
    place.mkdir(exist_ok=True)
    (place / "1.age").write_bytes(b"sealed")
    rows = [
        Export.objects.create(
            leaving=leaving, mailbox=cast.alice, form="eml", recipient=key, asked_by="x", asked_at=clock.now(),
            state="done", file="1.age",
        )
        for key in ("age1x", "")
    ]  # fmt: skip
    path = reverse("leaving-archive", args=[leaving.pk])
    answer = carol.get(f"{path}?export={rows[0].pk}")
    assert b"".join(answer.streaming_content) == b"sealed"  # type: ignore[attr-defined]
    assert Event.objects.get(kind="leaving.export_fetched").actor == "carol@corp.test"
    assert carol.get(f"{path}?export={rows[1].pk}").status_code == 404  # what is not encrypted stays with root
    assert visit(cast.bob).get(f"{path}?export={rows[0].pk}").status_code == 404  # his head is not the office
    assert Event.objects.filter(kind="leaving.export_fetched").count() == 1


@pytest.fixture
def look(branches: Branches, visit: Visit) -> Look:
    carol = visit(branches.cast.carol)
    carol.post(reverse("leaving-begin"), {"company": "corp", "person": "1001", "kind": "immediate", "reason": "令 1"})
    leaving = Leaving.objects.get()
    bob = visit(branches.cast.bob)
    assert do(bob, leaving, "look", mailbox="alice@corp.test", reason="客戶來信", days="2").status_code == 303
    return Look.objects.get()


@pytest.mark.clause("G2.1.5")
def test_a_look_takes_two_persons_and_leaves_its_trace(
    branches: Branches, visit: Visit, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, carol, tina = visit(branches.cast.bob), visit(branches.cast.carol), visit(branches.tina)
    monkeypatch.setattr(desk, "ask", lambda instance, name, order: ANSWERS[order["what"]])
    allow = reverse("look-do", args=[look.pk, "allow"])
    assert bob.get(reverse("look", args=[look.pk])).status_code != 200  # not before it is allowed
    assert bob.post(allow).status_code != 303  # not by who asked
    assert tina.post(allow).status_code == 404
    assert carol.post(allow).status_code == 303
    assert carol.get(reverse("look", args=[look.pk])).status_code != 200  # who allowed it does not read
    assert "INBOX" in bob.get(reverse("look", args=[look.pk])).content.decode()
    assert "報價" in bob.get(f"{reverse('look-folder', args=[look.pk])}?folder=INBOX").content.decode()
    shown = bob.get(f"{reverse('look-message', args=[look.pk])}?folder=INBOX&uid=7").content.decode()
    assert "&lt;script&gt;" in shown and "<script>alert" not in shown
    form = {"folder": "INBOX", "uid": "7", "subject": "報價", "to": "erin@corp.test"}
    assert bob.post(reverse("look-do", args=[look.pk, "hand"]), form).status_code == 303
    assert bob.post(reverse("look-do", args=[look.pk, "hand"]), form | {"to": "charlie@other.test"}).status_code == 409
    assert Handed.objects.get().to == "erin@corp.test"
    read = Event.objects.filter(kind="look.read", actor="bob@corp.test").order_by("seq")
    assert [(e.params["folder"], e.params.get("message")) for e in read][:2] == [("INBOX", None), ("INBOX", 7)]
    assert bob.post(reverse("look-do", args=[look.pk, "end"])).status_code == 303
    assert bob.get(reverse("look", args=[look.pk])).status_code != 200


ANSWERS: dict[str, Any] = {
    "folders": {"folders": [{"name": "INBOX", "messages": 1}]},
    "list": {"messages": [{"uid": 7, "size": 9, "from": "x", "to": "y", "subject": "報價", "date": "z"}], "total": 1, "more": False},
    "message": {
        "headers": {"from": "x", "to": "y", "cc": "", "subject": "報價", "date": "z"}, "text": "<script>alert(1)</script>",
        "cut": False, "attachments": [{"name": "a.pdf", "type": "application/pdf", "size": 9}], "size": 9,
    },
}  # fmt: skip


@pytest.mark.clause("G2.1.5")
def test_a_look_is_over_when_its_time_is(branches: Branches, look: Look) -> None:
    bob, carol = branches.cast.actor(branches.cast.bob), branches.cast.actor(branches.cast.carol)
    with pytest.raises(Refusal, match=r"^look\.second_person$"):
        looking.allow_look(actor=bob, look=look)
    with pytest.raises(Refusal, match=r"^look\.needs_person$"):
        looking.allow_look(actor=branches.cast.operator, look=look)
    looking.allow_look(actor=carol, look=look)
    looking.require_look(bob, look)
    Look.objects.filter(pk=look.pk).update(until=clock.now() - timedelta(minutes=1))
    look.refresh_from_db()
    with pytest.raises(Refusal, match=r"^look\.not_open$"):
        looking.require_look(bob, look)


def test_charlie_and_the_other_branch_find_nothing(branches: Branches, visit: Visit, look: Look) -> None:
    number = look.leaving_id
    paths = [
        reverse("leaving", args=[number]),
        reverse("look", args=[look.pk]),
        reverse("leaving-archive", args=[number]),
    ]
    for outsider in (branches.cast.charlie, branches.tina):
        client = visit(outsider)
        assert [client.get(path).status_code for path in paths] == [404, 404, 404]
        assert client.post(reverse("leaving-do", args=[number, "pause"])).status_code == 404
        assert "林愛麗" not in client.get(reverse("leavings")).content.decode()
    alice_sees = visit(branches.cast.bob).get(reverse("leavings")).content.decode()
    assert "林愛麗" in alice_sees
    steps.move_due()
    assert Leaving.objects.get().paused_at is None
