"""Junk and Trash of mailboxes that no session empties (clause B4.9)."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hongyan.engines.emptying import DAY_SECONDS, SHARD_SECONDS, Emptying, periods
from hongyan.release.tables import SHARDS, TABLES, basis, rows
from tests.release import running, sample
from tests.release.running import Running, wait_for
from tests.release.sample import mailbox

NOON = 1_795_521_600.0


def users(*lines: tuple[str, str]) -> str:
    return TABLES["users"].format(dict(lines))


def test_each_mailbox_counts_with_its_own_periods() -> None:
    base = basis(sample.ground(sample.instance(Path("/srv/h"), debian=12)))
    made: dict[str, str] = {}
    for facts in (mailbox("a@corp.test"), mailbox("b@corp.test", junk_days=0), mailbox("c@other.test")):
        made |= rows(facts, base)["users"]
    assert periods(TABLES["users"].format(made)) == {
        ("Junk", 30): ["a@corp.test"],
        ("Trash", 30): ["a@corp.test", "b@corp.test"],
        ("Junk", 7): ["c@other.test"],
        ("Trash", 14): ["c@other.test"],
    }


def test_a_day_goes_once_around_and_a_restart_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = sample.instance(tmp_path, debian=12)
    (instance.live / "tables").mkdir(parents=True)
    instance.state.mkdir()
    for digit in SHARDS:
        (instance.live / "tables" / f"users.{digit}").write_text(users((f"{digit}@corp.test", "x::::::")))
    started: list[str] = []

    class Done:
        def __init__(self, command: list[str], **_: object) -> None:
            if "Junk" in command:
                started.append(Path(command[command.index("-F") + 1]).read_text().strip())

        def poll(self) -> int:
            return 0

    monkeypatch.setattr(subprocess, "Popen", Done)
    step = SHARD_SECONDS / 3
    for number in range(int(DAY_SECONDS / step)):
        Emptying(instance).turn(NOON + number * step)
    assert started == [f"{digit}@corp.test" for digit in SHARDS]


def test_nothing_is_due_twice_at_once(tmp_path: Path) -> None:
    instance = sample.instance(tmp_path, debian=12)
    instance.state.mkdir()
    emptying = Emptying(instance)
    emptying.turn(NOON)  # no release yet
    assert emptying.process is None
    assert (instance.state / "emptying" / "place").read_text() == f"0 {NOON:.0f}\n"


@pytest.fixture
def store() -> Iterator[Running]:
    with running.engines(
        ["dovecot"], (mailbox("frank@corp.test", junk_days=7), mailbox("alice@corp.test", junk_days=3000))
    ) as started:
        yield started


@pytest.mark.skipif(not running.available(), reason="needs root and the engines")
def test_old_mail_in_junk_goes_and_the_rest_stays(store: Running) -> None:
    """frank keeps Junk for 7 units, here seconds, and alice for 3000; INBOX is nobody's to empty."""
    for user in ("frank@corp.test", "alice@corp.test"):
        for folder in ("Junk", "INBOX"):
            _doveadm(store, "save", "-u", user, "-m", folder, stdin="From: x@y.test\nSubject: old\n\nold\n")
    time.sleep(8.5)
    emptying = Emptying(store.instance, unit="s")
    for number in range(16 * 5):
        wait_for(lambda: emptying.process is None or emptying.process.poll() is not None)
        emptying.turn(NOON + number * SHARD_SECONDS / 4)
    wait_for(lambda: emptying.process is None or emptying.process.poll() is not None)
    left = {
        (user, folder): _count(store, user, folder)
        for user in ("frank@corp.test", "alice@corp.test")
        for folder in ("Junk", "INBOX")
    }
    assert left == {
        ("frank@corp.test", "Junk"): 0,
        ("frank@corp.test", "INBOX"): 1,
        ("alice@corp.test", "Junk"): 1,
        ("alice@corp.test", "INBOX"): 1,
    }


def _count(store: Running, user: str, folder: str) -> int:
    return int(_doveadm(store, "-f", "flow", "mailbox", "status", "-u", user, "messages", folder).split("=")[1])


def _doveadm(store: Running, *arguments: str, stdin: str = "") -> str:
    conf = str(store.instance.live / "etc/dovecot.conf")
    return subprocess.run(
        ["/usr/bin/doveadm", "-c", conf, *arguments], input=stdin, capture_output=True, text=True, check=True
    ).stdout
