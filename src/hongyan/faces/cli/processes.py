"""`status`, `down`, `logs`: what runs of an instance.

Never: starts anything (`up.py` does).
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, TextIO

from hongyan.engines.supervise import stopping
from hongyan.engines.supervise.processes import Process
from hongyan.engines.supervise.readiness import Report, report_on
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import PUBLIC_PORTS, Instance, load

LINES_AT_FIRST = 40
LOOK_SECONDS = 0.2


def register(sub: Subparsers) -> None:
    status = sub.add_parser("status", help="what runs, on which ports, and what needs attention")
    status.set_defaults(run=run_status)
    down = sub.add_parser("down", help="stop all of this instance and wait until it is gone")
    down.set_defaults(run=run_down)
    logs = sub.add_parser("logs", help="read the services' logs")
    logs.add_argument("service", nargs="?", default="", metavar="SERVICE", help="one service; without it, all")
    logs.add_argument("-f", "--follow", action="store_true", help="go on with new lines until Ctrl-C")
    logs.set_defaults(run=run_logs)


def run_status(args: Namespace, out: Output) -> int:
    instance = load(args.dir)
    report = report_on(instance)
    out.result(status_document(instance, report, out), lambda: status_text(instance, report, out))
    return 0 if report.ready else 1


def status_document(instance: Instance, report: Report, out: Output) -> dict[str, Any]:
    return {
        "ready": report.ready,
        "services": [{"name": s.name, "state": s.state, "pid": s.pid} for s in report.services],
        "ports": {name: instance.ports[name] for name in PUBLIC_PORTS},
        "web_url": instance.web_url,
        "release": report.release,
        "waiting": list(report.waiting),
        "warnings": [{"code": warning.code, "message": out.tell(warning)} for warning in report.warnings],
    }


def status_text(instance: Instance, report: Report, out: Output) -> str:
    if not report.running:
        return out.say("status.stopped", directory=instance.root)
    now = time.time()
    rows = [
        (
            service.name,
            "no answer" if service.state == "running" and service.name in report.waiting else service.state,
            str(service.pid or ""),
            _age(now - service.since) if service.pid else "",
        )
        for service in report.services
    ]
    ports = [(name, str(instance.ports[name])) for name in PUBLIC_PORTS]
    lines = [
        out.say("status.ready" if report.ready else "status.not_ready", directory=instance.root),
        "",
        table(rows, indent="  "),
        "",
        table(ports, indent="  "),
        "",
        out.say("status.release", number=report.release),
        out.say("up.web", url=instance.web_url),
        *(f"! {out.tell(warning)}" for warning in report.warnings),
    ]
    return "\n".join(lines)


def _age(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


def run_down(args: Namespace, out: Output) -> None:
    instance = load(args.dir)
    if os.geteuid() != 0:
        raise Refusal("setup.not_root")
    ended = stopping.stop(instance)
    document = {"stopped": True, "ended": [{"pid": p.pid, "command": p.command} for p in ended]}
    out.result(document, lambda: down_text(instance, ended, out))


def down_text(instance: Instance, ended: list[Process], out: Output) -> str:
    lines = [out.say("down.done", directory=instance.root)]
    if ended:
        lines.append(out.say("down.ended", processes=[f"{process.command} ({process.pid})" for process in ended]))
    return "\n".join(lines)


def run_logs(args: Namespace, out: Output) -> None:
    instance = load(args.dir)
    files = log_files(instance, args.service)
    lines = [line for path in files for line in _last_lines(path, LINES_AT_FIRST)]
    out.result({"files": [str(path) for path in files], "lines": lines}, "\n".join(lines))
    if args.follow:
        for line in follow(files):
            out.result({"line": line}, line)


def log_files(instance: Instance, service: str) -> list[Path]:
    """The logs of one service (its own file and what the supervisor caught), or of all."""
    known = sorted(path for path in instance.log.glob("*.log"))
    if not service:
        return known
    found = [path for path in known if path.stem == service or path.stem.startswith(f"{service}-")]
    if not found:
        raise Refusal("logs.unknown_service", service=service, known=sorted({path.stem for path in known}))
    return found


def _last_lines(path: Path, count: int) -> list[str]:
    with open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - count * 400))
        return file.read().decode("utf-8", "replace").splitlines()[-count:]


def follow(files: list[Path]) -> Generator[str, None, None]:
    """New lines of the files, for ever. A file that was rotated away is opened anew."""
    opened: dict[Path, TextIO] = {path: _open_at_end(path) for path in files}
    try:
        while True:
            quiet = True
            for path, file in opened.items():
                while line := file.readline():
                    quiet = False
                    yield line.rstrip("\n")
                if _was_rotated(path, file):
                    file.close()
                    opened[path] = path.open(encoding="utf-8", errors="replace")
            if quiet:
                time.sleep(LOOK_SECONDS)
    finally:
        for file in opened.values():
            file.close()


def _open_at_end(path: Path) -> TextIO:
    file = path.open(encoding="utf-8", errors="replace")
    file.seek(0, os.SEEK_END)
    return file


def _was_rotated(path: Path, file: TextIO) -> bool:
    try:
        return path.stat().st_ino != os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False
