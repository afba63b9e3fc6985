"""What forms, states and verdicts are called on pages, and the help that stands beside a field.

Always: names come from the catalogue that mails and papers use too; only what a page adds is written here.
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hongyan.company.requests.models import Request as Filed
from hongyan.faces.web import words

Text = str | Promise

GROUPS: Final[dict[str, Text]] = {
    "mailbox": _("A new mailbox"),
    "change": _("A mailbox that exists"),
    "right": _("Groups and rights"),
    "help": _("Help"),
}
ABOUT: Final[dict[str, Text]] = {
    "personal": _("For one person, with a password of his own."),
    "shared": _("Several people use it, nobody has its password; you answer for it."),
    "section": _("In the name of a department or section, with a keeper."),
    "project": _("In the name of a project or team, for as long as it lasts."),
    "intern": _("For an intern or temporary colleague, with a last day."),
    "quota": _("More space for a mailbox that fills up."),
    "rename": _("Another address; the old one goes on working for a time."),
    "alias": _("A second address that leads to the same mailbox."),
    "expiry": _("A mailbox with a last day lives longer."),
    "handover": _("Another colleague becomes the keeper of a shared mailbox."),
    "group": _("One address that reaches several people."),
    "group_right": _("Write to a group that not everybody may write to."),
    "outside": _("Write to addresses outside the company."),
    "forward": _("New mail is forwarded to an address outside the company."),
    "large": _("Send bigger attachments than usual."),
    "password": _("A colleague of yours has forgotten his password."),
}
AFTER: Final[dict[str, Text]] = {
    "mailbox": _("Once it is approved the mailbox is opened by itself, within seconds. You and HR are told."),
    "change": _("Once it is approved it is carried out by itself, within seconds, and you are told."),
    "right": _("Once it is approved it holds at once, and you are told."),
    "help": _("Once it is approved a first password is made, and handed over in person. It has to be changed within two hours."),
}  # fmt: skip
#: Beside a field, by `FORM.FIELD` or by `FIELD`.
HINTS: Final[dict[str, Text]] = {
    "address": _("What stands before the @. Small letters, digits, dots, hyphens."),
    "new_address": _("What stands before the @. Small letters, digits, dots, hyphens."),
    "display_name": _("What recipients see beside the address."),
    "personal.display_name": _("What recipients see beside the address; empty: your name."),
    "quota_mb": _("Such as 5 GB."),
    "quota.quota_mb": _("How large it shall be in all, such as 5 GB."),
    "size_mb": _("The largest message that may be sent, such as 100 MB."),
    "reason": _("What it is needed for. Whoever decides reads this first."),
    "until": _("Empty: for as long as the post lasts."),
    "project.until": _("When the project is over; empty: not known yet."),
    "intern.until": _("The last day of the internship. Before it ends you are reminded."),
    "expiry.until": _("The new last day."),
    "members": _("Addresses, one a line or with commas."),
    "unit": _("Empty: your own."),
    "keeper": _("Employee number, address, or the whole name."),
    "group": _("The group's address."),
    "target": _("An address outside the company."),
    "mailbox": _("The mailbox that it is about."),
    "shared_mailbox": _("One that you keep, or that lies in your unit."),
}
TONES: Final = {
    "waiting": "", "returned": "warn", "ready": "warn", "stuck": "bad", "done": "good", "rejected": "bad",
    "withdrawn": "plain",
}  # fmt: skip
VERDICT_TONES: Final = {"approve": "good", "reject": "bad", "return": "warn"}
VERDICTS: Final[dict[str, Text]] = {
    "approve": _("Approved"), "reject": _("Not approved"), "return": _("Sent back"),
}  # fmt: skip
HOWS: Final[dict[str, Text]] = {
    "page": "", "mail": _("by mail"), "bulk": _("several at once"), "cli": _("at the command line"), "api": _("by a program"),
}  # fmt: skip
NOTICES: Final[dict[str, Text]] = {
    "filed": _("The request is on its way. You are told as soon as it is decided."),
    "filed-many": _("The requests are on their way. You are told as soon as they are decided."),
    "withdrawn": _("The request is withdrawn."),
    "resubmitted": _("The request is on its way again."),
    "amended": _("It is changed and carried out."),
    "attached": _("The file is attached."),
    "approved": _("Approved."),
    "rejected": _("Not approved. The applicant is told why."),
    "returned": _("Sent back to the applicant with your question."),
    "added": _("Your colleague is asked as well."),
    "reassigned": _("Somebody else is in charge of this step now."),
}


def form_title(form: str) -> str:
    return words.named("request_form", form)


def field_label(field: str) -> str:
    return words.named("request_field", field)


def choice_word(value: str) -> str:
    return words.named("request_choice", value)


def state_word(state: str) -> str:
    return words.named("request_state", state)


def hint(form: str, field: str) -> Text:
    return HINTS.get(f"{form}.{field}") or HINTS.get(field, "")


def mark(request: Filed) -> str:
    """How people name a request: its number within the company."""
    return f"#{request.number}"
