"""`clauses`: the register of what the source documents ask for: how each clause holds, where, and which tests prove it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hongyan
from hongyan.company.policy.clauses import HOLDS, cited_in, proven_by, register as clauses
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.faces.cli.testing import checkout
from hongyan.kernel.decision import Refusal
from hongyan.kernel.wording import LOCALES


def register(sub: Subparsers) -> None:
    parser = sub.add_parser("clauses", help="the register of clauses: how each holds, where, which tests")
    parser.add_argument("ids", metavar="ID", nargs="*", help="only these: B4.8, or B4 for all that begin so")
    parser.add_argument("--holds", choices=HOLDS, help="only those")
    parser.set_defaults(run=run_clauses)


def run_clauses(args: Namespace, out: Output) -> None:
    rows = [row for row in document() if _wanted(row["id"], args.ids) and args.holds in (None, row["holds"])]
    if args.ids and not rows and args.holds is None:
        raise Refusal("clause.unknown", clause="", ids=args.ids)
    out.result(rows, lambda: _detailed(rows, out) if args.ids else _overview(rows, out))


def document() -> list[dict[str, Any]]:
    where = cited_in(Path(hongyan.__file__).parent)
    tests = proven_by(checkout() / "tests")
    return [
        {"id": c.id, "text": dict(c.text), "holds": c.holds, "where": where.get(c.id, []), "tests": tests.get(c.id, [])}
        for c in clauses().values()
    ]


def _wanted(key: str, ids: list[str]) -> bool:
    return not ids or any(key == i or key.startswith(f"{i}.") for i in ids)


def _overview(rows: list[dict[str, Any]], out: Output) -> str:
    lines = [
        (r["id"], out.say(f"clause.{r['holds']}"), str(len(r["where"])), str(len(r["tests"])), r["text"][_locale(out)])
        for r in rows
    ]
    heads = tuple(out.say(f"clause.head.{name}") for name in ("id", "holds", "modules", "tests", "text"))
    counts = {holds: sum(r["holds"] == holds for r in rows) for holds in HOLDS}
    return f"{table([heads, *lines])}\n\n{out.say('clause.counts', clauses=len(rows), **counts)}"


def _detailed(rows: list[dict[str, Any]], out: Output) -> str:
    return "\n\n".join(
        "\n".join(
            [f"{r['id']}  {out.say('clause.' + r['holds'])}", f"  {r['text'][_locale(out)]}"]
            + [f"  {name}" for name in r["where"]]
            + [f"  {name}" for name in r["tests"]]
        )
        for r in rows
    )


def _locale(out: Output) -> str:
    return out.locale if out.locale in LOCALES else "en"
