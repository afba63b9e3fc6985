"""The sample companies as values: units, persons, posts, mailboxes, aliases, groups, roles.

Owns: the reading of `data/beichen.toml` and `data/yunqi.toml`, and the address of everything in them.
Never: touches the database (`apply.py` does) or holds a password.
Always: the same domains give the same plan.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

DATA = Path(__file__).with_name("data")
DOMAIN = "beichen.test"
OTHER_DOMAIN = "yunqi.test"

Locale = Literal["zh-Hant", "zh-Hans", "en"]
Role = Literal["office", "audit", "hr", "scoped"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit's people sit: what their signatures say and the language they write."""

    name: str  #: the first part of the unit's path
    locale: Locale
    phone: str
    mobile: str  #: a pattern with {n}
    address: str
    label: str  #: the company's name there
    latin_address: str = ""
    latin_label: str = ""


@dataclass(frozen=True, slots=True)
class SamplePost:
    unit: str  #: path
    post: str
    head: bool = False
    deputy: bool = False
    grade: int = 0


@dataclass(frozen=True, slots=True)
class SamplePerson:
    address: str
    name: str
    latin: str
    number: str
    locale: Locale
    phone: str
    mobile: str
    birthday: date
    posts: tuple[SamplePost, ...]  #: the main one first
    place: Place
    latin_post: str = ""  #: on the card of somebody who writes English

    @property
    def login(self) -> str:
        return self.address.partition("@")[0]


@dataclass(frozen=True, slots=True)
class SampleMailbox:
    """`owner` of a personal mailbox, or `keeper` and `senders` of one that belongs to nobody alone; all addresses.

    `unit`: where one of the latter lies: its keeper's.
    """

    address: str
    kind: str
    name: str
    owner: str = ""
    keeper: str = ""
    senders: tuple[str, ...] = ()
    expires_days: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class SampleAlias:
    address: str
    target: str
    days: int | None = None  #: kept for so long


@dataclass(frozen=True, slots=True)
class SampleGroup:
    address: str
    name: str
    who: str
    members: tuple[str, ...]
    listed: tuple[str, ...] = ()
    unit: str = ""  #: of a group of one unit


@dataclass(frozen=True, slots=True)
class SampleRole:
    address: str
    role: Role
    unit: str = ""  #: path; empty: the whole company
    seats: int | None = None
    storage_mb: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SampleCompany:
    slug: str
    name: str
    latin: str
    locale: Locale
    domain: str
    units: tuple[str, ...]  #: paths, parents first
    branches: tuple[str, ...]  #: paths of those that are branches
    grades: dict[int, str]
    persons: tuple[SamplePerson, ...]
    mailboxes: tuple[SampleMailbox, ...]
    aliases: tuple[SampleAlias, ...]
    groups: tuple[SampleGroup, ...]  #: a group after the groups that it contains
    roles: tuple[SampleRole, ...]


@dataclass(frozen=True, slots=True)
class SamplePlan:
    companies: tuple[SampleCompany, ...]

    def domains(self) -> frozenset[str]:
        return frozenset(company.domain for company in self.companies)

    def persons(self) -> dict[str, SamplePerson]:
        return {person.address: person for company in self.companies for person in company.persons}

    def mailboxes(self) -> dict[str, SampleMailbox]:
        return {mailbox.address: mailbox for company in self.companies for mailbox in company.mailboxes}

    def groups(self) -> dict[str, SampleGroup]:
        return {group.address: group for company in self.companies for group in company.groups}

    def senders_of(self, address: str) -> tuple[str, ...]:
        """The logins that may write in the name of this address."""
        mailbox = self.mailboxes().get(address)
        if mailbox is None:
            return ()
        return (mailbox.owner,) if mailbox.owner else mailbox.senders


def plan(domain: str = DOMAIN, other_domain: str = OTHER_DOMAIN) -> SamplePlan:
    return SamplePlan((_company("beichen", domain), _company("yunqi", other_domain)))


def _company(slug: str, domain: str) -> SampleCompany:
    raw = tomllib.loads((DATA / f"{slug}.toml").read_text("utf-8"))
    return _Reader(raw, domain).company()


