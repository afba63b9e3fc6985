from __future__ import annotations

import time
from pathlib import Path

import pytest

from hongyan.engines.guard import tally
from hongyan.engines.guard.guard import Guard
from tests.engines.gate import world as release
from tests.engines.gate.world import ALICE, BOB, DAVE
from tests.engines.guard import world
from tests.engines.guard.world import attempt, events, guess

OK = {"status": 0, "msg": ""}


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    return world.guard(tmp_path)


def test_guessing_waits_then_locks_in_the_account_s_language(guard: Guard) -> None:
    assert guess(guard, 5)["status"] == 1
    locked = guess(guard, 5, BOB) and guess(guard, 5, BOB, pwhash="more")
    assert locked["status"] == 1, "the same five again count once"
    answer = guess(guard, 10, BOB)
    assert answer["status"] == -1 and answer["msg"].startswith(f"密碼錯誤次數過多，{BOB} 已鎖定至 ")
    assert "https://mail.example" in answer["msg"]
    assert "locked until" in guess(guard, 10, ALICE)["msg"]


def test_a_lock_refuses_the_right_password_on_every_protocol(guard: Guard) -> None:
    guess(guard, 10)
    for protocol in ("imap", "pop3", "smtp", "sieve", "web"):
        assert guard.allow(attempt(protocol=protocol, remote="127.0.0.1"))["status"] == -1
    assert guard.allow(attempt(BOB)) == OK


def test_the_web_gets_the_decision_itself(guard: Guard) -> None:
    answer = guess(guard, 10, protocol="web")
    assert (answer["code"], answer["clause"], answer["params"]["login"]) == ("signin.account_locked", "B4.10", ALICE)
    assert 0 < answer["params"]["until"] - time.time() <= 960


def test_an_unknown_account_is_answered_alike(guard: Guard) -> None:
    known, unknown = guess(guard, 10, "bob@corp.test"), guess(guard, 10, "zoe@corp.test")
    assert known["msg"].replace("bob", "zoe") == unknown["msg"]
    assert guess(guard, 10, "zoe@nowhere.test")["status"] == -1


def test_networks_are_locked_but_our_own_machine_is_not(guard: Guard) -> None:
    for number in range(100):
        for remote in ("203.0.113.9", "127.0.0.1", "::1", "2001:db8:1:2::9"):
            guard.report(attempt(f"{number}{remote}@corp.test", remote=remote))
    assert "203.0.113.0/24" in guard.allow(attempt(remote="203.0.113.200"))["msg"]
    assert "2001:db8:1:2::/64" in guard.allow(attempt(remote="2001:db8:1:2:3::1"))["msg"]
    for remote in ("127.0.0.1", "::1", "203.0.114.9", "2001:db8:1:3::9", "", "unknown"):
        assert guard.allow(attempt(remote=remote)) == OK
    guard.unlock("", "203.0.113.0/24")
    assert guard.allow(attempt(remote="203.0.113.200")) == OK


@pytest.mark.parametrize(
    ("login", "words"),
    [(DAVE, "stopped"), ("erin@corp.test", "password of your own"), ("frank@corp.test", "activation")],
)
def test_states_are_told_to_mail_programs_and_left_to_the_web(
    guard: Guard, tmp_path: Path, login: str, words: str
) -> None:
    for protocol in ("imap", "pop3", "smtp", "sieve"):
        answer = guard.allow(attempt(login, protocol=protocol))
        assert answer["status"] == -1 and words in answer["msg"]
        guard.report(attempt(login, protocol=protocol, policy_reject=True))
        guard.report(attempt(login, protocol=protocol))
    assert guard.allow(attempt(login, protocol="web")) == OK
    assert events(tmp_path) == [] and guard.state(login)["failures"] == 0


def test_master_logins_pass_and_are_no_event(guard: Guard, tmp_path: Path) -> None:
    guess(guard, 10)
    before = len(events(tmp_path))
    assert guard.allow(attempt(master="webmail")) == OK
    guard.report(attempt(master="webmail", success=True))
    assert len(events(tmp_path)) == before
    for number in range(20):
        guard.report(attempt(BOB, master="webmail", pwhash=str(number)))
    assert guard.allow(attempt(BOB)) == OK, "a wrong master password does not lock its target"
    assert events(tmp_path)[-1]["params"]["master"] == "webmail"


