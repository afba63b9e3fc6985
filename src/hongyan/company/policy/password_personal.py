"""What a person's own data looks like inside a password.

Owns: `PersonalData` and `find_personal`, which names every kind of personal data found.
Never: keeps or logs the data; no decision carries a piece of it.
Always: takes the normal form (`password_text.normal`). Long pieces are found wherever they stand; short ones (a
two-letter given name, a birthday without its year) happen by chance in good passwords, so they count only where the
rest of the password says little.
Clause B4.12: not the identity number, birthday or card number.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import islice, product

from hongyan.company.policy import password_text as text
from hongyan.company.policy.password_text import View

# Characters are looked up one by one, so its table of phrases would only take 45 MB of every process.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
from pypinyin import Style, pinyin

#: As many digits of a number, or letters of a name, as nobody types by chance.
LONG_NUMBER = 6
LONG_NAME = 7
#: A short name counts where the password's other letters weigh less than this.
REST_OF_SHORT_NAME = 8
REST_OF_TINY_NAME = 4
SHORTEST_NAME = 3
TINY_NAME = 4
SHORTEST_NAME = 3
#: A short number counts where it makes this share of the password, or other letters weigh less than REST_OF_TINY_NAME.
SHORT_NUMBER_SHARE = 1 / 3
SHORT_NUMBER = 4
READINGS = 48  #: at most so many readings of one name


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A person's data, as the personnel records write it; empty where unknown."""

    names: tuple[str, ...] = ()  #: Chinese and Latin
    login: str = ""  #: an address, or its local part
    identity_number: str = ""
    birthday: date | None = None
    phones: tuple[str, ...] = ()
    card_numbers: tuple[str, ...] = ()
    employee_number: str = ""
    company_names: tuple[str, ...] = ()  #: names, short names, domains


def find_personal(password: str, data: PersonalData) -> Iterator[str]:
    """The kinds found: identity_number, birthday, phone, card, employee_number, name, login, company."""
    numbers = text.digit_views(password)
    words = text.letter_views(password)
    if _has_number(numbers, _identity_pieces(data.identity_number), data.identity_number[-4:]):
        yield "identity_number"
    if _has_birthday(numbers, data.birthday):
        yield "birthday"
    if any(_has_number(numbers, _tail_pieces(_plain(n), 7), _plain(n)[-4:]) for n in data.phones):
        yield "phone"
    if any(_has_number(numbers, _tail_pieces(_plain(n), 8), _plain(n)[-4:]) for n in data.card_numbers):
        yield "card"
    if _has_employee_number(numbers, _plain(data.employee_number)):
        yield "employee_number"
    for kind, names in (
        ("name", _each(name_forms, data.names)),
        ("login", login_forms(data.login)),
        ("company", _each(company_forms, data.company_names)),
    ):
        if any(_has_name(view, name) for view in words for name in names):
            yield kind


def _each(forms: Callable[[str], frozenset[str]], names: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*map(forms, names))


def _plain(number: str) -> str:
    return text.flat(text.normal(number)).text


# -- numbers -------------------------------------------------------------------------------------------
def _has_number(views: Iterable[View], pieces: Iterable[str], short: str = "") -> bool:
    pieces = tuple(pieces)
    short = _plain(short)
    for view in views:
        if any(piece in view.text for piece in pieces):
            return True
        if len(short) == SHORT_NUMBER and _is_most(view, short):
            return True
    return False


def _windows(number: str, size: int) -> set[str]:
    return {number[i : i + size] for i in range(len(number) - size + 1)}


def _identity_pieces(number: str) -> set[str]:
    """Any six in a row, the last six among them; backwards too."""
    pieces = _windows(_plain(number), LONG_NUMBER)
    return pieces | {piece[::-1] for piece in pieces}


def _tail_pieces(number: str, size: int) -> set[str]:
    """Its last six digits, or any `size` in a row."""
    if len(number) < LONG_NUMBER:
        return set()
    return _windows(number, size) | {number[-LONG_NUMBER:], number[::-1][:LONG_NUMBER]}


