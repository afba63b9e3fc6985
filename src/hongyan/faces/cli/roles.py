"""`role`: who holds which role; grant, revoke, explain an account's rights, separate the three offices."""

from __future__ import annotations

from typing import Any

from hongyan.company.people import rights, roles
from hongyan.company.people.models import ROLES, Company, RoleGrant
from hongyan.company.people.queries import find_unit
from hongyan.faces.cli.context import actor, company_named, parse_date, parse_size, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.decision import Decision, Refusal


def register(sub: Subparsers) -> None:
    role = sub.add_parser("role", help="roles").add_subparsers(metavar="ACTION", required=True)
    every = role.add_parser("list", help="who holds which role, where, until when, by whom and why")
    _where(every)
    every.add_argument("--role", choices=ROLES, default="")
    every.add_argument("--text", default="", help="part of an address, a name or a unit")
    every.set_defaults(run=run_list)

    new = role.add_parser("grant", help="give a role")
    new.add_argument("login", metavar="LOGIN")
    new.add_argument("role", choices=ROLES)
    _where(new)
    new.add_argument("--unit", metavar="PATH", help="for this unit and everything below it")
    new.add_argument("--only", metavar="RIGHTS", help="no more than these, such as mailbox.read,mailbox.write")
    new.add_argument("--until", metavar="DATE", help="the last day")
    new.add_argument("--seats", type=int, metavar="N", help="scoped: the unit may hold so many mailboxes")
    new.add_argument("--storage", metavar="SIZE", help="scoped: their sizes may add up to 500GB")
    new.add_argument("--reason", default="")
    new.set_defaults(run=run_grant)

    revoke = role.add_parser("revoke", help="take a role")
    revoke.add_argument("id", type=int, metavar="ID", help="its number in `role list`")
    revoke.add_argument("--reason", default="")
    revoke.set_defaults(run=run_revoke)

    explain = role.add_parser("explain", help="what an account may do, why, where and until when")
    explain.add_argument("login", metavar="LOGIN")
    explain.set_defaults(run=run_explain)

    separation = role.add_parser("separation", help="nobody holds two of system, security and audit")
    separation.add_argument("state", nargs="?", choices=("on", "off"), help="without it: as it is")
    separation.add_argument("--company", metavar="SLUG")
    separation.set_defaults(run=run_separation)


def _where(parser: Any) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--company", metavar="SLUG")
    where.add_argument("--machine", action="store_true", help="for every company of this machine")


def _company(args: Namespace) -> Company | None:
    return None if args.machine else company_named(args.company)


def _document(grant: RoleGrant) -> dict[str, Any]:
    return {
        "id": grant.pk,
        "login": grant.account.login,
        "name": grant.account.person.name if grant.account.person else "",
        "role": grant.role,
        "company": grant.company.slug if grant.company else "",
        "unit": grant.unit.path if grant.unit else "",
        "permissions": grant.permissions,
        "seats": grant.seats,
        "storage_mb": grant.storage_mb,
        "until": grant.until.isoformat() if grant.until else "",
        "granted_at": grant.granted_at.isoformat(),
        "granted_by": grant.granted_by,
        "reason": grant.reason,
    }


def run_list(args: Namespace, out: Output) -> None:
    grants = rights.list_grants(_company(args), text=args.text, role=args.role)
    rows = [_document(grant) for grant in grants]
    shown = ("id", "login", "name", "role", "company", "unit", "until", "granted_by", "reason")
    out.result(rows, lambda: table([[str(row[key] or "-") for key in shown] for row in rows]))


def run_grant(args: Namespace, out: Output) -> None:
    account = rights.find_account(args.login)
    company = None if args.machine else account.company or company_named(args.company)
    if company is not None and args.company and args.company != company.slug:
        raise Refusal("account.unknown", login=args.login)
    if args.unit and company is None:
        raise Refusal("unit.unknown", path=args.unit)
    grant = roles.grant_role(
        actor=actor(),
        account=account,
        role=args.role,
        company=company,
        unit=find_unit(company, args.unit) if args.unit and company else None,
        permissions=[text.strip() for text in args.only.split(",")] if args.only else None,
        until=parse_date(args.until),
        seats=args.seats,
        storage_mb=parse_size(args.storage),
        reason=args.reason,
    )
    wait_for_release(out)
    out.result(_document(grant), out.say("role_said.granted", login=account.login, role=grant.role, id=grant.pk))


def run_revoke(args: Namespace, out: Output) -> None:
    acting = actor()
    grant = rights.find_grant(acting, args.id)
    document = _document(grant)
    roles.revoke_role(actor=acting, grant=grant, reason=args.reason)
    wait_for_release(out)
    out.result(document, out.say("role_said.revoked", login=document["login"], role=grant.role))


def run_explain(args: Namespace, out: Output) -> None:
    told = rights.explain_rights(rights.find_account(args.login))
    document = {
        "login": told.login,
        "name": told.name,
        "rights": [
            {
                "permission": right.permission,
                "by": [
                    {"role": held.role, "source": held.source, "company": held.company, "unit": held.unit,
                     "until": held.until.isoformat() if held.until else "", "grant": held.grant_id}
                    for held in right.by
                ],
            }
            for right in told.rights
        ],
        "roles": [[out.tell(line) for line in rights.told(held)] for held in told.held],
        "not_included": [out.tell(line) for line in rights.not_included(told)],
    }  # fmt: skip
    out.result(document, lambda: "\n".join(_explained(told, out)))


def _explained(told: rights.Explanation, out: Output) -> list[str]:
    lines = [f"{told.login}  {told.name}".rstrip()]
    if not told.held:
        lines.append(f"  {out.say('explain.nothing')}")
    for held in told.held:
        first, *more = (out.tell(line) for line in rights.told(held))
        lines += [f"  {first}", *(f"    {line}" for line in more)]
        for name in held.permissions:
            lines.append(f"    - {out.tell(Decision(f'right_means.{name}'))}  [{name}]")
    return [*lines, *(f"  {out.tell(line)}" for line in rights.not_included(told))]


def run_separation(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    if args.state:
        roles.separate_offices(actor=actor(), company=company, on=args.state == "on")
    said = out.say("role_said.separated" if company.separated else "role_said.joined", company=company.name)
    out.result({"company": company.slug, "separated": company.separated}, said)
