"""`bench flow`: messages per second through the instance beside Debian's own Postfix and Dovecot, in the same run.

Both serve the same mailboxes; the two are measured in turn, so that a drift of the machine touches both, and the ratio
is taken within each pair. A message counts once Postfix has finished it; afterwards the mailboxes are counted: nothing
may be missing.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.bare import Bare, free_ports, listens, wait_until
from bench.instances import Measured
from bench.load import Sending
from bench.procs import Watch
from bench.rspamd import Rspamd
from bench.sides import Side, queued, stored
from bench.table import keep, machine, ratios, spread, table

PASSWORD = "{SHA256.hex}" + "0" * 64  # nobody signs in here


@dataclass
class Plan:
    messages: int
    pairs: int
    senders: int
    size: int
    per_session: int


@dataclass
class Round:
    """One side measured once."""

    side: str
    accepted_per_s: float
    delivered_per_s: float
    cpu_ms: float  #: of all the side's processes, per message
    cpu_ms_by_class: dict[str, float]
    missing: int
    refused: dict[str, int]


def measure(side: Side, addresses: list[str], plan: Plan, run: str) -> Round:
    """Send, wait until the queue is empty, count the mailboxes."""
    before = stored(side, addresses)
    watch = Watch(side.roots)
    sending = Sending(side.ports["smtp"], addresses, messages=plan.messages, size=plan.size, senders=plan.senders,
                      run=run, per_session=plan.per_session)  # fmt: skip
    while sending.running:
        time.sleep(0.25)
        watch.look()
    outcome = sending.result()
    looked = time.monotonic()
    while queued(side.spool):
        time.sleep(0.01)
        if time.monotonic() - looked > 0.25:
            watch.look()
            looked = time.monotonic()
    seconds = time.time() - outcome.started
    watch.look()
    after = stored(side, addresses)
    missing = sum(max(0, before[a] + outcome.accepted[a] - after[a]) for a in addresses)
    count = max(1, outcome.count)
    spent = {name: s * 1000 / count for name, s in sorted(watch.by_class().items(), key=lambda item: -item[1])}
    return Round(side.name, outcome.count / outcome.seconds, outcome.count / seconds, watch.seconds() * 1000 / count,
                 spent, missing, dict(outcome.refused))  # fmt: skip


def alternate(ours: Side, theirs: Side, addresses: list[str], plan: Plan, name: str) -> list[tuple[Round, Round]]:
    """Pairs (ours, theirs); every other pair begins with the other side."""
    pairs = []
    for number in range(plan.pairs):
        order = (ours, theirs) if number % 2 else (theirs, ours)
        done = {side.name: measure(side, addresses, plan, f"{name}{number}{side.name}") for side in order}
        pairs.append((done[ours.name], done[theirs.name]))
        print(f"  {name} pair {number + 1}/{plan.pairs}: instance {done[ours.name].delivered_per_s:.0f}/s, "
              f"bare {done[theirs.name].delivered_per_s:.0f}/s", flush=True)  # fmt: skip
    return pairs


def summary(pairs: Sequence[tuple[Round, Round]]) -> dict[str, Any]:
    def of(name: str) -> dict[str, Any]:
        ours, theirs = ([float(getattr(r[i], name)) for r in pairs] for i in (0, 1))
        return {"instance": asdict(spread(ours)), "bare": asdict(spread(theirs)), "ratio": asdict(ratios(ours, theirs))}

    return {name: of(name) for name in ("delivered_per_s", "accepted_per_s", "cpu_ms")} | {
        "missing": sum(r.missing for pair in pairs for r in pair),
        "refused": sum(sum(r.refused.values()) for pair in pairs for r in pair),
        "rounds": [[asdict(r) for r in pair] for pair in pairs],
    }


def show(parts: dict[str, dict[str, Any]]) -> str:
    words = {"delivered_per_s": "delivered/s", "accepted_per_s": "accepted/s", "cpu_ms": "CPU ms a message"}
    rows = [
        [f"{part}: {words[name]}", f"{s[name]['instance']['median']:.1f}", f"{s[name]['bare']['median']:.1f}",
         f"{s[name]['ratio']['median']:.2f} [{s[name]['ratio']['low']:.2f}-{s[name]['ratio']['high']:.2f}]"]
        for part, s in parts.items() for name in words
    ]  # fmt: skip
    lost = [[f"{part}: missing / refused", s["missing"], s["refused"], ""] for part, s in parts.items()]
    return table(["", "instance", "bare", "ratio [spread]"], [*rows, *lost])


def show_classes(part: str, pairs: list[tuple[Round, Round]]) -> str:
    """Where the processor time goes, from the last pair."""
    ours, theirs = (r.cpu_ms_by_class for r in pairs[-1])
    names = sorted(ours.keys() | theirs.keys(), key=lambda n: -max(ours.get(n, 0), theirs.get(n, 0)))
    rows = [[n, f"{ours.get(n, 0):.2f}", f"{theirs.get(n, 0):.2f}"] for n in names
            if max(ours.get(n, 0), theirs.get(n, 0)) >= 0.02]  # fmt: skip
    return table([f"{part}: CPU ms a message", "instance", "bare"], rows)


def make_bare(root: Path, addresses: list[str], args: argparse.Namespace, *, rspamd: bool) -> Bare:
    proxy, normal, controller = free_ports(3)
    scanner = Rspamd(root / "rspamd", proxy, normal, controller) if rspamd else None
    bare = Bare(root, store=args.store, lmtp=args.lmtp, rspamd=scanner)
    bare.make(dict.fromkeys(addresses, PASSWORD))
    if scanner:
        scanner.make()
    bare.start()
    if scanner:
        wait_until(lambda: listens(scanner.proxy) and scanner.is_warm(), "bare Rspamd", 90)
    return bare


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="bench flow", description=__doc__.splitlines()[0] if __doc__ else "")
    p.add_argument("--quick", action="store_true", help="a smoke run: few messages, one pair")
    p.add_argument("--messages", type=int, default=4000, help="a round, without Rspamd (default: 4000)")
    p.add_argument("--rspamd-messages", type=int, default=1500, help="a round, with Rspamd (default: 1500)")
    p.add_argument("--pairs", type=int, default=3)
    p.add_argument("--senders", type=int, default=20, help="SMTP sessions at once")
    p.add_argument("--size", type=int, default=10240, help="bytes of a message")
    p.add_argument("--per-session", type=int, default=1, help="messages sent in one SMTP session")
    p.add_argument("--mailboxes", type=int, default=500)
    p.add_argument("--store", choices=("sdbox", "mdbox", "maildir"), default="sdbox", help="the bare server's store")
    p.add_argument("--lmtp", choices=("unix", "tcp"), default="unix", help="the bare server's LMTP transport")
    p.add_argument("--only", choices=("plain", "rspamd"), help="one of the two comparisons")
    p.add_argument("--work", type=Path, default=None, help="where both servers are made (default: below /var/tmp)")
    p.add_argument("--keep", action="store_true", help="leave the work directory")
    args = p.parse_args(arguments)
    if args.quick:
        args.messages, args.rspamd_messages, args.pairs = min(args.messages, 600), min(args.rspamd_messages, 300), 1
    return args


def run(args: argparse.Namespace) -> int:
    about = machine()
    with ExitStack() as stack:
        work = args.work or Path(tempfile.mkdtemp(prefix="hongyan-bench-", dir="/var/tmp"))
        work.chmod(0o755)
        if not args.keep:
            stack.callback(shutil.rmtree, work, ignore_errors=True)
        measured = Measured(work / "instance")
        measured.start()
        stack.callback(measured.stop)
        acts = measured.acts()
        addresses: list[str] = acts.addresses(args.mailboxes)
        print(f"opening {len(addresses)} mailboxes", flush=True)
        acts.open_many(addresses, acts.PASSWORD_HASH)
        acts.settle()
        measured.wait_for_folders(addresses)
        parts: dict[str, list[tuple[Round, Round]]] = {}
        for part in [args.only] if args.only else ["plain", "rspamd"]:
            measured.set_rspamd(part == "rspamd")
            bare = make_bare(work / f"bare-{part}", addresses, args, rspamd=part == "rspamd")
            try:
                messages = args.rspamd_messages if part == "rspamd" else args.messages
                plan = Plan(messages, args.pairs, args.senders, args.size, args.per_session)
                warm = Plan(max(100, messages // 10), 1, args.senders, args.size, args.per_session)
                for side in (measured, bare):
                    measure(side, addresses, warm, f"warm-{part}")
                parts[part] = alternate(measured, bare, addresses, plan, part)
            finally:
                bare.stop()
    return report(args, parts, about)


def report(args: argparse.Namespace, parts: dict[str, list[tuple[Round, Round]]], about: dict[str, Any]) -> int:
    """Prints and keeps; 1 when anything that was accepted is missing."""
    summed = {part: summary(pairs) for part, pairs in parts.items()}
    plan = {k: v for k, v in vars(args).items() if k != "work"}
    kept = keep("flow", {"plan": plan, "parts": summed}, about=about)
    print(f"\n{args.size // 1024} KB messages, {args.senders} senders, {args.per_session} message(s) a session, "
          f"{args.mailboxes} mailboxes; the bare server: {args.store}, LMTP over {args.lmtp}")  # fmt: skip
    print(show(summed))
    for part, pairs in parts.items():
        print("\n" + show_classes(part, pairs))
    for part, pairs in parts.items():
        for said, count in sum((Counter(r.refused) for pair in pairs for r in pair), Counter[str]()).items():
            print(f"refused in {part}: {count} x {said}")
    print(f"\nkept in {kept}")
    return 1 if any(s["missing"] for s in summed.values()) else 0


if __name__ == "__main__":
    raise SystemExit(run(parse()))
