"""Groups of an identity provider and their members; a mail group that follows one of them.

Always: members are users of the same source; a mail group that follows gets the mailboxes of the group's people and loses
those of people whom the source knows and does not name there; members whom the office added stay.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from hongyan.company.mailboxes.models import PERSONAL_KINDS, Group, GroupMember, Mailbox
from hongyan.company.mailboxes.routing import add_member, remove_member
from hongyan.company.people.models import Company
from hongyan.company.staff import keeping
from hongyan.company.staff.models import Link, ScimGroup, ScimMember, ScimUser, Source
from hongyan.company.staff.scim import filters
from hongyan.company.staff.scim.filters import ColumnOf, Compare
from hongyan.company.staff.scim.patching import operations
from hongyan.company.staff.scim.problems import ScimProblem, invalid, unknown
from hongyan.company.staff.scim.resources import text
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

COLUMNS: Final[Mapping[str, ColumnOf]] = {
    "id": ColumnOf("uid", "uuid"), "displayname": ColumnOf("name_key", "folded"),
    "externalid": ColumnOf("external_id", "text"), "members": ColumnOf("members__uid", "uuid"),
    "members.value": ColumnOf("members__uid", "uuid"), "meta.created": ColumnOf("created_at", "moment"),
    "meta.lastmodified": ColumnOf("changed_at", "moment"),
}  # fmt: skip
CHUNK: Final = 500


def list_groups(source: Source, filter_text: str = "") -> QuerySet[ScimGroup]:
    rows = ScimGroup.objects.filter(source=source).order_by("pk")
    if not filter_text:
        return rows
    return rows.filter(
        pk__in=rows.filter(filters.as_query(filters.parse(filter_text), COLUMNS)).order_by().values("pk")
    )


def find_group(source: Source, uid: str) -> ScimGroup:
    try:
        return ScimGroup.objects.get(source=source, uid=uuid.UUID(uid))
    except (ScimGroup.DoesNotExist, ValueError):
        raise unknown("group") from None


def create_group(*, source: Source, resource: Any) -> ScimGroup:
    name, external, members = _checked(resource)
    now = clock.now()
    group = ScimGroup(source=source, created_at=now, changed_at=now, external_id=external)
    with transaction.atomic():
        _lock(source)
        _name(group, name)
        _save(group)
        _join(group, members)
        follow_group(group)
    return group


def replace_group(*, source: Source, uid: str, resource: Any, version: Callable[[int], bool]) -> ScimGroup:
    name, external, members = _checked(resource)
    with transaction.atomic():
        group = _begin(source, uid, version)
        group.external_id = external
        _name(group, name)
        wanted = set(_users(source, members))
        ScimMember.objects.filter(group=group).exclude(user__in=wanted).delete()
        _join(group, members)
        return _end(group)


def patch_group(*, source: Source, uid: str, body: Any, version: Callable[[int], bool]) -> ScimGroup:
    with transaction.atomic():
        group = _begin(source, uid, version)
        for operation in operations(body):
            if operation.path:
                _apply(group, operation.op, operation.path, operation.value)
            elif isinstance(operation.value, Mapping):
                for path, value in operation.value.items():
                    _apply(group, operation.op, str(path), value)
            else:
                raise invalid("Without a path the value is an object.")
        return _end(group)


def delete_group(*, source: Source, uid: str, version: Callable[[int], bool]) -> None:
    """A mail group that followed it stays as it is."""
    with transaction.atomic():
        _begin(source, uid, version).delete()


def _begin(source: Source, uid: str, version: Callable[[int], bool]) -> ScimGroup:
    _lock(source)
    group = find_group(source, uid)
    if not version(group.version):
        raise ScimProblem(412, "", "The resource has changed since.")
    return group


def _end(group: ScimGroup) -> ScimGroup:
    group.version, group.changed_at = group.version + 1, clock.now()
    _save(group)
    follow_group(group)
    return group


def _lock(source: Source) -> None:
    Company.objects.select_for_update().get(pk=source.company_id)


def _checked(resource: Any) -> tuple[str, str, list[str]]:
    if not isinstance(resource, Mapping):
        raise invalid("A group is an object.", "invalidSyntax")
    given = {str(name).lower(): value for name, value in resource.items()}
    name = text("displayName", given.get("displayname") or "")
    if not name:
        raise invalid("displayName is needed.")
    return name, text("externalId", given.get("externalid") or "")[:200], _ids(given.get("members") or [])


def _ids(value: Any) -> list[str]:
    """`[{"value": id}]`, one of them, or bare ids."""
    rows = value if isinstance(value, list) else [value]
    return [str(row.get("value", "")) if isinstance(row, Mapping) else str(row) for row in rows]


def _name(group: ScimGroup, name: str) -> None:
    if not name or len(name) > 200:
        raise invalid("displayName is empty or too long.")
    group.display_name, group.name_key = name, name.casefold()[:200]


def _save(group: ScimGroup) -> None:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError:
        raise ScimProblem(409, "uniqueness", f"There is a group {group.display_name} already.") from None


def _apply(group: ScimGroup, op: str, path: str, value: Any) -> None:
    name = filters.plain(path.partition("[")[0])
    if name == "displayname":
        _name(group, text("displayName", value or "") if op != "remove" else "")
    elif name == "externalid":
        group.external_id = "" if op == "remove" else text("externalId", value or "")[:200]
    elif name == "members":
        _members(group, op, path, value)


def _members(group: ScimGroup, op: str, path: str, value: Any) -> None:
    """Entra ID removes with the members as the value, Okta with `members[value eq "id"]`; without either all go."""
    rows = ScimMember.objects.filter(group=group)
    if "[" in path:
        node = filters.parse(path)
        if (
            op != "remove"
            or not isinstance(node, Compare)
            or (node.attribute, node.operator) != ("members.value", "eq")
        ):
            raise invalid("Members are removed by members[value eq ...].", "invalidPath")
        rows.filter(user__in=_users(group.source, [str(node.value)])).delete()
    elif op == "remove":
        (rows.filter(user__in=_users(group.source, _ids(value))) if value else rows).delete()
    else:
        wanted = _ids(value or [])
        if op == "replace":
            rows.exclude(user__in=_users(group.source, wanted)).delete()
        _join(group, wanted)


def _users(source: Source, ids: Sequence[str]) -> list[int]:
    found: list[int] = []
    known = [uid for uid in ids if _is_uuid(uid)]
    for start in range(0, len(known), CHUNK):
        rows = ScimUser.objects.filter(source=source, uid__in=[uuid.UUID(uid) for uid in known[start : start + CHUNK]])
        found += rows.order_by("pk").values_list("pk", flat=True)
    return found


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _join(group: ScimGroup, ids: Sequence[str]) -> None:
    """Who is no user of the source is refused, so that the provider sees it."""
    users = _users(group.source, ids)
    if len(set(users)) != len({uid.lower() for uid in ids}):
        raise invalid("A member is no user here.")
    ScimMember.objects.bulk_create([ScimMember(group=group, user_id=pk) for pk in users], CHUNK, ignore_conflicts=True)


def members_of(groups: Iterable[ScimGroup]) -> dict[int, list[tuple[str, str]]]:
    """Group -> (id, userName) of its members, in two queries for a page of groups."""
    found: dict[int, list[tuple[str, str]]] = {}
    rows = ScimMember.objects.filter(group__in=[group.pk for group in groups]).order_by("pk")
    for group, uid, name in rows.values_list("group", "user__uid", "user__user_name"):
        found.setdefault(group, []).append((str(uid), name))
    return found


# -- mail groups that follow -----------------------------------------------------------------------------
def bind_group(*, actor: Actor, group: ScimGroup, address: str) -> None:
    """The mail group at this address follows from now on; "" ends it. Refuses `group.unknown`."""
    company = group.source.company
    actor.require("group.write", company.slug)
    actor.require("people.write", company.slug)
    address = address.strip().lower()
    if address and not Group.objects.filter(company=company, address=address).exists():
        raise Refusal("group.unknown", address=address)
    with transaction.atomic():
        before, group.address = group.address, address
        group.save(update_fields=["address"])
        ledger.record(
            "staff.group_bound", chain=company.slug, actor=actor.name, subject=f"source/{group.source.pk}",
            name=group.display_name, before=before, after=address,
        )  # fmt: skip
        follow_group(group)


def follow_group(group: ScimGroup) -> None:
    mail = (
        Group.objects.select_related("company", "unit")
        .filter(company=group.source.company, address=group.address)
        .first()
    )
    if not group.address or mail is None:
        return
    users = ScimUser.objects.filter(memberships__group=group, active=True)
    wanted = _addresses(group.source, [str(uid) for uid in users.values_list("uid", flat=True)])
    there = set(GroupMember.objects.filter(group=mail, writer=False).values_list("address", flat=True))
    ours = {address for address in there if _is_of(group.source, address)}
    _move(keeping.actor_of(group.source), mail, wanted - there, ours - wanted)


def follow_user(source: Source, user: ScimUser, *, gone: bool = False) -> None:
    """His mailbox may be new, or he works no more: the groups that he is in and that are followed."""
    for group in ScimGroup.objects.select_related("source__company").filter(memberships__user=user).exclude(address=""):
        mail = (
            Group.objects.select_related("company", "unit")
            .filter(company=source.company, address=group.address)
            .first()
        )
        if mail is None:
            continue
        own = _addresses(source, [str(user.uid)])
        there = set(
            GroupMember.objects.filter(group=mail, writer=False, address__in=own).values_list("address", flat=True)
        )
        works = user.active and not gone
        _move(keeping.actor_of(source), mail, own - there if works else set(), there if not works else set())


def _addresses(source: Source, keys: Sequence[str]) -> set[str]:
    """The personal mailboxes of the people behind these users."""
    found: set[str] = set()
    for start in range(0, len(keys), CHUNK):
        persons = Link.objects.filter(source=source, key__in=keys[start : start + CHUNK]).values("person")
        rows = Mailbox.objects.filter(person__in=persons, kind__in=PERSONAL_KINDS, closed_at__isnull=True)
        found |= set(rows.values_list("address", flat=True))
    return found


def _is_of(source: Source, address: str) -> bool:
    owner = Mailbox.objects.filter(address=address).values("person")
    return Link.objects.filter(source=source, person__in=owner).exists()


def _move(actor: Actor, mail: Group, new: set[str], old: set[str]) -> None:
    for address in sorted(new):
        add_member(actor=actor, group=mail, address=address)
    for address in sorted(old):
        remove_member(actor=actor, group=mail, address=address)
