"""Requests and approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from hongyan.faces.api.schemas.common import CompanyRef, In, Next, Number

Form = Literal[
    "personal", "shared", "section", "project", "intern", "quota", "rename", "alias", "expiry", "handover", "group",
    "group_right", "outside", "forward", "large", "password",
]  # fmt: skip
State = Literal["waiting", "returned", "ready", "stuck", "done", "rejected", "withdrawn"]
Fields = Annotated[
    dict[str, Any],
    Field(description="What the form asks for.", examples=[{"address": "eve@corp.example", "reason": "new colleague"}]),
]
Why = Annotated[str, Field(max_length=500, description="Told to the applicant.", examples=["agreed"])]


class RequestRow(Schema):
    id: int
    number: int = Field(description="Counted within the company.")
    company: str
    form: str
    title: str = Field(description="In the reader's language.")
    state: State
    applicant: str
    filed_as: str = Field(description="self, head, hr or office.")
    person: int | None = Field(description="Whom it is for.")
    name: str
    unit: str
    subject: str
    fields: dict[str, Any]
    exception: bool = Field(description="By the exception route.")
    clause: str = Field(description="The clause under which it was eligible.")
    filed_at: datetime
    changed_at: datetime
    reason: str = Field(description="Of the last rejection, return or withdrawal.")
    outcome: str = Field(description="What came of it, or why it is stuck, in words.")


class Said(Schema):
    name: str
    instead_of: str
    verdict: str
    reason: str
    by: str
    at: datetime


class Station(Schema):
    round: int
    title: str
    state: str
    asked: list[str]
    office: bool
    notes: list[str]
    due_at: datetime | None
    said: list[Said]


class Request(RequestRow):
    path: list[Station]
    attachments: list[str]


class Decided(Request):
    first_password: str = Field("", description="Of an approved reset: shown once, dead after two hours.")


class RequestPage(Schema):
    items: list[RequestRow]
    next: Next = None


class FileRequest(In):
    company: CompanyRef = None
    form: Form = Field(examples=["personal"])
    person: Number | None = Field(None, description="Whom it is for; needless where a mailbox says it.")
    fields: Fields
    exception: bool = Field(False, description="Not eligible: by the general manager's decision.")


class Decide(In):
    verdict: Literal["approve", "reject", "return"] = Field(examples=["approve"])
    reason: Why = ""


class Withdraw(In):
    reason: Why = ""


class Amend(In):
    fields: Fields
