from __future__ import annotations

from hongyan.engines.guard.policy import Answer, Policy, Settings

ALICE, BOB, NET, T = "alice@corp.test", "bob@corp.test", "203.0.113.0/24", 1_000_000.0


def wrong(policy: Policy, count: int, login: str = ALICE, network: str = "", at: float = T) -> None:
    for number in range(count):
        policy.failed(login, network, f"{login} {at} {number}", at)


def ask(policy: Policy, login: str = ALICE, network: str = "", at: float = T) -> Answer:
    answer = policy.ask(login, network, at)
    policy.let_go(login)
    return answer


def test_waits_grow_then_a_lock_begins() -> None:
    policy, waits = Policy(), []
    for number in range(10):
        waits.append(ask(policy).wait)
        outcome = policy.failed(ALICE, "", str(number), T)
        assert bool(outcome.account_locked) == (number == 9)
    assert waits == [0, 0, 0, 0, 0, 1, 2, 3, 4, 5]
    assert ask(policy).until == T + 900
    assert ask(policy, BOB) == Answer()


def test_a_lock_ends_by_itself_and_starts_from_nothing() -> None:
    policy = Policy()
    wrong(policy, 10)
    assert ask(policy, at=T + 899).until == T + 900
    assert ask(policy, at=T + 900) == Answer()
    wrong(policy, 9, at=T + 901)
    assert not ask(policy, at=T + 901).until


def test_failures_during_a_lock_do_not_prolong_it() -> None:
    policy = Policy()
    wrong(policy, 10)
    wrong(policy, 50, at=T + 800)
    assert ask(policy, at=T + 901) == Answer()


def test_the_same_wrong_password_counts_once() -> None:
    policy = Policy()
    for minute in range(200):
        policy.failed(ALICE, NET, "old password", T + 60 * minute)
    assert ask(policy, network=NET, at=T + 60 * 200) == Answer()
    assert policy.state(ALICE, T + 60 * 200) == (1, 0.0)


def test_failures_leave_the_window() -> None:
    policy = Policy()
    wrong(policy, 9)
    assert ask(policy, at=T + 901) == Answer()
    wrong(policy, 9, at=T + 901)
    assert policy.state(ALICE, T + 902) == (9, 0.0)


def test_a_right_password_clears_the_waiting_but_no_lock() -> None:
    policy = Policy()
    wrong(policy, 9)
    assert policy.succeeded(ALICE) is True
    assert ask(policy) == Answer() and policy.succeeded(ALICE) is False
    wrong(policy, 10, at=T + 1)
    policy.succeeded(ALICE)
    assert ask(policy, at=T + 2).until


def test_a_network_that_tries_many_accounts_waits_and_is_locked() -> None:
    policy = Policy()
    for number in range(100):
        answer = ask(policy, f"u{number}@corp.test", NET)
        assert answer.wait == (0 if number < 30 else min(5, 1 + (number - 30) // 15))
        outcome = policy.failed(f"u{number}@corp.test", NET, f"p{number}", T)
        assert bool(outcome.network_locked) == (number == 99)
    assert ask(policy, BOB, NET) == Answer(until=T + 900, network=True)
    assert ask(policy, BOB, "198.51.100.0/24") == Answer()
    assert ask(policy, BOB, "") == Answer()
    policy.unlock(network=NET)
    assert ask(policy, BOB, NET) == Answer()


def test_a_right_password_does_not_clear_the_network() -> None:
    policy = Policy()
    for number in range(99):
        policy.failed(f"u{number}@corp.test", NET, "p", T)
    policy.succeeded("mine@corp.test")
    assert policy.failed("x@corp.test", NET, "p", T).network_locked


def test_a_burst_of_unreported_attempts_is_refused_and_forgotten() -> None:
    policy = Policy()
    answers = [policy.ask(ALICE, "", T) for _ in range(31)]
    assert [answer.burst for answer in answers] == [False] * 30 + [True]
    policy.succeeded(ALICE)
    assert not policy.ask(ALICE, "", T).burst
    assert not policy.ask(ALICE, "", T + 11).burst, "a report that never came"


def test_a_clock_set_back_neither_opens_nor_prolongs() -> None:
    policy, yesterday = Policy(), T - 86_400
    wrong(policy, 10)
    wrong(policy, 9, BOB)
    assert ask(policy, at=yesterday).until == yesterday + 900
    assert policy.state(BOB, yesterday) == (9, 0.0)
    assert ask(policy, at=yesterday + 900) == Answer()
    assert policy.state(BOB, yesterday + 901) == (0, 0.0)


def test_memory_is_bounded_and_a_flood_of_names_opens_no_lock() -> None:
    policy = Policy(Settings(most=100))
    wrong(policy, 10)
    for number in range(1000):
        policy.failed(f"made-up{number}", f"10.{number % 250}.{number // 250}.0/24", "x", T)
    assert len(policy._accounts) == 100 and len(policy._networks) == 100
    assert ask(policy, at=T + 1).until
    policy = Policy(Settings(most=200))
    for number in range(300):
        wrong(policy, 10, f"locked{number}")
    assert len(policy._accounts) == 200
