"""Reads of leavings, and who may do what with them.

Always: a leaving is seen where the leaver worked when it began (`people.read`: HR, the head, the office, a branch's
administrator); beyond that it is as unknown as none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from hongyan.company.leaving.models import OPEN_STATES, Export, Leaving, Look, Rule, Step
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.mailboxes.queries import state_of
from hongyan.company.people.models import Company, Person
from hongyan.company.people.standing import is_self
from hongyan.company.people.tree import units_below
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor, Permission
from hongyan.kernel.decision import Refusal


def rule_of(company: Company) -> Rule:
    return Rule.objects.filter(company=company).first() or Rule(company=company)


def leavings_within(actor: Actor, company: Company) -> QuerySet[Leaving]:
    """Those that the actor sees, in no particular order."""
    rows = Leaving.objects.filter(company=company).select_related("company", "person", "successor")
    reach = actor.reach("people.read", company.slug)
    if reach is None:
        return rows
    place = Leaving.units.through.objects.filter(leaving=OuterRef("pk"), unit__in=units_below(company, reach))
    return rows.filter(Exists(place))


def places_of_leaving(leaving: Leaving) -> tuple[str, ...]:
    return tuple(leaving.units.order_by("path").values_list("path", flat=True))


def find_leaving(actor: Actor, number: int) -> Leaving:
    """Refuses `leaving.unknown`; nobody sees his own before it is over, so that HR may prepare it."""
    leaving = Leaving.objects.select_related("company", "person", "successor").filter(pk=number).first()
    if leaving is None or not may(actor, "people.read", leaving):
        raise Refusal("leaving.unknown", number=number)
    return leaving


def may(actor: Actor, permission: Permission, leaving: Leaving) -> bool:
    return actor.may(permission, leaving.company.slug, places_of_leaving(leaving))


def heads(actor: Actor, leaving: Leaving) -> bool:
    """Whether the actor is the head of where the leaver worked."""
    places = places_of_leaving(leaving)
    return any(g.role == "head" and g.reaches(leaving.company.slug, places) for g in actor.grants)


def may_manage(actor: Actor, leaving: Leaving) -> bool:
    """Pause, resume, name a successor, tick: HR, the mail office, the branch's administrator; not of himself."""
    if is_self(actor, leaving.person):
        return False
    return may(actor, "people.write", leaving) or may(actor, "mailbox.write", leaving)


def may_help(actor: Actor, leaving: Leaving) -> bool:
    """The head says that the work is handed over, and names successor and keepers (clauses B4.8, G3.2.2)."""
    return may_manage(actor, leaving) or (heads(actor, leaving) and not is_self(actor, leaving.person))


def open_leaving_of(person: Person) -> Leaving | None:
    return Leaving.objects.filter(person=person, state__in=OPEN_STATES).first()


def steps_of(leaving: Leaving) -> list[Step]:
    return list(leaving.steps.order_by("position"))


def blocked(leavings: Iterable[Leaving]) -> dict[int, list[str]]:
    """leaving -> names of the steps that wait for somebody, of open ones."""
    found: dict[int, list[str]] = {}
    rows = Step.objects.filter(leaving__in=[x.pk for x in leavings], state="blocked").order_by("position")
    for number, name in rows.values_list("leaving", "name"):
        found.setdefault(number, []).append(name)
    return found


def due_on(leaving: Leaving) -> date | None:
    """When it moves by itself next: access ends, or the mail's period is over."""
    if leaving.state == "planned" and leaving.last_day is not None:
        return leaving.last_day + timedelta(days=1)
    return leaving.retain_until if leaving.state == "retained" else None


def looks_of(leaving: Leaving) -> list[Look]:
    return list(leaving.looks.select_related("mailbox", "asked_by", "allowed_by").order_by("-pk"))


def exports_of(leaving: Leaving) -> list[Export]:
    return list(leaving.exports.select_related("mailbox").order_by("-pk"))


def boxes_of(leaving: Leaving) -> list[Mailbox]:
    """The mailboxes that go with it, by address."""
    rows = Mailbox.objects.select_related("company", "account", "person", "unit")
    return list(rows.filter(leavings__leaving=leaving).order_by("address"))


def overdue(leaving: Leaving) -> bool:
    due = due_on(leaving)
    return due is not None and due < clock.today()


def mailbox_of_person(person: Person) -> Mailbox | None:
    """The mailbox that a colleague's work can be given to: open, signed in to, not leaving itself."""
    rows = Mailbox.objects.select_related("company", "account", "person").filter(
        person=person, kind__in=PERSONAL_KINDS, closed_at__isnull=True, stage="", no_receiving=False
    )
    return next((m for m in rows.order_by("pk") if state_of(m) != "suspended"), None)
