"""Staff lists: comparisons, their lines, sources."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from hongyan.faces.api.schemas.common import In, Next, Number

Kind = Literal["sheet", "ldap", "scim"]
State = Literal["reading", "open", "settled", "replaced", "dropped"]
Verdict = Literal["conflict", "leave", "move", "change", "join", "back"]
LineState = Literal["open", "applied", "skipped", "gone"]


class Report(Schema):
    """A list held against the staff. Nothing of it is done before it is applied."""

    id: int = Field(examples=[7])
    company: str = Field(examples=["corp"])
    kind: Kind
    name: str = Field(description="The file, or the source.", examples=["staff.xlsx"])
    state: State
    whole: bool = Field(description="The list names everybody: who is not in it has left.")
    counts: dict[str, int] = Field(
        description="Lines by verdict; `same`: unchanged; `listed`, `staff`: how many there were.",
        examples=[{"join": 2}],
    )
    new_units: list[str] = Field(description="Units that applying makes.", examples=[["總公司/信息部"]])
    guarded: bool = Field(description="So many would leave that a person has to confirm it in the console.")
    override_by: str = Field(examples=[""])
    override_reason: str = Field(examples=[""])
    by: str = Field(examples=["carol@corp.example"])
    created_at: datetime
    settled_at: datetime | None


class ReportPage(Schema):
    items: list[Report]
    next: Next = None


class Change(Schema):
    field: str = Field(examples=["post"])
    before: Any = Field(examples=["Clerk"])
    after: Any = Field(examples=["Head clerk"])


class LineProblem(Schema):
    column: str = Field(description="Of the sheet; empty: the whole row.", examples=["A"])
    code: str = Field(examples=["staff.row.number_twice"])
    detail: str = Field(examples=["Staff number 2001 stands in rows 7 as well."])


class Line(Schema):
    id: int = Field(examples=[31])
    row: int = Field(description="Of the sheet, or the place in the list; 0: not named.", examples=[12])
    verdict: Verdict
    state: LineState
    person: int | None = Field(examples=[7])
    about: str = Field(examples=["2001 張小明"])
    changes: list[Change]
    problems: list[LineProblem]


class LinePage(Schema):
    items: list[Line]
    next: Next = None


Lines = Annotated[list[Number], Field(min_length=1, max_length=1000, description="Ids of lines.", examples=[[31]])]


class ApplyLines(In):
    """Without `lines`, all that are clear. All of it or nothing."""

    lines: Lines | None = None


class SkipLines(In):
    lines: Lines


class Settled(Schema):
    lines: int = Field(description="How many lines were settled.", examples=[1])
    report: Report


class Source(Schema):
    id: int = Field(examples=[3])
    company: str = Field(examples=["corp"])
    kind: Literal["ldap", "scim"]
    name: str = Field(examples=["Active Directory"])
    enabled: bool
    auto: bool = Field(description="What is clear is applied at once.")
    whole: bool = Field(description="It names everybody.")
    every_hours: int = Field(description="0: by hand.", examples=[24])
    key_until: date | None
    last_at: datetime | None
    last_error: str | None = Field(examples=[None])


class SourcePage(Schema):
    items: list[Source]
    next: Next = None
