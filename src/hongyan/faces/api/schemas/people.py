"""Companies, domains, units, persons."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from ninja import Field, Schema

from hongyan.faces.api.schemas.common import Address, CompanyRef, In, Locale, Next, Slug, UnitPath
from hongyan.faces.api.schemas.lives import Grade, State


class Company(Schema):
    slug: str = Field(examples=["corp"])
    name: str = Field(examples=["北辰集團"])
    locale: Locale
    quota_mb: int = Field(description="Size of a mailbox that has none of its own, MiB.", examples=[3072])
    hourly_limit: int = Field(description="Recipients an hour.", examples=[200])
    max_message_mb: int = Field(examples=[25])
    junk_days: int = Field(examples=[30])
    trash_days: int = Field(examples=[30])
    rename_keep_days: int = Field(description="How long a former address still delivers.", examples=[90])
    password_min_length: int = Field(examples=[10])
    password_max_length: int = Field(examples=[64])
    password_max_age_days: int = Field(description="0: no limit.", examples=[0])
    postmaster: list[str] = Field(description="Who reads mail to postmaster; empty: the default.", examples=[[]])
    created_at: datetime


class CompanyPage(Schema):
    items: list[Company]
    next: Next = None


class AddCompany(In):
    slug: Slug
    name: str = Field(min_length=1, max_length=200, examples=["北辰集團"])
    locale: Locale = "zh-Hant"


_Setting = Annotated[int | None, Field(ge=0, le=1024 * 1024)]


class ChangeCompany(In):
    """What is not named stays as it is."""

    name: str | None = Field(None, min_length=1, max_length=200, examples=["北辰集團"])
    locale: Locale | None = None
    quota_mb: _Setting = Field(None, examples=[4096])
    hourly_limit: _Setting = None
    max_message_mb: _Setting = None
    junk_days: _Setting = None
    trash_days: _Setting = None
    rename_keep_days: _Setting = None
    password_min_length: _Setting = None
    password_max_length: _Setting = None
    password_max_age_days: _Setting = None
    postmaster: list[Address] | None = Field(None, max_length=20)


class Domain(Schema):
    name: str = Field(examples=["corp.example"])
    company: str = Field(examples=["corp"])
    alias_of: str | None = Field(description="The domain whose addresses it mirrors.", examples=[None])
    selector: str = Field(description="Of its DKIM key.", examples=["hy202611"])
    created_at: datetime


class DomainPage(Schema):
    items: list[Domain]
    next: Next = None


DomainName = Annotated[str, Field(min_length=3, max_length=253, examples=["corp.example"])]


class AddDomain(In):
    name: DomainName
    company: CompanyRef = None
    alias_of: DomainName | None = Field(None, description="Mirror every address of that domain.", examples=[None])


class DnsRecord(Schema):
    name: str = Field(examples=["corp.example"])
    type: str = Field(examples=["MX"])
    value: str = Field(examples=["10 mail.corp.example."])
    why: str = Field(description="What it is for, in the language asked for.", examples=["Where mail is delivered."])
    need: str = Field(description="How much it matters: needed, useful, extra.", examples=["needed"])


class DnsRecords(Schema):
    domain: str = Field(examples=["corp.example"])
    records: list[DnsRecord]
    zone: str = Field(description="The same as lines of a zone file.", examples=["corp.example. IN MX 10 mail."])


class Unit(Schema):
    id: int = Field(examples=[3])
    company: str = Field(examples=["corp"])
    path: str = Field(examples=["總公司/信息部/網絡處"])
    name: str = Field(examples=["網絡處"])
    parent: int | None = Field(description="Of the unit above it.", examples=[2])
    branch: bool = Field(description="A branch: requests of its people pass its own IT clerk.")


class UnitPage(Schema):
    items: list[Unit]
    next: Next = None


class AddUnit(In):
    path: UnitPath
    company: CompanyRef = None


class ChangeUnit(In):
    """What is not named stays. `parent`: the path of the unit above; null, when named: it stands at the top."""

    name: str | None = Field(None, min_length=1, max_length=80, examples=["網絡部"])
    parent: UnitPath | None = Field(None, examples=[None])
    branch: bool | None = Field(None, examples=[None])


class Hit(Schema):
    kind: str = Field(description="person, mailbox, group, alias, unit, domain.", examples=["mailbox"])
    key: str = Field(description="Its address, number or path.", examples=["alice@corp.example"])
    title: str = Field(examples=["林愛麗"])
    detail: str = Field(examples=["總公司/信息部"])


class Found(Schema):
    items: list[Hit]


class Post(Schema):
    id: int = Field(examples=[11])
    unit: str = Field(examples=["總公司/信息部/網絡處"])
    post: str = Field(examples=["專員"])
    head: bool
    deputy: bool = Field(description="Deputy head: sees and decides as the head does.")
    grade: int = Field(description="0: none; higher is more senior.", examples=[5])
    since: date | None = Field(examples=[None])
    until: date | None = Field(description="The last day of a loan.", examples=[None])
    lent: bool


class Person(Schema):
    id: int = Field(examples=[7])
    company: str = Field(examples=["corp"])
    name: str = Field(examples=["林愛麗"])
    latin_name: str = Field(examples=["Alice Lin"])
    number: str = Field(examples=["1001"])
    locale: Locale
    state: State
    joined_on: date | None = Field(examples=[None])
    left_on: date | None = Field(description="The last day of who has left.", examples=[None])
    posts: list[Post]
    mailboxes: list[str] = Field(examples=[["alice@corp.example"]])
    created_at: datetime


class PersonPage(Schema):
    items: list[Person]
    next: Next = None


class AddPost(In):
    unit: UnitPath
    post: str = Field("", max_length=80, examples=["專員"])
    head: bool = Field(False, description="Head of the unit.")
    deputy: bool = Field(False, description="Deputy head of the unit.")
    grade: Grade = 0


class ChangePost(In):
    """What is not named stays."""

    unit: UnitPath | None = Field(None, examples=[None])
    post: str | None = Field(None, max_length=80, examples=["主管"])
    head: bool | None = Field(None, examples=[None])
    deputy: bool | None = Field(None, examples=[None])
    grade: Grade | None = Field(None, examples=[None])


class ChangePerson(In):
    """What is not named stays."""

    name: str | None = Field(None, min_length=1, max_length=100, examples=["林愛麗"])
    latin_name: str | None = Field(None, max_length=100, examples=["Alice Lin"])
    number: str | None = Field(None, max_length=40, examples=["1001"])
    locale: Locale | None = None
    phone: str | None = Field(None, max_length=40, examples=[None])
    mobile: str | None = Field(None, max_length=40, examples=[None])


class AddPerson(In):
    """What is kept for the password rules alone (phone, identity number, birthday, ...) is never given back."""

    name: str = Field(min_length=1, max_length=100, examples=["林愛麗"])
    company: CompanyRef = None
    number: str = Field("", max_length=40, description="Staff number, unique in the company.", examples=["1001"])
    locale: Locale | None = Field(None, description="Without it, the company's.")
    unit: UnitPath | None = Field(None, description="The unit of a first post.")
    post: str = Field("", max_length=80, examples=["專員"])
    head: bool = False
    deputy: bool = False
    grade: Grade = 0
    joined_on: date | None = Field(None, examples=[None])
    latin_name: str = Field("", max_length=100, examples=["Alice Lin"])
    phone: str = Field("", max_length=40, examples=[""])
    mobile: str = Field("", max_length=40, examples=[""])
    identity_number: str = Field("", max_length=30, examples=[""])
    card_number: str = Field("", max_length=40, examples=[""])
    birthday: date | None = Field(None, examples=[None])
