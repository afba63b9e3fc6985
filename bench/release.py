"""`bench release`: from an action to its effect on the wire, at several populations of one instance.

The clock starts before the action is called and stops at the beginning of the first attempt, by a new connection, that
shows the effect (so it is never too short by more than the pause between attempts). Actions:

- open: RCPT TO is accepted and the owner signs in by IMAP;
- suspend: a session in IDLE ends, and no new one is let in;
- password: the old one is refused and the new one lets in.

A burst of actions tells how many releases it took, and when the last effect was there.
"""

from __future__ import annotations

import argparse
import shutil
import smtplib
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.imap import Session, sign_in, tls
from bench.instances import Measured
from bench.table import keep, machine, percentile, table

PAUSE = 0.02
OVERLAP = 0.1
NEW_PASSWORD = "Swans-rest-south-9274"
LIMIT = 60.0
CONTEXT = tls()
EFFECTS = {
    "open_rcpt": "open: RCPT accepted", "open_login": "open: IMAP sign-in", "suspend_idle": "suspend: live session ends",
    "suspend_login": "suspend: sign-in refused", "password_old": "password: the old one refused",
    "password_new": "password: the new one lets in",
}  # fmt: skip


def until(effect: Callable[[], bool], begun: float) -> float:
    """Seconds from `begun` to the start of the first attempt that shows the effect."""
    while True:
        attempt = time.perf_counter()
        if effect():
            return attempt - begun
        if attempt - begun > LIMIT:
            raise TimeoutError(f"no effect within {LIMIT:.0f} s")
        time.sleep(PAUSE)


def first_success(effect: Callable[[], bool], begun: float) -> float:
    """The same where an attempt that fails takes long (Dovecot lets a wrong password wait): attempts overlap."""
    good: list[float] = []

    def attempt(started: float) -> None:
        if effect():
            good.append(started - begun)

    with ThreadPoolExecutor(max_workers=64) as pool:
        while not good and time.perf_counter() - begun < LIMIT:
            pool.submit(attempt, time.perf_counter())
            time.sleep(OVERLAP)
    if not good:
        raise TimeoutError(f"no effect within {LIMIT:.0f} s")
    return min(good)


class Wire:
    """The ports of the instance as clients see them."""

    def __init__(self, ports: dict[str, int]) -> None:
        self.smtp, self.imaps = ports["smtp"], ports["imaps"]

    def takes(self, address: str) -> bool:
        """Whether a server of the world may send to the address."""
        with smtplib.SMTP("127.0.0.1", self.smtp, local_hostname="bench.example") as client:
            client.ehlo()
            client.mail("sender@bench.example")
            return client.rcpt(address)[0] == 250

    def lets_in(self, address: str, password: str) -> bool:
        return sign_in(self.imaps, CONTEXT, address, password)

    def refuses(self, address: str, password: str) -> bool:
        return not self.lets_in(address, password)

    def idle(self, address: str, password: str) -> Session:
        session = Session(self.imaps, CONTEXT)
        if not session.login(address, password):
            raise RuntimeError(f"{address} cannot sign in")
        session.idle()
        return session


def measure_open(acts: ModuleType, wire: Wire, address: str) -> dict[str, float]:
    begun = time.perf_counter()
    acts.open_many([address], acts.PASSWORD_HASH)
    rcpt = until(partial(wire.takes, address), begun)
    return {"open_rcpt": rcpt, "open_login": until(partial(wire.lets_in, address, acts.PASSWORD), begun)}


def measure_suspend(acts: ModuleType, wire: Wire, address: str, device: str) -> dict[str, float]:
    """Attempts use the device's password: an argon2 verification every few milliseconds would be the load measured."""
    with wire.idle(address, acts.PASSWORD) as session, ThreadPoolExecutor(1) as pool:
        ended = pool.submit(session.ended_at, LIMIT)
        begun = time.perf_counter()
        acts.suspend(address)
        refused = until(partial(wire.refuses, address, device), begun)
        return {"suspend_login": refused, "suspend_idle": ended.result() - begun}


def measure_password(acts: ModuleType, wire: Wire, address: str, password: str) -> dict[str, float]:
    begun = time.perf_counter()
    acts.change_password(address, password)
    with ThreadPoolExecutor(1) as pool:
        old = pool.submit(until, partial(wire.refuses, address, acts.PASSWORD), begun)
        new = first_success(partial(wire.lets_in, address, password), begun)
        return {"password_old": old.result(), "password_new": new}


