"""The forms: what is asked in each, whom it is for, which clause it follows and what its approval does.

Owns: `FORMS`. A new form is an entry here, an executor in `executors.py` and words in the catalogue.
Never: knows who may file one (`conditions`, the company's rules) or who decides (`chains`).
Always: a field's kind says how it is asked, cleaned (`fields.py`) and shown; labels are words of the catalogue
(`request_field.NAME`), never kept with a request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

FieldKind = Literal[
    "address",  # one that does not exist yet, under a domain of the company
    "mailbox",  # a mailbox of the person it is for, or one that he keeps
    "shared_mailbox",  # a shared one that the person keeps, or that lies where he is the head
    "group",  # a group of the company
    "members",  # addresses of the company, any number
    "outside_address",  # one that is not the company's
    "person",  # a colleague
    "unit",  # a unit of the company, by path
    "megabytes",  # a size; `5 GB` is understood
    "date",  # a day in the future
    "choice",  # one of `choices`
    "text",  # one line
    "long_text",
]
Group = Literal["mailbox", "change", "right", "help"]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a form asks for."""

    name: str
    kind: FieldKind
    required: bool = True
    choices: tuple[str, ...] = ()  #: words: request_choice.VALUE
    limit: int = 200  #: of a text
    high: int = 0  #: of megabytes; 0: no bound but the product's


@dataclass(frozen=True, slots=True)
class Form:
    """`filers`: who may file it for a person: self, head (of a unit that he is in), hr, office."""

    name: str
    group: Group
    fields: tuple[Field, ...]
    clause: str
    filers: tuple[str, ...]
    subject: str = ""  #: the field that says what it is about
    amendable: tuple[str, ...] = ()  #: what may be changed without asking again, when the action refused
    needs_person: bool = True
    secret: bool = False  #: carrying it out gives a first password: done by whoever hands it over
    opens: bool = False  #: it ends with a new mailbox: HR is told
    attachment: Literal["", "wanted"] = ""  #: `wanted`: the page asks for a scan

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


_REASON: Final = Field("reason", "long_text", limit=500)
_ADDRESS: Final = Field("address", "address")
_NAME: Final = Field("display_name", "text", required=False, limit=100)
_SIZE: Final = Field("quota_mb", "megabytes", required=False)
_UNTIL: Final = Field("until", "date", required=False)
_MAILBOX: Final = Field("mailbox", "mailbox")
_UNIT: Final = Field("unit", "unit", required=False)
_EVERYBODY: Final = ("self", "head", "hr", "office")
_WORK: Final = ("self", "head", "office")


def _shared(name: str, clause: str, *more: Field) -> Form:
    fields = (_ADDRESS, Field("display_name", "text", limit=100), _UNIT, *more, _SIZE, _REASON)
    return Form(name, "mailbox", fields, clause, _WORK, "address", ("address", "display_name"), opens=True)


FORMS: Final[dict[str, Form]] = {
    form.name: form
    for form in (
        Form(
            "personal", "mailbox", (_ADDRESS, _NAME, _SIZE, _REASON), "G3.1.2", _EVERYBODY,
            "address", ("address", "display_name"), opens=True,
        ),
        _shared("shared", "B1.4"),
        _shared("section", "B1.5"),
        _shared("project", "B1.6", Field("until", "date", required=False)),
        Form(
            "intern", "mailbox", (_ADDRESS, _NAME, Field("until", "date"), _REASON), "B2", _EVERYBODY,
            "address", ("address", "display_name", "until"), opens=True,
        ),
        Form("quota", "change", (_MAILBOX, Field("quota_mb", "megabytes"), _REASON), "B3", _WORK, "mailbox", ("quota_mb",)),
        Form(
            "rename", "change", (_MAILBOX, Field("new_address", "address"), _REASON), "C6", _EVERYBODY,
            "mailbox", ("new_address",),
        ),
        Form(
            "alias", "change", (_MAILBOX, Field("new_address", "address"), _UNTIL, _REASON), "C6", _WORK,
            "mailbox", ("new_address", "until"),
        ),
        Form("expiry", "change", (_MAILBOX, Field("until", "date"), _REASON), "B2", _EVERYBODY, "mailbox", ("until",)),
        Form(
            "handover", "change", (Field("shared_mailbox", "shared_mailbox"), Field("keeper", "person"), _REASON),
            "G3.2.2", _WORK, "shared_mailbox",
        ),
        Form(
            "group", "right",
            (
                _ADDRESS, Field("display_name", "text", limit=100), _UNIT,
                Field("who", "choice", choices=("company", "members", "anyone")),
                Field("members", "members", required=False), _REASON,
            ),
            "P5", _WORK, "address", ("address", "display_name"),
        ),
        Form(
            "group_right", "right", (_MAILBOX, Field("group", "group"), _UNTIL, _REASON), "P12", _WORK, "mailbox",
            ("until",),
        ),
        Form("outside", "right", (_MAILBOX, _UNTIL, _REASON), "P13", _WORK, "mailbox", ("until",)),
        Form(
            "forward", "right", (_MAILBOX, Field("target", "outside_address"), _UNTIL, _REASON), "B4.10", _WORK,
            "mailbox", ("until",),
        ),
        Form(
            "large", "right", (_MAILBOX, Field("size_mb", "megabytes", high=1024), _UNTIL, _REASON), "P5", _WORK,
            "mailbox", ("size_mb", "until"),
        ),
        Form(
            "password", "help", (_MAILBOX, _REASON), "B4.13", ("head", "office"), "mailbox", secret=True,
            attachment="wanted",
        ),
    )
}  # fmt: skip
