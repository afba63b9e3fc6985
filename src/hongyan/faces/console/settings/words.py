"""What each setting is called, what it does, in which unit it is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Words:
    title: Text
    explain: Text
    unit: Text


WORDS: Final[dict[str, Words]] = {
    "quota_mb": Words(
        _("Size of a mailbox"),
        _("For everybody without a size of his own. Whoever holds more than a smaller size gets no mail until there is room."),
        _("MB"),
    ),
    "hourly_limit": Words(
        _("Recipients an hour"),
        _("So many people a mailbox may write to in an hour; stops a hijacked account. A mailbox may have its own."),
        _("recipients"),
    ),
    "max_message_mb": Words(_("Size of a message"), _("Larger ones are refused, with a sentence that says so."), _("MB")),
    "junk_days": Words(_("Junk keeps mail for"), _("Then the mail store deletes it by itself."), _("days")),
    "trash_days": Words(_("Trash keeps mail for"), _("Then the mail store deletes it by itself."), _("days")),
    "rename_keep_days": Words(
        _("A former address works for"), _("After a rename it leads to the new one for so long. 0: for good."), _("days")
    ),
    "password_min_length": Words(_("Shortest password"), _("Applies when the next password is chosen."), _("characters")),
    "password_max_length": Words(_("Longest password"), _("Applies when the next password is chosen."), _("characters")),
    "password_max_age_days": Words(
        _("A password is changed after"), _("At the next sign-in at the web after that. 0: never."), _("days")
    ),
}  # fmt: skip
GROUPS: Final[tuple[tuple[Text, tuple[str, ...]], ...]] = (
    (_("Mailboxes"), ("quota_mb", "junk_days", "trash_days", "rename_keep_days")),
    (_("Mail"), ("max_message_mb", "hourly_limit")),
    (_("Passwords"), ("password_min_length", "password_max_length", "password_max_age_days")),
)
