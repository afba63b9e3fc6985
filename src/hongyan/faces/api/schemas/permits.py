"""Permits of mailboxes, and what posts bring."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Field, Schema

from hongyan.faces.api.schemas.common import CompanyRef, In, Next, Number, Reason, UnitPath

Kind = Literal["outside", "forward", "large", "group"]
Mode = Literal["everyone", "approved"]
ItemKind = Literal["group", "shared", "permit", "role", "size"]
Right = Literal["read", "write", "send_as", "on_behalf"]
Codes = Annotated[
    list[str],
    Field(description="Addresses, and codes of permits, roles and `size`.", examples=[["sales@corp.example"]]),
]


class Permit(Schema):
    id: int = Field(examples=[7])
    address: str = Field(examples=["alice@corp.example"])
    kind: Kind
    value: str = Field(
        description="forward: an address, `@domain` or `*`; large: megabytes; group: its address.", examples=["40"]
    )
    until: date | None = Field(description="The last day.", examples=[None])
    reason: str = Field(examples=["fair in May"])
    source: str = Field(description="Empty: by hand; `request/12`; `profile/3`.", examples=[""])
    granted_at: datetime
    granted_by: str = Field(examples=["carol@corp.example"])


class Permits(Schema):
    items: list[Permit]


class PermitPage(Schema):
    items: list[Permit]
    next: Next = None


class GrantPermit(In):
    kind: Kind = Field(examples=["large"])
    value: str = Field("", max_length=320, examples=["40"])
    until: date | None = Field(None, examples=[None])
    reason: Reason = ""


class PermitModes(Schema):
    """`everyone`, or who is `approved`: has a permit."""

    outside: Mode = Field(description="Who writes to others' addresses.")
    forward: Mode = Field(description="Whose rules pass mail on to them.")


class SetPermitModes(In):
    company: CompanyRef = None
    outside: Mode | None = Field(None, examples=["everyone"])
    forward: Mode | None = Field(None, examples=["approved"])


class ProfileItem(Schema):
    id: int = Field(examples=[4])
    kind: ItemKind = Field(examples=["group"])
    value: str = Field(examples=["sales@corp.example"])
    rights: list[Right] = Field(description="In a shared mailbox.", examples=[[]])


class Profile(Schema):
    id: int = Field(examples=[3])
    company: str = Field(examples=["corp"])
    name: str = Field(examples=["Sales"])
    unit: str | None = Field(description="Posts in it; null: anywhere.", examples=["總公司/銷售部"])
    below: bool = Field(description="Posts in units below it as well.")
    post: str = Field(description="Of this title; empty: of any.", examples=[""])
    grade: int = Field(description="Of this grade and above.", examples=[0])
    items: list[ProfileItem]


class ProfilePage(Schema):
    items: list[Profile]
    next: Next = None


class ChangeProfile(In):
    name: str = Field(min_length=1, max_length=100, examples=["Sales"])
    unit: UnitPath | None = Field(None, examples=[None])
    below: bool = True
    post: str = Field("", max_length=80, examples=[""])
    grade: int = Field(0, ge=0, le=99, examples=[0])


class AddProfile(ChangeProfile):
    company: CompanyRef = None


class AddProfileItem(In):
    kind: ItemKind = Field(examples=["permit"])
    value: str = Field(
        max_length=320, description="A group's or shared mailbox's address; a permit (KIND or KIND:VALUE); a role; megabytes.",
        examples=["outside"],
    )  # fmt: skip
    rights: list[Right] = Field([], examples=[[]])


class Given(Schema):
    id: int = Field(examples=[5])
    address: str = Field(description="The mailbox that has it.", examples=["alice@corp.example"])
    kind: ItemKind = Field(examples=["group"])
    value: str = Field(examples=["sales@corp.example"])
    profile: str = Field(description="Its name.", examples=["Sales"])
    unit: str | None = Field(examples=["總公司/銷售部"])
    state: Literal["given", "waiting", "failed"] = Field(
        description="waiting: somebody else has to agree; failed: see `problem`."
    )
    problem: str = Field(examples=[""])


class Givens(Schema):
    items: list[Given]


class PreviewMove(In):
    unit: UnitPath
    post: str = Field("", max_length=80, examples=[""])
    grade: int = Field(0, ge=0, le=99, examples=[0])
    leaving: Number | None = Field(None, description="The post that ends; null: none does.", examples=[None])


class MovePreview(Schema):
    given: Codes
    kept: Codes
    taken: Codes
    by_hand: Codes = Field(description="Taken as well: given by hand, of a unit that he leaves.")
    keeps: Codes = Field(description="Shared mailboxes that need another keeper first: until then a move is refused.")
