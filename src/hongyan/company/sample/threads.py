"""Conversations as they are written down: who says what to whom, after how long.

Owns: the format of `data/threads/*.toml` and of `data/outside.toml`.
Never: knows dates or addresses; days and minutes count from the week that is being made (`conversations.py`).

A thread's first mail opens it at `day` (0 to 4, Monday's the first) and `at`, or `ago` minutes before now; every
further one answers the one before it `after` minutes later, to its sender unless `to` says otherwise.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from hongyan.company.sample.attachments import Recipe
from hongyan.company.sample.plan import DATA, Locale

Style = Literal["plain", "letter", "notice", "news"]


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody outside: a customer, a supplier, a newsletter."""

    key: str
    name: str
    address: str  #: local part and, with an @, the subdomain: `wang@hengtong`
    locale: Locale = "zh-Hant"
    sign: tuple[str, ...] = ()
    mailer: str = ""
    colour: str = "#444444"  #: of a newsletter's band


@dataclass(frozen=True, slots=True)
class Mail:
    """`sender` and recipients are local parts of the company, or `ext:KEY`, or addresses."""

    sender: str
    text: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    as_: str = ""  #: written in the name of this shared mailbox
    after: int = 30  #: minutes
    subject: str = ""  #: another subject than the thread's
    style: Style | None = None  #: None: as the writer's mail program is set
    charset: str = ""  #: gb18030 or big5: an old mail program
    reply: bool = True  #: answers the mail before it
    quote: bool = True
    sign: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    attach: tuple[Recipe, ...] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    key: str
    subject: str
    mails: tuple[Mail, ...]
    day: int = 0
    at: str = "09:00"
    ago: int | None = None  #: minutes before now


def load_contacts() -> dict[str, Contact]:
    raw = tomllib.loads((DATA / "outside.toml").read_text("utf-8"))
    return {key: Contact(key, **_tuples(row)) for key, row in raw["contact"].items()}


def load_threads() -> Iterator[Thread]:
    for path in sorted((DATA / "threads").glob("*.toml")):
        for number, row in enumerate(tomllib.loads(path.read_text("utf-8"))["thread"]):
            yield _thread(f"{path.stem}-{number:02d}", row)


def _thread(key: str, row: dict[str, Any]) -> Thread:
    defaults = {name: row[name] for name in ("style", "charset") if name in row}
    mails = tuple(_mail(defaults | mail) for mail in row["mail"])
    times = {name: row[name] for name in ("day", "at", "ago") if name in row}
    return Thread(key, row["subject"], mails, **times)


def _mail(row: dict[str, Any]) -> Mail:
    row = _tuples(row)
    row["sender"] = row.pop("from")
    row["as_"] = row.pop("as", "")
    row["attach"] = tuple(_recipe(recipe) for recipe in row.get("attach", ()))
    return Mail(**row)


def _recipe(row: dict[str, Any]) -> Recipe:
    rows = tuple(tuple(cells) for cells in row.get("rows", ()))
    return Recipe(**(_tuples(row) | {"rows": rows}))


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
