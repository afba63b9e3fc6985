"""Mailboxes, aliases, groups."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Field, Schema

from hongyan.faces.api.schemas.common import Address, CompanyRef, In, Megabytes, Next, Number, Reason, UnitPath

Kind = Literal["personal", "shared", "section", "project", "intern"]
State = Literal["activation", "first", "active", "suspended", "leaving", "retained", "closed", "alias"]
Who = Literal["anyone", "company", "members", "listed"]


class MailboxRow(Schema):
    address: str = Field(examples=["alice@corp.example"])
    company: str = Field(examples=["corp"])
    kind: Kind
    state: State = Field(
        description="activation: waits for its owner; first: the first password must be changed.", examples=["active"]
    )
    name: str = Field(examples=["林愛麗"])
    person: int | None = Field(examples=[7])
    unit: str | None = Field(description="Where one without a person lies.", examples=[None])
    quota_mb: int = Field(description="The size that holds: its own or the company's.", examples=[3072])
    opened_at: datetime
    expires_on: date | None = Field(examples=[None])


class Mailbox(MailboxRow):
    suspended_reason: str = Field(examples=[""])
    own_quota_mb: int | None = Field(description="Null: the company's.", examples=[None])
    hourly_limit: int | None = Field(description="Recipients an hour; null: the company's.", examples=[None])
    keeper: int | None = Field(description="The person who answers for a shared one.", examples=[None])
    aliases: list[str] = Field(examples=[["a.lin@corp.example"]])
    groups: list[str] = Field(examples=[["staff@corp.example"]])
    send_as: list[str] = Field(description="Addresses under which its owner may send.", examples=[[]])
    app_passwords: int = Field(examples=[1])


class MailboxPage(Schema):
    items: list[MailboxRow]
    next: Next = None


class NewMailbox(In):
    address: Address
    kind: Kind = "personal"
    person: Number | None = Field(None, description="Its owner.")
    keeper: Number | None = Field(None, description="Who answers for a shared one.", examples=[None])
    unit: UnitPath | None = Field(None, description="Where one without a person lies.", examples=[None])
    name: str = Field("", max_length=100, description="Shown name.", examples=[""])
    quota_mb: Megabytes | None = Field(None, examples=[None])
    expires_on: date | None = Field(None, description="Its last day; an intern's mailbox needs one.", examples=[None])


class OpenMailbox(NewMailbox):
    """Of a mailbox that one person signs in to, the answer holds a link by which its owner chooses a password, unless
    `start` says otherwise or `password` is given."""

    password: str | None = Field(
        None, min_length=1, max_length=200, description="Final; must hold the password rules.", examples=[None]
    )
    start: Literal["activation", "first_password", "nothing"] = Field(
        "activation", description="activation: a link; first_password: one that dies after two hours unchanged."
    )


class OpenedMailbox(Mailbox):
    first_password: str | None = Field(None, description="Told once, here.", examples=["Fp7-kumquat-Rill"])
    activation_url: str | None = Field(None, description="Told once, here.", examples=[None])


class OpenMailboxes(In):
    """All of them are opened or none. Their owners activate them."""

    mailboxes: list[NewMailbox] = Field(min_length=1, max_length=1000)
    company: CompanyRef = None
    activation: bool = Field(False, description="Answer with an activation link for each.")


class OpenedRow(Schema):
    address: str = Field(examples=["alice@corp.example"])
    activation_url: str | None = Field(None, examples=[None])


class OpenedMailboxes(Schema):
    opened: int = Field(examples=[1])
    items: list[OpenedRow]


class Suspend(In):
    reason: Reason = ""


class Rename(In):
    address: Address
    keep_days: int | None = Field(
        None, ge=0, le=3650, description="How long the old address delivers; null: the company's rule; 0: for ever.",
        examples=[None],
    )  # fmt: skip


class ChangeMailbox(In):
    """What is not named stays; null returns to the company's rule."""

    quota_mb: Megabytes | None = Field(None, examples=[4096])
    hourly_limit: int | None = Field(None, ge=1, le=100_000, examples=[None])
    expires_on: date | None = Field(None, examples=[None])


class NewPassword(In):
    """Without both: a first password is made and answered."""

    password: str | None = Field(None, min_length=1, max_length=200, description="Final.", examples=[None])
    activation: bool = False


class Secret(Schema):
    """Told once, here."""

    address: str = Field(examples=["alice@corp.example"])
    first_password: str | None = Field(None, examples=["Fp7-kumquat-Rill"])
    activation_url: str | None = Field(None, examples=[None])


class Device(Schema):
    id: int = Field(examples=[5])
    device: str = Field(examples=["Phone"])
    protocols: list[str] = Field(examples=[["imap", "smtp"]])
    created_at: datetime


class Devices(Schema):
    items: list[Device]


class Right(In):
    address: Address


Rights = Literal["read", "write", "send_as", "on_behalf"]


class SharedMember(Schema):
    address: str = Field(examples=["alice@corp.example"])
    name: str = Field(examples=["林愛麗"])
    rights: list[Rights] = Field(examples=[["read", "send_as"]])
    keeper: bool = Field(description="Who answers for the mailbox; holds every right.")
    state: str = Field(description="Of the member's own mailbox.", examples=["active"])


class SharedMembers(Schema):
    items: list[SharedMember]


class AddSharedMember(In):
    address: Address
    rights: list[Rights] = Field(["read"], min_length=1, max_length=4, examples=[["read", "send_as"]])


class ChangeRights(In):
    rights: list[Rights] = Field(min_length=1, max_length=4, examples=[["read", "write"]])


class ChangeKeeper(In):
    person: Number


class Alias(Schema):
    address: str = Field(examples=["a.lin@corp.example"])
    company: str = Field(examples=["corp"])
    target: str = Field(examples=["alice@corp.example"])
    until: date | None = Field(description="Its last day.", examples=[None])
    created_at: datetime


class AliasPage(Schema):
    items: list[Alias]
    next: Next = None


class AddAlias(In):
    address: Address
    target: Address
    until: date | None = Field(None, examples=[None])


class ChangeAlias(In):
    target: Address
    until: date | None = Field(None, examples=[None])


class GroupRow(Schema):
    address: str = Field(examples=["staff@corp.example"])
    company: str = Field(examples=["corp"])
    name: str = Field(examples=["全體員工"])
    who: Who = Field(description="Who may write to it.", examples=["company"])
    unit: str | None = Field(examples=[None])
    owner: int | None = Field(description="The person who keeps its members.", examples=[None])
    created_at: datetime


class Group(GroupRow):
    members: int = Field(examples=[120])
    listed: list[str] = Field(description="Who may write to it when `who` is `listed`.", examples=[[]])


class GroupPage(Schema):
    items: list[GroupRow]
    next: Next = None


Addresses = Annotated[list[Address], Field(max_length=2000)]


class AddGroup(In):
    address: Address
    name: str = Field("", max_length=100, examples=["全體員工"])
    who: Who = "company"
    members: Addresses = Field([], examples=[["alice@corp.example"]])
    listed: Addresses = Field([], examples=[[]])
    unit: UnitPath | None = Field(None, examples=[None])


class ChangeGroup(In):
    """What is not named stays. `listed` goes with `who`."""

    name: str | None = Field(None, max_length=100, examples=["全體員工"])
    who: Who | None = None
    listed: Addresses = Field([], examples=[[]])
    owner: Number | None = Field(None, description="Null, when named: nobody.", examples=[None])


class Member(Schema):
    address: str = Field(examples=["alice@corp.example"])


class MemberPage(Schema):
    items: list[Member]
    next: Next = None
