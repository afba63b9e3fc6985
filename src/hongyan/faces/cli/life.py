"""`mailbox life`, `stop`, `lift`, `leaving`, `retain`, `unretain`, `forward`, `reply`, `keep-as-alias`; `company unused`."""

from __future__ import annotations

from typing import Any

from hongyan.company.life import actions, course, idle, queries, states
from hongyan.company.life.models import WHAT
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import find_mailbox
from hongyan.company.people.queries import find_company
from hongyan.faces.cli.context import actor, parse_date, wait_for_release
from hongyan.faces.cli.output import Output
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.address import parse
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import say

SHOWN = 30


def add_commands(mailbox: Subparsers) -> None:
    _one(mailbox, "life", "its state, what comes next and why, what moved it").set_defaults(run=run_life)
    stop = _one(mailbox, "stop", "stop sending, signing in or receiving, each by itself")
    stop.add_argument("what", choices=WHAT)
    stop.add_argument("--reason", default="")
    stop.add_argument("--until", metavar="DATE", help="the last day of it; without, until it is lifted")
    stop.set_defaults(run=run_stop)
    lift = _one(mailbox, "lift", "end a stop")
    lift.add_argument("what", choices=WHAT)
    lift.set_defaults(run=run_lift)
    leaving = _one(mailbox, "leaving", "its owner leaves; it works until somebody stops it")
    leaving.add_argument("--on", metavar="DATE", help="the last day at work")
    leaving.add_argument("--successor", metavar="ADDRESS")
    leaving.add_argument("--stays", action="store_true", help="the owner stays after all")
    leaving.set_defaults(run=run_leaving)
    retain = _one(mailbox, "retain", "keep it: nobody signs in or sends, new mail may go to a successor")
    retain.add_argument("--until", metavar="DATE", required=True)
    retain.add_argument("--successor", metavar="ADDRESS")
    retain.set_defaults(run=run_retain)
    _one(mailbox, "unretain", "its owner is back").set_defaults(run=run_unretain)
    forward = _one(mailbox, "forward", "new mail of who has left goes to a colleague as well")
    forward.add_argument("to", metavar="COLLEAGUE", help="an address, or none")
    forward.set_defaults(run=run_forward)
    reply = _one(mailbox, "reply", "what who writes to somebody who has left is answered; without a text, nothing")
    reply.add_argument("--text", action="append", default=[], metavar="LOCALE=TEXT", help="again for each language")
    reply.set_defaults(run=run_reply)
    alias = _one(mailbox, "keep-as-alias", "close it; its address leads to a colleague for a time")
    alias.add_argument("of", metavar="COLLEAGUE")
    alias.add_argument("--until", metavar="DATE", required=True)
    alias.set_defaults(run=run_alias)


def register_company(company: Subparsers) -> None:
    unused = company.add_parser("unused", help="what happens to mailboxes that nobody signs in to")
    unused.add_argument("slug", metavar="SLUG")
    unused.add_argument("--notice", type=int, metavar="DAYS", help="without a sign-in, then its owner is told")
    unused.add_argument("--suspend", type=int, metavar="DAYS", help="after the notice")
    unused.add_argument("--release", type=int, metavar="DAYS", help="after that the seat is free; without: never")
    unused.add_argument("--off", action="store_true", help="nothing any more")
    unused.set_defaults(run=run_unused)


def _one(actions_of: Subparsers, name: str, summary: str) -> Any:
    parser = actions_of.add_parser(name, help=summary)
    parser.add_argument("address", metavar="ADDRESS")
    return parser


def _find(args: Namespace) -> Mailbox:
    return find_mailbox(parse(args.address))


def _colleague(text: str | None) -> Mailbox | None:
    return find_mailbox(parse(text)) if text else None


def _answer(mailbox: Mailbox, out: Output) -> None:
    """What holds now, on every protocol."""
    wait_for_release(out)
    fresh = find_mailbox(mailbox.address)
    document = {"address": fresh.address, "state": states.state(fresh), "stopped": list(states.stopped(fresh))}
    out.result(document, "  ".join([fresh.address, states.state(fresh), *states.stopped(fresh)]))


