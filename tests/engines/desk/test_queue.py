"""The listing of the queue, and what a person may have done to single messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hongyan.engines import queue
from hongyan.engines.desk import actions, answers, work
from hongyan.kernel import outbox
from hongyan.kernel.actor import Actor, Grant
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Event, Outbox
from tests.cast import Cast
from tests.instance import make_instance


def entry(identifier: str, sender: str, *to: str, queue_name: str = "deferred", reason: str = "timed out") -> str:
    return json.dumps({
        "queue_name": queue_name, "queue_id": identifier, "arrival_time": 1_764_000_000, "message_size": 2048,
        "forced_expire": False, "sender": sender,
        "recipients": [{"address": address, "delay_reason": reason} for address in to],
    })  # fmt: skip


def list_queue(instance: Instance, *entries: str) -> None:
    answers.directory(instance).mkdir(exist_ok=True)
    (answers.directory(instance) / queue.LISTING).write_text("".join(f"{line}\n" for line in entries))


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    made = make_instance(tmp_path / "i")
    list_queue(
        made,
        entry("AAAAAA1", "alice@corp.test", "far@away.test"),
        entry("BBBBBB2", "charlie@other.test", "far@away.test", reason="connection refused"),
        entry("CCCCCC3", "stranger@away.test", "bob@corp.test", "charlie@other.test"),
        entry("DDDDDD4", "MAILER-DAEMON", "bob@corp.test", queue_name="active", reason=""),
        "half a li",
    )
    return made


def ids(page: queue.Page) -> list[str]:
    return [message.id for message in page.messages]


def test_a_listing_comes_in_pages_and_skips_what_is_no_message(instance: Instance) -> None:
    page = queue.read_page(instance, queue.Wanted(), offset=1, limit=2)
    assert (ids(page), page.count, page.stale) == (["BBBBBB2", "CCCCCC3"], 4, False)
    assert page.messages[0].reason == "connection refused"
    assert queue.read_page(instance, queue.Wanted(), limit=0).count == 4


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (queue.Wanted(text="REFUSED"), ["BBBBBB2"]),
        (queue.Wanted(text="bob@"), ["CCCCCC3", "DDDDDD4"]),
        (queue.Wanted(text='"'), []),
        (queue.Wanted(text="queue_id"), []),  # of the file, not of a message
        (queue.Wanted(queue="active"), ["DDDDDD4"]),
        (queue.Wanted(domains=frozenset({"corp.test"})), ["AAAAAA1", "CCCCCC3", "DDDDDD4"]),
        (queue.Wanted(domains=frozenset()), []),
    ],
)
def test_a_listing_is_filtered(instance: Instance, wanted: queue.Wanted, found: list[str]) -> None:
    assert ids(queue.read_page(instance, wanted)) == found


def test_without_a_listing_nothing_is_known(tmp_path: Path) -> None:
    page = queue.read_page(make_instance(tmp_path / "none"), queue.Wanted())
    assert (page.count, page.at, page.stale) == (0, None, True)


@pytest.mark.parametrize("identifier", ["", "-d", "ALL", "AAAAAA1 ALL", "../../x", "AAAAAA1\n"])
def test_only_identifiers_reach_a_command_of_root(instance: Instance, identifier: str) -> None:
    for order in ("queue.delete", "queue.retry"):
        with pytest.raises(ValueError, match="not a queue identifier"):
            work.perform(instance, None, {"do": order, "ids": [identifier]})
    with pytest.raises(ValueError, match="not a queue identifier"):
        work.perform(instance, None, {"do": "queue.headers", "id": identifier})


@pytest.mark.clause("G2.1.2")
def test_the_office_deals_with_its_own_mail(cast: Cast, instance: Instance) -> None:
    carol = cast.actor(cast.carol)
    assert actions.retry_messages(actor=carol, instance=instance, identifiers=["AAAAAA1", "CCCCCC3"]) == 2
    assert (
        actions.delete_messages(actor=carol, instance=instance, identifiers=["AAAAAA1"], reason=" sent by  mistake")
        == 1
    )
    orders = [entry.payload for entry in Outbox.objects.filter(kind=outbox.OPERATE).order_by("id")]
    assert orders == [
        {"do": "queue.retry", "ids": ["AAAAAA1", "CCCCCC3"]}, {"do": "queue.delete", "ids": ["AAAAAA1"]},
    ]  # fmt: skip
    event = Event.objects.get(kind="queue.deleted")
    assert (event.chain, event.actor, event.subject) == ("corp", "carol@corp.test", "alice@corp.test")
    assert event.params["reason"] == "sent by mistake" and event.params["id"] == "AAAAAA1"


@pytest.mark.parametrize("identifier", ["BBBBBB2", "ZZZZZZ9", "half"])
def test_another_company_s_mail_is_as_unknown_as_none(cast: Cast, instance: Instance, identifier: str) -> None:
    with pytest.raises(Refusal, match=r"queue\.unknown"):
        actions.delete_messages(
            actor=cast.actor(cast.carol), instance=instance, identifiers=["AAAAAA1", identifier], reason="x"
        )
    assert not Outbox.objects.filter(kind=outbox.OPERATE).exists()
    assert not Event.objects.filter(kind__startswith="queue.").exists()


def test_charlie_reaches_nothing_of_corp(cast: Cast, instance: Instance) -> None:
    charlie = cast.actor(cast.charlie)
    for identifier in ("AAAAAA1", "DDDDDD4"):
        with pytest.raises(Refusal, match=r"queue\.unknown"):
            actions.retry_messages(actor=charlie, instance=instance, identifiers=[identifier])


def test_mail_that_others_wait_for_is_not_deleted_by_one_company(cast: Cast, instance: Instance) -> None:
    for member in (cast.carol, cast.charlie):
        with pytest.raises(Refusal, match=r"queue\.shared"):
            actions.delete_messages(actor=cast.actor(member), instance=instance, identifiers=["CCCCCC3"], reason="x")
    assert actions.delete_messages(actor=cast.operator, instance=instance, identifiers=["CCCCCC3"], reason="spam") == 1
    assert Event.objects.get(kind="queue.deleted").chain == "corp"


def test_a_branch_s_administrator_an_auditor_and_staff_have_no_queue(cast: Cast, instance: Instance) -> None:
    branch = Actor(name="branch", grants=(Grant("scoped", company="corp", unit="總公司/信息部"),))
    for actor in (branch, cast.actor(cast.dave), cast.actor(cast.alice)):
        assert actions.queue_domains(actor) == frozenset()
        with pytest.raises(Refusal, match=r"queue\.unknown"):
            actions.retry_messages(actor=actor, instance=instance, identifiers=["AAAAAA1"])


def test_a_reason_is_needed_and_choices_are_bounded(cast: Cast, instance: Instance) -> None:
    with pytest.raises(Refusal, match=r"reason\.missing"):
        actions.delete_messages(actor=cast.operator, instance=instance, identifiers=["AAAAAA1"], reason="  ")
    with pytest.raises(Refusal, match=r"reason\.long"):
        actions.delete_messages(actor=cast.operator, instance=instance, identifiers=["AAAAAA1"], reason="x" * 201)
    for chosen in ([], [f"A{n:07}" for n in range(actions.MOST + 1)]):
        with pytest.raises(Refusal, match=r"queue\.none_chosen"):
            actions.retry_messages(actor=cast.operator, instance=instance, identifiers=chosen)


@pytest.mark.clause("G2.1.3")
def test_looking_at_a_message_is_recorded_and_shows_no_subject(
    cast: Cast, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hongyan.engines.desk.asking.PATIENCE", 0.0)
    assert actions.look_at_message(actor=cast.operator, instance=instance, identifier="AAAAAA1") is None
    assert Event.objects.get(kind="queue.looked").params["id"] == "AAAAAA1"
    assert "subject" not in queue.ROUTING_HEADERS


def test_the_machine_s_orders_need_the_machine(cast: Cast, instance: Instance) -> None:
    over_corp = Actor(name="x", grants=(Grant("system", company="corp"),))
    for actor in (over_corp, cast.actor(cast.carol), cast.actor(cast.charlie)):
        with pytest.raises(Refusal, match=r"permission\.missing"):
            actions.restart_service(actor=actor, instance=instance, service="dovecot")
        with pytest.raises(Refusal, match=r"permission\.missing"):
            actions.roll_back_release(actor=actor, instance=instance, number=1, reason="x")
        with pytest.raises(Refusal, match=r"permission\.missing"):
            actions.compare_releases(actor=actor, instance=instance, old=1, new=2)
    with pytest.raises(Refusal, match=r"service\.unknown"):
        actions.restart_service(actor=cast.operator, instance=instance, service="sshd")
    with pytest.raises(ValueError, match="no such service"):
        work.perform(instance, None, {"do": "service.restart", "service": "sshd"})
    with pytest.raises(Refusal, match=r"release\.unknown"):
        actions.roll_back_release(actor=cast.operator, instance=instance, number=99, reason="x")


def test_an_answer_s_name_is_never_a_path(instance: Instance) -> None:
    for name in ("../x", "headers-../../etc", "headers", "a-b/c"):
        with pytest.raises(ValueError, match="not an answer"):
            answers.read(instance, name)
    answers.write(instance, "headers-AAAAAA1", {"headers": []})
    assert answers.read(instance, "headers-AAAAAA1") == {"headers": []}
    assert answers.read(instance, "headers-AAAAAA1", newer=4e9) is None
