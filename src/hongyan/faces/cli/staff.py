"""`people sync|reports|report|source|guard|follow`, and `people import --whole`: the staff list kept in step.

A comparison stays until it is applied, left out or dropped; `--json` gives each line its id for `--lines` and `--skip`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hongyan.company.imports.models import Import
from hongyan.company.staff import guard, keeping, queries
from hongyan.company.staff.applying import apply_lines
from hongyan.company.staff.models import Line, Report, ScimGroup, Source
from hongyan.company.staff.reports import drop_report, skip_lines
from hongyan.company.staff.scim.groups import bind_group
from hongyan.company.staff.sources import ldap
from hongyan.company.staff.syncing import domains_of, look_at_sheet, sync_source
from hongyan.company.tasks.progress import Progress
from hongyan.faces.cli.context import actor, company_named, read_password, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Parser, Subparsers
from hongyan.faces.cli.telling import Teller, said_changes
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.instance import current

SHOWN = 200
SWITCHES = {
    "auto": "what is clear and within the guard is applied at once",
    "whole": "it names everybody: who is not in it has left",
    "create-units": "units that are missing are made",
    "open-mailboxes": "mailboxes of the company's domains are opened",
    "enabled": "it is asked, or heard",
}


def register(people: Subparsers) -> None:
    each = _with_company(people.add_parser("sync", help="ask a source now; with --apply what is clear is done"))
    each.add_argument("source", metavar="NAME")
    each.add_argument("--apply", action="store_true")
    override(each)
    each.set_defaults(run=run_sync)
    _with_company(people.add_parser("reports", help="the comparisons so far")).set_defaults(run=run_reports)
    each = people.add_parser("report", help="one comparison: look, apply, leave out, drop")
    each.add_argument("report", type=int, metavar="N")
    what = each.add_mutually_exclusive_group()
    what.add_argument("--apply", action="store_true", help="all lines that are clear, or those of --lines")
    what.add_argument("--skip", metavar="ID,ID", help="nothing comes of these lines")
    what.add_argument("--drop", action="store_true", help="nothing comes of any")
    each.add_argument("--lines", metavar="ID,ID", help="with --apply: these alone")
    override(each)
    each.set_defaults(run=run_report)
    each = _with_company(people.add_parser("guard", help="how many may leave by lists within a day"))
    each.add_argument("--most", type=int, metavar="N")
    each.add_argument("--percent", type=int, metavar="N", help="of the staff")
    each.set_defaults(run=run_guard)
    each = _with_company(people.add_parser("follow", help="mail groups that follow a provider's groups"))
    each.add_argument("source", metavar="NAME")
    each.add_argument("group", nargs="?", metavar="GROUP")
    each.add_argument("address", nargs="?", metavar="ADDRESS", help="of a mail group; - ends it")
    each.set_defaults(run=run_follow)
    _register_source(people.add_parser("source", help="directories and identity providers"))


def _register_source(parser: Parser) -> None:
    source = parser.add_subparsers(metavar="ACTION", required=True)
    _with_company(source.add_parser("list", help="all, without their secrets")).set_defaults(run=run_source_list)
    each = _with_company(source.add_parser("add", help="a directory (ldap) or an identity provider (scim)"))
    each.add_argument("name", metavar="NAME")
    each.add_argument("--kind", choices=("ldap", "scim"), required=True)
    _settings(each)
    each.set_defaults(run=run_source_add)
    each = _with_company(source.add_parser("set", help="change one"))
    each.add_argument("name", metavar="NAME")
    _settings(each)
    each.set_defaults(run=run_source_set)
    for name, run, text in (
        ("try", run_source_try, "ask a directory for its first entries; nothing is kept"),
        ("key", run_source_key, "a new key for an identity provider, told once"),
        ("remove", run_source_remove, "ask it no more"),
    ):
        each = _with_company(source.add_parser(name, help=text))
        each.add_argument("name", metavar="NAME")
        each.set_defaults(run=run)


def _settings(parser: Parser) -> None:
    parser.add_argument(
        "--set", action="append", default=[], metavar="SETTING=VALUE",
        help="ldap: url, base, bind_dn, preset (ad, openldap), filter, key, units (attribute, dn), unit_top, start_tls, ca, "
        "fields.FIELD=attribute; scim: unit_from, unit_top",
    )  # fmt: skip
    parser.add_argument("--password-stdin", action="store_true", help="the directory's password, from standard input")
    parser.add_argument("--every", type=int, metavar="HOURS", help="ask by itself; 0: by hand")
    for name, text in SWITCHES.items():
        parser.add_argument(f"--{name}", choices=("yes", "no"), help=text)


def _with_company(parser: Parser) -> Parser:
    parser.add_argument("--company", metavar="SLUG")
    return parser


def override(parser: Parser) -> None:
    parser.add_argument("--override", default="", metavar="REASON", help="let more leave than the guard allows")


# -- comparisons -----------------------------------------------------------------------------------------
def run_whole(args: Namespace, out: Output, batch: Import, data: bytes, watch: Progress) -> None:
    """`people import FILE --whole`, after the columns are matched."""
    report = look_at_sheet(actor=actor(), batch=batch, data=data, progress=watch)
    _tell(report, out, _applied(report, watch, args.override) if args.apply else None)


def run_sync(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    source = queries.find_source(actor(), company, args.source)
    watch = Progress(tell=Teller(out))
    report = sync_source(actor=actor(), source=source, progress=watch, apply=False)
    _tell(report, out, _applied(report, watch, args.override) if args.apply else None)


def _applied(report: Report, watch: Progress, reason: str) -> int:
    """How many lines were applied; 0 when there was nothing to do."""
    if report.state != "open":
        return 0
    try:
        done = apply_lines(actor=actor(), report=report, progress=watch, override=reason)
    except Refusal as refusal:
        if refusal.code != "staff.nothing":
            raise
        return 0
    report.refresh_from_db()
    return done


def _tell(report: Report, out: Output, applied: int | None) -> None:
    if applied:
        wait_for_release(out)
    out.result(document(report, out) | {"applied": applied or 0}, lambda: _text(report, out, applied))


def document(report: Report, out: Output) -> dict[str, Any]:
    rows = queries.list_lines(report)
    return _summary(report) | {
        "new_units": report.new_units,
        "notes": [{"code": code, "message": out.say(code, **params)} for code, params in report.notes],
        "lines": [_line(line, out) for line in rows.iterator()],
    }


def _summary(report: Report) -> dict[str, Any]:
    return {
        "report": report.pk, "kind": report.kind, "name": report.name, "state": report.state, "whole": report.whole,
        "counts": report.counts, "guarded": report.guarded, "override_by": report.override_by,
        "override_reason": report.override_reason, "by": report.actor, "at": report.created_at.isoformat(),
    }  # fmt: skip


def _line(line: Line, out: Output) -> dict[str, Any]:
    return {
        "id": line.pk, "row": line.number, "verdict": line.verdict, "state": line.state, "person": line.person_id,
        "about": line.label, "changes": [{"field": f, "before": b, "after": a} for f, b, a in line.changes],
        "problems": [{"column": c, "code": code, "message": out.say(code, **p)} for c, code, p in line.problems],
    }  # fmt: skip


def _text(report: Report, out: Output, applied: int | None) -> str:
    lines = [out.say(code, **params) for code, params in report.notes]
    if report.new_units:
        lines.append(out.say("import.report.units", units=report.new_units))
    rows = queries.list_lines(report)
    shown = [
        (
            str(line.pk), out.say(f"staff.verdict.{line.verdict}"), out.say(f"staff.line_word.{line.state}"), line.label,
            " ".join(out.say(code, **p) for _, code, p in line.problems) or said_changes(line.changes, out),
        )
        for line in rows[:SHOWN]
    ]  # fmt: skip
    if shown:
        lines.append(table(shown))
    if (more := rows.count() - len(shown)) > 0:
        lines.append(out.say("import.report.more", count=more))
    names = ("join", "move", "change", "leave", "back", "conflict", "same")
    lines.append(out.say("staff.said.summary", **{name: report.counts.get(name, 0) for name in names}))
    if report.guarded and not report.override_by:
        now = guard.standing(report.company)
        facts = {"gone": now.gone, "staff": now.staff, "most": now.most, "percent": now.percent}
        lines.append(out.say("staff.guard", leaving=report.counts.get("leave", 0), **facts))
    if applied is not None:
        lines.append(out.say("staff.said.applied", lines=applied, number=report.pk))
    elif report.state == "open":
        lines.append(out.say("staff.said.waits", number=report.pk))
    return "\n".join(lines)


def run_reports(args: Namespace, out: Output) -> None:
    reports = list(queries.list_reports(actor(), company_named(args.company))[:SHOWN])
    out.result(
        [_summary(report) for report in reports], lambda: table([_report_row(report, out) for report in reports])
    )


def _report_row(report: Report, out: Output) -> tuple[str, ...]:
    return (
        str(report.pk), out.say(f"staff.kind_word.{report.kind}"), out.say(f"staff.state_word.{report.state}"),
        str(report.created_at)[:16], report.actor, report.name,
    )  # fmt: skip


def run_report(args: Namespace, out: Output) -> None:
    report = queries.find_report(actor(), args.report)
    if args.lines and not args.apply:
        raise Refusal("staff.lines_alone")
    if args.apply:
        lines = _ids(args.lines) if args.lines else None
        done = apply_lines(
            actor=actor(), report=report, progress=Progress(tell=Teller(out)), lines=lines, override=args.override
        )
        report.refresh_from_db()
        _tell(report, out, done)
        return
    if args.skip:
        skip_lines(actor=actor(), report=report, lines=_ids(args.skip))
    elif args.drop:
        drop_report(actor=actor(), report=report)
    report.refresh_from_db()
    _tell(report, out, None)


def _ids(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise Refusal("staff.line_unknown")
    return [int(part) for part in parts]


def run_guard(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    most, percent = guard.rules(company)
    if args.most is not None or args.percent is not None:
        most = most if args.most is None else args.most
        percent = percent if args.percent is None else args.percent
        guard.set_rules(actor=actor(), company=company, most_leavers=most, most_percent=percent)
    out.result({"most": most, "percent": percent}, f"{most}  {percent} %")


# -- sources ---------------------------------------------------------------------------------------------
def _settings_of(given: Sequence[str], before: dict[str, Any]) -> dict[str, Any] | None:
    """`url=ldaps://dc`, `fields.number=employeeID`; an empty value takes a setting away. None when nothing was said."""
    if not given:
        return None
    settings = json.loads(json.dumps(before))
    for text in given:
        name, mark, value = text.partition("=")
        if not mark:
            raise Refusal("import.map.malformed", text=text)
        if name.startswith("fields."):
            settings.setdefault("fields", {})[name.removeprefix("fields.")] = value
        elif name == "start_tls":
            settings[name] = value == "yes"
        else:
            settings[name] = value
    return {name: value for name, value in settings.items() if value not in ("", {})}


def _switches(args: Namespace) -> dict[str, bool]:
    given = {name.replace("-", "_"): getattr(args, name.replace("-", "_")) for name in SWITCHES}
    return {name: value == "yes" for name, value in given.items() if value is not None}


def run_source_add(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    source, key = keeping.add_source(
        actor=actor(), company=company, kind=args.kind, name=args.name, settings=_settings_of(args.set, {}),
        password=read_password() if args.password_stdin else "", every_hours=args.every or 0, **_switches(args),
    )  # fmt: skip
    _source_told(source, key, out)


def _source_told(source: Source, key: str, out: Output) -> None:
    facts = _source(source)
    if key:
        facts |= {"key": key, "url": f"{current().web_url}/scim/v2"}
    text = f"{source.pk}  {source.name}  {out.say(f'staff.kind_word.{source.kind}')}"
    out.result(facts, lambda: text + (f"\n{facts['url']}\n{out.say('staff.said.key')} {key}" if key else ""))


def _source(source: Source) -> dict[str, Any]:
    return {
        "id": source.pk, "name": source.name, "kind": source.kind, "settings": source.settings,
        "has_password": bool(source.sealed), "every_hours": source.every_hours,
        **{name: getattr(source, name) for name in keeping.SWITCHES},
        "key_until": source.key_until.isoformat() if source.key_until else None,
        "last_at": source.last_at.isoformat() if source.last_at else None,
        "last_error": source.last_error.get("code"),
    }  # fmt: skip


def run_source_list(args: Namespace, out: Output) -> None:
    sources = list(queries.list_sources(actor(), company_named(args.company)))
    rows = [
        (
            str(s.pk), s.name, out.say(f"staff.kind_word.{s.kind}"), str(s.last_at or out.say("staff.said.never"))[:16],
            out.tell(Decision(s.last_error["code"], s.last_error.get("params", {}))) if s.last_error else "",
        )
        for s in sources
    ]  # fmt: skip
    out.result([_source(source) for source in sources], lambda: table(rows))


def _found(args: Namespace) -> Source:
    return queries.find_source(actor(), company_named(args.company), args.name)


def run_source_set(args: Namespace, out: Output) -> None:
    source = _found(args)
    keeping.change_source(
        actor=actor(), source=source, name=None, settings=_settings_of(args.set, source.settings),
        password=read_password() if args.password_stdin else None, every_hours=args.every, **_switches(args),
    )  # fmt: skip
    _source_told(source, "", out)


def run_source_try(args: Namespace, out: Output) -> None:
    source = _found(args)
    if source.kind != "ldap":
        raise Refusal("staff.only_directory")
    found = ldap.try_source(source, domains_of(source.company))
    rows = [
        {"key": e.key, "active": e.active, "values": e.values, "problems": [p.code for p in e.problems]} for e in found
    ]
    out.result(rows, lambda: table([(e.key, json.dumps(e.values, ensure_ascii=False)) for e in found]))


def run_source_key(args: Namespace, out: Output) -> None:
    source = _found(args)
    key = keeping.renew_key(actor=actor(), source=source)
    _source_told(source, key, out)


def run_source_remove(args: Namespace, out: Output) -> None:
    source = _found(args)
    facts = {"id": source.pk, "name": source.name, "removed": True}
    keeping.remove_source(actor=actor(), source=source)
    out.result(facts, f"{facts['id']}  {facts['name']}")


def run_follow(args: Namespace, out: Output) -> None:
    source = queries.find_source(actor(), company_named(args.company), args.source)
    groups = ScimGroup.objects.select_related("source__company").filter(source=source).order_by("display_name")
    if args.group:
        group = groups.filter(name_key=args.group.casefold()).first()
        if group is None or not args.address:
            raise Refusal("staff.group_unknown", name=args.group)
        bind_group(actor=actor(), group=group, address="" if args.address == "-" else args.address)
        wait_for_release(out)
    rows = [{"group": g.display_name, "address": g.address, "members": g.memberships.count()} for g in groups[:SHOWN]]
    out.result(rows, lambda: table([(str(r["group"]), str(r["address"]), str(r["members"])) for r in rows]))
