"""`search`: find anything of a company at the shell, and make the search anew."""

from __future__ import annotations

from dataclasses import asdict

from hongyan.company.finder.entries import rebuild
from hongyan.company.finder.queries import find
from hongyan.faces.cli.context import actor, company_named
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers


def register(sub: Subparsers) -> None:
    search = sub.add_parser("search", help="find by name, pinyin, initials, address, number").add_subparsers(
        metavar="ACTION", required=True
    )
    look = search.add_parser("find", help="what fits the text")
    look.add_argument("text", metavar="TEXT")
    look.add_argument("--company", metavar="SLUG")
    look.set_defaults(run=run_find)
    again = search.add_parser("rebuild", help="make the search of a company anew; it follows changes by itself")
    again.add_argument("--company", metavar="SLUG")
    again.set_defaults(run=run_rebuild)


def run_find(args: Namespace, out: Output) -> None:
    hits = find(actor(), company_named(args.company), args.text, limit=20)
    rows = [(hit.kind, hit.title, hit.detail) for hit in hits]
    out.result([asdict(hit) for hit in hits], table(rows))


def run_rebuild(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    count = rebuild(company)
    out.result({"company": company.slug, "entries": count}, f"{company.slug}: {count} entries")
