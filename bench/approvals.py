"""`bench approvals`: from the last approval of a request to a mailbox that can be used, on one running instance.

Each request is filed by the head for a joiner, passes the applicant's head and is approved last by the office; the clock
starts before that last approval is called. It stops at the beginning of the first attempt, by a new connection, that shows:

- decided: `decide` has returned (approved, carried out, recorded);
- receives: RCPT TO is accepted on port 25;
- signs in: the new owner, who chooses his password with the activation link at once, is let in by IMAP.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.instances import Measured
from bench.release import Wire, first_success, until
from bench.table import keep, machine, percentile, table

PASSWORD = "Cranes-cross-rivers-8825"
EFFECTS = {
    "decided": "approved and carried out",
    "receives": "the address receives",
    "signs_in": "the owner has activated it and signs in",
}  # fmt: skip


def measure_approvals(measured: Measured, count: int) -> dict[str, Any]:
    """Seconds, p50 and p95 of `count` approvals on a running instance of whatever size; needs no company before."""
    acts, wire = measured.acts(), Wire(measured.ports)
    house = _house(acts)
    acts.settle()
    took: dict[str, list[float]] = {name: [] for name in EFFECTS}
    for number in range(count):
        for name, seconds in _one(acts, wire, house, number).items():
            took[name].append(seconds)
    return {
        "seconds": took,
        "p50": {name: percentile(values, 0.5) for name, values in took.items()},
        "p95": {name: percentile(values, 0.95) for name, values in took.items()},
    }


def _house(acts: ModuleType) -> dict[str, Any]:
    """A unit with two heads above each other, and an office that may open mailboxes."""
    from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
    from hongyan.company.people.actions import add_person, add_unit, appoint
    from hongyan.company.people.roles import grant_role

    company, mark = acts.company(), f"{time.time_ns():x}"
    unit = add_unit(actor=acts.ACTOR, company=company, path=f"審批{mark}/部門")
    top = unit.parent
    assert top is not None
    staff = {name: add_person(actor=acts.ACTOR, company=company, name=name) for name in ("head", "chief", "office")}
    appoint(actor=acts.ACTOR, person=staff["head"], unit=unit, head=True)
    appoint(actor=acts.ACTOR, person=staff["chief"], unit=top, head=True)
    opened = open_mailboxes(
        actor=acts.ACTOR, company=company,
        new=[
            NewMailbox(f"{name}.{mark}@{acts.DOMAIN}", person=person, password_hash=acts.PASSWORD_HASH)
            for name, person in staff.items()
        ],
    )  # fmt: skip
    accounts = {name: box.account for name, box in zip(staff, opened, strict=True) if box.account is not None}
    grant_role(actor=acts.ACTOR, account=accounts["office"], role="office", company=company)
    return {"company": company, "unit": unit, "accounts": accounts, "mark": mark}


def _one(acts: ModuleType, wire: Wire, house: dict[str, Any], number: int) -> dict[str, float]:
    from hongyan.company.people import credentials
    from hongyan.company.people.actions import add_person
    from hongyan.company.people.queries import actor_of
    from hongyan.company.requests import actions, queries

    actors = {name: actor_of(account) for name, account in house["accounts"].items()}
    address = f"j{number}.{house['mark']}@{acts.DOMAIN}"
    joiner = add_person(actor=acts.ACTOR, company=house["company"], name=f"新人{number}", unit=house["unit"])
    request = actions.file_request(
        actor=actors["head"], form="personal", for_person=joiner, fields={"address": address, "reason": "新入職"}
    )
    step = queries.open_step(request)
    assert step is not None
    actions.decide(actor=actors["chief"], step=step, verdict="approve")
    step = queries.open_step(request)
    assert step is not None
    acts.settle()
    begun = time.perf_counter()
    outcome = actions.decide(actor=actors["office"], step=step, verdict="approve")
    decided = time.perf_counter() - begun
    if outcome.state != "done":
        raise RuntimeError(f"request {request.number}: {outcome.state} {outcome.request.refusal}")
    token = actions.activation_link(actor=actors["office"], request=outcome.request)
    credentials.activate(token=token, password=PASSWORD, remote="127.0.0.1")
    receives = until(partial(wire.takes, address), begun)
    return {
        "decided": decided,
        "receives": receives,
        "signs_in": first_success(partial(wire.lets_in, address, PASSWORD), begun),
    }


def show(points: dict[int, dict[str, Any]]) -> str:
    head = ["p50/p95 in seconds", *(f"{size} mailboxes" for size in points)]
    rows = [
        [words, *(f"{point['p50'][name]:.2f}/{point['p95'][name]:.2f}" for point in points.values())]
        for name, words in EFFECTS.items()
    ]
    return table(head, rows)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="bench approvals", description=__doc__.splitlines()[0] if __doc__ else "")
    p.add_argument("--quick", action="store_true", help="a smoke run: one small population, few approvals")
    p.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    p.add_argument("--count", type=int, default=40, help="approvals at each population")
    p.add_argument("--work", type=Path, default=None, help="where the instance is made (default: below /var/tmp)")
    args = p.parse_args(arguments)
    if args.quick:
        args.sizes, args.count = [100], 3
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
        acts, opened = measured.acts(), 0
        for size in args.sizes:
            acts.open_many(acts.addresses(size - opened, opened), acts.PASSWORD_HASH, folders=False)
            acts.settle()
            opened = size
            points[size] = measure_approvals(measured, args.count)
            print(f"  {size} mailboxes: {args.count} approvals", flush=True)
    plan = {k: v for k, v in vars(args).items() if k != "work"}
    kept = keep("approvals", {"plan": plan, "points": points}, about=about)
    print("\nFrom the last approval")
    print(show(points))
    print(f"\nkept in {kept}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run(parse()))
