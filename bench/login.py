"""`bench login`: IMAP sign-ins per second beside Debian's own Dovecot with the same hashes, in the same run.

Three kinds: the account's password (argon2id) by many mailboxes, the same by one mailbox again and again, and a device's
app password. Each sign-in is a whole TLS session.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.bare import Bare
from bench.imap import sign_in, tls
from bench.instances import Measured
from bench.procs import Watch
from bench.sides import Side
from bench.table import keep, machine, percentile, ratios, spread, table

Pair = tuple[str, str]  #: user, password
KINDS = {"first": "password, many mailboxes", "again": "password, one mailbox again", "app": "app password"}


@dataclass
class Rate:
    per_s: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float  #: of all the side's processes, per sign-in
    refused: int


class Clients:
    """So many at once, each signing in one time after the other, for so many seconds."""

    def __init__(self, port: int, pairs: Iterator[Pair]) -> None:
        self.port, self.pairs, self.context = port, pairs, tls()
        self.lock = threading.Lock()
        self.took: list[float] = []
        self.refused = 0

    def run(self, clients: int, seconds: float) -> None:
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=self.one, args=(end,)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def one(self, end: float) -> None:
        while time.monotonic() < end:
            with self.lock:
                user, password = next(self.pairs)
            begun = time.perf_counter()
            good = sign_in(self.port, self.context, user, password)
            with self.lock:
                self.took.append(time.perf_counter() - begun)
                self.refused += not good


def measure(side: Side, pairs: Sequence[Pair], clients: int, seconds: float) -> Rate:
    watch = Watch(side.roots)
    run = Clients(side.ports["imaps"], itertools.cycle(pairs))
    begun = time.monotonic()
    run.run(clients, seconds)
    lasted = time.monotonic() - begun
    watch.look()
    count = len(run.took)
    return Rate((count - run.refused) / lasted, percentile(run.took, 0.5) * 1000, percentile(run.took, 0.95) * 1000,
                watch.seconds() * 1000 / count, run.refused)  # fmt: skip


def compare(ours: Side, theirs: Side, mine: Sequence[Pair], other: Sequence[Pair],
            args: argparse.Namespace) -> dict[str, Any]:  # fmt: skip
    rounds: list[tuple[Rate, Rate]] = []
    for number in range(args.pairs):
        order = ((ours, mine), (theirs, other))
        done = {side.name: measure(side, pairs, args.clients, args.seconds)
                for side, pairs in (order if number % 2 else reversed(order))}  # fmt: skip
        rounds.append((done[ours.name], done[theirs.name]))
    a, b = [r[0] for r in rounds], [r[1] for r in rounds]
    return {
        "per_s": {"instance": asdict(spread(r.per_s for r in a)), "bare": asdict(spread(r.per_s for r in b)),
                  "ratio": asdict(ratios([r.per_s for r in a], [r.per_s for r in b]))},
        "rounds": [[asdict(x), asdict(y)] for x, y in rounds],
        "refused": sum(r.refused for r in (*a, *b)),
    }  # fmt: skip


def show(kinds: dict[str, dict[str, Any]]) -> str:
    rows = []
    for kind, found in kinds.items():
        ours, theirs = found["rounds"][-1]
        ratio = found["per_s"]["ratio"]
        rows.append([
            KINDS[kind], f"{found['per_s']['instance']['median']:.0f}", f"{found['per_s']['bare']['median']:.0f}",
            f"{ratio['median']:.2f} [{ratio['low']:.2f}-{ratio['high']:.2f}]",
            f"{ours['p50_ms']:.1f}/{ours['p95_ms']:.1f}", f"{theirs['p50_ms']:.1f}/{theirs['p95_ms']:.1f}",
            f"{ours['cpu_ms']:.1f}", f"{theirs['cpu_ms']:.1f}", found["refused"],
        ])  # fmt: skip
    head = [
        "sign-ins per second",
        "instance",
        "bare",
        "ratio [spread]",
        "p50/p95 ms",
        "bare",
        "CPU ms",
        "bare",
        "refused",
    ]
    return table(head, rows)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="bench login", description=__doc__.splitlines()[0] if __doc__ else "")
    p.add_argument("--quick", action="store_true", help="a smoke run: short, one pair")
    p.add_argument("--seconds", type=float, default=6.0, help="of one round")
    p.add_argument("--pairs", type=int, default=3)
    p.add_argument("--clients", type=int, default=8, help="sign-ins at once")
    p.add_argument("--mailboxes", type=int, default=500)
    p.add_argument("--devices", type=int, default=100, help="mailboxes with an app password")
    p.add_argument("--work", type=Path, default=None, help="where both servers are made (default: below /var/tmp)")
    args = p.parse_args(arguments)
    if args.quick:
        args.seconds, args.pairs, args.mailboxes, args.devices = 2.0, 1, min(args.mailboxes, 50), 10
    args.devices = min(args.devices, args.mailboxes)
    return args


def bare_users(addresses: Sequence[str], password: str, devices: dict[str, str]) -> dict[str, str]:
    """The same hashes; a bare passwd-file has one password a user, so a device is a user of its own."""
    users = dict.fromkeys(addresses, f"{{ARGON2ID}}{password}")
    return users | {f"device-{a}": "{SHA256.hex}" + hashlib.sha256(p.encode()).hexdigest() for a, p in devices.items()}


def run(args: argparse.Namespace) -> int:
    about = machine()
    with ExitStack() as stack:
        work = args.work or Path(tempfile.mkdtemp(prefix="hongyan-bench-", dir="/var/tmp"))
        work.chmod(0o755)
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        measured = Measured(work / "instance")
        measured.start()
        stack.callback(measured.stop)
        acts = measured.acts()
        addresses: list[str] = acts.addresses(args.mailboxes)
        acts.open_many(addresses, acts.PASSWORD_HASH)
        devices: dict[str, str] = acts.add_devices(addresses[: args.devices])
        acts.settle()
        measured.wait_for_folders(addresses)
        measured.set_rspamd(False)
        bare = Bare(work / "bare")
        bare.make(bare_users(addresses, acts.engine_hash(acts.PASSWORD_HASH), devices))
        bare.start()
        stack.callback(bare.stop)
        many = [(a, acts.PASSWORD) for a in addresses]
        pairs = {
            "first": (many, many),
            "again": (many[:1], many[:1]),
            "app": (list(devices.items()), [(f"device-{a}", p) for a, p in devices.items()]),
        }
        kinds = {kind: compare(measured, bare, mine, other, args) for kind, (mine, other) in pairs.items()}
    plan = {k: v for k, v in vars(args).items() if k != "work"}
    kept = keep("login", {"plan": plan, "kinds": kinds}, about=about)
    print(f"IMAP over TLS, {args.clients} clients at once, {args.seconds:.0f} s a round, {args.pairs} pairs")
    print(show(kinds))
    print(f"\nkept in {kept}")
    return 1 if any(k["refused"] for k in kinds.values()) else 0


if __name__ == "__main__":
    raise SystemExit(run(parse()))
