"""`paper`: the kept papers (hand-over, deletion, ...): list, save as PDF, verify that a file is one of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hongyan.company.papers.models import Paper
from hongyan.company.papers.queries import find_paper, papers_within, pdf_of, which_paper
from hongyan.faces.cli.context import actor, company_named
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers


def register(sub: Subparsers) -> None:
    paper = sub.add_parser("paper", help="kept papers").add_subparsers(metavar="ACTION", required=True)
    listed = paper.add_parser("list", help="newest first")
    listed.add_argument("--subject", default="", help="a name or address")
    listed.add_argument("--limit", type=int, default=100)
    save = paper.add_parser("save", help="write the PDF to a file")
    save.add_argument("number", metavar="NUMBER")
    save.add_argument("file", metavar="FILE", help="- for standard output")
    verify = paper.add_parser("verify", help="whether a file is a kept paper, unchanged")
    verify.add_argument("file", metavar="FILE")
    for parser, run in ((listed, run_list), (save, run_save), (verify, run_verify)):
        parser.add_argument("--company", metavar="SLUG")
        parser.set_defaults(run=run)


def _document(paper: Paper) -> dict[str, Any]:
    return {
        "number": paper.number, "kind": paper.kind, "subject": paper.subject, "locale": paper.locale,
        "made_at": paper.made_at.isoformat(), "made_by": paper.made_by, "sha256": paper.sha256, "size": paper.size,
    }  # fmt: skip


def run_list(args: Namespace, out: Output) -> None:
    found = papers_within(actor(), company_named(args.company))
    if args.subject:
        found = found.filter(subject__icontains=args.subject)
    papers = list(found[: args.limit])
    out.result(
        [_document(p) for p in papers],
        lambda: table([(p.number, f"{p.made_at:%Y-%m-%d}", p.kind, p.subject, p.sha256[:16] or "-") for p in papers]),
    )


def run_save(args: Namespace, out: Output) -> None:
    paper = find_paper(actor(), company_named(args.company), args.number)
    body = pdf_of(paper)
    if args.file == "-":
        sys.stdout.buffer.write(body)
        return
    Path(args.file).write_bytes(body)
    paper.refresh_from_db()
    out.result(_document(paper), f"{args.file}  {paper.sha256}")


def run_verify(args: Namespace, out: Output) -> int:
    paper = which_paper(actor(), company_named(args.company), Path(args.file).read_bytes())
    out.result(
        {"known": paper is not None, "paper": _document(paper) if paper else None},
        out.say("paper.known", number=paper.number, subject=paper.subject) if paper else out.say("paper.not_known"),
    )
    return 0 if paper else 1
