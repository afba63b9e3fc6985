"""Writes to profiles of posts: make, change, remove; what they bring; agree to what waits.

Always: permission, rows and audit event in one transaction. Who lays down what a post brings must hold the right to give
each thing himself, in the whole company; who has the post now gets and loses it at once, or by the schedule when there are
many. Nobody agrees to what he would get himself.
Clauses: B2, G2.1.3, G3.2.2, P12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from hongyan.company.mailboxes.actions import check_quota
from hongyan.company.mailboxes.members import RIGHTS
from hongyan.company.mailboxes.models import SHARED_KINDS, Group, Mailbox
from hongyan.company.people.actions import clean_grade, clean_name
from hongyan.company.people.holding import holds
from hongyan.company.people.models import Appointment, Company, Person, RoleGrant, Unit
from hongyan.company.people.standing import beyond, gives_roles, is_self
from hongyan.company.people.tree import below as within
from hongyan.company.permits.values import wanted
from hongyan.company.profiles.following import AT_ONCE, put_off
from hongyan.company.profiles.models import KINDS, Given, Item, Profile
from hongyan.company.profiles.settling import carry_out, label, settle
from hongyan.kernel import address as addresses, ledger
from hongyan.kernel.actor import UNIT_ROLES, Actor
from hongyan.kernel.decision import Refusal

MAX_ITEMS = 50
#: Roles that a post may bring; a head has his by being one.
ROLES = tuple(sorted(UNIT_ROLES - {"head"}))


@dataclass(frozen=True, slots=True)
class Posts:
    """Which posts a profile is for."""

    name: str
    unit: Unit | None = None
    below: bool = True
    post: str = ""
    grade: int = 0


def add_profile(*, actor: Actor, company: Company, posts: Posts) -> Profile:
    """Refuses `profile.name_malformed`, `profile.exists`, `unit.unknown`, `grade.range`."""
    return _save(actor, Profile(company=company), posts, "profile.added")


def change_profile(*, actor: Actor, profile: Profile, posts: Posts) -> Profile:
    """Another name, other posts. Refuses as `add_profile`."""
    return _save(actor, profile, posts, "profile.changed")


def _save(actor: Actor, profile: Profile, posts: Posts, kind: str) -> Profile:
    company = profile.company
    actor.require("settings.write", company.slug)
    if posts.unit is not None and posts.unit.company_id != company.pk:
        raise Refusal("unit.unknown", path=posts.unit.path)
    name = clean_name(posts.name, "profile.name_malformed", 100)
    title = clean_name(posts.post, "appointment.post_malformed", 80) if posts.post.strip() else ""
    grade = clean_grade(posts.grade)
    try:
        with transaction.atomic():
            before = set(_concerned(profile)) if profile.pk else set()
            profile.name, profile.unit, profile.below, profile.post, profile.grade = (
                name, posts.unit, posts.below, title, grade,
            )  # fmt: skip
            profile.save()
            _record(kind, actor, profile, unit=posts.unit.path if posts.unit else "", post=title, grade=grade)
            _settle(actor, before | set(_concerned(profile)) if profile.items.exists() else before)
    except IntegrityError:
        raise Refusal("profile.exists", name=name) from None
    return profile


def remove_profile(*, actor: Actor, profile: Profile) -> None:
    """What it brought is taken back from everybody."""
    actor.require("settings.write", profile.company.slug)
    with transaction.atomic():
        concerned = list(Given.objects.filter(profile=profile).values_list("person", flat=True).distinct())
        _record("profile.removed", actor, profile)
        profile.delete()
        _settle(actor, concerned)


def add_item(*, actor: Actor, profile: Profile, kind: str, value: str = "", rights: Sequence[str] = ()) -> Item:
    """`value`: a group's or shared mailbox's address, a permit (KIND or KIND:VALUE), a role, megabytes. `rights`: of a
    shared mailbox. Refuses `profile.item_unknown`, `profile.item_exists`, `profile.too_many`, and what each kind refuses."""
    company = profile.company
    actor.require("settings.write", company.slug)
    if profile.items.count() >= MAX_ITEMS:
        raise Refusal("profile.too_many", limit=MAX_ITEMS)
    item = _item(actor, profile, kind, value.strip(), rights)
    with transaction.atomic():
        same = profile.items.filter(kind=kind, group=item.group, shared=item.shared)
        if (kind in ("group", "shared", "size") and same.exists()) or same.filter(value=item.value).exists():
            raise Refusal("profile.item_exists", name=profile.name)
        item.save()
        _record("profile.item_added", actor, profile, item=kind, value=_what(item), rights=item.rights)
        _settle(actor, _concerned(profile))
    return item


def remove_item(*, actor: Actor, profile: Profile, item_id: int) -> None:
    """Who has it because of this profile alone has it no more. Refuses `profile.item_gone`."""
    actor.require("settings.write", profile.company.slug)
    with transaction.atomic():
        item = profile.items.select_related("group", "shared").filter(pk=item_id).first()
        if item is None:
            raise Refusal("profile.item_gone")
        _record("profile.item_removed", actor, profile, item=item.kind, value=_what(item))
        item.delete()
        _settle(actor, list(Given.objects.filter(profile=profile).values_list("person", flat=True).distinct()))


def agree(*, actor: Actor, given: Given) -> None:
    """What waits is given. Refuses `profile.not_waiting`, `profile.agree_own`, and what giving it refuses."""
    company = given.person.company
    actor.require("mailbox.write", company.slug)
    if given.kind == "role" and not gives_roles(actor, company):
        raise Refusal("permission.missing", clause="G2.1.3", permission="role.write")
    if is_self(actor, given.person):
        raise Refusal("profile.agree_own", clause="G2.1.3")
    with transaction.atomic():
        row = Given.objects.select_for_update().filter(pk=given.pk).exclude(state="given").first()
        if row is None:
            raise Refusal("profile.not_waiting")
        carry_out(row)
        row.state, row.problem = "given", ""
        row.save()
        ledger.record(
            "profile.agreed", chain=company.slug, actor=actor.name, subject=f"person/{row.person_id}",
            profile=row.name, value=label(row),
        )  # fmt: skip


# -- parts ---------------------------------------------------------------------------------------


def _item(actor: Actor, profile: Profile, kind: str, value: str, rights: Sequence[str]) -> Item:
    company = profile.company
    match kind:
        case "group":
            actor.require("group.write", company.slug)
            group = Group.objects.filter(company=company, address=value.lower()).first()
            if group is None:
                raise Refusal("group.unknown", address=value[:120])
            return Item(profile=profile, kind=kind, group=group)
        case "shared":
            actor.require("mailbox.write", company.slug)
            return Item(profile=profile, kind=kind, shared=_shared(company, value), rights=_rights(rights))
        case "permit":
            actor.require("mailbox.write", company.slug)
            name, _, what = value.partition(":")
            found = wanted(company, name, what)
            target = found.group.address if found.group is not None else found.value
            return Item(profile=profile, kind=kind, value=f"{name}:{target}" if target else name)
        case "role":
            _require_role(actor, company, value)
            return Item(profile=profile, kind=kind, value=value)
        case "size":
            actor.require("mailbox.write", company.slug)
            number = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
            check_quota(number)
            return Item(profile=profile, kind=kind, value=str(number))
    raise Refusal("profile.item_unknown", kind=kind[:20], known=", ".join(KINDS))


def _shared(company: Company, address: str) -> Mailbox:
    found = Mailbox.objects.filter(company=company, address=addresses.parse(address), closed_at=None).first()
    if found is None:
        raise Refusal("mailbox.unknown", address=address[:120])
    if found.kind not in SHARED_KINDS:
        raise Refusal("mailbox.not_shared", clause="G4.2.3", address=found.address)
    return found


def _rights(rights: Sequence[str]) -> list[str]:
    if unknown := [right for right in rights if right not in RIGHTS]:
        raise Refusal("member.rights_unknown", right=unknown[0], known=", ".join(RIGHTS))
    if not rights:
        raise Refusal("member.rights_none")
    return [right for right in RIGHTS if right in rights]


def _require_role(actor: Actor, company: Company, role: str) -> None:
    """Whoever lays it down could give it himself, in the whole company."""
    if role not in ROLES:
        raise Refusal("role.unknown_name", role=role[:20], known=list(ROLES))
    if not gives_roles(actor, company):
        raise Refusal("permission.missing", clause="G2.1.3", permission="role.write")
    if missing := list(beyond(actor, RoleGrant(role=role, company=company))):
        raise Refusal("role.beyond_giver", clause="G2.1.3", role=role, permissions=missing)


def _what(item: Item) -> str:
    if item.group is not None:
        return item.group.address
    return item.shared.address if item.shared is not None else item.value


def _concerned(profile: Profile) -> list[int]:
    """Who has one of its posts, and who has something from it."""
    rows = Appointment.objects.filter(holds(), unit__company=profile.company_id, grade__gte=profile.grade)
    if profile.unit is not None:
        rows = (
            rows.filter(within([profile.unit.path], "unit__path")) if profile.below else rows.filter(unit=profile.unit)
        )
    if profile.post:
        rows = rows.filter(post=profile.post)
    having = Given.objects.filter(profile=profile).values_list("person", flat=True)
    return sorted({*rows.values_list("person", flat=True), *having})


def _settle(actor: Actor, persons: Sequence[int] | set[int]) -> None:
    if len(persons) > AT_ONCE:
        put_off(persons)
        return
    for person in Person.objects.select_related("company").filter(pk__in=persons).order_by("pk"):
        settle(actor, person)


def _record(kind: str, actor: Actor, profile: Profile, **params: object) -> None:
    ledger.record(
        kind, chain=profile.company.slug, actor=actor.name, subject=f"profile/{profile.pk}", name=profile.name, **params
    )
