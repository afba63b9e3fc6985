"""`bench imports`: a staff list of persons with posts and mailboxes, from the file to the live release.

For each size a fresh instance with all its engines; the product's own command reads an .xlsx file made with openpyxl,
checks it and applies it in one transaction (`people import FILE --apply --sure`), and returns when Postfix and Dovecot know
the addresses. Measured: seconds of the command by the clock, its processor time and its peak of memory; then the same
sheet once more (nothing to do), the activation links for all, and the undoing.

The other system's figures were measured elsewhere under the same machine size (2 processors); they are not run here.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.instances import Measured
from bench.load import ROOT
from bench.table import keep, machine, table

HEAD = ("工號", "姓名", "英文名", "部門", "崗位", "郵箱帳號", "手機", "出生日期")
UNITS = 40
#: design/figures.md, Modoboa 2.12.0: bulk import of mailboxes alone, passwords hashed beforehand, measured elsewhere.
MODOBOA: dict[int, float] = {1_000: 35.0, 10_000: 290.0}


def make_sheet(path: Path, count: int) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet("員工")
    page.append(HEAD)
    for i in range(count):
        unit = f"總公司/第{i % UNITS // 8 + 1}分公司/部門{i % UNITS:02}"
        born = f"19{60 + i % 40}/{i % 12 + 1}/{i % 28 + 1}"
        page.append([f"{i:06}", f"員工{i}", f"Staff {i}", unit, "專員", f"s{i:06}", f"138{i:08}", born])
    book.save(path)


def command(measured: Measured, *words: str) -> tuple[dict[str, Any], dict[str, float]]:
    """One command with --json: its document, and what it took. The peak is of this one process."""
    argv = [str(ROOT / "hongyan"), *words, "--dir", str(measured.root), "--json"]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)}: {said.decode()[:500]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(said), {"seconds": seconds, "cpu_s": cpu, "peak_mb": usage.ru_maxrss / 1024}


def measure(size: int, work: Path) -> dict[str, Any]:
    with ExitStack() as stack:
        measured = Measured(work / f"instance{size}")
        measured.start()
        stack.callback(measured.stop)
        measured.command("company", "add", "corp", "--name", "Bench")
        measured.command("domain", "add", "corp.test", "--company", "corp")
        sheet, links = work / f"staff{size}.xlsx", work / f"links{size}.xlsx"
        make_sheet(sheet, size)
        result: dict[str, Any] = {"file_kb": sheet.stat().st_size // 1024}
        _, result["preview"] = command(measured, "people", "import", str(sheet))
        before = measured.command("status")["release"]
        said, result["apply"] = command(measured, "people", "import", str(sheet), "--apply", "--sure")
        result["counts"], result["releases"] = said["counts"], measured.command("status")["release"] - before
        again, result["again"] = command(measured, "people", "import", str(sheet))
        if again["counts"]["same"] != size:
            raise RuntimeError(f"the same sheet once more: {again['counts']}")
        _, result["export"] = command(measured, "people", "export", str(links))
        print(f"  {size}: {result['apply']['seconds']:.1f} s", flush=True)
        return result


def show(points: dict[int, dict[str, Any]]) -> str:
    names = {
        "preview": "read, checked, reported", "apply": "imported and live", "again": "the same sheet once more",
        "export": "staff exported",
    }  # fmt: skip
    rows = []
    for name, words in names.items():
        rows.append([f"{words}: seconds", *(f"{p[name]['seconds']:.1f}" for p in points.values())])
    rows.append(["imported: processor seconds", *(f"{p['apply']['cpu_s']:.1f}" for p in points.values())])
    rows.append(["imported: mailboxes per second", *(f"{n / p['apply']['seconds']:.0f}" for n, p in points.items())])
    rows.append(["imported: peak memory, MB", *(f"{p['apply']['peak_mb']:.0f}" for p in points.values())])
    rows.append(["imported: releases", *(str(p["releases"]) for p in points.values())])
    rows.append(
        ["Modoboa 2.12, mailboxes alone: seconds *", *(f"{MODOBOA[n]:.0f}" if n in MODOBOA else "" for n in points)]
    )
    ratios = (f"{MODOBOA[n] / p['apply']['seconds']:.0f}x" if n in MODOBOA else "" for n, p in points.items())
    rows.append(["  ratio", *ratios])
    return table(["persons with posts and mailboxes", *map(str, points)], rows)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="bench imports", description=__doc__.splitlines()[0] if __doc__ else "")
    p.add_argument("--quick", action="store_true", help="a smoke run: one small sheet")
    p.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    p.add_argument("--work", type=Path, default=None, help="where instances are made (default: below /var/tmp)")
    args = p.parse_args(arguments)
    if args.quick:
        args.sizes = [100]
    return args


def run(args: argparse.Namespace) -> int:
    about = machine()
    with ExitStack() as stack:
        work = args.work or Path(tempfile.mkdtemp(prefix="hongyan-bench-", dir="/var/tmp"))
        work.chmod(0o755)
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        points = {size: measure(size, work) for size in sorted(args.sizes)}
    kept = keep("imports", {"plan": {"sizes": args.sizes}, "points": points, "modoboa": MODOBOA}, about=about)
    print("\nFrom the .xlsx file to the live release, by one command")
    print(show(points))
    print("* passwords hashed beforehand; measured elsewhere under the same machine size (10,000: processor time)")
    print(f"\nkept in {kept}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run(parse()))