def measure_burst(
    acts: ModuleType, wire: Wire, measured: Measured, devices: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """All of them suspended one right after the other."""
    before = measured.command("status")["release"]
    begun = time.perf_counter()
    for address, _ in devices:
        acts.suspend(address)
    acted = time.perf_counter() - begun
    with ThreadPoolExecutor(len(devices)) as pool:
        effects = list(pool.map(lambda d: until(partial(wire.refuses, *d), begun), devices))
    acts.settle()
    after = measured.command("status")["release"]
    return {"actions": len(devices), "acting_s": acted, "last_effect_s": max(effects), "releases": after - before}


def measure_at(size: int, acts: ModuleType, measured: Measured, args: argparse.Namespace, first: int) -> dict[str, Any]:
    """The curve's point: `first` is the number of the first mailbox that nothing was done to yet."""
    wire, took = Wire(measured.ports), dict[str, list[float]]()
    old = acts.addresses(args.repeat * 2 + args.burst, first)
    suspends, passwords, burst = old[: args.repeat], old[args.repeat : args.repeat * 2], old[args.repeat * 2 :]
    devices: dict[str, str] = acts.add_devices([*suspends, *burst])
    acts.settle()
    time.sleep(2)
    for number in range(args.repeat):
        found = measure_open(acts, wire, f"new{size}-{number}@{acts.DOMAIN}")
        found |= measure_suspend(acts, wire, suspends[number], devices[suspends[number]])
        found |= measure_password(acts, wire, passwords[number], NEW_PASSWORD)
        for name, seconds in found.items():
            took.setdefault(name, []).append(seconds)
    print(f"  {size} mailboxes: done", flush=True)
    return {
        "seconds": took,
        "p50": {name: percentile(values, 0.5) for name, values in took.items()},
        "p95": {name: percentile(values, 0.95) for name, values in took.items()},
        "burst": measure_burst(acts, wire, measured, [(a, devices[a]) for a in burst]),
    }


def show(points: dict[int, dict[str, Any]]) -> str:
    head = ["p50/p95 in seconds", *(f"{size} mailboxes" for size in points)]
    rows = [[words, *(f"{p['p50'][name]:.2f}/{p['p95'][name]:.2f}" for p in points.values())]
            for name, words in EFFECTS.items()]  # fmt: skip
    bursts = [p["burst"] for p in points.values()]
    rows.append([f"burst of {bursts[0]['actions']}: last effect", *(f"{b['last_effect_s']:.2f}" for b in bursts)])
    rows.append(["burst: releases", *(str(b["releases"]) for b in bursts)])
    return table(head, rows)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="bench release", description=__doc__.splitlines()[0] if __doc__ else "")
    p.add_argument("--quick", action="store_true", help="a smoke run: one small population, few actions")
    p.add_argument("--sizes", type=int, nargs="+", default=[500, 10_000, 100_000])
    p.add_argument("--repeat", type=int, default=12, help="of each action at each population")
    p.add_argument("--burst", type=int, default=20, help="actions in a burst")
    p.add_argument("--work", type=Path, default=None, help="where the instance is made (default: below /var/tmp)")
    args = p.parse_args(arguments)
    if args.quick:
        args.sizes, args.repeat, args.burst = [200], 3, 5
    args.sizes = sorted(args.sizes)
    return args


def run(args: argparse.Namespace) -> int:
    about = machine()
    points: dict[int, dict[str, Any]] = {}
    with ExitStack() as stack:
        work = args.work or Path(tempfile.mkdtemp(prefix="hongyan-bench-", dir="/var/tmp"))
        work.chmod(0o755)
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        measured = Measured(work / "instance")
        measured.start()
        stack.callback(measured.stop)
        acts = measured.acts()
        opened, used = 0, 0
        for size in args.sizes:
            begun = time.monotonic()
            acts.open_many(acts.addresses(size - opened, opened), acts.PASSWORD_HASH, folders=False)
            acts.settle()
            print(f"  {size - opened} mailboxes opened and released in {time.monotonic() - begun:.1f} s", flush=True)
            opened = size
            points[size] = measure_at(size, acts, measured, args, used)
            used += args.repeat * 2 + args.burst
    plan = {k: v for k, v in vars(args).items() if k != "work"}
    kept = keep("release", {"plan": plan, "points": points}, about=about)
    print("\nFrom the call of the action to its effect for a new connection (a new session every "
          f"{PAUSE * 1000:.0f} ms looks)")  # fmt: skip
    print(show(points))
    print(f"\nkept in {kept}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run(parse()))
