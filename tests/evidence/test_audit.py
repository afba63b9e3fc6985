"""The audit finds a changed, missing, reordered or cut row, and takes journals in exactly once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hongyan.evidence.audit.queries import chains, verify
from hongyan.evidence.intake.journals import take_in
from hongyan.kernel import ledger, outbox
from hongyan.kernel.journal import Journal
from hongyan.kernel.models import ChainHead, Event, Outbox
from tests.cast import Cast
from tests.instance import make_instance


def flaws(chain: str = "corp") -> list[tuple[int, str]]:
    return [(f.seq, f.kind) for f in verify(chain).flaws]


@pytest.fixture
def rows(db: None) -> list[Event]:
    for number in range(1, 7):
        ledger.record("test.event", chain="corp", actor="alice@corp.test", subject=f"s{number}", n=number, 名="鴻雁")
    assert flaws() == []
    return list(Event.objects.filter(chain="corp").order_by("seq"))


def test_a_changed_row(rows: list[Event]) -> None:
    Event.objects.filter(pk=rows[2].pk).update(params={"n": 99})
    assert flaws() == [(3, "changed")]


def test_a_row_changed_with_its_own_hash_made_anew(rows: list[Event]) -> None:
    row = rows[2]
    value = ledger.digest(row.previous, "corp", 3, row.at, row.kind, "mallory", row.subject, row.params)
    Event.objects.filter(pk=row.pk).update(actor="mallory", hash=value)
    assert flaws() == [(4, "changed")]


def test_a_missing_row(rows: list[Event]) -> None:
    rows[3].delete()
    assert (4, "missing") in flaws()


def test_rows_missing_at_the_end(rows: list[Event]) -> None:
    rows[5].delete()
    assert flaws() == [(6, "cut")]


def test_reordered_rows(rows: list[Event]) -> None:
    Event.objects.filter(pk=rows[1].pk).update(seq=100)
    Event.objects.filter(pk=rows[2].pk).update(seq=2)
    Event.objects.filter(pk=rows[1].pk).update(seq=3)
    assert {kind for _, kind in flaws()} & {"reordered", "changed"}


def test_a_deleted_chain_head_hides_nothing(rows: list[Event]) -> None:
    ChainHead.objects.filter(chain="corp").delete()
    assert "corp" in chains()
    assert flaws() == [(7, "cut")]


def test_chains_are_apart(rows: list[Event]) -> None:
    ledger.record("test.event", chain="other", actor="charlie@other.test", subject="x")
    Event.objects.filter(chain="other").update(subject="y")
    assert flaws("corp") == [] and flaws("other") == [(1, "changed")]


@pytest.mark.clause("P10", "C5")
def test_journals_become_events_once_and_owners_are_told(cast: Cast, tmp_path: Path) -> None:
    instance = make_instance(tmp_path / "i")
    journal = Journal(instance.events / "guard.jsonl")
    journal.add("signin.ok", company="corp", address="alice@corp.test", protocol="imap", remote="203.0.113.9")
    journal.add("signin.locked", company="corp", address="alice@corp.test", until=1)
    journal.add("signin.failed", company="", address="nobody@nowhere.test")
    journal.flush()
    (instance.events / "quota" / "a.json").write_text(
        json.dumps({"at": "2026-11-24T09:00:00+00:00", "address": "alice@corp.test", "level": "90"})
    )
    before = Event.objects.filter(chain="corp").count()
    assert take_in(instance) == 4
    assert take_in(instance) == 0
    assert Event.objects.filter(chain="corp").count() == before + 3
    assert Event.objects.filter(chain="instance", kind="signin.failed").count() == 1
    notices = Outbox.objects.filter(kind=outbox.NOTICE).values_list("payload", flat=True)
    assert {n["notice"] for n in notices} == {"locked", "quota"}
    journal.add("signin.ok", company="corp", address="alice@corp.test")
    journal.flush()
    assert take_in(instance) == 1
    assert verify("corp").flaws == ()


def test_a_line_cut_off_by_a_crash_waits_until_it_is_whole(cast: Cast, tmp_path: Path) -> None:
    instance = make_instance(tmp_path / "i")
    path = instance.events / "gate.jsonl"
    line = b'{"at":"2026-11-24T09:00:00+00:00","kind":"mail.refused","company":"corp","address":"a@b.test","params":{}}'
    path.write_bytes(line + b"\n" + line[:40])
    assert take_in(instance) == 1
    with path.open("ab") as file:
        file.write(line[40:] + b"\n")
        os.fsync(file.fileno())
    assert take_in(instance) == 1
