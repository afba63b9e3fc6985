"""`mailbox member`, `mailbox keeper`: who uses a shared, section or project mailbox."""

from __future__ import annotations

from typing import Any

from hongyan.company.mailboxes import members, queries
from hongyan.company.mailboxes.members import RIGHTS
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.models import Person
from hongyan.company.people.queries import find_person
from hongyan.faces.cli.context import actor, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.address import parse
from hongyan.kernel.decision import Refusal


def add_commands(mailbox: Subparsers) -> None:
    member = mailbox.add_parser("member", help="who uses a shared mailbox").add_subparsers(
        metavar="ACTION", required=True
    )
    for name, summary, run in (
        ("add", "a member with rights", run_add),
        ("change", "other rights for a member", run_change),
    ):
        parser = _of(member, name, summary)
        parser.add_argument("member", metavar="MEMBER", help="address of a person's mailbox")
        parser.add_argument("--rights", metavar="LIST", default="read,write", help=f"out of {','.join(RIGHTS)}")
        parser.set_defaults(run=run)
    remove = _of(member, "remove", "access ends at once, live sessions included")
    remove.add_argument("member", metavar="MEMBER")
    remove.add_argument("--reason", default="")
    remove.set_defaults(run=run_remove)
    _of(member, "list", "the keeper and the members").set_defaults(run=run_list)
    keeper = _of(mailbox, "keeper", "who answers for a shared mailbox")
    keeper.add_argument("person", metavar="PERSON", help="the person's number in `person list`, or address")
    keeper.set_defaults(run=run_keeper)


def _of(actions_of: Subparsers, name: str, summary: str) -> Any:
    parser = actions_of.add_parser(name, help=summary)
    parser.add_argument("address", metavar="ADDRESS")
    return parser


def _shared(args: Namespace) -> Mailbox:
    return members.find_shared(parse(args.address), actor())


def _member(args: Namespace) -> Mailbox:
    return queries.find_mailbox(parse(args.member))


def _rights(args: Namespace) -> list[str]:
    return [right.strip() for right in args.rights.split(",") if right.strip()]


def run_add(args: Namespace, out: Output) -> None:
    mailbox = _shared(args)
    members.add_member(actor=actor(), mailbox=mailbox, member=_member(args), rights=_rights(args))
    wait_for_release(out)
    _answer(mailbox, out)


def run_change(args: Namespace, out: Output) -> None:
    mailbox = _shared(args)
    members.change_rights(actor=actor(), mailbox=mailbox, member=_member(args), rights=_rights(args))
    wait_for_release(out)
    _answer(mailbox, out)


def run_remove(args: Namespace, out: Output) -> None:
    mailbox = _shared(args)
    members.remove_member(actor=actor(), mailbox=mailbox, member=_member(args), reason=args.reason)
    wait_for_release(out)
    _answer(mailbox, out)


def run_list(args: Namespace, out: Output) -> None:
    _answer(_shared(args), out)


def run_keeper(args: Namespace, out: Output) -> None:
    mailbox = _shared(args)
    members.change_keeper(actor=actor(), mailbox=mailbox, keeper=_person(mailbox, args.person))
    wait_for_release(out)
    _answer(mailbox, out)


def _person(mailbox: Mailbox, text: str) -> Person:
    """By number, or by the address of his mailbox."""
    if text.isdecimal():
        return find_person(mailbox.company, int(text))
    own = queries.find_mailbox(parse(text))
    if own.person is None:
        raise Refusal("keeper.no_mailbox", person=own.address, clause="G3.2.2")
    return own.person


def _answer(mailbox: Mailbox, out: Output) -> None:
    views = members.list_members(mailbox)
    document = {
        "address": mailbox.address,
        "members": [
            {"address": v.address, "name": v.name, "rights": v.rights, "keeper": v.keeper, "state": v.state}
            for v in views
        ],
    }
    rows = [(v.address, v.name, "keeper" if v.keeper else ", ".join(v.rights), v.state) for v in views]
    out.result(document, lambda: table(rows) if rows else f"{mailbox.address}: -")
