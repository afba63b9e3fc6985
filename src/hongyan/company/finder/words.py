"""From a text to the beginnings by which it is found, and from what somebody types to what is looked for.

Always: pure. Traditional and simplified characters, upper and lower case, full and half width are one; of Chinese every
suffix is a token, so any piece of a name is a prefix of one; pinyin in all readings, from every syllable on, and initials.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, product
from typing import Final

from hongyan.company.policy.password_text import normal

# As in `policy/password_personal.py`: characters one by one need no table of phrases.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
from pypinyin import Style, pinyin

LONGEST: Final = 64  #: bytes of a token
SUFFIXES: Final = 24  #: of one run of Chinese
SPELLED: Final = 12  #: characters of a run that pinyin is made of
READINGS: Final = 6  #: of one name
WORDS: Final = 5  #: of a query
_RUNS: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|[^\W_]+")
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def name_tokens(*texts: str) -> set[bytes]:
    """Of names, numbers and titles."""
    found: set[str] = set()
    for text in texts:
        runs = _RUNS.findall(normal(text))
        for run in runs:
            found.update(_han(run) if _HAN.match(run) else (run,))
        if len(runs) > 1 and not _HAN.search(text):
            found.add("".join(runs))  # typed in one go: "alicelin", "ht001"
    return _packed(found)


def address_tokens(address: str) -> set[bytes]:
    """An address as a whole, and from every part of its local part on."""
    folded = normal(address)
    local = folded.partition("@")[0]
    starts = [0, *(m.end() for m in re.finditer(r"[._\-+]", local))]
    return _packed({folded[start:] for start in starts} | ({local.replace(".", "")} if "." in local else set()))


def domain_tokens(name: str) -> set[bytes]:
    labels = normal(name).split(".")
    return _packed({".".join(labels[n:]) for n in range(len(labels))})


def _packed(texts: Iterable[str]) -> set[bytes]:
    return {text.encode()[:LONGEST] for text in texts if text}


def _han(run: str) -> Iterator[str]:
    for start in range(min(len(run), SUFFIXES)):
        yield run[start : start + SUFFIXES]
    if len(run) <= SPELLED:
        for syllables in islice(product(*(_readings(char) for char in run)), READINGS):
            yield "".join(syllable[0] for syllable in syllables)
            for start in range(max(1, len(syllables) - 1)):
                spelled = "".join(syllables[start:])
                yield spelled
                if "v" in spelled:  # ü: people type lv, lu or lyu
                    yield spelled.replace("v", "u")


@lru_cache(maxsize=4096)
def _readings(char: str) -> tuple[str, ...]:
    found = pinyin(char, style=Style.NORMAL, heteronym=True)[0]
    return tuple(dict.fromkeys(r for r in found if r.isascii() and r)) or (char,)


def asked_prefixes(text: str) -> list[bytes]:
    """What every hit must have a token for, the longest first: it leaves fewest to look at."""
    found: list[str] = []
    for word in normal(text[:200]).split():
        found += [word] if "@" in word else _RUNS.findall(word)
    prefixes = [word.encode()[:LONGEST] for word in dict.fromkeys(found[:WORDS])]
    return sorted(prefixes, key=len, reverse=True)
