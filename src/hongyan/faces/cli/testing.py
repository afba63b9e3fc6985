"""`test` and `bench`: the project's own checks and measurements.

Always: `test` installs what it needs, runs every check even when an earlier one failed, and says at the end which did.
The tests of rows and those on PostgreSQL share nothing with the tests that drive engines or a browser: they run beside them,
one after the other; what they print comes after the others' end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, NamedTuple

from hongyan.engines.setup import packages, users
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import REMAINDER, Namespace, Subparsers
from hongyan.kernel.decision import Refusal

PYTHON = sys.executable


#: Where tests wait for engines and browsers more than they compute.
ENGINES = ("tests/browser", "tests/journeys", "tests/release", "tests/resilience", "tests/system")


class Check(NamedTuple):
    name: str
    command: tuple[str, ...]
    beside: bool = False  #: runs while the checks before it do


class Outcome(NamedTuple):
    name: str
    passed: bool
    seconds: float


def register(sub: Subparsers) -> None:
    test = sub.add_parser("test", help="run every check and test of the project")
    test.add_argument(
        "arguments", nargs=REMAINDER, metavar="...", help="arguments for pytest; they leave out the other checks"
    )
    test.set_defaults(run=run_test)
    bench = sub.add_parser("bench", help="measure: prints a table, writes var/bench/NAME.json")
    bench.add_argument("name", metavar="NAME")
    bench.add_argument("arguments", nargs=REMAINDER, metavar="...")
    bench.set_defaults(run=run_bench)


def checkout() -> Path:
    return Path(os.environ.get("HONGYAN_CHECKOUT", ".")).absolute()


def checks(pytest_arguments: list[str]) -> list[Check]:
    tool = str(Path(PYTHON).parent)
    everything = [
        Check("lint", (f"{tool}/ruff", "check", ".")),
        Check("format", (f"{tool}/ruff", "format", "--check", ".")),
        Check("types", (f"{tool}/mypy",)),
        Check("arrow", (f"{tool}/lint-imports", "--no-cache")),
    ]
    if pytest_arguments:
        return [Check("tests", (PYTHON, "-m", "pytest", *pytest_arguments))]
    pytest = (PYTHON, "-m", "pytest", "-p", "no:cacheprovider")
    return [
        *everything,
        Check("engines", (*pytest, *ENGINES)),
        Check("rows", (*pytest, *(f"--ignore={path}" for path in ENGINES)), beside=True),
        Check("postgresql", (PYTHON, "-m", "tests.postgresql", "-p", "no:cacheprovider"), beside=True),
    ]


def run_test(args: Namespace, out: Output) -> int:
    install_needs(out)
    outcomes = run_checks(checks(args.arguments), out)
    rows = [(o.name, "passed" if o.passed else "FAILED", f"{o.seconds:.1f} s") for o in outcomes]
    out.result({"checks": [o._asdict() for o in outcomes]}, lambda: "\n" + table(rows))
    return 0 if all(o.passed for o in outcomes) else 1


def install_needs(out: Output) -> None:
    """The engines, and what the tests drive them with: a browser, mail clients, PostgreSQL."""
    absent = packages.missing(packages.needed(packages.debian_version(), tests=True))
    if not absent:
        return
    if os.geteuid() != 0:
        raise Refusal("setup.not_root")
    out.progress(out.say("up.step_packages", packages=absent))
    packages.install(absent)
    users.ensure()


def run_checks(wanted: Sequence[Check], out: Output) -> list[Outcome]:
    """Every check, in the order given; what one that ran beside the others printed comes in its place."""
    beside = [check for check in wanted if check.beside]
    with tempfile.TemporaryDirectory(prefix="hongyan-checks-") as directory, ThreadPoolExecutor(1) as pool:
        papers = {check.name: (Path(directory) / check.name).open("w+b") for check in beside}
        running = {check.name: pool.submit(run_check, check, out, papers[check.name]) for check in beside}
        outcomes = []
        for check in wanted:
            out.progress(f"== {check.name}")
            if not check.beside:
                outcomes.append(run_check(check, out))
                continue
            outcomes.append(running[check.name].result())
            with papers[check.name] as said:
                said.seek(0)
                stream = sys.stderr if out.json_mode else sys.stdout
                stream.flush()
                shutil.copyfileobj(said, stream.buffer)
                stream.flush()
    return outcomes


def run_check(check: Check, out: Output, said: IO[bytes] | None = None) -> Outcome:
    """One check; what it prints goes to `said`, or where this command's output goes."""
    since = time.monotonic()
    root = checkout()
    # The tests make instances of their own; the one of this command line is none of their business.
    environment = {k: v for k, v in os.environ.items() if k != "HONGYAN_DIR"} | {"PYTHONPATH": f"{root / 'src'}:{root}"}
    # With --json, stdout belongs to the summary alone.
    stdout = said if said is not None else sys.stderr if out.json_mode else None
    errors = subprocess.STDOUT if said is not None else None
    done = subprocess.run(check.command, cwd=root, env=environment, stdout=stdout, stderr=errors)
    return Outcome(check.name, done.returncode == 0, time.monotonic() - since)


def run_bench(args: Namespace, out: Output) -> int:
    root = checkout()
    known = [path.stem for path in sorted((root / "bench").glob("*.py")) if _is_bench(path)]
    if args.name not in known:
        raise Refusal("bench.unknown", name=args.name, known=known)
    done = subprocess.run(
        [PYTHON, "-P", "-m", f"bench.{args.name}", *args.arguments],
        env=os.environ | {"PYTHONPATH": f"{os.environ['PYTHONPATH']}:{root}"},
        stdout=sys.stderr if out.json_mode else None,
    )
    if done.returncode == 0 and out.json_mode:
        out.result(json.loads((root / "var" / "bench" / f"{args.name}.json").read_text("utf-8")), "")
    return done.returncode


def _is_bench(path: Path) -> bool:
    """The others in that directory are what the benches share."""
    return path.read_text("utf-8").startswith(f'"""`bench {path.stem}`')
