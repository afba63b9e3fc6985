"""`bench people`: a staff list of which one per cent has changed, from the file to the report and to the live company.

For each size a fresh instance with all its engines. The staff comes in by the product's own command from an .xlsx file
(`people import FILE --whole --apply`). Then a second file, in which a quarter of a per cent each have joined, moved, changed
their post and left, is compared (`people import FILE --whole`), applied (`people report N --apply`), and compared once more,
when nothing may differ. Measured: seconds of each command by the clock, its processor time, its peak of memory.

Then, on the smallest of the instances: from the last approval of a request to a usable mailbox (`bench approvals`).
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from bench.approvals import EFFECTS, measure_approvals
from bench.imports import command
from bench.instances import Measured
from bench.table import keep, machine, table

HEAD: Final = ("工號", "姓名", "部門", "崗位", "手機")
UNITS: Final = 40
STEPS: Final = {
    "first": "everybody joins: read, compared, applied", "report": "1 % changed: read and reported",
    "apply": "1 % changed: applied", "again": "the same once more: nothing differs", "export": "exported",
}  # fmt: skip


def rows(count: int, *, changed: bool) -> Iterator[list[str]]:
    """The staff; `changed`: of every 400 one has left, one moved, one has another post, and one is new."""
    for i in range(count):
        unit, post = i % UNITS, "專員"
        if changed:
            match i % 400:
                case 0:
                    continue
                case 1:
                    unit = (unit + 1) % UNITS
                case 2:
                    post = "主任"
        yield [f"{i:06}", f"員工{i}", f"總公司/第{unit // 8 + 1}分公司/部門{unit:02}", post, f"138{i:08}"]
    if changed:
        for i in range(count, count + len(range(0, count, 400))):
            yield [f"{i:06}", f"員工{i}", "總公司/第1分公司/部門00", "專員", f"138{i:08}"]


def make_sheet(path: Path, lines: Iterator[list[str]]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet("員工")
    page.append(HEAD)
    for line in lines:
        page.append(line)
    book.save(path)


def measure_sync(measured: Measured, size: int, work: Path) -> dict[str, Any]:
    measured.command("company", "add", "corp", "--name", "Bench")
    measured.command("domain", "add", "corp.test", "--company", "corp")
    before, after, out = (work / f"{name}{size}.xlsx" for name in ("before", "after", "out"))
    make_sheet(before, rows(size, changed=False))
    make_sheet(after, rows(size, changed=True))
    result: dict[str, Any] = {"file_kb": after.stat().st_size // 1024}
    said, result["first"] = command(
        measured, "people", "import", str(before), "--company", "corp", "--whole", "--apply"
    )
    _expect(said["applied"], size)
    said, result["report"] = command(measured, "people", "import", str(after), "--company", "corp", "--whole")
    part = len(range(0, size, 400))
    _expect(
        {name: said["counts"].get(name, 0) for name in ("join", "move", "change", "leave", "conflict")},
        {"join": part, "move": part, "change": part, "leave": part, "conflict": 0},
    )
    number = str(said["report"])
    said, result["apply"] = command(measured, "people", "report", number, "--apply", "--override", "bench")
    _expect(said["applied"], 4 * part)
    said, result["again"] = command(measured, "people", "import", str(after), "--company", "corp", "--whole")
    _expect(said["lines"], [])
    said, result["export"] = command(measured, "people", "export", str(out), "--company", "corp")
    _expect(said["persons"], size)
    print(f"  {size}: reported in {result['report']['seconds']:.1f} s", flush=True)
    return result


def _expect(found: object, wanted: object) -> None:
    if found != wanted:
        raise RuntimeError(f"{found} instead of {wanted}")


def show(points: dict[int, dict[str, Any]]) -> str:
    lines = []
    for name, words in STEPS.items():
        lines.append([f"{words}: seconds", *(f"{p[name]['seconds']:.1f}" for p in points.values())])
        lines.append(["  processor seconds", *(f"{p[name]['cpu_s']:.1f}" for p in points.values())])
        lines.append(["  peak memory, MB", *(f"{p[name]['peak_mb']:.0f}" for p in points.values())])
    return table(["persons", *map(str, points)], lines)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="bench people", description=__doc__.splitlines()[0] if __doc__ else "")
    p.add_argument("--quick", action="store_true", help="a smoke run: one small list, two approvals")
    p.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    p.add_argument("--approvals", type=int, default=50, help="how many requests are approved; 0: none")
    p.add_argument("--work", type=Path, default=None, help="where instances are made (default: below /var/tmp)")
    args = p.parse_args(arguments)
    if args.quick:
        args.sizes, args.approvals = [800], min(args.approvals, 2)
    return args


def run(args: argparse.Namespace) -> int:
    about = machine()
    points: dict[int, dict[str, Any]] = {}
    approvals: dict[str, Any] = {}
    with ExitStack() as stack:
        work = args.work or Path(tempfile.mkdtemp(prefix="hongyan-bench-", dir="/var/tmp"))
        work.chmod(0o755)
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        for size in sorted(args.sizes):
            with ExitStack() as inner:
                measured = Measured(work / f"instance{size}")
                measured.start()
                inner.callback(measured.stop)
                points[size] = measure_sync(measured, size, work)
                if args.approvals and not approvals:
                    approvals = measure_approvals(measured, args.approvals)
    plan = {"sizes": args.sizes, "approvals": args.approvals}
    kept = keep("people", {"plan": plan, "points": points, "approvals": approvals}, about=about)
    print("\nA staff list held against the staff, by the product's own commands")
    print(show(points))
    if approvals:
        print(f"\nFrom the last approval to a usable mailbox, {args.approvals} requests")
        lines = [[words, *(f"{approvals[q][name]:.2f}" for q in ("p50", "p95"))] for name, words in EFFECTS.items()]
        print(table(["seconds", "p50", "p95"], lines))
    print(f"\nkept in {kept}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run(parse()))
