"""`leaving`: who leaves, the checklist, what becomes of the mail."""

from __future__ import annotations

from typing import Any

from hongyan.company.leaving import actions, ending, queries, returning
from hongyan.company.leaving.models import ENDS, FORMATS, KINDS, OPEN_STATES, STATES, Leaving
from hongyan.company.leaving.steps import TICKED
from hongyan.company.mailboxes.queries import find_mailbox
from hongyan.company.people.models import Company, Person
from hongyan.company.people.queries import find_person
from hongyan.faces.cli.context import actor, company_named, parse_date, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.address import parse
from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import say


def register(sub: Subparsers) -> None:
    leaving = sub.add_parser("leaving", help="who leaves: checklist, hand-over, what becomes of the mail")
    acts = leaving.add_subparsers(metavar="ACTION", required=True)
    begin = acts.add_parser("begin", help="somebody leaves; access ends after the last day, or at once")
    begin.add_argument("who", metavar="WHO", help="a person's number, or the address of one of his mailboxes")
    begin.add_argument("--mailbox-only", action="store_true", help="the mailbox ends, its person stays")
    begin.add_argument("--kind", choices=KINDS, default="normal")
    begin.add_argument("--last-day", metavar="DATE")
    begin.add_argument("--successor", metavar="WHO", help="receives new mail")
    begin.add_argument("--reason", default="", help="immediate: the written order")
    begin.add_argument("--company", metavar="SLUG")
    begin.set_defaults(run=run_begin)
    listing = acts.add_parser("list", help="a company's leavings, newest first")
    listing.add_argument("--company", metavar="SLUG")
    listing.add_argument("--state", choices=(*STATES, "open"), default="open")
    listing.set_defaults(run=run_list)
    rule = acts.add_parser("rule", help="what the company does with a leaver's mail")
    rule.add_argument("--company", metavar="SLUG")
    rule.add_argument("--days", type=int, help="how long it is kept")
    rule.add_argument("--format", choices=FORMATS)
    rule.add_argument("--encrypt-to", metavar="KEY", help="an age public key; empty: not encrypted")
    rule.add_argument("--automatic", choices=("yes", "no"), help="delete by itself when the period is over")
    rule.add_argument("--alias-days", type=int)
    rule.set_defaults(run=run_rule)
    for name, summary, run in (
        ("show", "the checklist", run_show),
        ("pause", "nothing more is done by itself", run_pause),
        ("resume", "go on", run_resume),
        ("cancel", "it was a mistake: while the last day is not over", run_cancel),
        ("back", "the person is back: the mailbox opens again", run_back),
        ("hold", "the law asks for the mail: nothing is deleted", run_hold),
        ("release", "the legal hold ends", run_release),
        ("finish", "delete the mail: the period is over and it is exported", run_finish),
    ):
        parser = acts.add_parser(name, help=summary)
        parser.add_argument("number", type=int, metavar="N")
        if name not in ("show", "resume"):
            parser.add_argument("--reason", default="")
        parser.set_defaults(run=run)
    tick = acts.add_parser("tick", help="say that a step is done")
    tick.add_argument("number", type=int, metavar="N")
    tick.add_argument("step", choices=TICKED)
    tick.add_argument("--note", default="")
    tick.set_defaults(run=run_tick)
    successor = acts.add_parser("successor", help="who takes over")
    successor.add_argument("number", type=int, metavar="N")
    successor.add_argument("who", metavar="WHO")
    successor.set_defaults(run=run_successor)
    export = acts.add_parser("export", help="an archive now, besides the one that the process makes")
    export.add_argument("number", type=int, metavar="N")
    export.add_argument("--format", choices=FORMATS, default="")
    export.set_defaults(run=run_export)
    end = acts.add_parser("end", help="what becomes of the address")
    end.add_argument("number", type=int, metavar="N")
    end.add_argument("end", choices=ENDS)
    end.set_defaults(run=run_end)


def _person(text: str, company: Company | None) -> Person:
    """By number, or by the address of a mailbox."""
    if "@" not in text:
        return find_person(company or company_named(None), int(text) if text.isdigit() else 0)
    mailbox = find_mailbox(parse(text), actor())
    return find_person(mailbox.company, mailbox.person_id or 0)


def _find(args: Namespace) -> Leaving:
    return queries.find_leaving(actor(), args.number)


def document(leaving: Leaving) -> dict[str, Any]:
    leaving.refresh_from_db()
    return {
        "id": leaving.pk, "company": leaving.company.slug, "person": leaving.person_id, "name": leaving.name,
        "kind": leaving.kind, "state": leaving.state, "paused": leaving.paused_at is not None,
        "held": leaving.held_at is not None, "last_day": _day(leaving.last_day),
        "effective_at": leaving.effective_at.isoformat() if leaving.effective_at else None,
        "retain_until": _day(leaving.retain_until), "end": leaving.end,
        "successor": leaving.successor_id, "successor_left": leaving.successor_left,
        "mailboxes": list(leaving.mailboxes.order_by("address").values_list("address", flat=True)),
        "steps": [
            {"step": s.name, "state": s.state, "at": s.at.isoformat() if s.at else None, "by": s.by, "note": s.note,
             "detail": s.detail}
            for s in queries.steps_of(leaving)
        ],
        "exports": [
            {"id": e.pk, "address": e.mailbox.address, "format": e.form, "state": e.state, "file": e.file,
             "sha256": e.sha256, "manifest_sha256": e.manifest_sha256, "messages": e.messages, "size": e.size,
             "encrypted": bool(e.recipient), "failed": e.failed}
            for e in queries.exports_of(leaving)
        ],
    }  # fmt: skip


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None


