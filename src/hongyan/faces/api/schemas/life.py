"""The life of a mailbox: state, stops, leaving, keeping, the address afterwards."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from hongyan.faces.api.schemas.common import Address, In, Locale, Next, Reason

LifeState = Literal["requested", "activation", "first", "active", "suspended", "leaving", "retained", "closed", "alias"]
What = Literal["sending", "signing_in", "receiving"]
Until = Annotated[date | None, Field(description="The last day of it; null: until it is lifted.", examples=[None])]
Days = Annotated[int, Field(ge=1, le=3650, examples=[90])]


class StopRow(Schema):
    what: What
    reason: str = Field(examples=["misuse"])
    since: datetime
    until: date | None = Field(examples=[None])
    by: str = Field(examples=["office@corp.example"])


class NextStep(Schema):
    """What comes next by itself, and why."""

    on: date | None = Field(description="Null: when somebody acts.", examples=["2027-06-30"])
    code: str = Field(examples=["life.next.retention"])
    why: str = Field(description="In the reader's language.", examples=["its keeping is over"])
    clause: str = Field(examples=["B4.8"])


class Life(Schema):
    address: str = Field(examples=["alice@corp.example"])
    state: LifeState
    since: datetime
    by: str = Field(description="Who moved it there.", examples=["office@corp.example"])
    until: date | None = Field(description="Of leaving, keeping, or the alias.", examples=[None])
    stops: list[StopRow]
    successor: str = Field(examples=[""])
    alias_of: str = Field(examples=[""])
    forward_to: str = Field(examples=[""])
    reply: dict[str, str] = Field(examples=[{}])
    expires_on: date | None = Field(examples=[None])
    next_step: NextStep | None = None


class Move(Schema):
    at: datetime
    kind: str = Field(examples=["mailbox.retained"])
    actor: str = Field(examples=["office@corp.example"])
    params: dict[str, Any] = Field(examples=[{}])


class Moves(Schema):
    items: list[Move]
    next: Next = None


class Stop(In):
    what: What
    reason: Reason = ""
    until: Until = None


class Lift(In):
    what: What


class MarkLeaving(In):
    on: date | None = Field(None, description="The last day at work, if it is known.", examples=[None])
    successor: Address | None = None


class Retain(In):
    until: date = Field(examples=["2027-06-30"])
    successor: Address | None = None


class Forward(In):
    to: Address | None = Field(None, description="A colleague; null ends it.")


class Reply(In):
    texts: dict[Locale, Annotated[str, Field(max_length=4000)]] = Field(
        description="A text for each language; empty ends it.", examples=[{"en": "Ms Lin has left."}]
    )


class KeepAsAlias(In):
    of: Address
    until: date = Field(examples=["2027-06-30"])


class IdleRule(Schema):
    on: bool = Field(examples=[True])
    notice_days: int | None = Field(examples=[90])
    suspend_days: int | None = Field(examples=[14])
    release_days: int | None = Field(examples=[None])


class SetIdleRule(In):
    notice_days: Days = Field(description="Without a sign-in; then the owner is told.")
    suspend_days: Days = Field(description="After the notice nobody signs in.", examples=[14])
    release_days: Days | None = Field(None, description="After that the seat is free; null: never.", examples=[None])
