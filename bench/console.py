"""`bench console`: the pages and the API calls that an office uses all day, at several sizes of the company.

One instance with all its engines grows from size to size by the product's own import. At each size the office
administrator signs in at the web and asks for each page, and a script with a token calls the API, one request after the
other over one connection kept open: what one user waits for. Also: the memory of all our Python processes at rest.

The other system's figures were measured elsewhere under the same machine size (2 processors); they are not run here.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.imports import command, make_sheet
from bench.instances import Measured
from bench.load import ROOT
from bench.procs import memory, tree
from bench.table import keep, machine, percentile, table

OFFICE, PASSWORD = "carol@corp.test", "Geese-fly-north-4711"
CHUNK = 10_000
PAGES = {
    "overview": "/console", "people": "/console/people", "people, searched": "/console/people?q=s000123",
    "units": "/console/units", "mailboxes": "/console/mailboxes", "mailboxes, searched": "/console/mailboxes?q=s000123",
    "mailboxes, page 8": "/console/mailboxes?page=8", "one mailbox": "/console/mailboxes/s000123@corp.test",
    "groups": "/console/groups", "search everything": "/console/search?q=s000123",
}  # fmt: skip
CALLS = {
    "API: list of 50": "/api/v1/mailboxes?company=corp&limit=50",
    "API: searched": "/api/v1/mailboxes?company=corp&q=s000123", "API: one": "/api/v1/mailboxes/s000123@corp.test",
}  # fmt: skip
CREATED = "API: create one"
#: design/figures.md, Modoboa 2.12.0 at 10,000 mailboxes, p50/p95 in ms, measured elsewhere.
MODOBOA = {"mailboxes": (243, 411), "mailboxes, searched": (34, 37), CREATED: (126, 139)}


class Browser:
    """One connection to the web, with the cookies of a session or a bearer token."""

    def __init__(self, measured: Measured, token: str = "") -> None:
        context = ssl.create_default_context(cafile=str(measured.instance.ca_pem))
        self.client = http.client.HTTPSConnection("localhost", measured.ports["web"], context=context, timeout=60)
        self.cookies: dict[str, str] = {}
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, bytes]:
        sent = self.headers | headers
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.client.request(method, path, body or None, sent)
        answer = self.client.getresponse()
        said = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, said

    def sign_in(self, login: str, password: str) -> None:
        form = self.ask("GET", "/signin")[1].decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token is not None, form[:500]
        fields = {"csrfmiddlewaretoken": token[1], "login": login, "password": password}
        url = f"https://localhost:{self.client.port}/signin"
        status, said = self.ask(
            "POST", "/signin", urlencode(fields), Referer=url, **{"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert status == 303, said[:500]

    def get(self, path: str) -> None:
        status, said = self.ask("GET", path)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {said[:300]!r}")

    def create(self, address: str) -> None:
        body = json.dumps({"address": address, "kind": "personal"})
        status, said = self.ask("POST", "/api/v1/mailboxes", body, **{"Content-Type": "application/json"})
        if status != 201:
            raise RuntimeError(f"create {address}: {status} {said[:300]!r}")


def timed(act: Callable[[], None], times: int) -> list[float]:
    """Milliseconds of each, after two that are not counted."""
    for _ in range(2):
        act()
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        spent.append((time.perf_counter() - begun) * 1000)
    return spent


def make_company(measured: Measured) -> str:
    """A company, its office administrator, and a token of the office; the token."""
    measured.command("company", "add", "corp", "--name", "Bench")
    measured.command("domain", "add", "corp.test", "--company", "corp")
    words = [
        str(ROOT / "hongyan"),
        "mailbox",
        "open",
        OFFICE,
        "--password-stdin",
        "--dir",
        str(measured.root),
        "--json",
    ]
    subprocess.run(words, input=PASSWORD + "\n", text=True, check=True, capture_output=True)
    measured.command("role", "grant", OFFICE, "office", "--company", "corp", "--reason", "bench")
    said = measured.command("token", "add", "--role", "office", "--scope", "corp", "--per-minute", "60000")
    return str(said["token"])


def grow(measured: Measured, size: int, work: Path) -> None:
    """Up to `size` persons with posts and mailboxes, by imports of at most CHUNK new ones."""
    there = len(measured.command("mailbox", "list", "--company", "corp")) - 1
    while there < size:
        there = min(size, there + CHUNK)
        sheet = work / "staff.xlsx"
        make_sheet(sheet, there)
        command(measured, "people", "import", str(sheet), "--apply", "--sure")


def measure(measured: Measured, token: str, size: int, times: int) -> dict[str, list[float]]:
    office, script = Browser(measured), Browser(measured, token)
    office.sign_in(OFFICE, PASSWORD)
    found = {name: timed(lambda path=path: office.get(path), times) for name, path in PAGES.items()}  # type: ignore[misc]
    found |= {name: timed(lambda path=path: script.get(path), times) for name, path in CALLS.items()}  # type: ignore[misc]
    numbers = iter(range(times + 2))
    found[CREATED] = timed(lambda: script.create(f"new{size}x{next(numbers)}@corp.test"), times)
    return found


def at_rest(measured: Measured) -> dict[str, float]:
    """MiB (proportional set size) of each of our Python programs after some seconds of quiet."""
    time.sleep(15)
    kept = memory(tree(measured.roots))
    return {name: octets / (1 << 20) for name, octets in kept.items() if name.startswith(("hongyan.", "supervisor"))}


def show(points: dict[int, dict[str, list[float]]]) -> str:
    rows = [
        [name, *(f"{percentile(p[name], 0.5):.1f} / {percentile(p[name], 0.95):.1f}" for p in points.values()),
         "{} / {}".format(*MODOBOA[name]) if name in MODOBOA else ""]
        for name in next(iter(points.values()))
    ]  # fmt: skip
    return table(["p50 / p95, ms", *(f"{size} mailboxes" for size in points), "Modoboa, 10000 *"], rows)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="bench console", description=__doc__.splitlines()[0] if __doc__ else "")
    p.add_argument("--quick", action="store_true", help="a smoke run: one small company")
    p.add_argument("--sizes", type=int, nargs="+", default=[500, 10_000, 100_000])
    p.add_argument("--times", type=int, default=60, help="requests of each kind")
    p.add_argument("--work", type=Path, default=None, help="where the instance is made (default: below /var/tmp)")
    args = p.parse_args(arguments)
    if args.quick:
        args.sizes, args.times = [200], 5
    return args


def run(args: argparse.Namespace) -> int:
    about = machine()
    with ExitStack() as stack:
        work = args.work or Path(tempfile.mkdtemp(prefix="hongyan-bench-", dir="/var/tmp"))
        work.chmod(0o755)
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        measured = Measured(work / "instance")
        measured.start()
        stack.callback(measured.stop)
        token = make_company(measured)
        points: dict[int, dict[str, list[float]]] = {}
        for size in sorted(args.sizes):
            grow(measured, size, work)
            print(f"{size} mailboxes", flush=True)
            points[size] = measure(measured, token, size, args.times)
        rest = at_rest(measured)
    return report(args, points, rest, about)


def report(
    args: argparse.Namespace, points: dict[int, dict[str, list[float]]], rest: dict[str, float], about: dict[str, Any]
) -> int:
    plan = {"sizes": args.sizes, "times": args.times}
    kept = keep("console", {"plan": plan, "points": points, "memory_mib": rest, "modoboa": MODOBOA}, about=about)
    print("\n" + show(points))
    print("* another system, measured elsewhere under the same machine size")
    rows = [[name, f"{size:.0f}"] for name, size in sorted(rest.items(), key=lambda item: -item[1])]
    print("\n" + table(["at rest, MiB", ""], [*rows, ["all together", f"{sum(rest.values()):.0f}"]]))
    print(f"\nkept in {kept}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run(parse()))
