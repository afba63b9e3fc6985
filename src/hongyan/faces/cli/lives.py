"""`person list|show|post|leave|back|lend|recall|left|return`, `unit list|show|branch`, `company grades`: who is where, and what is he."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hongyan.company.people import actions, grades, life, models, posts, queries, relations, units
from hongyan.company.people.holding import in_state, staff
from hongyan.company.people.tree import units_below
from hongyan.faces.cli.context import actor, company_named, parse_date, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Parser, Subparsers
from hongyan.kernel.decision import Refusal

MOST = 500


# -- the parsers ---------------------------------------------------------------------------------------------
def register_company(company: Subparsers) -> None:
    each = company.add_parser("grades", help="what the company calls its grades; with --name, all of them anew")
    each.add_argument("--company", metavar="SLUG")
    each.add_argument("--name", action="append", metavar="LEVEL=NAME", help="5=副經理; higher is more senior")
    each.set_defaults(run=run_grades)


def register_unit(unit: Subparsers) -> None:
    each = unit.add_parser("list", help="the company's tree")
    each.add_argument("--company", metavar="SLUG")
    each.set_defaults(run=run_unit_list)
    each = unit.add_parser("show", help="its heads, deputies, branch and IT clerk")
    _unit(each).set_defaults(run=run_unit_show)
    each = _unit(unit.add_parser("branch", help="the unit is a branch, whose requests pass its own IT clerk"))
    each.add_argument("--off", action="store_true", help="it is none any more")
    each.set_defaults(run=run_branch)


def _unit(parser: Parser) -> Parser:
    parser.add_argument("path", metavar="PATH", help="總公司/信息部/網絡處")
    parser.add_argument("--company", metavar="SLUG")
    return parser


def register_person(person: Subparsers) -> None:
    each = person.add_parser("list", help="members of staff; leavers with --state left")
    each.add_argument("--company", metavar="SLUG")
    each.add_argument("--unit", metavar="PATH", help="there and below")
    each.add_argument("--state", choices=("staff", "leave", "lent", "left"))
    each.set_defaults(run=run_list)
    _person(person, "show", "state, posts, leave, and who is what to the person", run_show)
    each = _person(person, "post", "one more post, or with --change another title, unit or grade", run_post)
    each.add_argument("--unit", metavar="PATH")
    each.add_argument("--post", help="title")
    each.add_argument("--grade", type=int, help="0: none; higher is more senior")
    each.add_argument("--lead", choices=("head", "deputy", "no"), help="head or deputy head of the unit")
    each.add_argument("--change", type=int, metavar="POST", help="number of the post, as `person show` tells it")
    each.add_argument("--end", type=int, metavar="POST", help="end this post")
    each = _person(person, "leave", "leave, with who stands in", run_leave)
    each.add_argument("--from", dest="since", metavar="DATE", required=True)
    each.add_argument("--until", metavar="DATE", help="the last day; without it, until `person back`")
    each.add_argument("--deputy", type=int, metavar="ID", help="who decides meanwhile")
    each.add_argument("--reason", default="")
    each = _person(person, "back", "leave ends: back since today", run_back)
    each = _person(person, "lend", "a second post in another unit until a day", run_lend)
    each.add_argument("--unit", metavar="PATH", required=True)
    each.add_argument("--until", metavar="DATE", required=True, help="the last day")
    each.add_argument("--post", default="")
    each.add_argument("--grade", type=int, default=0)
    each = _person(person, "recall", "a loan ends", run_recall)
    each.add_argument("--unit", metavar="PATH", help="of several loans, the one there")
    each = _person(person, "left", "has left the company: no sign-in, no role, no shared mailbox any more", run_left)
    each.add_argument("--on", metavar="DATE", help="the last day; without it, today")
    each.add_argument("--kind", choices=models.LEAVING_KINDS, default="normal")
    each = _person(person, "return", "is back: in the old posts, or in another unit", run_return)
    each.add_argument("--on", metavar="DATE")
    each.add_argument("--unit", metavar="PATH")
    each.add_argument("--post", default="")
    each.add_argument("--grade", type=int, default=0)


def _person(sub: Subparsers, name: str, summary: str, run: object) -> Parser:
    parser = sub.add_parser(name, help=summary)
    parser.add_argument("person", type=int, metavar="ID")
    parser.add_argument("--company", metavar="SLUG")
    parser.set_defaults(run=run)
    return parser


# -- units and grades ----------------------------------------------------------------------------------------
def run_grades(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    names = relations.grade_names(company)
    if args.name is not None:
        names = grades.name_grades(actor=actor(), company=company, names=dict(map(_grade, filter(None, args.name))))
    rows = [{"level": level, "name": name} for level, name in names.items()]
    out.result(rows, lambda: table([(str(row["level"]), str(row["name"])) for row in rows]))


def _grade(text: str) -> tuple[int, str]:
    level, mark, name = text.partition("=")
    if not (mark and level.isascii() and level.isdigit()):
        raise Refusal("grade.range", grade=text[:40], low=1, high=actions.HIGHEST_GRADE)
    return int(level), name


def run_unit_list(args: Namespace, out: Output) -> None:
    rows = models.Unit.objects.filter(company=company_named(args.company)).order_by("path")
    document = [{"id": unit.pk, "path": unit.path, "branch": unit.branch} for unit in rows]
    out.result(document, lambda: "\n".join(str(row["path"]) for row in document))


def run_unit_show(args: Namespace, out: Output) -> None:
    unit = queries.find_unit(company_named(args.company), args.path)
    branch = relations.branch_of(unit)
    document = {
        "id": unit.pk, "path": unit.path, "branch": branch.path if branch else "", "heads": _brief(relations.heads_of(unit)),
        "deputies": _brief(relations.deputies_of(unit)), "it_clerks": _brief(relations.it_clerks_of(unit)),
    }  # fmt: skip
    out.result(document, lambda: _said(document, out))


def run_branch(args: Namespace, out: Output) -> None:
    unit = queries.find_unit(company_named(args.company), args.path)
    units.set_branch(actor=actor(), unit=unit, on=not args.off)
    out.result({"path": unit.path, "branch": not args.off}, unit.path)


# -- persons -------------------------------------------------------------------------------------------------
def _brief(persons: Iterable[models.Person]) -> list[dict[str, Any]]:
    return [{"id": p.pk, "name": p.name} for p in persons]


def _named(args: Namespace) -> models.Person:
    return queries.find_person(company_named(args.company), args.person)


def run_list(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    rows = models.Person.objects.filter(in_state(args.state) if args.state else staff(), company=company)
    if args.unit:
        below = units_below(company, [queries.find_unit(company, args.unit).path])
        rows = rows.filter(pk__in=models.Appointment.objects.filter(unit__in=below).values("person"))
    found = list(rows.order_by("name", "pk")[:MOST])
    states = relations.states_of(found)
    document = [{"id": p.pk, "name": p.name, "number": p.number, "state": states[p.pk]} for p in found]
    text = [(str(r["id"]), str(r["number"]), out.say(f"person_state.{r['state']}"), str(r["name"])) for r in document]
    out.result(document, lambda: table(text))


def run_show(args: Namespace, out: Output) -> None:
    document = _document(_named(args))
    out.result(document, lambda: _said(document, out))


def _document(person: models.Person) -> dict[str, Any]:
    post, acting = relations.main_post(person), relations.stand_in(person)
    branch = relations.branch_of(post.unit) if post else None
    return {
        "id": person.pk, "name": person.name, "number": person.number, "state": relations.state_of_person(person),
        "joined_on": person.joined_on, "left_on": person.left_on, "left_kind": person.left_kind,
        "posts": [
            {"id": a.pk, "unit": a.unit.path, "post": a.post, "head": a.head, "deputy": a.deputy, "grade": a.grade,
             "since": a.since, "until": a.until, "lent": a.lent}
            for a in person.appointments.select_related("unit").order_by("lent", "pk")
        ],
        "leave": [
            {"id": a.pk, "since": a.since, "until": a.until, "deputy": a.deputy.name if a.deputy else "", "reason": a.reason}
            for a in person.absences.select_related("deputy").order_by("-since")[:20]
        ],
        "heads": _brief(relations.head_of(person)), "stand_in": acting.name if acting else "",
        "branch": branch.path if branch else "", "it_clerks": _brief(relations.it_clerks_of(post.unit) if post else []),
    }  # fmt: skip


def _said(document: dict[str, Any], out: Output) -> str:
    rows: list[tuple[str, ...]] = []
    for key, value in document.items():
        if key == "state":
            value = out.say(f"person_state.{value}")
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                each = "  ".join(k if v is True else str(v) for k, v in each.items() if v)
            if each:
                rows.append((key, str(each)))
    return table(rows)


def run_post(args: Namespace, out: Output) -> None:
    person = _named(args)
    unit = queries.find_unit(person.company, args.unit) if args.unit else None
    head, deputy = (None, None) if args.lead is None else (args.lead == "head", args.lead == "deputy")
    if args.end is not None:
        posts.end_post(actor=actor(), appointment=posts.find_post(person, args.end))
    elif args.change is not None:
        posts.change_post(
            actor=actor(), appointment=posts.find_post(person, args.change), unit=unit, post=args.post, head=head,
            deputy=deputy, grade=args.grade,
        )  # fmt: skip
    elif unit is None:
        raise Refusal("unit.unknown", path="")
    else:
        actions.appoint(
            actor=actor(), person=person, unit=unit, post=posts.clean_post(args.post or ""), head=bool(head),
            deputy=bool(deputy), grade=args.grade or 0,
        )  # fmt: skip
    _done(person, out)


def _done(person: models.Person, out: Output) -> None:
    """What the person is now; memberships and grants may have ended, so the release is waited for."""
    wait_for_release(out)
    person.refresh_from_db()
    document = _document(person)
    out.result(document, lambda: _said(document, out))


def run_leave(args: Namespace, out: Output) -> None:
    person = _named(args)
    deputy = queries.find_person(person.company, args.deputy) if args.deputy is not None else None
    since = parse_date(args.since)
    if since is None:
        raise Refusal("date.malformed", text=args.since)
    life.take_leave(
        actor=actor(), person=person, since=since, until=parse_date(args.until), deputy=deputy, reason=args.reason
    )
    _done(person, out)


def run_back(args: Namespace, out: Output) -> None:
    """The leave of today; without one, the next that was entered."""
    person = _named(args)
    absence = relations.absence_of(person) or life.next_leave(person)
    if absence is None:
        raise Refusal("leave.over")
    life.end_leave(actor=actor(), absence=absence)
    _done(person, out)


def run_lend(args: Namespace, out: Output) -> None:
    person = _named(args)
    until, unit = parse_date(args.until), queries.find_unit(person.company, args.unit)
    if until is None:
        raise Refusal("date.malformed", text=args.until)
    life.lend(actor=actor(), person=person, unit=unit, until=until, post=args.post, grade=args.grade)
    _done(person, out)


def run_recall(args: Namespace, out: Output) -> None:
    person = _named(args)
    loans = person.appointments.filter(lent=True).select_related("unit", "person__company").order_by("pk")
    if args.unit:
        loans = loans.filter(unit=queries.find_unit(person.company, args.unit))
    found = list(loans)
    if len(found) != 1:
        raise Refusal("loan.several" if found else "loan.unknown", name=person.name, units=[a.unit.path for a in found])
    life.return_loan(actor=actor(), appointment=found[0])
    _done(person, out)


def run_left(args: Namespace, out: Output) -> None:
    person = _named(args)
    life.leave_company(actor=actor(), person=person, on=parse_date(args.on), kind=args.kind)
    _done(person, out)


def run_return(args: Namespace, out: Output) -> None:
    person = _named(args)
    unit = queries.find_unit(person.company, args.unit) if args.unit else None
    life.return_person(
        actor=actor(), person=person, on=parse_date(args.on), unit=unit, post=args.post, grade=args.grade
    )
    _done(person, out)