def run_life(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    life, moved = queries.life_of(mailbox), queries.history(mailbox, SHOWN)
    due = life.next_step
    document: dict[str, Any] = {
        "address": mailbox.address, "state": life.state, "since": life.since, "by": life.by, "until": life.until,
        "stops": [{"what": s.what, "reason": s.reason, "since": s.since, "until": s.until, "by": s.by} for s in life.stops],
        "successor": life.successor, "alias_of": life.alias_of, "forward_to": life.forward_to, "reply": life.reply,
        "expires_on": life.expires_on,
        "next": {"on": due.on, "code": due.why.code, "clause": due.why.clause} if due else None,
        "history": [{"at": e.at, "kind": e.kind, "actor": e.actor, "params": e.params} for e in moved],
    }  # fmt: skip
    out.result(document, lambda: "\n".join(_lines(document)))


def _lines(document: dict[str, Any]) -> list[str]:
    lines = [f"{document['address']}  {document['state']}  {document['since']:%Y-%m-%d %H:%M}  {document['by']}"]
    for stop in document["stops"]:
        until = f" .. {stop['until']}" if stop["until"] else ""
        lines.append(f"  stopped: {stop['what']}  {stop['since']:%Y-%m-%d}{until}  {stop['by']}  {stop['reason']}")
    for name in ("until", "successor", "alias_of", "forward_to", "expires_on"):
        if document[name]:
            lines.append(f"  {name}: {document[name]}")
    if document["reply"]:
        lines.append(f"  reply: {', '.join(document['reply'])}")
    if due := document["next"]:
        lines.append(f"  next: {due['on'] or '-'}  {say(Decision(due['code']), 'en')}")
    return lines + [f"  {e['at']:%Y-%m-%d %H:%M}  {e['kind']}  {e['actor']}" for e in document["history"]]


def run_stop(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    actions.stop(
        actor=actor(), mailbox=mailbox, what=args.what, reason=args.reason, until=parse_date(args.until)
    )  # fmt: skip
    _answer(mailbox, out)


def run_lift(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    actions.lift(actor=actor(), mailbox=mailbox, what=args.what)
    _answer(mailbox, out)


def run_leaving(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    if args.stays:
        course.unmark_leaving(actor=actor(), mailbox=mailbox)
    else:
        course.mark_leaving(
            actor=actor(), mailbox=mailbox, on=parse_date(args.on), successor=_colleague(args.successor)
        )  # fmt: skip
    _answer(mailbox, out)


def run_retain(args: Namespace, out: Output) -> None:
    mailbox, until = _find(args), parse_date(args.until)
    if until is None:
        raise Refusal("date.malformed", text=args.until)
    course.retain(actor=actor(), mailbox=mailbox, until=until, successor=_colleague(args.successor))
    _answer(mailbox, out)


def run_unretain(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    course.unretain(actor=actor(), mailbox=mailbox)
    _answer(mailbox, out)


def run_forward(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    actions.forward_mail(actor=actor(), mailbox=mailbox, to=None if args.to == "none" else _colleague(args.to))
    _answer(mailbox, out)


def run_reply(args: Namespace, out: Output) -> None:
    mailbox = _find(args)
    texts = dict(text.partition("=")[::2] for text in args.text)
    actions.set_reply(actor=actor(), mailbox=mailbox, text_by_locale=texts or None)
    _answer(mailbox, out)


def run_alias(args: Namespace, out: Output) -> None:
    mailbox, until, of = _find(args), parse_date(args.until), _colleague(args.of)
    if until is None or of is None:
        raise Refusal("date.malformed", text=args.until)
    course.keep_as_alias(actor=actor(), mailbox=mailbox, of=of, until=until)
    _answer(mailbox, out)


def run_unused(args: Namespace, out: Output) -> None:
    company = find_company(args.slug)
    if args.off:
        idle.end_idle_rule(actor=actor(), company=company)
    elif args.notice is not None or args.suspend is not None:
        idle.set_idle_rule(
            actor=actor(), company=company, notice_days=args.notice or 0, suspend_days=args.suspend or 0,
            release_days=args.release,
        )  # fmt: skip
    rule = idle.rule_of(company)
    days = (rule.notice_days, rule.suspend_days, rule.release_days) if rule else (None, None, None)
    document = dict(zip(("notice_days", "suspend_days", "release_days"), days, strict=True))
    text = "  ".join(f"{name}: {value or '-'}" for name, value in document.items()) if rule else "off"
    out.result({"company": company.slug, "on": rule is not None, **document}, f"{company.slug}  {text}")
