"""`profile`: what posts bring; what somebody has by his post; what a move would change."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hongyan.company.people.models import Company, Person, Unit
from hongyan.company.people.posts import find_post
from hongyan.company.people.queries import find_person, find_unit
from hongyan.company.profiles import actions, queries
from hongyan.company.profiles.actions import Posts
from hongyan.company.profiles.models import KINDS, Given, Item, Profile
from hongyan.company.profiles.settling import label
from hongyan.company.profiles.things import Post
from hongyan.faces.cli.context import actor, company_named, wait_for_release
from hongyan.faces.cli.output import Output, table
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.decision import Refusal


def register(sub: Subparsers) -> None:
    profile = sub.add_parser("profile", help="what posts bring").add_subparsers(metavar="ACTION", required=True)
    _command(profile, "list", "every profile with what it brings", run_list)
    new = _command(profile, "add", "posts that bring something", run_add)
    new.add_argument("name", metavar="NAME")
    change = _command(profile, "change", "another name, other posts", run_change)
    change.add_argument("profile", metavar="PROFILE")
    change.add_argument("--name")
    for parser in (new, change):
        parser.add_argument("--unit", metavar="PATH", help="posts in this unit; without it: anywhere")
        parser.add_argument("--alone", action="store_true", help="not in the units below it")
        parser.add_argument("--post", metavar="TITLE", default="", help="of this title")
        parser.add_argument("--grade", type=int, default=0, metavar="N", help="of this grade and above")
    remove = _command(profile, "remove", "take back what it brought, and forget it", run_remove)
    remove.add_argument("profile", metavar="PROFILE")
    bring = _command(profile, "bring", "what the posts bring", run_bring)
    bring.add_argument("profile", metavar="PROFILE")
    bring.add_argument("kind", choices=KINDS)
    bring.add_argument("value", metavar="VALUE", help="an address, a permit (outside, large:40), a role, megabytes")
    bring.add_argument("--rights", default="read", metavar="LIST", help="in a shared mailbox")
    drop = _command(profile, "drop", "what the posts bring no more", run_drop)
    drop.add_argument("profile", metavar="PROFILE")
    drop.add_argument("item", type=int, metavar="ITEM", help="its number in `profile list`")
    given = _command(profile, "given", "what a person has by his posts", run_given)
    given.add_argument("person", type=int, metavar="PERSON")
    preview = _command(profile, "preview", "what a move would give and take", run_preview)
    preview.add_argument("person", type=int, metavar="PERSON")
    preview.add_argument("unit", metavar="PATH")
    preview.add_argument("--post", metavar="TITLE", default="")
    preview.add_argument("--grade", type=int, default=0, metavar="N")
    preview.add_argument("--leaving", type=int, metavar="ID", help="the post that ends; without it: none")
    _command(profile, "waiting", "what waits for somebody to agree", run_waiting)
    agree = _command(profile, "agree", "give what waits", run_agree)
    agree.add_argument("id", type=int, metavar="ID", help="its number in `profile waiting`")


def _command(profile: Subparsers, name: str, summary: str, run: Any) -> Any:
    parser = profile.add_parser(name, help=summary)
    parser.add_argument("--company", metavar="SLUG")
    parser.set_defaults(run=run)
    return parser


def _find(args: Namespace) -> Profile:
    """By number or by name."""
    company = company_named(args.company)
    rows = queries.list_profiles(actor(), company)
    found = rows.filter(pk=int(args.profile)) if args.profile.isascii() and args.profile.isdigit() else rows.none()
    profile = found.first() or rows.filter(name=args.profile).first()
    if profile is None:
        raise Refusal("profile.unknown")
    return profile


def _posts(args: Namespace, company: Company, name: str) -> Posts:
    return Posts(name, _unit(company, args.unit), not args.alone, args.post, args.grade)


def _unit(company: Company, path: str | None) -> Unit | None:
    return find_unit(company, path) if path else None


def _item(item: Item) -> dict[str, Any]:
    what = item.group.address if item.group else item.shared.address if item.shared else item.value
    return {"id": item.pk, "kind": item.kind, "value": what, "rights": item.rights}


def _document(profile: Profile) -> dict[str, Any]:
    items = profile.items.select_related("group", "shared").order_by("pk")
    return {
        "id": profile.pk, "name": profile.name, "unit": profile.unit.path if profile.unit else "",
        "below": profile.below, "post": profile.post, "grade": profile.grade, "items": [_item(item) for item in items],
    }  # fmt: skip


def _answer(profile: Profile, out: Output) -> None:
    document = _document(profile)
    out.result(document, lambda: _lines(document))


def _lines(row: dict[str, Any]) -> str:
    head = f"{row['id']}  {row['name']}  {row['unit'] or '*'}  {row['post'] or '*'}  {row['grade'] or '*'}"
    items = [(str(i["id"]), i["kind"], i["value"], ",".join(i["rights"])) for i in row["items"]]
    return f"{head}\n{table(items, indent='  ')}" if items else head


def run_list(args: Namespace, out: Output) -> None:
    rows = [_document(row) for row in queries.list_profiles(actor(), company_named(args.company)).order_by("name")]
    out.result(rows, lambda: "\n".join(_lines(row) for row in rows))


def run_add(args: Namespace, out: Output) -> None:
    company = company_named(args.company)
    _answer(actions.add_profile(actor=actor(), company=company, posts=_posts(args, company, args.name)), out)


def run_change(args: Namespace, out: Output) -> None:
    profile = _find(args)
    posts = _posts(args, profile.company, args.name or profile.name)
    changed = actions.change_profile(actor=actor(), profile=profile, posts=posts)
    wait_for_release(out)
    _answer(changed, out)


def run_remove(args: Namespace, out: Output) -> None:
    profile = _find(args)
    document = _document(profile)
    actions.remove_profile(actor=actor(), profile=profile)
    wait_for_release(out)
    out.result(document | {"removed": True}, document["name"])


def run_bring(args: Namespace, out: Output) -> None:
    profile = _find(args)
    rights = [right.strip() for right in args.rights.split(",") if right.strip()]
    actions.add_item(actor=actor(), profile=profile, kind=args.kind, value=args.value, rights=rights)
    wait_for_release(out)
    _answer(profile, out)


def run_drop(args: Namespace, out: Output) -> None:
    profile = _find(args)
    actions.remove_item(actor=actor(), profile=profile, item_id=args.item)
    wait_for_release(out)
    _answer(profile, out)


def _person(args: Namespace) -> Person:
    return find_person(company_named(args.company), args.person)


def _given(row: Given) -> dict[str, Any]:
    return {
        "id": row.pk, "person": row.person_id, "address": row.mailbox.address, "kind": row.kind, "value": label(row),
        "profile": row.name, "unit": row.unit.path if row.unit else "", "state": row.state, "problem": row.problem,
    }  # fmt: skip


def _show_given(rows: list[dict[str, Any]], out: Output) -> None:
    shown = ("id", "address", "kind", "value", "profile", "unit", "state", "problem")
    out.result(rows, lambda: table([[str(row[key] or "-") for key in shown] for row in rows]))


def run_given(args: Namespace, out: Output) -> None:
    _show_given([_given(row) for row in queries.given_to(_person(args))], out)


def run_waiting(args: Namespace, out: Output) -> None:
    _show_given([_given(row) for row in queries.waiting_in(actor(), company_named(args.company))], out)


def run_preview(args: Namespace, out: Output) -> None:
    person = _person(args)
    leaving = find_post(person, args.leaving) if args.leaving else None
    to = Post(find_unit(person.company, args.unit), args.post, args.grade)
    document = asdict(queries.preview_move(person, leaving, to))
    out.result(document, lambda: table([(name, ", ".join(value) or "-") for name, value in document.items()]))


def run_agree(args: Namespace, out: Output) -> None:
    row = queries.waiting_in(actor(), company_named(args.company)).filter(pk=args.id).first()
    if row is None:
        raise Refusal("profile.not_waiting")
    actions.agree(actor=actor(), given=row)
    wait_for_release(out)
    row.refresh_from_db()
    document = _given(row)
    out.result(document, f"{document['address']}  {document['kind']}  {document['value']}")