def test_what_is_no_guess_is_not_counted(guard: Guard) -> None:
    for number in range(50):
        for more in ({"policy_reject": True}, {"fail_type": "disabled"}, {"fail_type": "expired"}):
            guard.allow(attempt())
            guard.report(attempt(pwhash=str(number), **more))
    assert guard.allow(attempt()) == OK
    assert guard.state(ALICE) == {"login": ALICE, "failures": 0, "locked_until": None}


def test_locks_and_counts_outlive_a_kill(guard: Guard, tmp_path: Path) -> None:
    guess(guard, 10)
    guess(guard, 6, BOB)
    again = world.guard(tmp_path)
    assert again.allow(attempt())["status"] == -1
    assert again.allow(attempt(BOB))["status"] == 2
    again.unlock(ALICE, "")
    again.report(attempt(BOB, success=True))
    third = world.guard(tmp_path)
    assert third.allow(attempt()) == OK and third.allow(attempt(BOB)) == OK


def test_a_damaged_store_is_read_as_far_as_it_goes(guard: Guard, tmp_path: Path) -> None:
    guess(guard, 10)
    told = tmp_path / "told.jsonl"
    told.write_bytes(b"\xff nonsense\n[1,2]\n{}\n" + told.read_bytes() + b'["failed", 17')
    assert world.guard(tmp_path).allow(attempt())["status"] == -1


def test_events_say_who_signed_in_with_what(guard: Guard, tmp_path: Path) -> None:
    guard.report(attempt(success=True, client='"name" "Foxmail"', device="0123abcd", session="s"))
    guard.report(attempt(BOB, remote="198.51.100.7", protocol="smtp"))
    ok, failed = events(tmp_path)
    assert (ok["kind"], ok["company"], ok["address"]) == ("signin.ok", "corp", ALICE)
    assert ok["params"] == {
        "protocol": "imap", "remote": "203.0.113.9", "count": 1, "client": '"name" "Foxmail"', "device": "0123abcd",
    }  # fmt: skip
    assert (failed["kind"], failed["address"], failed["params"]["protocol"]) == ("signin.failed", BOB, "smtp")


def test_repeated_sign_ins_are_one_event_then_a_count(
    guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(20):
        guard.report(attempt(success=True))
    guard.report(attempt(success=True, protocol="smtp"))
    assert [e["params"]["count"] for e in events(tmp_path)] == [1, 1]
    monkeypatch.setattr(tally, "SECONDS", 0.0)
    guard.flush()
    assert [e["params"]["count"] for e in events(tmp_path)] == [1, 1, 19]


def test_what_was_counted_is_told_at_the_end(guard: Guard, tmp_path: Path) -> None:
    for _ in range(3):
        guard.report(attempt(success=True))
    guard.close()
    assert [e["params"]["count"] for e in events(tmp_path)] == [1, 2]


def test_the_beginning_of_a_lock_is_one_event(guard: Guard, tmp_path: Path) -> None:
    guess(guard, 10)
    guess(guard, 10)
    locked = [e for e in events(tmp_path) if e["kind"] == "signin.locked"]
    assert len(locked) == 1 and (locked[0]["company"], locked[0]["address"]) == ("corp", ALICE)
    assert locked[0]["params"]["failures"] == 10 and locked[0]["params"]["until"] > time.time()


def test_a_password_typed_as_a_login_is_not_kept(guard: Guard, tmp_path: Path) -> None:
    guard.report(attempt("my secret password"))
    assert "secret" not in (tmp_path / "guard.jsonl").read_text()


def test_without_a_release_counting_goes_on_in_english(guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "gate.cdb").unlink()
    time.sleep(0.25)
    assert "locked until" in guess(guard, 10, BOB)["msg"]


def test_a_full_disk_does_not_stop_the_lock(guard: Guard, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("guard.jsonl", "told.jsonl.new"):
        (tmp_path / name).mkdir()
    guard._store.close()
    assert guess(guard, 10)["status"] == -1
    assert "cannot be written" in capsys.readouterr().err


def test_a_suspended_account_s_right_password_at_the_web_is_recorded_but_no_guess(guard: Guard, tmp_path: Path) -> None:
    for number in range(20):
        guard.report(attempt(DAVE, protocol="web", pwhash=str(number), fail_type="disabled", reason="signin.closed"))
    assert guard.state(DAVE)["failures"] == 0
    (event,) = events(tmp_path)
    assert event["params"]["reason"] == "signin.closed"


def test_a_new_release_is_seen(guard: Guard, tmp_path: Path) -> None:
    release.publish(tmp_path / "gate.cdb", alice={"st": "suspended"})
    time.sleep(0.25)
    assert guard.allow(attempt())["status"] == -1
