"""`release`: list, show, diff, rollback, drift."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import asdict
from typing import Any

from hongyan.engines.control import RunningEngines
from hongyan.faces.cli.context import actor
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel import ledger
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance, load
from hongyan.release import drift, publish, store

#: What a difference never prints: password hashes, keys.
_SECRET = re.compile(r"(\{(?:ARGON2ID|SHA256\.hex)\})\S+?(?=:|$)|/[0-9a-f]{64}(?=:)|(-----BEGIN [A-Z ]+-----)")


def register(sub: Subparsers) -> None:
    release = sub.add_parser("release", help="what the engines read").add_subparsers(metavar="ACTION", required=True)
    release.add_parser("list", help="releases on disk").set_defaults(run=run_list)
    show = release.add_parser("show", help="one release and its files")
    show.add_argument("number", type=int, nargs="?", metavar="N")
    show.set_defaults(run=run_show)
    diff = release.add_parser("diff", help="what differs between two releases")
    diff.add_argument("old", type=int, metavar="OLD")
    diff.add_argument("new", type=int, nargs="?", metavar="NEW")
    diff.set_defaults(run=run_diff)
    back = release.add_parser("rollback", help="publish an earlier release's files again")
    back.add_argument("number", type=int, metavar="N")
    back.set_defaults(run=run_rollback)
    release.add_parser("drift", help="rows, release and live files compared").set_defaults(run=run_drift)


def _manifest(instance: Instance, number: int | None) -> store.Manifest:
    number = store.live_number(instance) if number is None else number
    if number not in store.numbers(instance):
        raise Refusal("release.unknown", number=number)
    try:
        return store.read_manifest(store.directory(instance, number))
    except store.Damaged as damaged:
        raise Refusal("release.damaged", what=str(damaged)) from None


def run_list(args: Namespace, out: Output) -> None:
    instance = load(args.dir)
    live = store.live_number(instance)
    rows: list[dict[str, Any]] = []
    for number in reversed(store.numbers(instance)):
        manifest = _manifest(instance, number)
        rows.append(
            {
                "number": number,
                "at": manifest.at,
                "cause": manifest.cause,
                "addresses": list(manifest.addresses),
                "live": number == live,
            }
        )
    out.result(
        rows,
        lambda: table(
            [
                (
                    f"{'*' if r['live'] else ' '} {r['number']}",
                    str(r["at"])[:19],
                    str(r["cause"]),
                    _short(r["addresses"]),
                )
                for r in rows
            ]
        ),
    )


def _short(addresses: list[str]) -> str:
    return ", ".join(addresses[:3]) + (f" +{len(addresses) - 3}" if len(addresses) > 3 else "")


def run_show(args: Namespace, out: Output) -> None:
    manifest = _manifest(load(args.dir), args.number)
    document = asdict(manifest)
    out.result(
        document,
        lambda: "\n".join(
            [
                f"{manifest.number}  {manifest.at[:19]}  {manifest.cause}",
                table([(p, e.sha256[:12], f"{e.mode:o}", f"{e.owner}:{e.group}") for p, e in manifest.files.items()]),
            ]
        ),
    )


def run_diff(args: Namespace, out: Output) -> None:
    instance = load(args.dir)
    old, new = _manifest(instance, args.old), _manifest(instance, args.new)
    changed = store.difference(old.files, new.files)
    texts = {
        path: _text_difference(instance, old.number, new.number, path)
        for path in changed
        if not path.endswith((".cdb", ".svbin"))
    }
    document = {"old": old.number, "new": new.number, "files": changed, "lines": texts}
    out.result(
        document,
        lambda: "\n".join([table(list(changed.items())), *(line for lines in texts.values() for line in lines)]) or "=",
    )


def _text_difference(instance: Instance, old: int, new: int, path: str) -> list[str]:
    """Unified lines, with hashes and keys hidden: a difference is read by people."""
    before, after = (_lines(store.directory(instance, number) / path) for number in (old, new))
    return list(difflib.unified_diff(before, after, f"{old}/{path}", f"{new}/{path}", lineterm="", n=0))


def _lines(path: os.PathLike[str]) -> list[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return [_SECRET.sub(lambda m: f"{m[1] or ''}…", line.rstrip("\n")) for line in file]
    except FileNotFoundError:
        return []


def run_rollback(args: Namespace, out: Output) -> None:
    instance = load(args.dir)
    _manifest(instance, args.number)
    try:
        published = publish.roll_back(instance, args.number, RunningEngines(instance))
    except store.Damaged as damaged:
        raise Refusal("release.damaged", what=str(damaged)) from None
    ledger.record(
        "release.rolled_back",
        chain=ledger.INSTANCE,
        actor=actor().name,
        subject=f"release/{published.number}",
        to=args.number,
    )
    out.result(
        {"release": published.number, "files_of": args.number, "changed": list(published.changed)},
        f"release {published.number} = files of {args.number} ({len(published.changed)} changed)",
    )


def run_drift(args: Namespace, out: Output) -> int:
    try:
        report = drift.measure(load(args.dir))
    except publish.REFUSALS as refused:  # what is in the rows now cannot be compiled at all
        raise Refusal("release.refused", said=str(refused)) from None
    document = {"drift": bool(report), "live": list(report.live), "rows": list(report.rows)}
    out.result(
        document,
        lambda: "\n".join([*(f"live  {p}" for p in report.live), *(f"rows  {p}" for p in report.rows)]) or "=",
    )
    return 1 if report else 0
