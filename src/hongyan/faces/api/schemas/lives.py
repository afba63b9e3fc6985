"""What happens to persons: leave, loans, leaving, returning; who is what to whom; grades."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from ninja import Field, Schema

from hongyan.faces.api.schemas.common import CompanyRef, In, Number, UnitPath

State = Literal["staff", "leave", "lent", "left"]
Grade = Annotated[int, Field(ge=0, le=99, description="0: none; higher is more senior.", examples=[5])]
_Post = Annotated[str, Field(max_length=80, examples=["支援"])]


class Somebody(Schema):
    id: int = Field(examples=[7])
    name: str = Field(examples=["王博"])


class Leave(Schema):
    id: int = Field(examples=[3])
    since: date
    until: date | None = Field(description="The last day; null: until it is ended.", examples=[None])
    deputy: Somebody | None = Field(description="Who stands in.")
    reason: str = Field(examples=["年假"])


class Leaves(Schema):
    items: list[Leave]


class TakeLeave(In):
    since: date = Field(examples=["2026-12-01"])
    until: date | None = Field(
        None, description="The last day; without it, until it is ended.", examples=["2026-12-05"]
    )
    deputy: Number | None = Field(None, description="Who stands in, by number.", examples=[None])
    reason: str = Field("", max_length=200, examples=["年假"])


class Lend(In):
    unit: UnitPath
    until: date = Field(description="The last day.", examples=["2027-03-31"])
    post: _Post = ""
    grade: Grade = 0


class Left(In):
    on: date | None = Field(None, description="His last day; without it, today.", examples=[None])
    kind: Literal["normal", "dismissed", "ended"] = "normal"


class Return(In):
    """Without a unit he has his old posts again; with one, that post instead of them."""

    on: date | None = Field(None, description="His first day; without it, today.", examples=[None])
    unit: UnitPath | None = Field(None, examples=[None])
    post: _Post = ""
    grade: Grade = 0


class Relations(Schema):
    heads: list[Somebody] = Field(description="Of the nearest unit upward with a head who is somebody else.")
    stand_in: Somebody | None = Field(description="Who acts while the person is on leave today.")
    branch: str | None = Field(description="The branch that the main post lies in.", examples=["總公司/河北分公司"])
    it_clerks: list[Somebody]


class Leaders(Schema):
    heads: list[Somebody]
    deputies: list[Somebody]
    branch: str | None = Field(description="The branch that the unit is or lies in.", examples=[None])
    it_clerks: list[Somebody]


class GradeName(In):
    level: Annotated[int, Field(ge=1, le=99, examples=[5])]
    name: str = Field(min_length=1, max_length=40, examples=["副經理"])


class Grades(Schema):
    items: list[GradeName]


class NameGrades(In):
    """All of them: what is not named has no name afterwards."""

    company: CompanyRef = None
    items: list[GradeName] = Field(max_length=99)
