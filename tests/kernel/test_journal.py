from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import hongyan
from hongyan.kernel import journal
from hongyan.kernel.journal import Journal


def test_events_come_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "events" / "gate.jsonl"
    writer = Journal(path)
    writer.add("mail.sent", company="corp", address="alice@corp.test", recipients=2, subject="合同\r\n")
    writer.add("mail.refused", code="group.company")
    assert not path.exists(), "nothing is written before flush"
    writer.flush()
    sent, refused = journal.read(path)
    assert (sent["kind"], sent["company"], sent["address"]) == ("mail.sent", "corp", "alice@corp.test")
    assert sent["params"] == {"recipients": 2, "subject": "合同\r\n"}
    assert sent["at"].endswith("+00:00") and refused["params"] == {"code": "group.company"}


def test_undecodable_text_does_not_stop_the_journal(tmp_path: Path) -> None:
    writer = Journal(tmp_path / "j.jsonl")
    writer.add("mail.refused", sender="\udcff@x")
    writer.flush()
    assert len(list(journal.read(tmp_path / "j.jsonl"))) == 1


def test_full_files_are_put_aside_and_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "gate.jsonl"
    writer = Journal(path, max_bytes=300)
    for number in range(20):
        writer.add("mail.sent", n=number)
        writer.flush()
    assert len(journal.files(path)) > 3
    assert [event["params"]["n"] for event in journal.read(path)] == list(range(20))


def test_old_files_can_be_skipped(tmp_path: Path) -> None:
    path = tmp_path / "gate.jsonl"
    writer = Journal(path, max_bytes=1)
    for number in range(3):
        writer.add("mail.sent", n=number)
        writer.flush()
    first = journal.files(path)[0]
    os.utime(first, (time.time() - 9000, time.time() - 9000))
    assert [event["params"]["n"] for event in journal.read(path, since=time.time() - 3600)] == [1, 2]


def test_a_line_cut_off_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "gate.jsonl"
    path.write_bytes(journal.encode("mail.sent", "", "", {"n": 1}) + b'{"at":"2026-')
    assert [event["params"]["n"] for event in journal.read(path)] == [1]
    writer = Journal(path)
    writer.add("mail.sent", n=2)
    writer.flush()
    assert [event["params"]["n"] for event in journal.read(path)] == [1, 2]


def test_a_disk_that_refuses_loses_nothing_that_fits(tmp_path: Path) -> None:
    writer = Journal(tmp_path / "no" / "gate.jsonl")
    (tmp_path / "no").write_text("a file where a directory should be")
    writer.add("mail.sent", n=1)
    with pytest.raises(OSError):
        writer.flush()
    (tmp_path / "no").unlink()
    writer.add("mail.sent", n=2)
    writer.flush()
    assert [event["params"]["n"] for event in journal.read(tmp_path / "no" / "gate.jsonl")] == [1, 2]


def test_a_partly_taken_write_is_completed_later(tmp_path: Path) -> None:
    path = tmp_path / "gate.jsonl"
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    writer = Journal(path)
    for number in range(50):
        writer.add("mail.sent", n=number)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with pytest.raises(OSError):
            writer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    writer.flush()
    assert [event["params"]["n"] for event in journal.read(path)] == list(range(50))


def test_what_waits_is_bounded(tmp_path: Path) -> None:
    writer = Journal(tmp_path / "gate.jsonl")
    for _ in range(50):
        writer.add("mail.sent", text="x" * 100_000)
    assert writer.lost > 0
    writer.flush()
    assert len(list(journal.read(tmp_path / "gate.jsonl"))) == 50 - writer.lost


def test_a_killed_writer_keeps_what_it_flushed(tmp_path: Path) -> None:
    path = tmp_path / "gate.jsonl"
    program = (
        "import os, sys, pathlib; from hongyan.kernel.journal import Journal; j = Journal(pathlib.Path(sys.argv[1]));"
        "[j.add('mail.sent', n=n) for n in range(100)]; j.flush(); os.kill(os.getpid(), 9)"
    )
    source = str(Path(hongyan.__file__).parent.parent)
    killed = subprocess.run([sys.executable, "-c", program, str(path)], env=os.environ | {"PYTHONPATH": source})
    assert killed.returncode == -9
    assert len(list(journal.read(path))) == 100