def _is_most(view: View, piece: str) -> bool:
    """The short piece makes much of the password, or little but digits stands beside it."""
    said = len(piece) * view.text.count(piece)
    return said > 0 and (said >= SHORT_NUMBER_SHARE * len(view.text) or view.rest(piece) < REST_OF_TINY_NAME)


def _has_employee_number(views: Iterable[View], number: str) -> bool:
    """`BC-00123`, or its digits alone; numbers of one or two characters say nothing."""
    digits = "".join(c for c in number if c.isdigit())
    for view in views:
        if len(number) > SHORT_NUMBER and number in view.text:
            return True
        if len(digits) >= LONG_NUMBER and digits in view.text:
            return True
        if any(len(piece) > 2 and _is_most(view, piece) for piece in (number, digits)):
            return True
    return False


# -- birthday ------------------------------------------------------------------------------------------
def _has_birthday(views: Iterable[View], birthday: date | None) -> bool:
    return birthday is not None and any(
        any(form in view.text for form in birthday_forms(birthday))
        or any(_is_most(view, form) for form in _short_birthdays(birthday))
        for view in views
    )


@cache
def birthday_forms(day: date) -> frozenset[str]:
    """The date as it is written, without separators: six digits and more, and with the English month."""
    year, month, date_ = day.year, day.month, day.day
    years = {f"{year}", f"{year % 100:02d}"}
    if year > 1911:  # 民國 years, as in Taiwan
        years |= {f"{year - 1911}", f"{year - 1911:03d}"}
    months, days = {f"{month:02d}", f"{month}"}, {f"{date_:02d}", f"{date_}"}
    name = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")[month - 1]
    forms = {f"{year}{month:02d}"}
    for y, m, d in product(years, months, days):
        forms |= {y + m + d, d + m + y, m + d + y, name + d + y, d + name + y, y + name + d}
    forms |= {form[::-1] for form in forms if form.isdigit()}
    return frozenset(form for form in forms if len(form) >= LONG_NUMBER)


def _short_birthdays(day: date) -> tuple[str, ...]:
    return (f"{day.month:02d}{day.day:02d}", f"{day.day:02d}{day.month:02d}", f"{day.year}")


# -- names ---------------------------------------------------------------------------------------------
def _has_name(view: View, name: str) -> bool:
    """Long names wherever they stand; a short one may be part of another word (`lina` in `carolina`)."""
    if not name or name not in view.text:
        return False
    size = text.weight(name)
    if size >= LONG_NAME:
        return True
    return view.rest(name) < (REST_OF_SHORT_NAME if size > TINY_NAME else REST_OF_TINY_NAME)


#: Readings that surnames have and that the dictionary lacks or puts late.
SURNAME_READINGS = {
    "单": ("shan",), "曾": ("zeng",), "仇": ("qiu",), "解": ("xie",), "查": ("zha",), "区": ("ou",), "盖": ("ge",),
    "朴": ("piao", "pu", "park"), "缪": ("miao",), "翟": ("zhai",), "任": ("ren",), "乐": ("yue", "le"),
    "覃": ("qin", "tan"), "冼": ("xian",), "洗": ("xian",), "员": ("yun",), "纪": ("ji",), "华": ("hua",),
    "折": ("she",), "秘": ("bi",), "繁": ("po",), "黑": ("he",), "尹": ("yin",), "牟": ("mu", "mou"), "宿": ("su",),
    "召": ("shao",), "种": ("chong",), "阚": ("kan",), "郇": ("xun", "huan"), "重": ("chong",), "教": ("jiao",),
    "尉迟": ("yuchi",), "万俟": ("moqi",), "长孙": ("zhangsun",), "澹台": ("tantai",), "令狐": ("linghu",),
}  # fmt: skip
COMPOUND_SURNAMES = frozenset((
    "欧阳", "司马", "诸葛", "上官", "司徒", "东方", "独孤", "南宫", "夏侯", "皇甫",
    "公孙", "慕容", "轩辕", "宇文", "端木", "百里", "东郭", "西门", "呼延", "闻人",
    "申屠", "太史", "公羊", "赫连", "钟离", "濮阳", "淳于", "单于", "尉迟", "万俟",
    "长孙", "澹台", "令狐", "范姜", "张简",
))  # fmt: skip


