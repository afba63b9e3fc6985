"""Leavings: the checklist, what becomes of the mail, the company's rule."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from hongyan.faces.api.schemas.common import CompanyRef, In, Next, Number

Kind = Literal["normal", "immediate", "scheduled"]
LeavingState = Literal["planned", "running", "retained", "done", "returned", "cancelled"]
Form = Literal["maildir", "mbox", "eml"]
_Reason = Annotated[str, Field(max_length=300, examples=["令字 12 號"])]


class LeavingStep(Schema):
    step: str = Field(examples=["access"])
    state: Literal["waiting", "blocked", "done", "skipped"] = Field(description="blocked: somebody must decide.")
    at: datetime | None
    by: str = Field(examples=["schedule:leaving"])
    note: str = Field(examples=[""])
    detail: dict[str, Any] = Field(
        description="What was done, or the code and parameters of what blocks it.",
        examples=[{"mailboxes": ["alice@corp.example"], "app_passwords": 1, "tokens": 0, "sessions": 2}],
    )


class LeavingArchive(Schema):
    id: int = Field(examples=[2])
    address: str = Field(examples=["alice@corp.example"])
    format: Form
    state: Literal["waiting", "running", "done", "failed"]
    file: str = Field(description="Below DIR/exports.", examples=["2-alice@corp.example.maildir.tar.gz"])
    sha256: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    messages: int = Field(examples=[1204])
    size: int = Field(description="Bytes.", examples=[83886080])
    encrypted: bool


class Leaving(Schema):
    id: int = Field(examples=[7])
    company: str = Field(examples=["corp"])
    person: int | None = Field(description="Null: one mailbox ends.", examples=[12])
    name: str = Field(examples=["林愛麗"])
    kind: Kind
    state: LeavingState
    paused: bool
    held: bool = Field(description="Under a legal hold: nothing is deleted.")
    last_day: date | None = Field(description="Access ends when it is over; null: it ended at once.")
    effective_at: datetime | None = Field(description="When access ended.")
    retain_until: date | None
    end: Literal["delete", "alias"] = Field(description="What becomes of the address.")
    successor: int | None = Field(examples=[15])
    successor_left: bool = Field(description="Another successor must be named.")
    mailboxes: list[str] = Field(examples=[["alice@corp.example"]])
    steps: list[LeavingStep]
    archives: list[LeavingArchive]


class LeavingLine(Schema):
    id: int = Field(examples=[7])
    company: str = Field(examples=["corp"])
    person: int | None = Field(examples=[12])
    name: str = Field(examples=["林愛麗"])
    kind: Kind
    state: LeavingState
    paused: bool
    blocked: list[str] = Field(description="Steps that wait for somebody.", examples=[["keepers"]])
    due: date | None = Field(description="When it moves by itself next.")


class LeavingPage(Schema):
    items: list[LeavingLine]
    next: Next = None


class BeginLeaving(In):
    company: CompanyRef = None
    person: Number | None = Field(None, description="Who leaves.", examples=[12])
    mailbox: str | None = Field(
        None, max_length=254, description="Instead: one mailbox that ends.", examples=[None]
    )  # fmt: skip
    kind: Kind = "normal"
    last_day: date | None = Field(None, description="Without it access ends now.", examples=["2026-12-31"])
    successor: Number | None = Field(None, examples=[15])
    reason: _Reason = ""


class TickStep(In):
    step: Literal["formalities", "handover", "forward"] = Field(description="forward: nobody succeeds.")
    note: str = Field("", max_length=300)


class LeavingReason(In):
    reason: _Reason = ""


class LeavingSuccessor(In):
    person: Number = Field(examples=[15])


class LeavingEnd(In):
    end: Literal["delete", "alias"]


class LeavingExport(In):
    format: Form | None = Field(None, description="Null: the company's.")


class LeavingRule(Schema):
    company: str = Field(examples=["corp"])
    retain_days: int = Field(examples=[30])
    format: Form
    encrypt_to: str = Field(description="An age public key; empty: archives are not encrypted.", examples=[""])
    automatic: bool = Field(description="The mail is deleted by itself when it is archived and the period is over.")
    alias_days: int = Field(examples=[180])


class ChangeLeavingRule(In):
    company: CompanyRef = None
    retain_days: int | None = Field(None, ge=1, le=3650)
    format: Form | None = None
    encrypt_to: str | None = Field(None, max_length=100)
    automatic: bool | None = None
    alias_days: int | None = Field(None, ge=1, le=3650)
