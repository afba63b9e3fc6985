"""Kinds of values that many bodies share."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import ConfigDict

MOST_NUMBER = (1 << 63) - 1


class In(Schema):
    """A body that is sent to us: a field that nobody knows is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid", strict=False)


Address = Annotated[
    str, Field(min_length=3, max_length=320, description="A mail address.", examples=["alice@corp.example"])
]
Slug = Annotated[str, Field(min_length=1, max_length=40, description="A company's short name.", examples=["corp"])]
CompanyRef = Annotated[
    str | None,
    Field(max_length=40, description="The company's slug; not needed with a token of one company.", examples=["corp"]),
]
UnitPath = Annotated[
    str, Field(min_length=1, max_length=1000, description="A unit's path.", examples=["總公司/信息部/網絡處"])
]
Number = Annotated[int, Field(ge=1, le=MOST_NUMBER, examples=[7])]
Locale = Literal["zh-Hant", "zh-Hans", "en"]
Reason = Annotated[str, Field(max_length=200, description="Kept in the audit.", examples=["left the company"])]
Megabytes = Annotated[int, Field(ge=1, le=1024 * 1024, description="MiB.", examples=[3072])]


class FieldError(Schema):
    """One thing that does not fit: in the body (`pointer`, RFC 6901) or in a parameter."""

    code: str = Field(examples=["api.field.missing"])
    detail: str = Field(examples=["This is required."])
    pointer: str = Field("", description="JSON pointer into the body.", examples=["/name"])
    parameter: str = Field("", description="Name of a parameter.", examples=[""])
    location: str = Field("", alias="in", description="query, path or header, for a parameter.", examples=[""])
    clause: str = Field("", description="The clause that this follows.", examples=[""])


class Problem(Schema):
    """RFC 9457. `code` and `type` never depend on the language; `title` and `detail` follow Accept-Language."""

    type: str = Field(examples=["urn:hongyan:problem:address.taken"])
    title: str = Field(examples=["In conflict with what there is"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["alice@corp.example is already in use. Choose another one."])
    code: str = Field(examples=["address.taken"])
    clause: str = Field("", description="The clause of the requirements that this follows.", examples=["B4.1"])
    errors: list[FieldError] = Field([], description="All that is wrong at once, where one sentence is not enough.")


Next = Annotated[
    str | None,
    Field(description="The cursor of the next page; null on the last one.", examples=["WyJhZGRyZXNzIiwgImEiXQ"]),
]
