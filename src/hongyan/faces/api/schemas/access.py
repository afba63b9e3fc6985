"""Tokens and webhooks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Field, Schema

from hongyan.faces.api.schemas.common import CompanyRef, In, Next, UnitPath

TokenState = Literal["active", "expired", "revoked", "dead"]


class Token(Schema):
    id: int = Field(examples=[3])
    name: str = Field(examples=["HR sync"])
    hint: str = Field(description="Its last letters.", examples=["x7Qa"])
    role: str = Field(examples=["hr"])
    company: str | None = Field(description="Null: every company.", examples=["corp"])
    unit: str | None = Field(examples=[None])
    permissions: list[str] = Field(examples=[["people.read", "people.write"]])
    per_minute: int = Field(description="Requests a minute.", examples=[3000])
    made_by: str = Field(examples=["carol@corp.example"])
    created_at: datetime
    expires_on: date
    used_at: datetime | None = Field(description="To the hour.", examples=[None])
    state: TokenState = Field(description="dead: its maker's rights have ended.", examples=["active"])


class TokenPage(Schema):
    items: list[Token]
    next: Next = None


class AddToken(In):
    name: str = Field(min_length=1, max_length=100, examples=["HR sync"])
    role: str = Field(min_length=1, max_length=20, examples=["hr"])
    company: CompanyRef = None
    unit: UnitPath | None = Field(None, examples=[None])
    permissions: list[str] | None = Field(
        None, max_length=40, description="No more than these of the role's; null: all.", examples=[None]
    )
    expires_on: date = Field(description="The last day on which it is taken, a year from now at most.")
    per_minute: int = Field(3000, ge=1, le=60_000)


class NewToken(Token):
    token: str = Field(description="Told once, here.", examples=["hy_cQhWkzTS2mVrJ0q8n1vXyB3dEfGhIjKlMnOpQrStUvW"])


Kind = Annotated[str, Field(min_length=1, max_length=60, examples=["mailbox.*"])]


class Webhook(Schema):
    id: int = Field(examples=[2])
    company: str = Field(examples=["corp"])
    name: str = Field(examples=["Badge system"])
    url: str = Field(examples=["https://badges.corp.example/hooks/mail"])
    kinds: list[str] = Field(examples=[["mailbox.*", "person.added"]])
    state: Literal["active", "failing", "disabled"]
    disabled_why: str = Field(description="hand, failing, gone.", examples=[""])
    failing_since: datetime | None = Field(examples=[None])
    made_by: str = Field(examples=["carol@corp.example"])
    created_at: datetime


class WebhookPage(Schema):
    items: list[Webhook]
    next: Next = None


class AddWebhook(In):
    """Messages are signed as the Standard Webhooks specification says."""

    name: str = Field(min_length=1, max_length=100, examples=["Badge system"])
    url: str = Field(min_length=8, max_length=500, examples=["https://badges.corp.example/hooks/mail"])
    kinds: list[Kind] = Field(min_length=1, max_length=40, examples=[["mailbox.*", "person.added"]])
    company: CompanyRef = None


class NewWebhook(Webhook):
    secret: str = Field(description="Told once, here.", examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class WebhookSecret(Schema):
    secret: str = Field(description="Told once, here.", examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class Attempt(Schema):
    at: datetime
    status: int = Field(description="0: there was no answer.", examples=[503])
    error: str = Field(examples=["Service Unavailable"])
    milliseconds: int = Field(examples=[120])


class Delivery(Schema):
    message_id: str = Field(examples=["msg_0b1c6c3f3c7b4d7e8f0a1b2c3d4e5f60"])
    kind: str = Field(examples=["mailbox.opened"])
    state: Literal["waiting", "delivered", "failed"]
    attempts: list[Attempt]
    body: str = Field(description="What was sent.", examples=['{"type": "mailbox.opened"}'])
    created_at: datetime
    due_at: datetime | None = Field(description="When it is tried next.", examples=[None])


class DeliveryPage(Schema):
    items: list[Delivery]
    next: Next = None
