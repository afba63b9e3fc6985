"""`alias` and `group`: addresses that lead to others."""

from __future__ import annotations

from hongyan.company.mailboxes import changes, routing
from hongyan.company.mailboxes.queries import find_group
from hongyan.company.people.queries import find_person, find_unit
from hongyan.faces.cli.context import actor, company_of, parse_date, wait_for_release
from hongyan.faces.cli.output import Output
from hongyan.faces.cli.people import add_import
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.address import parse


def register(sub: Subparsers) -> None:
    alias = sub.add_parser("alias", help="aliases").add_subparsers(metavar="ACTION", required=True)
    add = alias.add_parser("add", help="another address for a mailbox or group")
    add.add_argument("address", metavar="ADDRESS")
    add.add_argument("target", metavar="TARGET")
    add.add_argument("--until", metavar="DATE")
    add.set_defaults(run=run_alias_add)
    change = alias.add_parser("change", help="another target, another last day")
    change.add_argument("address", metavar="ADDRESS")
    change.add_argument("--target", metavar="TARGET")
    change.add_argument("--until", metavar="DATE", help="a date, or none")
    change.set_defaults(run=run_alias_change)
    remove = alias.add_parser("remove", help="end an alias")
    remove.add_argument("address", metavar="ADDRESS")
    remove.set_defaults(run=run_alias_remove)

    group = sub.add_parser("group", help="distribution groups").add_subparsers(metavar="ACTION", required=True)
    add_import(group, "groups", "groups and members of a sheet; without --apply only looked at")
    add = group.add_parser("add", help="a new group")
    add.add_argument("address", metavar="ADDRESS")
    add.add_argument("--name", default="")
    add.add_argument("--unit", metavar="PATH", help="where it lies in the company's tree")
    add.add_argument("--who", choices=routing.WHO, default="company", help="who may write to it")
    add.add_argument("--member", action="append", default=[], metavar="A")
    add.add_argument("--writer", action="append", default=[], metavar="A", help="with --who listed")
    add.set_defaults(run=run_group_add)
    who = group.add_parser("who", help="change who may write to it")
    who.add_argument("address", metavar="ADDRESS")
    who.add_argument("who", choices=routing.WHO)
    who.add_argument("--writer", action="append", default=[], metavar="A")
    who.set_defaults(run=run_group_who)
    rename = group.add_parser("rename", help="another address; the old one leads to it for a time")
    rename.add_argument("address", metavar="ADDRESS")
    rename.add_argument("new", metavar="NEW")
    rename.add_argument("--keep-days", type=int, help="how long the old address stays; 0: for good")
    rename.set_defaults(run=run_group_rename)
    change = group.add_parser("set", help="its name, who looks after it, where it lies")
    change.add_argument("address", metavar="ADDRESS")
    change.add_argument("--name")
    change.add_argument("--owner", type=int, metavar="ID", help="a person; 0: nobody")
    change.add_argument("--unit", metavar="PATH", help="where it lies in the company's tree, or none")
    change.set_defaults(run=run_group_set)
    remove = group.add_parser("remove", help="end a group, with the aliases that lead to it")
    remove.add_argument("address", metavar="ADDRESS")
    remove.set_defaults(run=run_group_remove)
    member = group.add_parser("member", help="members").add_subparsers(metavar="ACTION", required=True)
    for name, run in (("add", run_member_add), ("remove", run_member_remove)):
        parser = member.add_parser(name)
        parser.add_argument("address", metavar="ADDRESS")
        parser.add_argument("member", metavar="MEMBER")
        parser.set_defaults(run=run)


def run_alias_add(args: Namespace, out: Output) -> None:
    alias = routing.add_alias(
        actor=actor(),
        company=company_of(args.address),
        address=args.address,
        target=args.target,
        until=parse_date(args.until),
    )
    wait_for_release(out)
    out.result({"address": alias.address, "target": alias.target}, f"{alias.address} -> {alias.target}")


def run_alias_change(args: Namespace, out: Output) -> None:
    alias = changes.find_alias(company_of(args.address), parse(args.address))
    until = alias.until if args.until is None else None if args.until == "none" else parse_date(args.until)
    changes.change_alias(actor=actor(), alias=alias, target=args.target or alias.target, until=until)
    wait_for_release(out)
    document = {"address": alias.address, "target": alias.target, "until": alias.until}
    out.result(document, f"{alias.address} -> {alias.target}")


def run_alias_remove(args: Namespace, out: Output) -> None:
    alias = changes.find_alias(company_of(args.address), parse(args.address))
    routing.remove_alias(actor=actor(), alias=alias)
    wait_for_release(out)
    out.result({"address": alias.address, "removed": True}, alias.address)


def run_group_rename(args: Namespace, out: Output) -> None:
    group = find_group(parse(args.address))
    changes.rename_group(actor=actor(), group=group, address=args.new, keep_days=args.keep_days)
    wait_for_release(out)
    _answer(group.address, out)


def run_group_set(args: Namespace, out: Output) -> None:
    group = find_group(parse(args.address))
    if args.name is not None:
        changes.name_group(actor=actor(), group=group, name=args.name)
    if args.owner is not None:
        owner = find_person(group.company, args.owner) if args.owner else None
        changes.set_group_owner(actor=actor(), group=group, owner=owner)
    if args.unit is not None:
        unit = None if args.unit == "none" else find_unit(group.company, args.unit)
        routing.place_group(actor=actor(), group=group, unit=unit)
    _answer(group.address, out)


def run_group_remove(args: Namespace, out: Output) -> None:
    group = find_group(parse(args.address))
    changes.remove_group(actor=actor(), group=group)
    wait_for_release(out)
    out.result({"address": args.address, "removed": True}, args.address)


def run_group_add(args: Namespace, out: Output) -> None:
    group = routing.add_group(
        actor=actor(),
        company=company_of(args.address),
        address=args.address,
        unit=find_unit(company_of(args.address), args.unit) if args.unit else None,
        name=args.name,
        who=args.who,
        members=args.member,
        listed=args.writer,
    )
    wait_for_release(out)
    _answer(group.address, out)


def run_group_who(args: Namespace, out: Output) -> None:
    group = find_group(parse(args.address))
    routing.set_group_writers(actor=actor(), group=group, who=args.who, listed=args.writer)
    wait_for_release(out)
    _answer(group.address, out)


def run_member_add(args: Namespace, out: Output) -> None:
    group = find_group(parse(args.address))
    routing.add_member(actor=actor(), group=group, address=args.member)
    wait_for_release(out)
    _answer(group.address, out)


def run_member_remove(args: Namespace, out: Output) -> None:
    group = find_group(parse(args.address))
    routing.remove_member(actor=actor(), group=group, address=args.member)
    wait_for_release(out)
    _answer(group.address, out)


def _answer(address: str, out: Output) -> None:
    group = find_group(address)
    entries = sorted((e.address, e.writer) for e in group.entries.all())
    document = {
        "address": group.address,
        "name": group.name,
        "who": group.who,
        "owner": group.owner.name if group.owner else "",
        "unit": group.unit.path if group.unit else "",
        "members": [a for a, writer in entries if not writer],
        "listed": [a for a, writer in entries if writer],
    }
    out.result(document, f"{group.address}  {group.who}  {len(document['members'])} members")
