"""The password rules as a checklist: what is asked, and which of it a tried password holds.

Owns: the grouping of reasons into rows that people can work through.
Never: judges a password; the reasons come from `credentials.check_new_password`.
Always: a reason shows in exactly one row; one that belongs to none shows in the last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from hongyan.company.people.credentials import rules_for
from hongyan.company.people.models import Account
from hongyan.company.policy.passwords import PasswordRules
from hongyan.faces.web import words
from hongyan.kernel.decision import Decision

ROWS: Final = {
    "length": ("too_short", "too_long"),
    "mix": (
        "needs_digit", "needs_letter", "needs_upper_or_sign", "needs_upper_and_sign", "spaces_only", "outer_space",
        "control_character",
    ),
    "personal": (
        "identity_number", "birthday", "phone", "card", "employee_number", "name", "login", "company",
    ),
    "pattern": ("repeated", "run"),
    "known": ("common", "mostly_digits"),
    "fresh": ("used_before",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    label: str
    state: str = ""  #: good, bad, or nothing while nothing was tried
    why: str = ""


def checklist(account: Account, reasons: Iterable[Decision] | None = None) -> list[Row]:
    """All rows; `reasons` None: nothing was tried yet."""
    labels = _labels(rules_for(account))
    if reasons is None:
        return [Row(key, labels[key]) for key in ROWS if key in labels]
    why: dict[str, list[str]] = {key: [] for key in labels}
    for reason in reasons:
        why[_row_of(reason)].append(words.tell(reason, words.current_locale()))
    return [Row(key, labels[key], "bad" if why[key] else "good", " ".join(why[key])) for key in ROWS if key in labels]


def _row_of(reason: Decision) -> str:
    short = reason.code.removeprefix("password.")
    return next((key for key, codes in ROWS.items() if short in codes), "fresh")


def _labels(rules: PasswordRules) -> dict[str, str]:
    mix = {
        2: _("Digits and letters"),
        3: _("Digits and letters, and a capital letter or a sign"),
        4: _("Digits, small and capital letters, and signs"),
    }
    return {
        "length": _("%(min)s to %(max)s characters") % {"min": rules.min_length, "max": rules.max_length},
        "mix": mix[rules.classes],
        "personal": _("Nothing about you: name, birthday, numbers, address, company"),
        "pattern": _("No repeated or consecutive characters"),
        "known": _("Not a password that many people use"),
        "fresh": _("Not one of your last passwords"),
    }
