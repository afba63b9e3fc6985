"""`mailbox`: open, look, suspend, resume, rename, resize, password, members, close."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hongyan.company.life import actions as life_actions, states
from hongyan.company.mailboxes import actions, limits, queries
from hongyan.company.mailboxes.models import KINDS, PERSONAL_KINDS, Mailbox
from hongyan.company.people import credentials
from hongyan.company.people.queries import find_person, find_unit
from hongyan.faces.cli import life, members
from hongyan.faces.cli.context import actor, company_of, parse_date, parse_size, read_password, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.people import add_import
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.address import parse
from hongyan.kernel.instance import current


def register(sub: Subparsers) -> None:
    mailbox = sub.add_parser("mailbox", help="mailboxes").add_subparsers(metavar="ACTION", required=True)
    add_import(mailbox, "mailboxes", "open mailboxes of a sheet; without --apply only looked at")
    new = mailbox.add_parser("open", help="a new mailbox")
    new.add_argument("address", metavar="ADDRESS")
    new.add_argument("--person", type=int, metavar="ID")
    new.add_argument("--keeper", type=int, metavar="ID", help="who keeps a shared, section or project mailbox")
    new.add_argument("--kind", choices=KINDS, default="personal")
    new.add_argument("--unit", metavar="PATH", help="where one without a person lies in the company's tree")
    new.add_argument("--name", default="", help="display name")
    new.add_argument("--quota", metavar="SIZE", help="3GB, 500MB; without it, the company's")
    new.add_argument("--expires", metavar="DATE")
    how = new.add_mutually_exclusive_group()
    how.add_argument("--password-stdin", action="store_true", help="the given password is final")
    how.add_argument("--activation", action="store_true", help="answer with an activation link, not a first password")
    new.set_defaults(run=run_open)

    every = mailbox.add_parser("list", help="mailboxes and their states")
    every.add_argument("--company", metavar="SLUG", default="")
    every.set_defaults(run=run_list)
    _one(mailbox, "show", "one mailbox, whole").set_defaults(run=run_show)
    suspend = _one(mailbox, "suspend", "nobody signs in or sends; mail is still received")
    suspend.add_argument("--reason", default="")
    suspend.set_defaults(run=run_suspend)
    _one(mailbox, "resume", "end a suspension").set_defaults(run=run_resume)
    rename = _one(mailbox, "rename", "a new address; the old one stays as an alias for a time")
    rename.add_argument("new", metavar="NEW")
    rename.add_argument("--keep-days", type=int, help="how long the old address stays; 0: for good")
    rename.set_defaults(run=run_rename)
    quota = _one(mailbox, "quota", "another size")
    quota.add_argument("size", metavar="SIZE", help="3GB, 500MB, or default")
    quota.set_defaults(run=run_quota)
    password = _one(mailbox, "password", "a new first password, or a final one")
    password.add_argument("--password-stdin", action="store_true", help="the given password is final")
    password.add_argument("--activation", action="store_true", help="answer with an activation link")
    password.set_defaults(run=run_password)
    send_as = _one(mailbox, "send-as", "let its owner send under another address")
    send_as.add_argument("other", metavar="OTHER")
    send_as.add_argument("--remove", action="store_true", help="end that right")
    send_as.set_defaults(run=run_send_as)
    limit = _one(mailbox, "limit", "another number of recipients an hour")
    limit.add_argument("recipients", metavar="NUMBER", help="a number, or default")
    limit.set_defaults(run=run_limit)
    expiry = _one(mailbox, "expiry", "its last day")
    expiry.add_argument("date", metavar="DATE", help="2027-06-30, or none")
    expiry.set_defaults(run=run_expiry)
    place = _one(mailbox, "place", "where one without a person lies in the company's tree")
    place.add_argument("unit", metavar="PATH", help="a unit, or none")
    place.set_defaults(run=run_place)
    members.add_commands(mailbox)
    life.add_commands(mailbox)
    close = _one(mailbox, "close", "nothing is delivered, nobody signs in; the mail stays on disk")
    close.add_argument("--reason", default="")
    close.set_defaults(run=run_close)


def _one(actions_of: Subparsers, name: str, summary: str) -> Any:
    parser = actions_of.add_parser(name, help=summary)
    parser.add_argument("address", metavar="ADDRESS")
    return parser


def _find(args: Namespace) -> Mailbox:
    return queries.find_mailbox(parse(args.address))


def _activation_url(mailbox: Mailbox) -> str:
    account = actions.require_account(mailbox)
    token = credentials.make_link(actor=actor(), account=account, purpose="activate")
    return f"{current().web_url}/activate/{token}"


def run_open(args: Namespace, out: Output) -> None:
    company = company_of(args.address)
    new = actions.NewMailbox(
        address=args.address,
        kind=args.kind,
        person=find_person(company, args.person) if args.person else None,
        keeper=find_person(company, args.keeper) if args.keeper else None,
        display_name=args.name,
        quota_mb=parse_size(args.quota),
        expires_on=parse_date(args.expires),
        unit=find_unit(company, args.unit) if args.unit else None,
    )
    given = read_password() if args.password_stdin else None
    secret: dict[str, str] = {}
    if args.kind not in PERSONAL_KINDS and given is None:
        mailbox = actions.open_mailbox(actor=actor(), company=company, new=new)
    elif args.activation:
        mailbox = actions.open_mailbox(actor=actor(), company=company, new=new)
        secret = {"activation_url": _activation_url(mailbox)}
    else:
        mailbox, first = actions.open_with_password(actor=actor(), company=company, new=new, password=given)
        secret = {"first_password": first} if first else {}
    wait_for_release(out)
    _answer(mailbox, out, secret)


def _answer(mailbox: Mailbox, out: Output, secret: dict[str, str]) -> None:
    mailbox = queries.find_mailbox(mailbox.address)
    document = {"address": mailbox.address, "kind": mailbox.kind, "state": states.state(mailbox), **secret}
    out.result(document, lambda: "\n".join([_line(mailbox), *(f"  {k}: {v}" for k, v in secret.items())]))


def _line(mailbox: Mailbox) -> str:
    return f"{mailbox.address}  {mailbox.kind}  {states.state(mailbox)}"


def run_list(args: Namespace, out: Output) -> None:
    rows: list[dict[str, Any]] = [
        {
            "address": m.address,
            "company": m.company.slug,
            "kind": m.kind,
            "state": states.state(m),
            "name": m.display_name or (m.person.name if m.person else ""),
            "quota_mb": queries.quota_mb(m),
        }
        for m in queries.list_mailboxes(args.company)
    ]
    out.result(
        rows, lambda: table([(r["address"], r["kind"], r["state"], r["name"], f"{r['quota_mb']} MB") for r in rows])
    )


def run_show(args: Namespace, out: Output) -> None:
    document = asdict(queries.view(_find(args)))
    out.result(document, lambda: table([(k, _shown(v)) for k, v in document.items()]))


def _shown(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value in (None, "") else str(value)


def run_suspend(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    actions.suspend_mailbox(actor=actor(), mailbox=mailbox, reason=args.reason)
    wait_for_release(out)
    _answer(mailbox, out, {})


def run_resume(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    actions.resume_mailbox(actor=actor(), mailbox=mailbox)
    wait_for_release(out)
    _answer(mailbox, out, {})


def run_rename(args: Namespace, out: Output) -> None:
    mailbox = actions.rename_mailbox(actor=actor(), mailbox=_find(args), address=args.new, keep_days=args.keep_days)
    wait_for_release(out)
    _answer(mailbox, out, {})


def run_quota(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    size = None if args.size == "default" else parse_size(args.size)
    actions.set_quota(actor=actor(), mailbox=mailbox, megabytes=size)
    wait_for_release(out)
    document = {"address": mailbox.address, "quota_mb": queries.quota_mb(mailbox)}
    out.result(document, f"{mailbox.address}  {document['quota_mb']} MB")


def run_place(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    unit = None if args.unit == "none" else find_unit(mailbox.company, args.unit)
    actions.place_mailbox(actor=actor(), mailbox=mailbox, unit=unit)
    document = {"address": mailbox.address, "unit": unit.path if unit else ""}
    out.result(document, f"{mailbox.address}  {document['unit'] or '-'}")


def run_password(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    account = actions.require_account(mailbox)
    secret: dict[str, str] = {}
    if args.password_stdin:
        credentials.set_final_password(actor=actor(), account=account, password=read_password())
    elif args.activation:
        secret = {"activation_url": _activation_url(mailbox)}
    else:
        secret = {"first_password": credentials.reset_password(actor=actor(), account=account)}
    wait_for_release(out)
    _answer(mailbox, out, secret)


def run_send_as(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    if args.remove:
        limits.remove_send_as(actor=actor(), mailbox=mailbox, address=args.other)
    else:
        actions.grant_send_as(actor=actor(), mailbox=mailbox, address=args.other)
    wait_for_release(out)
    out.result(
        {"address": mailbox.address, "send_as": queries.view(mailbox).send_as}, f"{mailbox.address} -> {args.other}"
    )


def run_limit(args: Namespace, out: Output) -> None:
    mailbox, text = _find(args), args.recipients
    number = None if text == "default" else int(text) if text.isascii() and text.isdigit() else 0
    limits.set_hourly_limit(actor=actor(), mailbox=mailbox, recipients=number)
    wait_for_release(out)
    held = mailbox.company.hourly_limit if mailbox.hourly_limit is None else mailbox.hourly_limit
    out.result({"address": mailbox.address, "hourly_limit": held}, f"{mailbox.address}  {held}")


def run_expiry(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    until = None if args.date == "none" else parse_date(args.date)
    life_actions.set_expiry(actor=actor(), mailbox=mailbox, on=until)
    out.result({"address": mailbox.address, "expires_on": until}, f"{mailbox.address}  {until or '-'}")


def run_close(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    actions.close_mailbox(actor=actor(), mailbox=mailbox, reason=args.reason)
    wait_for_release(out)
    _answer(mailbox, out, {})
