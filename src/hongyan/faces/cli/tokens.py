"""`token`: keys with which programs use the API."""

from __future__ import annotations

from datetime import timedelta

from hongyan.company.access import actions, queries
from hongyan.company.access.models import Token
from hongyan.company.people.models import Company, Unit
from hongyan.company.people.queries import find_company, find_unit, list_companies
from hongyan.faces.cli.context import actor, parse_date
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel import clock
from hongyan.kernel.actor import PERMITS
from hongyan.kernel.decision import Refusal

DAYS = 90


def register(sub: Subparsers) -> None:
    token = sub.add_parser("token", help="keys for programs").add_subparsers(metavar="ACTION", required=True)
    add = token.add_parser("add", help="a new token, told once")
    add.add_argument("--role", required=True, choices=sorted(role for role, permits in PERMITS.items() if permits))
    add.add_argument("--scope", required=True, metavar="SLUG[/UNIT]", help="a company, a unit of it, or * for all")
    add.add_argument("--expires", metavar="DATE", help=f"its last day, a year from now at most (default: {DAYS} days)")
    add.add_argument("--name", default="", help="what it is for")
    add.add_argument("--only", action="append", metavar="PERMISSION", help="no more than these of the role's")
    add.add_argument("--per-minute", type=int, default=actions.PER_MINUTE, metavar="N", help="requests a minute")
    add.set_defaults(run=run_add)
    listing = token.add_parser("list", help="tokens, without their text")
    listing.add_argument("--company", metavar="SLUG", default="", help="without it, of all and of the machine")
    listing.set_defaults(run=run_list)
    revoke = token.add_parser("revoke", help="refuse it from the next request on")
    revoke.add_argument("number", type=int, metavar="N")
    revoke.set_defaults(run=run_revoke)


def scope_of(text: str) -> tuple[Company | None, Unit | None]:
    """`*`, `corp`, `corp/總公司/信息部`."""
    if text == queries.EVERYWHERE:
        return None, None
    slug, slash, path = text.partition("/")
    if not slug or (slash and not path):
        raise Refusal("token.scope_malformed", scope=text[:120])
    company = find_company(slug)
    return company, find_unit(company, path) if path else None


def run_add(args: Namespace, out: Output) -> None:
    company, unit = scope_of(args.scope)
    token, text = actions.add_token(
        actor=actor(), name=args.name or args.role, role=args.role, company=company, unit=unit, only=args.only,
        expires_on=parse_date(args.expires) or clock.today() + timedelta(days=DAYS), per_minute=args.per_minute,
    )  # fmt: skip
    document = _document(token, "active") | {"token": text}
    out.result(
        document, lambda: f"{token.pk}  {token.name}  {token.role}  {document['scope']}  {token.expires_on}\n  {text}"
    )


def _document(token: Token, state: str) -> dict[str, object]:
    scope = token.company.slug if token.company else queries.EVERYWHERE
    return {
        "id": token.pk, "name": token.name, "role": token.role,
        "scope": f"{scope}/{token.unit.path}" if token.unit else scope, "only": token.only,
        "expires_on": token.expires_on.isoformat(), "made_by": token.made_by, "state": state, "hint": token.hint,
        "used_at": token.used_at.isoformat() if token.used_at else None, "per_minute": token.per_minute,
    }  # fmt: skip


def run_list(args: Namespace, out: Output) -> None:
    places: list[Company | None] = [find_company(args.company)] if args.company else [None, *list_companies()]
    tokens = [token for place in places for token in queries.tokens_within(actor(), place).order_by("pk")]
    rows = [_document(token, state) for token, state in zip(tokens, queries.states_of(tokens), strict=True)]
    columns = ("id", "name", "role", "scope", "expires_on", "state", "hint")
    out.result(rows, lambda: table([tuple(str(row[name]) for name in columns) for row in rows]))


def run_revoke(args: Namespace, out: Output) -> None:
    token = queries.find_token(actor(), args.number)
    actions.revoke_token(actor=actor(), token=token)
    out.result({"id": token.pk, "state": "revoked"}, f"{token.pk}  {token.name}  revoked")
