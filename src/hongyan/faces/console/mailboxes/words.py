"""What kinds, states and rights of mailboxes are called, in lists, pages and forms alike."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

KINDS: Final = (
    ("personal", _("Personal")),
    ("shared", _("Shared")),
    ("section", _("Section's")),
    ("project", _("Project's")),
    ("intern", _("Intern's")),
)
KIND_HINTS: Final = {
    "personal": _("One person's own, with a password."),
    "shared": _("Several people use it, nobody has its password; a keeper answers for it."),
    "section": _("A department's or section's common mailbox, with a keeper."),
    "project": _("For as long as a project lasts, with a keeper."),
    "intern": _("One person's own, with a last day."),
}
STATES: Final = (
    ("active", _("In use")),
    ("activation", _("Not activated yet")),
    ("first", _("First password not changed")),
    ("suspended", _("Suspended")),
    ("leaving", _("Owner leaves")),
    ("retained", _("Kept for a time")),
    ("closed", _("Closed")),
    ("alias", _("Kept as alias")),
)
TONES: Final = {
    "active": "good",
    "activation": "plain",
    "first": "plain",
    "suspended": "warn",
    "leaving": "warn",
    "retained": "warn",
    "closed": "bad",
    "alias": "plain",
}
RIGHTS: Final = (
    ("read", _("Read")),
    ("write", _("File and delete")),
    ("send_as", _("Send as")),
    ("on_behalf", _("Send on behalf")),
)
