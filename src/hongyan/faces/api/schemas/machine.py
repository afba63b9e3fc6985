"""Releases, events, state, tasks, roles."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from ninja import Field, Schema

from hongyan.faces.api.schemas.common import Address, CompanyRef, In, Next, Reason, UnitPath

Role = Literal["system", "office", "security", "audit", "scoped", "hr", "it"]


class Event(Schema):
    number: int = Field(description="In the company's chain.", examples=[4711])
    at: datetime
    kind: str = Field(examples=["mailbox.opened"])
    actor: str = Field(examples=["carol@corp.example"])
    subject: str = Field(examples=["alice@corp.example"])
    params: dict[str, Any] = Field(examples=[{"kind": "personal"}])
    hash: str = Field(description="SHA-256 over this event and the one before.", examples=["9f86d081884c7d65"])


class EventPage(Schema):
    items: list[Event]
    next: Next = None


class Service(Schema):
    name: str = Field(examples=["dovecot"])
    state: str = Field(examples=["running"])


class Status(Schema):
    """What only the machine's operator sees is null for everybody else."""

    ready: bool = Field(description="Whether every service runs, as last reported.")
    reported_at: datetime | None
    release: int | None = Field(examples=[4217])
    queue: int | None = Field(description="Messages in the queue; -1: it could not be asked.", examples=[3])
    disk_free_mb: int | None = Field(examples=[20480])
    services: list[Service] | None
    web_url: str = Field(examples=["https://mail.corp.example"])
    ports: dict[str, int] = Field(examples=[{"imaps": 993, "submissions": 465}])


class Release(Schema):
    number: int = Field(examples=[4217])
    at: datetime
    base: int = Field(description="The release before it.", examples=[4216])
    cause: str = Field(examples=["changes"])
    addresses: list[str] = Field(
        description="What was compiled again; empty: everything.", examples=[["a@corp.example"]]
    )
    live: bool


class ReleasePage(Schema):
    items: list[Release]
    next: Next = None


class RollBack(In):
    reason: Reason = ""


class Task(Schema):
    id: int = Field(examples=[12])
    kind: str = Field(examples=["people.import"])
    company: str | None = Field(examples=["corp"])
    state: Literal["waiting", "running", "done", "failed", "stopped"]
    done: int = Field(examples=[300])
    total: int = Field(examples=[1200])
    error: str | None = Field(description="Why it failed, in the language asked for.", examples=[None])
    actor: str = Field(examples=["carol@corp.example"])
    created_at: datetime
    ended_at: datetime | None


class TaskPage(Schema):
    items: list[Task]
    next: Next = None


class RoleGrant(Schema):
    id: int = Field(examples=[4])
    login: str = Field(examples=["carol@corp.example"])
    role: str = Field(examples=["office"])
    company: str | None = Field(description="Null: the whole machine.", examples=["corp"])
    unit: str | None = Field(examples=[None])
    permissions: list[str] | None = Field(description="No more than these; null: all of the role's.", examples=[None])
    until: date | None = Field(examples=[None])
    seats: int | None = Field(examples=[None])
    storage_mb: int | None = Field(examples=[None])
    granted_at: datetime


class RoleGrantPage(Schema):
    items: list[RoleGrant]
    next: Next = None


class GrantRole(In):
    login: Address
    role: Role
    company: CompanyRef = None
    unit: UnitPath | None = Field(None, examples=[None])
    permissions: list[str] | None = Field(None, max_length=40, examples=[None])
    until: date | None = Field(None, examples=[None])
    seats: int | None = Field(None, ge=0, le=1_000_000, examples=[None])
    storage_mb: int | None = Field(None, ge=0, le=1 << 40, examples=[None])
    reason: Reason = ""
