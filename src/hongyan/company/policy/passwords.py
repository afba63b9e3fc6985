"""The password rules: `check` says everything that is wrong with a password at once; generators make new ones.

Owns: `PasswordRules`, `check`, `generate_first_password`, `generate_app_password`.
Never: hashes, stores or logs a password; no decision carries a piece of one, or of a person's data.
Always: pure; a generated password passes its rules. No database, no settings.
Clauses: G3.1.1, G4.2.5, B4.12, P9, P10.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from hongyan.company.policy import password_patterns as patterns, password_text as text
from hongyan.company.policy.password_personal import PersonalData, find_personal
from hongyan.kernel.decision import Decision

__all__ = ["PasswordRules", "PersonalData", "check", "generate_app_password", "generate_first_password"]

CLAUSE = "B4.12"
SHORTEST_MAXIMUM = 16  #: a maximum below this (B4.12 names it) leaves no room for a generated password
#: Vowels make words, and i, l, o, 0, 1 are taken for each other on paper.
LETTERS = "bcdfghjkmnpqrstvwxyz"
DIGITS = "23456789"
SIGNS = "#=?+"
GROUP = 4
#: One of 28 signs gives 4.8 bits: 16 of them 77 bits, 28 of them 134.
FIRST_SIZE = 16
APP_SIZE = 28


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """A company's settings. Lengths count characters. `classes`: 2 digits and letters (B4.12), 3 also upper case or a
    sign, 4 upper and lower case, digits and signs. Of the times, 0 means without limit."""

    min_length: int = 10
    max_length: int = 64
    classes: int = 2
    forbid_personal: bool = True
    forbid_repeats: bool = True
    forbid_runs: bool = True
    forbid_common: bool = True
    max_age_days: int = 0  #: clause P10
    first_password_hours: int = 2  #: clause B4.13
    history: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.min_length <= self.max_length or self.max_length < SHORTEST_MAXIMUM:
            raise ValueError(f"lengths: 1 <= min <= max and max >= {SHORTEST_MAXIMUM}")
        if not 2 <= self.classes <= 4:
            raise ValueError("classes: 2, 3 or 4")
        if min(self.max_age_days, self.first_password_hours, self.history) < 0:
            raise ValueError("times and history: not below 0")


# -- checks --------------------------------------------------------------------------------------------
def check(password: str, rules: PasswordRules, personal: PersonalData) -> tuple[Decision, ...]:
    """Every reason against the password, in a stable order; empty when it may be used."""
    reasons = list(_spelling(password))
    reasons += _length(password, rules)
    reasons += _classes(password, rules)
    seen = text.normal(password)[: rules.max_length * 2]  # a megabyte of text is too long, not a riddle
    if seen.strip():
        reasons += _guessable(seen, rules, personal)
    return tuple(reasons)


def _spelling(password: str) -> Iterator[Decision]:
    if password and not password.strip():
        yield Decision("password.spaces_only", {}, CLAUSE)
    elif password != password.strip():
        # Mail programs drop outer spaces when they are typed or pasted: it would work here and nowhere else.
        yield Decision("password.outer_space", {}, CLAUSE)
    if any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in password):
        yield Decision("password.control_character", {}, CLAUSE)


def _length(password: str, rules: PasswordRules) -> Iterator[Decision]:
    if len(password) < rules.min_length:
        yield Decision("password.too_short", {"min": rules.min_length}, CLAUSE)
    if len(password) > rules.max_length:
        yield Decision("password.too_long", {"max": rules.max_length}, CLAUSE)


def _classes(password: str, rules: PasswordRules) -> Iterator[Decision]:
    """Digits and letters of any script count, full-width ones too."""
    plain = unicodedata.normalize("NFKC", password)
    if not any(c.isdigit() for c in plain):
        yield Decision("password.needs_digit", {}, CLAUSE)
    if not any(c.isalpha() for c in plain):
        yield Decision("password.needs_letter", {}, CLAUSE)
    others = any(c.isupper() for c in plain) + any(not c.isalnum() and not c.isspace() for c in plain)
    if others < rules.classes - 2:
        code = "password.needs_upper_or_sign" if rules.classes == 3 else "password.needs_upper_and_sign"
        yield Decision(code, {}, CLAUSE)


def _guessable(password: str, rules: PasswordRules, personal: PersonalData) -> Iterator[Decision]:
    if rules.forbid_personal:
        for kind in find_personal(password, personal):
            yield Decision(f"password.{kind}", {}, CLAUSE)
    if rules.forbid_repeats and patterns.has_repeat(password):
        yield Decision("password.repeated", {}, CLAUSE)
    if rules.forbid_runs and patterns.has_run(password):
        yield Decision("password.run", {}, CLAUSE)
    if rules.forbid_common and patterns.is_common(password):
        yield Decision("password.common", {}, CLAUSE)
    elif rules.forbid_common and patterns.is_mostly_digits(password):
        yield Decision("password.mostly_digits", {}, CLAUSE)


# -- generators ----------------------------------------------------------------------------------------
def generate_first_password(rules: PasswordRules | None = None) -> str:
    """To be read aloud or copied by hand once: `k7dm-x3vh-9tqs-w4np`, 77 bits or more; passes the rules."""
    rules = rules or PasswordRules()
    size = min(max(FIRST_SIZE, rules.min_length), rules.max_length)
    grouped = size + (size - 1) // GROUP <= rules.max_length
    alphabet = LETTERS + DIGITS
    if rules.classes > (3 if grouped else 2):
        alphabet += LETTERS.upper()
    if rules.classes > 3 and not grouped:
        alphabet += SIGNS
    while check(password := _draw(alphabet, size, "-" if grouped else ""), rules, PersonalData()):
        pass
    return password


def generate_app_password() -> str:
    """For one device, pasted once and never typed: seven groups of four, 134 bits, so that a fast hash may keep it."""
    return _draw(LETTERS + DIGITS, APP_SIZE, "-")


def _draw(alphabet: str, size: int, separator: str) -> str:
    signs = "".join(secrets.choice(alphabet) for _ in range(size))
    return separator.join(signs[i : i + GROUP] for i in range(0, size, GROUP))