def _answer(leaving: Leaving, out: Output) -> None:
    out.result(document(leaving), lambda: _text(leaving, out))


def _text(leaving: Leaving, out: Output) -> str:
    paused = "  paused" if leaving.paused_at else ""
    held = f"  hold: {leaving.held_reason}" if leaving.held_at else ""
    head = f"{leaving.pk}  {leaving.name}  {leaving.kind}  {leaving.state}{paused}{held}"
    return "\n".join([head, table([_row(step, out) for step in queries.steps_of(leaving)], indent="  ")])


def _row(step: Any, out: Output) -> tuple[str, ...]:
    why = ""
    if step.state == "blocked" and "code" in step.detail:
        why = say(Decision(step.detail["code"], step.detail.get("params", {})), out.locale)
    return (step.name, step.state, f"{step.at:%Y-%m-%d %H:%M}" if step.at else "", step.by, why or step.note)


def run_begin(args: Namespace, out: Output) -> None:
    me = actor()
    company = company_named(args.company) if args.company or "@" not in args.who else None
    successor = _person(args.successor, company) if args.successor else None
    what: dict[str, Any] = {"kind": args.kind, "last_day": parse_date(args.last_day), "reason": args.reason}
    if args.mailbox_only:
        leaving = actions.begin(actor=me, mailbox=find_mailbox(parse(args.who), me), successor=successor, **what)
    else:
        leaving = actions.begin(actor=me, person=_person(args.who, company), successor=successor, **what)
    wait_for_release(out)
    _answer(leaving, out)


def run_list(args: Namespace, out: Output) -> None:
    rows = queries.leavings_within(actor(), company_named(args.company)).order_by("-pk")
    rows = rows.filter(state__in=OPEN_STATES) if args.state == "open" else rows.filter(state=args.state)
    found = list(rows[:500])
    waits = queries.blocked(found)
    out.result(
        [
            {"id": x.pk, "name": x.name, "kind": x.kind, "state": x.state, "paused": x.paused_at is not None,
             "blocked": waits.get(x.pk, []), "due": _day(queries.due_on(x))}
            for x in found
        ],
        lambda: table(
            [
                (str(x.pk), x.name, x.kind, x.state, ", ".join(waits.get(x.pk, [])), _day(queries.due_on(x)) or "")
                for x in found
            ]
        ),
    )  # fmt: skip


def run_show(args: Namespace, out: Output) -> None:
    _answer(_find(args), out)


def run_tick(args: Namespace, out: Output) -> None:
    leaving = _find(args)
    actions.tick(actor=actor(), leaving=leaving, step=args.step, note=args.note)
    _answer(leaving, out)


def run_pause(args: Namespace, out: Output) -> None:
    leaving = _find(args)
    actions.pause(actor=actor(), leaving=leaving, reason=args.reason)
    _answer(leaving, out)


def run_resume(args: Namespace, out: Output) -> None:
    leaving = _find(args)
    actions.resume(actor=actor(), leaving=leaving)
    wait_for_release(out)
    _answer(leaving, out)


def run_cancel(args: Namespace, out: Output) -> None:
    leaving = _find(args)
    actions.cancel(actor=actor(), leaving=leaving, reason=args.reason)
    wait_for_release(out)
    _answer(leaving, out)


def run_back(args: Namespace, out: Output) -> None:
    leaving = _find(args)
    returning.take_back(actor=actor(), leaving=leaving, reason=args.reason)
    wait_for_release(out)
    _answer(leaving, out)


def run_hold(args: Namespace, out: Output) -> None:
    leaving = _find(args)
    actions.hold(actor=actor(), leaving=leaving, reason=args.reason)
    _answer(leaving, out)


def run_release(args: Namespace, out: Output) -> None:
    leaving = _find(args)
    actions.end_hold(actor=actor(), leaving=leaving, reason=args.reason)
    _answer(leaving, out)


def run_successor(args: Namespace, out: Output) -> None:
    leaving = _find(args)
    actions.name_successor(actor=actor(), leaving=leaving, successor=_person(args.who, leaving.company))
    wait_for_release(out)
    _answer(leaving, out)


def run_export(args: Namespace, out: Output) -> None:
    leaving = _find(args)
    ending.export_again(actor=actor(), leaving=leaving, form=args.format)
    _answer(leaving, out)


def run_end(args: Namespace, out: Output) -> None:
    leaving = _find(args)
    ending.choose_end(actor=actor(), leaving=leaving, end=args.end)
    _answer(leaving, out)


def run_finish(args: Namespace, out: Output) -> None:
    leaving = _find(args)
    ending.finish(actor=actor(), leaving=leaving, reason=args.reason)
    wait_for_release(out)
    _answer(leaving, out)


def run_rule(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    wanted = {
        "retain_days": args.days, "form": args.format, "recipient": args.encrypt_to, "alias_days": args.alias_days,
        "automatic": None if args.automatic is None else args.automatic == "yes",
    }  # fmt: skip
    rule = actions.set_rule(actor=actor(), company=company, **wanted)
    found = {
        "company": company.slug, "retain_days": rule.retain_days, "format": rule.form, "encrypt_to": rule.recipient,
        "automatic": rule.automatic, "alias_days": rule.alias_days,
    }  # fmt: skip
    out.result(found, lambda: table([(key, str(value)) for key, value in found.items()]))
