"""The console's rooms, in the one table that the frame's navigation is drawn from.

A room adds its line to ENTRIES: the name of its first page's address, its title, its group and the permission that
opens it. Always: who may not open a page is not shown its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hongyan.faces.console.access import runs_machine
from hongyan.kernel.actor import Actor, Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """`below`: names of further pages during which this entry is the marked one."""

    name: str
    title: str | Promise
    group: str
    permission: Permission
    machine: bool = False  #: only for who runs the machine
    below: tuple[str, ...] = ()
    also: tuple[Permission, ...] = ()  #: one of these opens it as well


@dataclass(frozen=True, slots=True)
class Link:
    title: str | Promise
    url: str
    here: bool


@dataclass(slots=True)
class Group:
    title: str | Promise
    links: list[Link] = field(default_factory=list)


GROUPS: Final[dict[str, str | Promise]] = {
    "today": _("Today"),
    "people": _("Organisation"),
    "mail": _("Mail"),
    "rules": _("Rules and roles"),
    "operations": _("Operations"),
    "settings": _("Settings"),
}
#: In the order in which they are shown.
ENTRIES: Final[tuple[Entry, ...]] = (
    Entry("console", _("Overview"), "today", "health.read"),
    Entry("console-requests", _("Requests"), "today", "mailbox.read", below=("console-request", "console-request-do")),
    # people
    Entry("people", _("People"), "people", "people.read", below=("person", "person-add", "person-edit", "person-post")),
    Entry("units", _("Units"), "people", "people.read", below=("unit", "unit-add", "unit-do")),
    Entry(
        "leavings",
        _("Leaving"),
        "people",
        "people.read",
        below=("leaving", "leaving-begin", "leaving-rule", "look", "look-folder", "look-message"),
    ),
    Entry("papers", _("Papers"), "people", "mailbox.read", below=("paper", "paper-verify")),
    Entry(
        "imports",
        _("Imports"),
        "people",
        "people.write",
        also=("mailbox.write", "group.write"),
        below=(
            "import",
            "import-columns",
            "import-sheet",
            "import-apply",
            "import-check",
            "import-undo",
            "import-links",
        ),
    ),
    Entry(
        "staff",
        _("Staff lists"),
        "people",
        "people.write",
        below=(
            "staff-report",
            "staff-report-do",
            "staff-task",
            "staff-sources",
            "staff-source",
            "staff-source-add",
            "staff-source-do",
            "staff-guard",
        ),
    ),
    Entry("bulk-runs", _("Bulk changes"), "people", "people.write", below=("bulk-run", "bulk-answers", "bulk-begin")),
    # mail
    Entry(
        "console-mailboxes",
        _("Mailboxes"),
        "mail",
        "mailbox.read",
        below=("console-mailbox", "console-mailbox-open", "console-life"),
    ),
    Entry("console-aliases", _("Aliases"), "mail", "mailbox.read", below=("console-alias", "console-alias-add")),
    Entry("console-unused", _("Unused mailboxes"), "mail", "settings.write"),
    Entry("console-groups", _("Groups"), "mail", "group.read", below=("console-group", "console-group-add")),
    Entry("console-domains", _("Domains"), "mail", "settings.write", below=("console-domain", "console-domain-add")),
    # rules
    Entry("policy-readers", _("Company policy"), "rules", "people.read", below=("policy-publish",)),
    Entry("console-permits", _("Permits"), "rules", "mailbox.read", below=("console-permit-modes",)),
    Entry(
        "profiles", _("Profiles of posts"), "rules", "settings.write", below=("profile", "profile-add", "profile-do")
    ),
    Entry(
        "roles",
        _("Roles"),
        "rules",
        "role.read",
        below=("role-choose", "role-grant", "role-account", "role-separation"),
    ),
    Entry("console-forms", _("Forms and chains"), "rules", "settings.write", below=("console-form", "console-chain")),
    # operations
    Entry(
        "queue", _("Mail queue"), "operations", "queue.write", below=("queue-message", "queue-retry", "queue-delete")
    ),
    Entry("services", _("Services"), "operations", "release.write", machine=True, below=("logs", "service-restart")),
    Entry("releases", _("Releases"), "operations", "release.write", machine=True, below=("release", "release-back")),
    Entry("audit", _("Audit"), "operations", "audit.read"),
    # settings
    Entry("company-settings", _("Settings"), "settings", "settings.write"),
    Entry("branding", _("Appearance"), "settings", "settings.write", below=("branding-picture",)),
    Entry(
        "tokens", _("Tokens"), "settings", "token.write", below=("token", "token-choose", "token-add", "token-revoke")
    ),
    Entry("webhooks", _("Webhooks"), "settings", "settings.write", below=("webhook", "webhook-add", "webhook-do")),
    Entry("notices", _("Notices"), "settings", "settings.write", below=("notice", "notice-hours")),
)


def opens(actor: Actor, entry: Entry) -> bool:
    if entry.machine and not runs_machine(actor):
        return False
    return any(grant.permits(right) for grant in actor.grants for right in (entry.permission, *entry.also))


def groups_for(actor: Actor, here: str) -> list[Group]:
    """What this actor is shown; `here` is the name of the page that he looks at."""
    groups = {key: Group(title) for key, title in GROUPS.items()}
    for entry, url in _open_to(actor):
        groups[entry.group].links.append(Link(entry.title, url, here == entry.name or here in entry.below))
    return [group for group in groups.values() if group.links]


def _open_to(actor: Actor) -> Iterator[tuple[Entry, str]]:
    for entry in ENTRIES:
        if opens(actor, entry):
            try:
                yield entry, reverse(entry.name)
            except NoReverseMatch:  # a room that this installation does not have
                continue
