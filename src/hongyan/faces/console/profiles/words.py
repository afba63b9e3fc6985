"""What a post brings, in the reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hongyan.company.profiles import following
from hongyan.company.profiles.models import Given, Item, Profile
from hongyan.company.profiles.settling import label
from hongyan.faces.console.mailboxes.words import RIGHTS
from hongyan.faces.web.words import current_locale

Text = str | Promise
KINDS: Final[tuple[tuple[str, Text], ...]] = (
    ("group", _("Member of a group")),
    ("shared", _("Shared mailbox")),
    ("permit", _("Permit")),
    ("role", _("Role for the post's unit")),
    ("size", _("Size of the mailbox")),
)
STATES: Final[dict[str, tuple[Text, str]]] = {
    "given": (_("Given already"), "good"),
    "waiting": (_("Waits for somebody to agree"), "warn"),
    "failed": (_("Could not be given"), "bad"),
}


def spelled(things: Sequence[str]) -> str:
    locale = current_locale()
    return (", " if locale == "en" else "、").join(following.spelled(things, locale))


def told(row: Given) -> dict[str, Any]:
    word, tone = STATES[row.state]
    return {
        "row": row, "kind": dict(KINDS)[row.kind], "what": spelled([label(row)]), "more": _more(row.kind, row.value, row.rights),
        "state": word, "tone": tone, "waits": row.state != "given",
    }  # fmt: skip


def shown(item: Item) -> dict[str, Any]:
    what = item.group.address if item.group else item.shared.address if item.shared else item.value.partition(":")[0]
    known = spelled(["size"]) if item.kind == "size" else spelled([what])
    return {
        "item": item,
        "kind": dict(KINDS)[item.kind],
        "what": known,
        "more": _more(item.kind, item.value, item.rights),
    }


def _more(kind: str, value: str, rights: Sequence[str]) -> str:
    """A size, a permit's target, rights."""
    if kind == "shared":
        names = {str(right[0]): str(right[1]) for right in RIGHTS}
        return ", ".join(names.get(right, right) for right in rights)
    if kind == "size":
        return f"{value} MB"
    return value.partition(":")[2] if kind == "permit" else ""


def posts(profile: Profile) -> list[str]:
    """Which posts, in pieces."""
    return [
        piece
        for piece in (
            profile.unit.path + (" …" if profile.below else "") if profile.unit else "",
            profile.post,
            f"≥ {profile.grade}" if profile.grade else "",
        )
        if piece
    ]
