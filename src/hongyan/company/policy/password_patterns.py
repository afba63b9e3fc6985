"""Passwords that are weak for everybody: repeats, runs, dates in disguise of randomness, well-known ones.

Owns: `has_repeat`, `has_run`, `is_common`, `is_mostly_digits`. All take the normal form (`password_text.normal`).
Never: knows whose password it is.
Clause B4.12: no repeated or consecutive characters, nothing that is easily found out.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from django.contrib.auth import password_validation

from hongyan.company.policy import password_text as text

SAME = 4  #: this many of one character in a row
RUN = 4  #: this many in a row of a row
DISTINCT = 5  #: a password of fewer different characters repeats them
ROWS = (
    "0123456789",
    "1234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "!@#$%^&*()_+",
    "甲乙丙丁戊己庚辛壬癸",
)
#: Ways over the keyboard and the keypad that are seen only when they are long: shorter ones happen by chance.
WAYS = (
    ("1qaz2wsx3edc4rfv5tgb6yhn7ujm", 4),
    ("!qaz@wsx#edc$rfv%tgb", 4),
    ("qweasdzxcrtyfghvbn", 6),
    ("qazwsxedcrfvtgbyhnujm", 6),
    ("147258369", 6),
    ("789456123", 6),
    ("159357", 6),
    ("13579", 5),
    ("24680", 5),
    ("02468", 5),
)
#: Four letters that lie in a row and also within common words (property, understudy, strewn): five make a run.
IN_WORDS = frozenset(("erty", "ytre", "rstu", "utsr", "trew", "tyui", "fedc"))
#: A word with up to this many digits or signs around it is still that word.
SMALL_AFFIX = 6
MAX_SIGNS = 2
MAX_FEW_LETTERS = 3
MIN_MANY_DIGITS = 6
ENOUGH_DIGITS = 12


# -- repeats -------------------------------------------------------------------------------------------
_SAME = re.compile(rf"(.)\1{{{SAME - 1}}}", re.DOTALL)
#: A piece of two to eight said three times: abcabcabc.
_THRICE = re.compile(r"(.{2,8}?)\1{2,}", re.DOTALL)
#: Three pairs of digits in a row: 112233, 558800.
_DIGIT_PAIRS = re.compile(r"(?:(\d)\1)(?:(\d)\2)(?:(\d)\3)")
_LETTER_PAIRS = re.compile(r"(?:([a-z])\1){4,}|aabbcc|xxyyzz")


def has_repeat(password: str) -> bool:
    if len(set(password)) < DISTINCT or _period(password) <= len(password) // 2:
        return True
    return any(p.search(password) for p in (_SAME, _DIGIT_PAIRS, _LETTER_PAIRS)) or _mostly_thrice(password)


def _period(password: str) -> int:
    """The shortest distance at which the password repeats itself to its end."""
    return next(p for p in range(1, len(password) + 1) if password[p:] == password[: len(password) - p])


def _mostly_thrice(password: str) -> bool:
    """`hahaha` within a long passphrase is only laughter; as most of a password it is a repeat."""
    said = sum(len(m.group()) for m in _THRICE.finditer(password))
    return said >= 6 and len(password) - said < 8


# -- runs ----------------------------------------------------------------------------------------------
def has_run(password: str) -> bool:
    read = password.translate(text.CHINESE_DIGITS)
    return any(piece in seen for seen in {_without_dates(password), _without_dates(read)} for piece in _pieces())


@cache
def _pieces() -> tuple[str, ...]:
    windows = [(row, RUN) for row in ROWS] + list(WAYS)
    found: set[str] = set()
    for row, size in windows:
        for way in (row, row[::-1]):
            for piece in _windows(way, size):
                found.update(_windows(way, size + 1) if piece in IN_WORDS else (piece,))
    return tuple(sorted(found - IN_WORDS))


def _windows(row: str, size: int) -> list[str]:
    return [row[i : i + size] for i in range(len(row) - size + 1)]


_DIGIT_GROUP = re.compile(r"\d+")


def _without_dates(password: str) -> str:
    """A date may hold consecutive digits (20210123) and is not a run for that."""
    return _DIGIT_GROUP.sub(lambda m: "\0" if is_date(m.group()) else m.group(), password)


def is_date(digits: str) -> bool:
    """YYYYMMDD between 1900 and 2099, or YYMMDD."""
    if len(digits) == 8:
        return digits[:2] in ("19", "20") and _is_day(digits[:4], digits[4:6], digits[6:])
    return len(digits) == 6 and _is_day("20" + digits[:2], digits[2:4], digits[4:])


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


# -- well-known ones -----------------------------------------------------------------------------------
@cache
def common_passwords() -> frozenset[str]:
    """The 20,000 that ship with Django, and those typical where Chinese is written."""
    known = Path(password_validation.__file__).with_name("common-passwords.txt.gz")
    with gzip.open(known, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines) | common_chinese()


@cache
def common_chinese() -> frozenset[str]:
    lines = (text.DATA / "common_chinese.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def is_common(password: str) -> bool:
    """On a list as it is, or a listed word with a small or listed number before or after it."""
    forms = {password, text.flat(password).text}
    return any(_is_listed(form) or any(map(_is_weak_split, _splits(form))) for form in forms)


def _is_listed(word: str) -> bool:
    return not common_passwords().isdisjoint((word, *text.unleet(word)))


def _splits(password: str) -> Iterator[tuple[str, str]]:
    """Every core that holds all letters, with the digits and signs before and after it."""
    letters = [i for i, c in enumerate(password) if c.isalpha()]
    if letters:
        for start in range(letters[0] + 1):
            for end in range(letters[-1] + 1, len(password) + 1):
                yield password[start:end], password[:start] + password[end:]


def _is_weak_split(split: tuple[str, str]) -> bool:
    core, affix = split
    return _is_small(affix) and _is_listed(core)


def _is_small(affix: str) -> bool:
    if len(affix) <= SMALL_AFFIX:
        return True
    digits = "".join(c for c in affix if c.isdigit())
    weak_number = len(digits) <= SMALL_AFFIX or digits in common_passwords() or is_date(digits) or has_run(digits)
    return weak_number and len(affix) - len(digits) <= MAX_SIGNS


def is_mostly_digits(password: str) -> bool:
    """A telephone or QQ number with a few letters at one end: `wx48213975`."""
    plain = text.flat(password).text
    match = re.fullmatch(r"([a-z]*)(\d+)([a-z]*)", plain)
    if match is None or (match[1] and match[3]):
        return False
    return len(match[1] + match[3]) <= MAX_FEW_LETTERS and MIN_MANY_DIGITS <= len(match[2]) < ENOUGH_DIGITS
