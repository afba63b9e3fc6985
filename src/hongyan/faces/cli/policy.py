"""`policy`: the company's written policy: publish an edition, list editions, who has not read the newest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hongyan.company.reading import actions, queries
from hongyan.company.reading.models import Edition
from hongyan.faces.cli.context import actor, company_named, parse_date
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal


def register(sub: Subparsers) -> None:
    policy = sub.add_parser("policy", help="the company's written policy and who has read it")
    actions_of = policy.add_subparsers(metavar="ACTION", required=True)
    publish = actions_of.add_parser("publish", help="a new edition, for everybody to read and acknowledge")
    publish.add_argument("--company", metavar="SLUG")
    publish.add_argument(
        "--text",
        action="append",
        required=True,
        metavar="LOCALE=FILE",
        help="the whole text; its first line is the title",
    )
    publish.add_argument("--effective", metavar="DATE", help="holds from that day (today)")
    publish.add_argument("--note", default="", help="what is new in it")
    publish.set_defaults(run=run_publish)
    listing = actions_of.add_parser("editions", help="all editions, newest first")
    listing.add_argument("--company", metavar="SLUG")
    listing.set_defaults(run=run_editions)
    readers = actions_of.add_parser("readers", help="who has acknowledged the newest edition")
    readers.add_argument("--company", metavar="SLUG")
    readers.add_argument("--missing", action="store_true", help="only those who have not")
    readers.set_defaults(run=run_readers)


def _document(edition: Edition) -> dict[str, object]:
    return {
        "number": edition.number, "titles": edition.titles, "effective_on": edition.effective_on.isoformat(),
        "note": edition.note, "published_at": edition.published_at.isoformat(), "published_by": edition.published_by,
    }  # fmt: skip


def run_publish(args: Namespace, out: Output) -> None:
    titles, texts = _read(args.text)
    edition = actions.publish_edition(
        actor=actor(), company=company_named(args.company), titles=titles, texts=texts,
        effective_on=parse_date(args.effective) or clock.today(), note=args.note,
    )  # fmt: skip
    out.result(_document(edition), lambda: table([_row(edition)]))


def _read(given: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Refuses `policy.file_unread`."""
    titles: dict[str, str] = {}
    texts: dict[str, str] = {}
    for each in given:
        locale, _, name = each.partition("=")
        try:
            first, _, rest = Path(name).read_text("utf-8-sig").strip().partition("\n")
        except (OSError, UnicodeDecodeError) as problem:
            raise Refusal("policy.file_unread", file=name[:200] or each[:200], problem=str(problem)[:200]) from None
        titles[locale], texts[locale] = first.lstrip("# ").strip(), rest
    return titles, texts


def _row(edition: Edition) -> tuple[str, ...]:
    title = next(iter(edition.titles.values()))
    return (str(edition.number), edition.effective_on.isoformat(), title, edition.published_by, edition.note)


def run_editions(args: Namespace, out: Output) -> None:
    found = list(queries.editions(company_named(args.company)))
    out.result([_document(each) for each in found], lambda: table([_row(each) for each in found]))


def run_readers(args: Namespace, out: Output) -> None:
    """Refuses `policy.none`."""
    company = company_named(args.company)
    edition = queries.newest(company)
    if edition is None:
        raise Refusal("policy.none", company=company.name)
    read = dict(edition.acknowledgements.values_list("account__login", "at"))
    people = queries.readers(company).select_related("person").order_by("login")
    rows = [(p.login, p.person.name if p.person else "", read.get(p.login)) for p in people]
    if args.missing:
        rows = [row for row in rows if row[2] is None]
    out.result(
        {
            "number": edition.number, "readers": len(people), "acknowledged": len(read),
            "people": [{"address": a, "name": n, "at": at.isoformat() if at else None} for a, n, at in rows],
        },
        lambda: table([(a, n, f"{at:%Y-%m-%d %H:%M}" if at else "-") for a, n, at in rows]),
    )  # fmt: skip
