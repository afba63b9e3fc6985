"""`bench idle`: memory and processor time of everything with hundreds and thousands of idle IMAP sessions, beside Debian's
own Postfix and Dovecot.

Each session is signed in over TLS, has INBOX selected and waits in IDLE (RFC 2177). Memory is the sum of PSS over all
processes of the side; processor time is counted over a rest after the last sign-in.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench.bare import Bare
from bench.imap import Session, tls
from bench.instances import Measured
from bench.procs import Watch, memory, tree
from bench.sides import Side
from bench.table import keep, machine, table

MIB = 1024 * 1024
#: A bare Dovecot lets one account open ten sessions from one address; more mailboxes than that need are made.
PER_MAILBOX = 10
OPENERS = 8  #: sign-ins at once


@dataclass
class Rest:
    side: str
    wanted: int
    held: int  #: sessions that could be opened
    refused: str  #: what the first one that could not was told
    pss_mib: float
    pss_mib_by_class: dict[str, float]
    cpu_percent: float  #: of one processor, at rest
    login_s: float  #: seconds that opening them took


def hold(port: int, pairs: Sequence[tuple[str, str]], wanted: int) -> tuple[list[Session], str]:
    """Open sessions until there are enough or one is refused. They live as long as they are referred to."""
    context, sessions, refused = tls(), list[Session](), list[str]()

    def one(pair: tuple[str, str]) -> None:
        if refused:
            return
        try:
            session = Session(port, context, timeout=20.0)
            said = session.tell(f'LOGIN "{pair[0]}" "{pair[1]}"')
            if said.startswith("OK"):
                session.idle()
                sessions.append(session)
            else:
                refused.append(said)
        except OSError as problem:
            refused.append(f"{type(problem).__name__}: {problem}")

    with ThreadPoolExecutor(OPENERS) as pool:
        list(pool.map(one, islice(cycle(pairs), wanted)))
    return sessions, refused[0] if refused else ""


def measure(side: Side, pairs: Sequence[tuple[str, str]], wanted: int, settle: float, rest: float) -> Rest:
    begun = time.monotonic()
    sessions, refused = hold(side.ports["imaps"], pairs, wanted)
    login_s = time.monotonic() - begun
    time.sleep(settle)
    watch = Watch(side.roots)
    time.sleep(rest)
    watch.look()
    sizes = memory(tree(side.roots))
    for session in sessions:
        session.close()
    return Rest(side.name, wanted, len(sessions), refused, sum(sizes.values()) / MIB,
                {name: size / MIB for name, size in sizes.most_common()}, watch.seconds() / rest * 100,
                login_s)  # fmt: skip


def wait_for_calm(side: Side, seconds: float = 60.0) -> None:
    """Until the processes of the sessions before have ended."""
    end, before = time.monotonic() + seconds, -1
    while time.monotonic() < end and (now := len(tree(side.roots))) != before:
        before = now
        time.sleep(2)


def show(rests: Sequence[Rest]) -> str:
    rows = [[f"{r.side}, {r.wanted} sessions", r.held, f"{r.pss_mib:.0f}",
             f"{r.pss_mib * 1024 / r.held:.0f}" if r.held else "-", f"{r.cpu_percent:.1f}", f"{r.login_s:.1f}"]
            for r in rests]  # fmt: skip
    return table(["", "held", "PSS MiB", "KiB a session", "CPU % at rest", "opened in s"], rows)


def show_classes(rests: Sequence[Rest]) -> str:
    most = max(rests, key=lambda r: (r.side == "instance", r.held))
    rows = [[name, f"{size:.1f}"] for name, size in most.pss_mib_by_class.items() if size >= 1]
    return table([f"{most.side}, {most.held} sessions: PSS MiB", ""], rows)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="bench idle", description=__doc__.splitlines()[0] if __doc__ else "")
    p.add_argument("--quick", action="store_true", help="a smoke run: 50 sessions, short rests")
    p.add_argument("--sessions", type=int, nargs="+", default=[0, 500, 5000])
    p.add_argument("--settle", type=float, default=10.0, help="seconds between the last sign-in and the measurement")
    p.add_argument("--rest", type=float, default=15.0, help="seconds over which processor time is counted")
    p.add_argument("--work", type=Path, default=None, help="where both servers are made (default: below /var/tmp)")
    args = p.parse_args(arguments)
    if args.quick:
        args.sessions, args.settle, args.rest = [0, 50], 3.0, 3.0
    return args


def run(args: argparse.Namespace) -> int:
    about = machine()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rests: list[Rest] = []
    with ExitStack() as stack:
        work = args.work or Path(tempfile.mkdtemp(prefix="hongyan-bench-", dir="/var/tmp"))
        work.chmod(0o755)
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        measured = Measured(work / "instance")
        measured.start()
        stack.callback(measured.stop)
        acts = measured.acts()
        addresses: list[str] = acts.addresses(max(10, max(args.sessions) // PER_MAILBOX))
        acts.open_many(addresses, acts.PASSWORD_HASH)
        devices: dict[str, str] = acts.add_devices(addresses)
        acts.settle()
        measured.wait_for_folders(addresses)
        bare = Bare(work / "bare")
        bare.make({a: "{SHA256.hex}" + hashlib.sha256(p.encode()).hexdigest() for a, p in devices.items()})
        bare.start()
        stack.callback(bare.stop)
        sides: tuple[Side, ...] = (measured, bare)
        for wanted in args.sessions:
            for side in sides:
                wait_for_calm(side)
                rests.append(measure(side, list(devices.items()), wanted, args.settle, args.rest))
                print(f"  {side.name}: {rests[-1].held} of {wanted} sessions held {rests[-1].refused}", flush=True)
    return report(args, rests, about)


def report(args: argparse.Namespace, rests: list[Rest], about: dict[str, Any]) -> int:
    plan = {k: v for k, v in vars(args).items() if k != "work"}
    kept = keep("idle", {"plan": plan, "rests": [asdict(r) for r in rests]}, about=about)
    print(
        "\nIdle IMAP sessions over TLS; the instance with all its services, the bare server is Postfix and Dovecot alone"
    )
    print(show(rests))
    print("\n" + show_classes(rests))
    print(f"\nkept in {kept}")
    return 1 if any(r.held < r.wanted for r in rests if r.side == "instance") else 0


if __name__ == "__main__":
    raise SystemExit(run(parse()))
