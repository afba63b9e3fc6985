"""When a sign-in waits and when it is refused: counts of wrong passwords, per account and per network.

Owns: the arithmetic, in memory. Pure: every moment is given (seconds since the epoch), nothing is read or written.
Never: knows which accounts exist.
Always: the state follows from the failures, successes and unlocks of the last `Settings.memory` seconds alone, so it
can be rebuilt by telling them again; memory is bounded by `Settings.most` keys of each kind, the longest unused go first.

- The same wrong password again counts once: a phone with an old password is no attack.
- A right password clears the account's count, not a lock, and not the network's count.
- Attempts that have been let in but not reported count against a burst: nobody has thirty passwords checked at once.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import islice
from typing import Final


@dataclass(frozen=True, slots=True)
class Bounds:
    slow: int  #: failures from which attempts wait
    lock: int  #: failures at which the lock begins
    step: int  #: failures for each further second of waiting


@dataclass(frozen=True, slots=True)
class Settings:
    account: Bounds = Bounds(slow=5, lock=10, step=1)
    network: Bounds = Bounds(slow=30, lock=100, step=15)
    window: float = 900.0  #: failures older than this do not count
    lock: float = 900.0  #: how long a lock lasts
    longest_wait: int = 5
    burst: int = 30  #: unreported attempts of one account at a time
    most: int = 50_000

    @property
    def memory(self) -> float:
        return self.window + self.lock


@dataclass(slots=True)
class Count:
    """Failures of one account or network."""

    failures: OrderedDict[str, float] = field(default_factory=OrderedDict)  #: what was tried -> when last
    locked_until: float = 0.0
    pending: int = 0
    asked: float = 0.0


_PENDING_SECONDS: Final = 10.0
_LOOK: Final = 100  #: how far to look for one that is not locked


@dataclass(frozen=True, slots=True)
class Answer:
    """`until` > 0: locked till then. Otherwise wait so many seconds. `network` says whose count it is."""

    wait: int = 0
    until: float = 0.0
    network: bool = False
    burst: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a failure did."""

    counted: bool  #: False: the same wrong password again
    account_locked: float = 0.0  #: until when, if a lock began
    network_locked: float = 0.0
    failures: int = 0


class Policy:
    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self._accounts: OrderedDict[str, Count] = OrderedDict()
        self._networks: OrderedDict[str, Count] = OrderedDict()

    def ask(self, login: str, network: str, now: float) -> Answer:
        """May this attempt go on? Counts it as pending if so."""
        account, around = self._account(login), self._network(network)
        for count, is_network in ((account, False), (around, True)):
            if count is not None and (until := self._locked(count, now)):
                return Answer(until=until, network=is_network)
        if now - account.asked > _PENDING_SECONDS or now < account.asked:
            account.pending = 0
        if account.pending >= self.settings.burst:
            return Answer(burst=True)
        account.pending, account.asked = account.pending + 1, now
        waits = [self._wait(account, self.settings.account, now)]
        if around is not None:
            waits.append(self._wait(around, self.settings.network, now))
        return Answer(wait=max(waits))

    def failed(self, login: str, network: str, pwhash: str, now: float) -> Outcome:
        account, around = self._account(login), self._network(network)
        account.pending = max(0, account.pending - 1)
        if self._locked(account, now):
            return Outcome(counted=False)
        tried = pwhash or f"{now:.6f}"
        again = tried in self._current(account, now)
        account.failures[tried] = now
        account.failures.move_to_end(tried)
        if again:
            return Outcome(counted=False, failures=len(account.failures))
        failures = len(account.failures)
        account_locked = self._lock(account, self.settings.account, now)
        network_locked = 0.0
        if around is not None and not self._locked(around, now):
            self._current(around, now)
            around.failures[f"{login} {tried}"] = now
            network_locked = self._lock(around, self.settings.network, now)
        return Outcome(True, account_locked, network_locked, failures)

    def succeeded(self, login: str) -> bool:
        """Clears the account's failures; True when there were any."""
        account = self._account(login)
        account.pending = max(0, account.pending - 1)
        had = bool(account.failures)
        account.failures.clear()
        return had

    def let_go(self, login: str) -> None:
        """An attempt ended without a password having been checked."""
        account = self._account(login)
        account.pending = max(0, account.pending - 1)

    def unlock(self, login: str = "", network: str = "") -> None:
        self._accounts.pop(login, None)
        self._networks.pop(network, None)

    def state(self, login: str, now: float) -> tuple[int, float]:
        """(failures in the window, locked until or 0) of an account."""
        count = self._accounts.get(login, Count())
        return len(self._current(count, now)), self._locked(count, now)

    # -- counts ------------------------------------------------------------------------------------
    def _account(self, login: str) -> Count:
        return _touch(self._accounts, login, self.settings.most)

    def _network(self, network: str) -> Count | None:
        return _touch(self._networks, network, self.settings.most) if network else None

    def _current(self, count: Count, now: float) -> OrderedDict[str, float]:
        """The failures that still count. One from the future (the clock was set back) counts as of now."""
        while count.failures:
            tried, at = next(iter(count.failures.items()))
            if now - self.settings.window < at <= now:
                break
            del count.failures[tried]
            if at > now:
                count.failures[tried] = now
        return count.failures

    def _locked(self, count: Count, now: float) -> float:
        """Until when, or 0. A clock that was set back does not make a lock longer than a lock is."""
        if count.locked_until <= now:
            count.locked_until = 0.0
            return 0.0
        count.locked_until = min(count.locked_until, now + self.settings.lock)
        return count.locked_until

    def _wait(self, count: Count, bounds: Bounds, now: float) -> int:
        over = len(self._current(count, now)) - bounds.slow
        return min(self.settings.longest_wait, 1 + over // bounds.step) if over >= 0 else 0

    def _lock(self, count: Count, bounds: Bounds, now: float) -> float:
        if len(count.failures) < bounds.lock:
            return 0.0
        count.failures.clear()
        count.locked_until = now + self.settings.lock
        return count.locked_until


def _touch(counts: OrderedDict[str, Count], key: str, most: int) -> Count:
    count = counts.get(key)
    if count is None:
        count = counts[key] = Count()
        while len(counts) > most:
            _forget_one(counts)
    else:
        counts.move_to_end(key)
    return count


def _forget_one(counts: OrderedDict[str, Count]) -> None:
    """The longest unused one that is not locked (a flood of made-up names must not open a lock), else the oldest."""
    oldest = list(islice(counts, _LOOK))
    del counts[next((key for key in oldest if not counts[key].locked_until), oldest[0])]
