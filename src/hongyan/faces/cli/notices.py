"""`notice`: list, show, set, reset, preview, hours, digest."""

from __future__ import annotations

import sys
from datetime import time
from typing import Any

from hongyan.company.mailboxes.queries import find_mailbox
from hongyan.company.notices import actions, waiting, wording
from hongyan.company.notices.kinds import KINDS
from hongyan.company.notices.models import Template
from hongyan.faces.cli.context import actor, company_named
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Parser, Subparsers
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import current


def register(sub: Subparsers) -> None:
    notice = sub.add_parser("notice", help="mails from the service to its people").add_subparsers(
        metavar="ACTION", required=True
    )
    of_company(
        notice.add_parser("list", help="which there are, and which have words of the company's own")
    ).set_defaults(run=run_list)
    show = of_text(notice.add_parser("show", help="the text of one, and its variables"))
    show.set_defaults(run=run_show)
    change = of_text(notice.add_parser("set", help="the company's own words; the text on standard input"))
    change.add_argument("--subject", required=True)
    change.set_defaults(run=run_set)
    of_text(notice.add_parser("reset", help="back to the default")).set_defaults(run=run_reset)
    of_text(notice.add_parser("preview", help="as its reader would get it, with sample data")).set_defaults(
        run=run_preview
    )
    hours = of_company(notice.add_parser("hours", help="when notices wait, and when daily mails go"))
    hours.add_argument("--quiet", metavar="22:00-07:00", help="'off' for none")
    hours.add_argument("--digest", metavar="08:00")
    hours.set_defaults(run=run_hours)
    digest = notice.add_parser("digest", help="one mail a day for this person instead of each notice")
    digest.add_argument("address", metavar="ADDRESS")
    digest.add_argument("wanted", choices=("on", "off"))
    digest.set_defaults(run=run_digest)


def of_company(parser: Parser) -> Parser:
    parser.add_argument("--company", metavar="SLUG")
    return parser


def of_text(parser: Parser) -> Parser:
    parser.add_argument("notice", metavar="NAME")
    parser.add_argument("--locale", choices=actions.LOCALE_NAMES, help="without it, the company's language")
    return of_company(parser)


def run_list(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    own: dict[str, list[str]] = {}
    for name, locale in Template.objects.filter(company=company).order_by("locale").values_list("notice", "locale"):
        own.setdefault(name, []).append(locale)
    rows: list[dict[str, Any]] = [
        {"notice": k.name, "urgent": k.urgent, "own": own.get(k.name, [])} for k in KINDS.values()
    ]
    out.result(rows, lambda: table([(r["notice"], "urgent" if r["urgent"] else "", ", ".join(r["own"])) for r in rows]))


def run_show(args: Namespace, out: Output) -> None:
    company, kind = company_named(args.company), wording.kind_named(args.notice)
    text = wording.text_for(company, kind.name, args.locale or company.locale)
    _print(out, text, variables=list(kind.variables))


def run_set(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    actions.set_template(
        actor=actor(), company=company, notice=args.notice, locale=args.locale or company.locale,
        subject=args.subject, body=sys.stdin.read(),
    )  # fmt: skip
    _print(out, wording.text_for(company, args.notice, args.locale or company.locale))


def run_reset(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    locale = args.locale or company.locale
    actions.reset_template(actor=actor(), company=company, notice=args.notice, locale=locale)
    _print(out, wording.text_for(company, args.notice, locale))


def run_preview(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    _print(out, wording.preview(company, args.notice, args.locale or company.locale, current().web_url))


def _print(out: Output, text: wording.Text, **more: Any) -> None:
    document = {"subject": text.subject, "body": text.body, "own": text.own, **more}
    said = [text.subject, "", text.body]
    out.result(document, "\n".join([*said, ", ".join(f"{{{v}}}" for v in more.get("variables", ()))]).rstrip())


def run_hours(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    hours = waiting.hours_of(company)
    if args.quiet or args.digest:
        quiet = (hours.quiet_from, hours.quiet_until)
        if args.quiet:
            quiet = (None, None) if args.quiet == "off" else _span(args.quiet)
        digest_at = parse_time(args.digest) if args.digest else hours.digest_at
        hours = actions.set_hours(
            actor=actor(), company=company, quiet_from=quiet[0], quiet_until=quiet[1], digest_at=digest_at
        )
    quiet_text = f"{hours.quiet_from:%H:%M}-{hours.quiet_until:%H:%M}" if hours.quiet_from and hours.quiet_until else ""
    document = {"quiet": quiet_text, "digest": f"{hours.digest_at:%H:%M}"}
    out.result(document, f"quiet   {quiet_text or 'off'}\ndigest  {hours.digest_at:%H:%M}")


def _span(text: str) -> tuple[time, time]:
    begin, _, end = text.partition("-")
    return parse_time(begin), parse_time(end)


def parse_time(text: str) -> time:
    try:
        return time.fromisoformat(text.strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise Refusal("notice.time_malformed", text=text[:20]) from None


def run_digest(args: Namespace, out: Output) -> None:
    mailbox = find_mailbox(args.address)
    actions.set_digest(actor=actor(), mailbox=mailbox, wanted=args.wanted == "on")
    out.result(
        {"address": mailbox.address, "digest": waiting.wants_digest(mailbox)}, f"{mailbox.address}  {args.wanted}"
    )
