"""Ways of looking at a password, so that a disguise does not hide what it is made of.

Owns: normal form, folding of traditional characters, and `View`: a rewritten text that still knows which character of
the password each of its own characters came from.
Never: judges.
Always: pure; the same password gives the same views.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("data")

CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
#: What people write for letters. "1" and "!" stand for "l" as often as for "i": two views, one for each.
LEET = {"@": "a", "4": "a", "0": "o", "3": "e", "$": "s", "5": "s", "7": "t", "1": "l", "|": "l", "!": "i"}
LEET_I = LEET | {"1": "i", "|": "i", "!": "i"}
#: The other way round: letters written for digits.
DIGIT_LOOKS = {"o": "0", "l": "1", "i": "1"}
#: A Chinese character says about as much as two Latin letters.
CJK_WEIGHT = 2


@dataclass(frozen=True, slots=True)
class View:
    """`text` as seen of `source` (the normal form); `origin[i]` is the index in the source that `text[i]` came from."""

    text: str
    source: str
    origin: tuple[int, ...]

    def rest(self, token: str) -> int:
        """The weight of the source's letters outside the token: what the password says without it."""
        covered: set[int] = set()
        start = self.text.find(token)
        while start >= 0:
            covered.update(self.origin[start : start + len(token)])
            start = self.text.find(token, start + len(token))
        return weight("".join(c for i, c in enumerate(self.source) if i not in covered))


def normal(password: str) -> str:
    """NFKC (full-width forms become plain), lower case, traditional characters folded to simplified ones."""
    return unicodedata.normalize("NFKC", password).casefold().translate(simplified_table())


@cache
def simplified_table() -> dict[int, str]:
    table = {}
    for line in (DATA / "simplified.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            simple, _, variants = line.partition(" ")
            table.update({ord(c): simple for c in variants})
    return table


def is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U0003ffff"


def weight(text: str) -> int:
    """How much the letters of a text say, counted in Latin letters."""
    return sum(CJK_WEIGHT if is_han(c) else 1 for c in text if c.isalpha())


def _view(text: str, keep: Callable[[str], bool], swap: dict[str, str] | None = None) -> View:
    pairs = [(swap.get(c, c) if swap else c, i) for i, c in enumerate(text)]
    kept = [(c, i) for c, i in pairs if keep(c)]
    return View("".join(c for c, _ in kept), text, tuple(i for _, i in kept))


def flat(text: str) -> View:
    """Letters and digits only: separators are not a disguise."""
    return _view(text, str.isalnum)


def letter_views(text: str) -> tuple[View, ...]:
    """For words: as written, letters alone (tone numbers dropped), and with the usual look-alikes read as letters."""
    views = (flat(text), _view(text, str.isalpha), _view(text, str.isalpha, LEET), _view(text, str.isalpha, LEET_I))
    return tuple(dict.fromkeys(views))


def digit_views(text: str) -> tuple[View, ...]:
    """For numbers: separators and the marks of a date dropped, Chinese digits and look-alike letters read as digits."""
    chinese = text.translate(CHINESE_DIGITS)
    looks = _view(chinese, str.isalnum, DIGIT_LOOKS)
    dates = _view(chinese, lambda c: c.isalnum() and c not in "年月日号")
    return tuple(dict.fromkeys((flat(text), flat(chinese), looks, dates)))


def unleet(text: str) -> tuple[str, ...]:
    """The text with look-alikes read as letters, both ways."""
    return tuple({"".join(table.get(c, c) for c in text) for table in (LEET, LEET_I)})
