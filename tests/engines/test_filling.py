"""Whoever's quota came down to what is there is warned, and asked about at RCPT."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from hongyan.company.mailboxes import actions
from hongyan.company.people.settings import change_settings
from hongyan.engines import filling
from hongyan.engines.filling import MIB, Filling
from hongyan.kernel import outbox
from hongyan.kernel.models import Outbox
from tests.cast import Cast
from tests.instance import make_instance

SAID = (
    "Username\tQuota name\tType\tValue\tLimit\t%\n"
    "a@corp.test\tUser quota\tSTORAGE\t2048\t3145728\t0\n"
    "a@corp.test\tUser quota\tMESSAGE\t7\t-\t0\n"
    "b@corp.test\tUser quota\tSTORAGE\t-\t-\t0\n"
)


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    calls: list[tuple[int, str]] = []
    monkeypatch.setattr(filling, "warn", lambda _instance, level, address: calls.append((level, address)))
    return calls


def made(tmp_path: Any, used: dict[str, int]) -> Filling:
    return Filling(make_instance(tmp_path / "i"), measure=lambda _instance, asked: {a: used.get(a, 0) for a in asked})


def test_storage_is_read_from_what_doveadm_says() -> None:
    assert filling.parse(SAID) == {"a@corp.test": 2048 * 1024} and filling.parse("") == {}


@pytest.mark.clause("B4.6")
def test_a_lowered_quota_is_measured_once(cast: Cast, tmp_path: Any, warned: list[tuple[int, str]]) -> None:
    work = made(tmp_path, {"alice@corp.test": 97 * MIB, "bob@corp.test": 10 * MIB})
    actions.set_quota(actor=cast.operator, mailbox=cast.alice, megabytes=100)
    actions.set_quota(actor=cast.operator, mailbox=cast.bob, megabytes=100)
    while work.turn():
        pass
    assert warned == [(95, "alice@corp.test")]
    assert not Outbox.objects.filter(kind=outbox.FILLING, done_at=None).exists() and not work.turn()


def test_a_companys_quota_concerns_those_without_their_own(
    cast: Cast, tmp_path: Any, warned: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "BATCH", 2)
    work = made(tmp_path, dict.fromkeys(["alice@corp.test", "dave@corp.test", "charlie@other.test"], 90 * MIB))
    actions.set_quota(actor=cast.operator, mailbox=cast.alice, megabytes=1000)
    change_settings(actor=cast.operator, company=cast.corp, changes={"quota_mb": 100})
    turns = 0
    while work.turn():
        turns += 1
    assert warned == [(90, "dave@corp.test")] and turns == 3


def test_what_dovecot_does_not_say_is_asked_again(cast: Cast, tmp_path: Any, warned: list[tuple[int, str]]) -> None:
    def away(*_: object) -> dict[str, int]:
        raise filling.NotMeasured("dovecot is away")

    actions.set_quota(actor=cast.operator, mailbox=cast.alice, megabytes=100)
    assert Filling(make_instance(tmp_path / "i"), measure=away).turn() is False
    entry = Outbox.objects.get(kind=outbox.FILLING)
    assert (entry.done_at, entry.attempts, entry.error) == (None, 1, "dovecot is away") and warned == []


def test_lists_know_how_full_each_mailbox_is(cast: Cast, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "BATCH", 3)
    asked: list[list[str]] = []

    def begin(_instance: object, addresses: list[str]) -> subprocess.Popen[str]:
        asked.append(addresses)
        said = f"Username\tType\tValue\nalice@corp.test\tSTORAGE\t{5 * 1024 + 1}\n"
        return subprocess.Popen(
            ["/usr/bin/printf", "%s", said], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    monkeypatch.setattr(filling, "begin", begin)
    sweep = filling.Sweep(make_instance(tmp_path / "i"))

    def turn(now: float) -> int:
        counted = sweep.turn(now)
        if sweep.process is not None:
            sweep.process.wait()
        return counted

    assert [turn(now) for now in (0, 1, 2, 20, 21, 40, 41)] == [0, 3, 0, 0, 2, 0, 0]
    assert sorted(address for batch in asked for address in batch) == [
        "alice@corp.test", "bob@corp.test", "carol@corp.test", "charlie@other.test", "dave@corp.test",
    ]  # fmt: skip
    cast.alice.refresh_from_db()
    assert cast.alice.used_mb == 6 and cast.alice.measured_at is not None
