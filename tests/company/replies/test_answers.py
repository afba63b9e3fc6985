"""Deciding by mail: by whom, about what, once; and what is said to the rest."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from hongyan.company.mailboxes.models import Alias
from hongyan.company.mailboxes.routing import add_alias
from hongyan.company.replies import tokens
from hongyan.company.replies.actions import take_answer
from hongyan.company.replies.models import Answer
from hongyan.company.requests.models import Decision, Request
from hongyan.engines.gate import answers as gate
from hongyan.engines.gate.message import ANSWER_DOMAIN, ANSWER_MARK
from hongyan.jobs import answers, notices, schedule
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Event, Outbox
from hongyan.release import required
from tests.cast import Cast
from tests.company.requests.house import House, again, make_house, step
from tests.instance import make_instance


@pytest.fixture
def house(cast: Cast) -> House:
    return make_house(cast)


def signed(address: str, login: str) -> str:
    """The recipient as the gate makes it."""
    return gate._signed(address, login)


def asked(house: House, request: Request, name: str) -> str:
    """Where the notice asks him to answer."""
    return tokens.address_for(house.boxes[name], step(request).pk)


def answer(house: House, request: Request, name: str, text: str, **more: Any) -> str:
    """He answers the notice that was sent to `asked_of` (himself)."""
    to = more.pop("to", "") or asked(house, request, more.pop("asked_of", name))
    identity = more.pop("id", " ".join(text.split()))
    raw = f"Message-ID: <{identity}@x>\r\nContent-Type: text/plain; charset=utf-8\r\n{more.pop('fields', '')}\r\n{text}\r\n"
    login = more.pop("login", f"{name}@corp.test")
    return take_answer(recipient=signed(to, login), sender=more.pop("sender", login), raw=raw.encode())


def told(name: str) -> list[tuple[str, dict[str, str]]]:
    rows = Outbox.objects.filter(kind="notice", payload__to=f"{name}@corp.test", payload__notice__startswith="answer_")
    return [(row.payload["notice"], row.payload["params"]) for row in rows.order_by("pk")]


def file(house: House) -> Request:
    return house.file("alice", "alias", mailbox="alice@corp.test", new_address="a.lin@corp.test")


@pytest.mark.clause("G3.1.2", "B2")
def test_approved_by_mail_as_on_the_page(house: House) -> None:
    request = file(house)
    assert answer(house, request, "bob", "同意，請盡快") == "done"
    decision = Decision.objects.get(step__request=request)
    assert (decision.by, decision.verdict, decision.reason, decision.name) == (
        "mail",
        "approve",
        "請盡快",
        "bob@corp.test",
    )
    ((notice, params),) = told("bob")
    assert notice == "answer_done" and params["verdict"] == "同意" and params["request"] == str(request.number)


@pytest.mark.clause("B2")
def test_rejected_by_mail_with_its_reason(house: House) -> None:
    request = file(house)
    assert answer(house, request, "bob", "不同意") == "request.reason_needed"
    assert answer(house, request, "bob", "不同意，名額已滿") == "done"
    now = again(request)
    assert now.state == "rejected" and Decision.objects.get(step__request=request).reason == "名額已滿"
    assert [notice for notice, _ in told("bob")] == ["answer_refused", "answer_done"]


def test_sent_back_by_mail(house: House) -> None:
    request = file(house)
    assert answer(house, request, "bob", "退回，請寫明用途") == "done"
    assert again(request).state == "returned"


def test_one_message_counts_once(house: House) -> None:
    request = file(house)
    to = asked(house, request, "bob")
    assert answer(house, request, "bob", "同意", to=to) == "done"
    before = Outbox.objects.count()
    assert answer(house, request, "bob", "同意", to=to) == "again"
    assert Outbox.objects.count() == before and Decision.objects.count() == 1
    assert answer(house, request, "bob", "不同意，想了想", id="other", to=to) == "request.decided"
    assert "王博" in told("bob")[-1][1]["reason"] and Answer.objects.count() == 2


@pytest.mark.clause("G4.2.3")
def test_a_notice_that_was_passed_on_is_answered_by_nobody_else(house: House) -> None:
    request = file(house)
    for name in ("alice", "ida", "carol"):
        assert answer(house, request, name, "同意", asked_of="bob") == "answer.not_asked_you"
        assert told(name)[-1][0] == "answer_refused"
    assert not Decision.objects.exists()
    assert Event.objects.filter(kind="request.answer_refused", actor="ida@corp.test").exists()


@pytest.mark.clause("G4.2.3")
def test_the_from_field_is_not_asked(house: House) -> None:
    """Who signed in is who answers, whatever he writes in From; without a login nobody does."""
    request = file(house)
    forged = "From: 王博 <bob@corp.test>\r\nSender: bob@corp.test\r\n"
    assert answer(house, request, "alice", "同意", asked_of="bob", fields=forged) == "answer.not_asked_you"
    to = asked(house, request, "bob")
    for recipient in (
        to,
        to.replace("@", ".hongyan-by.@"),
        signed(to, "nobody@corp.test"),
        "approval@corp.test",
        "x",
        "",
    ):
        assert take_answer(recipient=recipient, sender="bob@corp.test", raw="\r\n同意\r\n".encode()) == "ignored"
    assert not Decision.objects.exists() and not told("bob")


def test_another_company_answers_nothing(house: House) -> None:
    request = file(house)
    outcome = answer(house, request, "charlie", "同意", asked_of="bob", login="charlie@other.test")
    assert outcome == "answer.not_asked_you" and not Decision.objects.exists()
    charlies = tokens.code_of(step(request).pk, house.cast.charlie.account)  # type: ignore[arg-type]
    own = f"approval+{step(request).pk}-{charlies}@other.test"
    assert answer(house, request, "charlie", "同意", to=own, id="2", login="charlie@other.test") == "request.unknown"


def test_the_applicant_does_not_approve_himself(house: House) -> None:
    request = file(house)
    assert answer(house, request, "alice", "同意", asked_of="alice") == "request.own"


@pytest.mark.parametrize(
    ("text", "code"),  # the text is its Message-ID as well: anything may stand there
    [("請問這是什麼？", "answer.unclear"), ("> 同意\n> 不同意", "answer.empty"), ("同意嗎？", "answer.unclear")],
)
def test_what_is_not_clear_is_asked_again(house: House, text: str, code: str) -> None:
    request = file(house)
    assert answer(house, request, "bob", text) == code
    ((notice, params),) = told("bob")
    assert notice == "answer_refused" and params["link"] == f"/approve/{step(request).pk}"
    assert answer(house, request, "bob", "同意", id="again") == "done"


def test_about_nothing(house: House) -> None:
    request = file(house)
    assert answer(house, request, "bob", "同意", to="approval@corp.test") == "answer.about_nothing"
    assert answer(house, request, "bob", "同意", to="approval+9-00@corp.test", id="2") == "answer.about_nothing"


@pytest.mark.parametrize("fields", ["Auto-Submitted: auto-replied\r\n", "Precedence: bulk\r\n", "List-Id: <x.y>\r\n"])
def test_what_no_person_wrote_is_neither_heard_nor_answered(house: House, fields: str) -> None:
    request = file(house)
    assert answer(house, request, "bob", "同意", fields=fields) == "ignored"
    assert answer(house, request, "bob", "同意", sender="") == "ignored"
    assert not told("bob") and not Decision.objects.exists() and not Answer.objects.exists()


@pytest.mark.clause("B2")
def test_the_notice_says_how_and_where(house: House, tmp_path: Path) -> None:
    request, instance = file(house), make_instance(tmp_path / "i")
    bob, params = (
        house.boxes["bob"],
        Outbox.objects.get(kind="notice", payload__notice="request_decide").payload["params"],
    )
    mail = notices.compose(instance, bob, "request_decide", params)
    assert mail["Reply-To"] == asked(house, request, "bob") and mail["Reply-To"].startswith("approval+")
    assert "不同意，原因" in mail.get_content() and mail["Auto-Submitted"] == "auto-generated"
    # Several at once, or nothing to decide: no address, and no word of it.
    for other in (
        notices.compose(instance, bob, "digest", {}, [{"notice": "request_decide", "params": params}]),
        notices.compose(instance, bob, "quota", {"level": "90"}),
    ):
        assert other["Reply-To"] is None and "不同意，原因" not in other.get_content()
    # Where somebody has that address, mail goes to him.
    Alias.objects.all().delete()
    add_alias(
        actor=house.cast.operator, company=house.cast.corp, address="approval@corp.test", target="carol@corp.test"
    )
    assert notices.compose(instance, bob, "request_decide", params)["Reply-To"] is None


def test_every_domain_has_the_address_where_nobody_else_has(house: House) -> None:
    def found() -> set[str]:
        return {f.address for f in required.facts() if getattr(f, "answers", False)}

    assert found() == {"approval@corp.test", "approval@other.test"}
    add_alias(
        actor=house.cast.operator, company=house.cast.corp, address="approval@corp.test", target="carol@corp.test"
    )
    assert found() == {"approval@other.test"}
    assert required.ANSWERS == ANSWER_DOMAIN and tokens.MARK == ANSWER_MARK


def test_old_ones_are_forgotten(house: House) -> None:
    request = file(house)
    answer(house, request, "bob", "同意")
    Answer.objects.update(at=Answer.objects.get().at - schedule.KEEP_ANSWERS * 2)
    schedule.clean_up()
    assert not Answer.objects.exists()


# -- LMTP --------------------------------------------------------------------------------------------------------
@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """An LMTP session with the listener; what it took stands in `taken`, which may be made to fail."""
    instance: Instance = make_instance(tmp_path / "i")
    instance.answers_socket.parent.mkdir(parents=True)
    taken: list[tuple[str, str, bytes]] = []

    def take(*, recipient: str, sender: str, raw: bytes) -> str:
        if b"fail" in raw:
            raise OSError("away")
        taken.append((recipient, sender, raw))
        return "done"

    monkeypatch.setattr(answers, "take_answer", take)
    monkeypatch.setattr(answers, "close_old_connections", lambda: None)
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)
    listener = answers.Listener(instance)
    listener.start()
    while not instance.answers_socket.exists():
        assert listener._thread.is_alive()
    client = smtplib.LMTP(str(instance.answers_socket), timeout=10)
    yield client, taken
    client.close()
    listener.end()
    assert not listener._thread.is_alive()


def test_taken_over_lmtp_one_by_one_and_not_before_it_is_done(spoken: Any) -> None:
    client, taken = spoken
    message = EmailMessage()
    message.set_content("同意")
    client.sendmail("bob@corp.test", ["approval+1-ab.hongyan-by.bob=corp.test@approval.invalid"], message.as_bytes())
    client.sendmail("", ["a@approval.invalid"], b"Subject: x\r\n\r\n" + "同意\r\n".encode())
    assert [(to, sender) for to, sender, _ in taken] == [
        ("approval+1-ab.hongyan-by.bob=corp.test@approval.invalid", "bob@corp.test"), ("a@approval.invalid", ""),
    ]  # fmt: skip
    with pytest.raises(smtplib.SMTPDataError) as later:
        client.sendmail("b@c.d", ["a@approval.invalid"], b"fail\r\n")
    assert later.value.smtp_code == 451
    client.rset()
    client.mail("b@c.d")
    assert client.rcpt("a@approval.invalid")[0] == 250
    assert client.rcpt("b@approval.invalid")[0] == 452


def test_begun_anew_when_its_place_was_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[object] = []
    monkeypatch.setattr("threading.excepthook", failed.append)
    instance = make_instance(tmp_path / "i")
    first = answers.Listener(instance)
    first.start()
    first._thread.join(10)
    assert len(failed) == 1
    instance.answers_socket.parent.mkdir(parents=True)
    second = first.looked_after()
    assert second is not first and second.looked_after() is second
    while not instance.answers_socket.exists():
        assert second._thread.is_alive()
    second.end()