@cache
def name_forms(name: str) -> frozenset[str]:
    """A name as it is typed: characters, pinyin in all readings, reversed, with initials; Latin names likewise."""
    plain = text.normal(name).strip()
    if any(map(text.is_han, plain)):
        return _chinese_forms("".join(filter(text.is_han, plain))) | _latin_forms(re.sub(r"[^a-z]+", " ", plain))
    return _latin_forms(plain)


def _chinese_forms(name: str) -> frozenset[str]:
    cut = 2 if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else 1
    surname, given = name[:cut], name[cut:]
    forms = {name, given if len(given) > 1 else name}
    combinations = product(_surname_readings(surname), _readings(given))
    for family, syllables in islice(combinations, READINGS):
        forms |= _arrangements(family, syllables)
    return frozenset(form for form in forms if form)


def _surname_readings(surname: str) -> list[str]:
    dictionary = ["".join(r) for r in _readings(surname)]
    return list(dict.fromkeys((*SURNAME_READINGS.get(surname, ()), *dictionary)))


def _readings(chars: str) -> list[tuple[str, ...]]:
    """All ways to read the characters, syllable by syllable; ü is typed v or u."""
    each = []
    for syllables in pinyin(list(chars), style=Style.NORMAL, heteronym=True, errors="ignore"):
        spelled = [s.replace("ü", "v") for s in syllables]
        each.append(dict.fromkeys(spelled + [s.replace("v", u) for s in spelled for u in ("u", "yu") if "v" in s]))
    return list(islice(product(*each), READINGS))


def _arrangements(family: str, given: tuple[str, ...]) -> set[str]:
    whole, initials = "".join(given), "".join(s[0] for s in given if s)
    forms = {family + initials, initials + family, family[:1] + whole, whole + family[:1]}
    if len(given) > 1:
        forms.add(whole)
    return {family + whole, whole + family, *(form for form in forms if len(form) > SHORTEST_NAME)}


def _latin_forms(name: str) -> frozenset[str]:
    parts = [re.sub(r"[^a-z]", "", part) for part in re.split(r"[\s.,_·-]+", name)]
    parts = [part for part in parts if part]
    if not parts:
        return frozenset()
    first, last = parts[0], parts[-1]
    forms = {"".join(parts), "".join(reversed(parts)), *(part for part in parts if len(part) > SHORTEST_NAME)}
    if len(parts) > 1:
        forms |= {first, first + last, last + first, first[:1] + last, first + last[:1], last + first[:1]}
        forms |= {"".join(parts[1:]) + first, last + "".join(parts[:-1])}
    return frozenset(form for form in forms if len(form) >= SHORTEST_NAME)


@cache
def login_forms(login: str) -> frozenset[str]:
    local = text.normal(login).partition("@")[0]
    whole = text.flat(local).text
    parts = [part for part in re.split(r"[._+-]+", local) if len(part) > SHORTEST_NAME]
    return frozenset(form for form in (whole, *parts) if len(form) >= SHORTEST_NAME)


# -- company -------------------------------------------------------------------------------------------
_KINDS = ("有限责任公司", "股份有限公司", "有限公司", "分公司", "总公司", "公司", "集团", "股份", "企业")
_LATIN_KINDS = frozenset(("group", "limited", "inc", "co", "ltd", "company", "corporation", "llc", "gmbh", "mail"))


@cache
def company_forms(name: str) -> frozenset[str]:
    """The company's name with and without its legal form, in characters and pinyin; of a domain its labels."""
    plain = text.normal(name).strip()
    if any(map(text.is_han, plain)):
        short = plain
        for kind in _KINDS:
            short = short.replace(kind, "")
        return frozenset(form for n in (plain, short) if len(n) > 1 for form in (n, *map("".join, _readings(n)[:4])))
    if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", plain):
        labels = plain.split(".")[:-1]
        return frozenset(form for form in map(_plain, labels) if len(form) > SHORTEST_NAME)
    words = [w for w in re.split(r"[^a-z0-9]+", plain) if w and w not in _LATIN_KINDS]
    return frozenset(form for form in ("".join(words), *words[:1]) if len(form) > SHORTEST_NAME)
