"""What can be done to many rows at once.

An operation is declared beside the actions that it calls, in a room's `bulk.py`, and named in OPERATIONS::

    def preview(actor: Actor, person: Person, params: Params) -> Decision:    # says what will happen; raises Refusal: why not
        if person.locale == params["locale"]:
            raise Refusal("bulk.same")
        return Decision("bulk.people.set_locale", {"before": person.locale, "after": params["locale"]})

    def apply(actor: Actor, person: Person, params: Params) -> None:          # calls the action; its Refusal is the row's outcome
        edit_person(actor=actor, person=person, locale=params["locale"])

    SET_LOCALE = Operation(permission="people.write", rows=persons, clean=clean, preview=preview, apply=apply)

Always: `rows` is narrowed to the actor's reach when rows are chosen, looked at and applied; `clean` refuses answers that no
row could be done with. Sentences are in the catalogue, as all refusals' are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Generic, TypeVar

from django.db.models import Model, QuerySet

from hongyan.company.people.models import Company
from hongyan.kernel.actor import Actor, Permission
from hongyan.kernel.decision import Decision, Refusal

M = TypeVar("M", bound=Model)
Params = dict[str, Any]  #: answers to the operation's questions; JSON


def as_given(actor: Actor, company: Company, params: Params) -> Params:
    return params


@dataclass(frozen=True, slots=True)
class Operation(Generic[M]):
    permission: Permission
    rows: Callable[[Actor, Company], QuerySet[M]]
    preview: Callable[[Actor, M, Params], Decision]
    apply: Callable[[Actor, M, Params], None]
    clean: Callable[[Actor, Company, Params], Params] = as_given


#: Name -> where it is declared; imported when needed.
OPERATIONS: Final[dict[str, str]] = {
    "people.set_locale": "hongyan.company.people.bulk:SET_LOCALE",
    "people.move": "hongyan.company.people.bulk:MOVE",
    "mailboxes.suspend": "hongyan.company.mailboxes.operations:SUSPEND",
    "mailboxes.resume": "hongyan.company.mailboxes.operations:RESUME",
    "mailboxes.quota": "hongyan.company.mailboxes.operations:QUOTA",
    "mailboxes.expiry": "hongyan.company.mailboxes.operations:EXPIRY",
}


def find_operation(name: str) -> Operation[Any]:
    if name not in OPERATIONS:
        raise Refusal("bulk.operation_unknown", operation=name[:60])
    module, _, attribute = OPERATIONS[name].partition(":")
    found: Operation[Any] = getattr(import_module(module), attribute)
    return found
