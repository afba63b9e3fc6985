"""What a list is: plain, frozen declarations.

Never: reads anything; `query.py` turns a declaration and a request into rows, `answers.py` into a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from hongyan.company.people.models import Company
from hongyan.kernel.actor import Actor, Permission

M = TypeVar("M", bound=Model)
Text = str | Promise
Options = Sequence[tuple[str, Text]]


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom a list is made: who asks, of which company, with which filters."""

    actor: Actor
    company: Company
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column(Generic[M]):
    """`value` may give text, a number, a date or time, a truth, several texts, or None; exports write it, too.

    `link` makes a link of it; `template` (given `row` and `value`) draws the cell instead.
    """

    key: str
    title: Text
    value: Callable[[M], Any]
    sort: str = ""  #: a column of the table itself
    link: Callable[[M], str] | None = None
    template: str = ""
    shown: bool = True  #: before somebody chooses
    number: bool = False  #: stands at the right


@dataclass(frozen=True, slots=True)
class Filter(Generic[M]):
    """`kind`: `choice` offers `options` (or what they give for a scope) and takes no other value; `text`; `date`."""

    key: str
    title: Text
    options: Options | Callable[[Scope], Options]
    apply: Callable[[QuerySet[M], str, Scope], QuerySet[M]]
    kind: Literal["choice", "text", "date"] = "choice"


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a bulk action. `choice` is answered by an option's value, `pick` by typing an option's name."""

    name: str
    label: Text
    kind: Literal["text", "number", "date", "choice", "pick"] = "text"
    options: Options | Callable[[Scope], Options] = ()
    hint: Text = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Bulk:
    """An operation of `company/bulk/operations.py` offered here, with its title and its questions.

    `danger`: before it begins, the number of rows has to be typed.
    """

    operation: str
    title: Text
    fields: tuple[Field, ...] = ()
    explain: Text = ""
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """What a list's page offers beside the list, such as adding a row."""

    title: Text
    url: str
    main: bool = True


@dataclass(frozen=True, slots=True)
class List(Generic[M]):
    key: str  #: unique among lists: remembers columns
    title: Text
    permission: Permission
    rows: Callable[[Scope], QuerySet[M]]
    columns: tuple[Column[M], ...]
    label: str  #: the column that names a row: in questions, outcomes, for readers of the page by ear
    order: str  #: key of the column that sorts at first; "-key": downwards
    search: Callable[[QuerySet[M], str, Scope], QuerySet[M]] | None = None
    search_hint: Text = ""
    filters: tuple[Filter[M], ...] = ()
    bulk: tuple[Bulk, ...] = ()
    explain: Text = ""
    empty: Text = ""
    size: int = 50

    def __post_init__(self) -> None:
        _OFFERED.update({bulk.operation: bulk for bulk in self.bulk})

    def column(self, key: str) -> Column[M] | None:
        return next((column for column in self.columns if column.key == key), None)


_OFFERED: dict[str, Bulk] = {}


def offered(operation: str) -> Bulk | None:
    """How an operation is offered, by whichever list does."""
    return _OFFERED.get(operation)
