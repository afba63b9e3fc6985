"""What people type into the forms of the mail rooms, and what it means.

Always: a person or a unit beyond the actor's reach is as unknown as none.
"""

from __future__ import annotations

from django.http import QueryDict

from hongyan.company.people.models import Company, Person, Unit
from hongyan.company.people.scope import persons_within, units_within
from hongyan.kernel.actor import Actor, Permission
from hongyan.kernel.decision import Refusal

#: So many units are offered to choose from.
OFFERED = 300


def confirm(form: QueryDict, name: str) -> None:
    if form.get("confirm", "").strip().lower() != name:
        raise Refusal("confirm.differs", wanted=name)


def named_person(actor: Actor, company: Company, text: str) -> Person | None:
    """A person by number, or by a name that only one has. Refuses `person.unknown`, `person.several`."""
    text = " ".join(text.split())
    if not text:
        return None
    within = persons_within(actor, "people.read", company)
    by_key = within.filter(pk=int(text[1:])) if text.startswith("#") and text[1:].isdigit() and len(text) < 19 else None
    found = list(by_key or within.filter(number=text)[:2]) or list(within.filter(name=text)[:2])
    if not found:
        raise Refusal("person.unknown", person=text[:60])
    if len(found) > 1:
        raise Refusal("person.several", person=text[:60])
    return found[0]


def named_unit(actor: Actor, permission: Permission, company: Company, path: str) -> Unit | None:
    """A unit that the permission reaches; none for an empty path. Refuses `unit.unknown`."""
    if not path.strip("/ "):
        return None
    unit = units_within(actor, permission, company).filter(path=path.strip("/ ")).first()
    if unit is None:
        raise Refusal("unit.unknown", path=path[:120])
    return unit