class _Reader:
    """One file's tables turned into values; a short name becomes an address of the domain."""

    def __init__(self, raw: dict[str, Any], domain: str) -> None:
        self.raw = raw
        self.domain = domain
        self.slug = str(raw["company"]["slug"])
        self.places = {name: Place(name, **values) for name, values in raw["places"].items()}
        self.random = random.Random(self.slug)  # noqa: S311 - birthdays of people who do not exist

    def at(self, local: str) -> str:
        return f"{local}@{self.domain}"

    def all_at(self, locals_: list[str]) -> tuple[str, ...]:
        return tuple(map(self.at, locals_))

    def company(self) -> SampleCompany:
        about = self.raw["company"]
        persons = tuple(self.persons())
        return SampleCompany(
            slug=self.slug, name=about["name"], latin=about["latin"], locale=about["locale"], domain=self.domain,
            units=tuple(self.units()), branches=tuple(about.get("branches", ())),
            grades={row["level"]: row["name"] for row in self.raw.get("grade", ())},
            persons=persons,
            mailboxes=(*self.personal(), *self.shared()),
            aliases=tuple(
                SampleAlias(self.at(a["local"]), self.at(a["target"]), a.get("days")) for a in self.raw.get("alias", ())
            ),
            groups=self.groups(persons),
            roles=tuple(
                SampleRole(self.at(r["login"]), **{k: v for k, v in r.items() if k != "login"})
                for r in self.raw.get("role", ())
            ),
        )  # fmt: skip

    def units(self) -> Iterator[str]:
        seen: dict[str, None] = {}
        for unit in self.raw["unit"]:
            parts = unit["path"].split("/")
            seen.update(dict.fromkeys("/".join(parts[: n + 1]) for n in range(len(parts))))
        yield from seen

    def persons(self) -> Iterator[SamplePerson]:
        grades = {post: row["level"] for row in self.raw.get("grade", ()) for post in row["posts"]}
        rows = [(unit["path"], row) for unit in self.raw["unit"] for row in unit["people"]]
        for number, (path, row) in enumerate(rows, start=1):
            place = self.places[path.split("/")[0]]
            main = SamplePost(path, row["post"], row.get("head", False), grade=grades.get(row["post"], 0))
            more = (SamplePost(**post, grade=grades.get(post["post"], 0)) for post in row.get("also", ()))
            yield SamplePerson(
                address=self.at(row["login"]), name=row["name"], latin=row.get("latin", ""),
                number=f"{self.raw['company']['staff']}{1000 + number}", locale=row.get("locale", place.locale),
                phone=f"{place.phone} #{200 + number}", mobile=place.mobile.format(n=number),
                birthday=date(1968, 1, 1) + timedelta(days=self.random.randrange(12_500)),
                posts=(main, *more), place=place,
                latin_post=row.get("latin_post", ""),
            )  # fmt: skip

    def personal(self) -> Iterator[SampleMailbox]:
        for unit in self.raw["unit"]:
            for row in unit["people"]:
                address, days = self.at(row["login"]), row.get("intern")
                kind = "personal" if days is None else "intern"
                yield SampleMailbox(address, kind, row["name"], owner=address, expires_days=days)

    def shared(self) -> Iterator[SampleMailbox]:
        homes = {row["login"]: unit["path"] for unit in self.raw["unit"] for row in unit["people"]}
        for row in self.raw.get("mailbox", ()):
            yield SampleMailbox(
                self.at(row["local"]), row["kind"], row["name"],
                keeper=self.at(row["keeper"]), senders=self.all_at(row["senders"]), unit=homes[row["keeper"]],
            )  # fmt: skip

    def groups(self, persons: tuple[SamplePerson, ...]) -> tuple[SampleGroup, ...]:
        found = [self.group(row, persons) for row in self.raw.get("group", ())]
        addresses = {group.address for group in found}
        return tuple(sorted(found, key=lambda group: not addresses.isdisjoint(group.members)))

    def group(self, row: dict[str, Any], persons: tuple[SamplePerson, ...]) -> SampleGroup:
        units = tuple(row.get("units", ()))
        members = [
            person.address
            for person in persons
            if any(f"{post.unit}/".startswith(f"{unit}/") for post in person.posts for unit in units)
            or (row.get("heads", False) and any(post.head for post in person.posts))
        ]
        members += self.all_at(row.get("members", []))
        return SampleGroup(
            self.at(row["local"]), row["name"], row["who"], tuple(dict.fromkeys(members)),
            self.all_at(row.get("listed", [])), units[0] if len(units) == 1 else "",
        )  # fmt: skip
