"""`permit`: what single mailboxes may beyond the company's rules; `permit modes`: who may write and forward outside at all."""

from __future__ import annotations

from typing import Any

from hongyan.company.mailboxes.queries import find_mailbox
from hongyan.company.people.queries import find_company
from hongyan.company.permits import actions, queries
from hongyan.company.permits.models import KINDS, MODES, Modes, Permit
from hongyan.faces.cli.context import actor, company_named, parse_date, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.address import parse
from hongyan.kernel.decision import Refusal


def register(sub: Subparsers) -> None:
    permit = sub.add_parser("permit", help="permits of mailboxes").add_subparsers(metavar="ACTION", required=True)
    every = permit.add_parser("list", help="who may what, until when, why")
    every.add_argument("address", nargs="?", metavar="ADDRESS", help="of one mailbox")
    every.add_argument("--company", metavar="SLUG")
    every.add_argument("--kind", choices=KINDS, default="")
    every.set_defaults(run=run_list)

    new = permit.add_parser("grant", help="write outside, forward outside, send large messages, write to a group")
    new.add_argument("address", metavar="ADDRESS")
    new.add_argument("kind", choices=KINDS)
    new.add_argument(
        "value", nargs="?", default="", metavar="VALUE",
        help="forward: an address, @domain or *; large: megabytes; group: its address",
    )  # fmt: skip
    new.add_argument("--until", metavar="DATE", help="the last day")
    new.add_argument("--reason", default="")
    new.set_defaults(run=run_grant)

    end = permit.add_parser("end", help="the permit ends now")
    end.add_argument("id", type=int, metavar="ID", help="its number in `permit list`")
    end.add_argument("--reason", default="")
    end.set_defaults(run=run_end)

    modes = permit.add_parser("modes", help="whether everyone writes and forwards outside, or who has a permit")
    modes.add_argument("slug", metavar="SLUG")
    modes.add_argument("--outside", choices=MODES)
    modes.add_argument("--forward", choices=MODES)
    modes.set_defaults(run=run_modes)


def _document(permit: Permit) -> dict[str, Any]:
    return {
        "id": permit.pk, "address": permit.mailbox.address, "kind": permit.kind, "value": permit.subject,
        "until": permit.until.isoformat() if permit.until else "", "reason": permit.reason, "source": permit.source,
        "granted_at": permit.granted_at.isoformat(), "granted_by": permit.granted_by,
    }  # fmt: skip


def run_list(args: Namespace, out: Output) -> None:
    if args.address:
        rows = queries.permits_of(find_mailbox(parse(args.address)), args.kind)
    else:
        found = queries.list_permits(actor(), company_named(args.company))
        rows = list((found.filter(kind=args.kind) if args.kind else found).order_by("mailbox__address", "pk"))
    documents = [_document(permit) for permit in rows]
    shown = ("id", "address", "kind", "value", "until", "source", "granted_by", "reason")
    out.result(documents, lambda: table([[str(row[key] or "-") for key in shown] for row in documents]))


def run_grant(args: Namespace, out: Output) -> None:
    permit = actions.grant_permit(
        actor=actor(), mailbox=find_mailbox(parse(args.address)), kind=args.kind, value=args.value,
        until=parse_date(args.until), reason=args.reason,
    )  # fmt: skip
    wait_for_release(out)
    document = _document(permit)
    out.result(document, f"{permit.pk}  {permit.mailbox.address}  {permit.kind}  {permit.subject}".rstrip())


def run_end(args: Namespace, out: Output) -> None:
    rows = Permit.objects.select_related("mailbox__company", "mailbox__account", "mailbox__person", "group__company")
    permit = rows.filter(pk=args.id).first()
    if permit is None:
        raise Refusal("permit.unknown", permit=args.id)
    document = _document(permit)
    actions.end_permit(actor=actor(), permit=permit, reason=args.reason)
    wait_for_release(out)
    out.result(document | {"ended": True}, f"{document['address']}  {document['kind']}  {document['value']}".rstrip())


def run_modes(args: Namespace, out: Output) -> None:
    company = find_company(args.slug)
    modes: Modes = queries.modes_of(company)
    if args.outside or args.forward:
        modes = actions.set_modes(actor=actor(), company=company, outside=args.outside, forward=args.forward)
        wait_for_release(out)
    document = {"company": company.slug, "outside": modes.outside, "forward": modes.forward}
    out.result(document, lambda: table([(name, str(value)) for name, value in document.items()]))
