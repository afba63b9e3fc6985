"""Users of an identity provider: created, replaced, patched, deleted (RFC 7644 3.3 to 3.6).

Always: a user is kept as the provider describes him, and what that means for the staff is decided in the same transaction
(`follow.py`): done at once, or waiting for a person. `userName` is unique within the source.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from hongyan.company.people.models import Company
from hongyan.company.staff.models import ScimUser, Source
from hongyan.company.staff.scim import filters, follow, resources
from hongyan.company.staff.scim.filters import ColumnOf
from hongyan.company.staff.scim.patching import patched
from hongyan.company.staff.scim.people import work_address
from hongyan.company.staff.scim.problems import ScimProblem, invalid, unknown
from hongyan.kernel import clock

COLUMNS: Final[Mapping[str, ColumnOf]] = {
    "id": ColumnOf("uid", "uuid"), "username": ColumnOf("name_key", "folded"),
    "externalid": ColumnOf("external_id", "text"), "active": ColumnOf("active", "flag"),
    "emails": ColumnOf("mail_key", "folded"), "emails.value": ColumnOf("mail_key", "folded"),
    "emails.type": ColumnOf("", "true"), "emails.primary": ColumnOf("", "true"),
    "meta.created": ColumnOf("created_at", "moment"), "meta.lastmodified": ColumnOf("changed_at", "moment"),
}  # fmt: skip


def list_users(source: Source, filter_text: str = "") -> QuerySet[ScimUser]:
    rows = ScimUser.objects.filter(source=source).order_by("pk")
    return rows.filter(filters.as_query(filters.parse(filter_text), COLUMNS)) if filter_text else rows


def find_user(source: Source, uid: str) -> ScimUser:
    """Another source's user is as unknown as none."""
    try:
        return ScimUser.objects.get(source=source, uid=uuid.UUID(uid))
    except (ScimUser.DoesNotExist, ValueError):
        raise unknown("user") from None


def create_user(*, source: Source, resource: Any) -> ScimUser:
    data = _checked(resource)
    now = clock.now()
    user = ScimUser(source=source, created_at=now, changed_at=now)
    with transaction.atomic():
        _lock(source)
        _put(user, data)
        _save(user)
        follow.user(source, user)
    return user


def replace_user(*, source: Source, uid: str, resource: Any, version: Callable[[int], bool]) -> ScimUser:
    return _change(source, uid, version, lambda _: _checked(resource))


def patch_user(*, source: Source, uid: str, body: Any, version: Callable[[int], bool]) -> ScimUser:
    return _change(source, uid, version, lambda data: _checked(patched(data, body)))


def _change(
    source: Source, uid: str, version: Callable[[int], bool], change: Callable[[dict[str, Any]], dict[str, Any]]
) -> ScimUser:
    with transaction.atomic():
        _lock(source)
        user = find_user(source, uid)
        require_version(user.version, version)
        data = change({**user.data, "active": user.active})
        if data == {**user.data, "active": user.active}:
            return user
        _put(user, data)
        user.version, user.changed_at = user.version + 1, clock.now()
        _save(user)
        follow.user(source, user)
    return user


def delete_user(*, source: Source, uid: str, version: Callable[[int], bool]) -> None:
    """He works no more, as far as the provider knows; then he is forgotten."""
    with transaction.atomic():
        _lock(source)
        user = find_user(source, uid)
        require_version(user.version, version)
        follow.deleted(source, user)
        user.delete()


def require_version(now: int, version: Callable[[int], bool]) -> None:
    """RFC 7644 3.14: what was read is no longer what is there."""
    if not version(now):
        raise ScimProblem(412, "", "The resource has changed since.")


def _lock(source: Source) -> None:
    """Writes of one company wait for each other."""
    Company.objects.select_for_update().get(pk=source.company_id)


def _checked(resource: Any) -> dict[str, Any]:
    if not isinstance(resource, Mapping):
        raise invalid("A user is an object.", "invalidSyntax")
    data = resources.user(resource)
    if not data.get("userName"):
        raise invalid("userName is needed.")
    if len(data["userName"]) > 320 or len(data.get("externalId", "")) > 200:
        raise invalid("userName or externalId is too long.")
    return data


def _put(user: ScimUser, data: dict[str, Any]) -> None:
    user.user_name, user.name_key = data["userName"], data["userName"].casefold()[:320]
    user.external_id, user.mail_key = data.get("externalId", ""), work_address(data)
    user.active = bool(data.get("active", True))
    user.data = {name: value for name, value in data.items() if name != "active"}


def _save(user: ScimUser) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise ScimProblem(409, "uniqueness", f"There is a user {user.user_name} already.") from None
