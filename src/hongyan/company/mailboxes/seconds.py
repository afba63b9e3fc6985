"""A person's second mailbox: no way into what the person keeps or heads.

Who keeps a shared mailbox reads it with every mailbox of his, and a head sees his unit. An administrator who opens one
more mailbox in such a person's name knows its first password, so that would let him in unseen (clauses G2.1.3, G3.2.2).
Always: asked after the change, in its transaction; a keeper has one mailbox.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count

from hongyan.company.mailboxes.models import PERSONAL_KINDS, SHARED_KINDS, Mailbox
from hongyan.company.people.holding import leads
from hongyan.company.people.models import Appointment, Company, Person
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

CHUNK = 500


def require_no_way_in(actor: Actor, company: Company, persons: Iterable[int | None]) -> None:
    """Of these persons, who own or keep what was just opened. Refuses `keeper.second_mailbox`, `account.stands_higher`."""
    wanted = sorted({person for person in persons if person is not None})
    for start in range(0, len(wanted), CHUNK):
        for person in _with_several(wanted[start : start + CHUNK]):
            _require_nothing_kept(person)
            _require_nothing_headed(actor, company, person)


def _with_several(persons: list[int]) -> list[Person]:
    boxes = Mailbox.objects.filter(person__in=persons, kind__in=PERSONAL_KINDS, closed_at__isnull=True)
    several = boxes.values("person").annotate(n=Count("pk")).filter(n__gt=1)
    return list(Person.objects.filter(pk__in=[row["person"] for row in several]))


def _require_nothing_kept(person: Person) -> None:
    kept = person.kept_mailboxes.filter(kind__in=SHARED_KINDS, closed_at__isnull=True).order_by("address")
    if addresses := list(kept.values_list("address", flat=True)):
        raise Refusal("keeper.second_mailbox", clause="G3.2.2", person=person.name, mailboxes=addresses)


def _require_nothing_headed(actor: Actor, company: Company, person: Person) -> None:
    if actor.may("people.read", company.slug) and actor.may("mailbox.read", company.slug):
        return
    for path in Appointment.objects.filter(leads(), person=person).values_list("unit__path", flat=True):
        if not all(actor.may(right, company.slug, [path]) for right in ("people.read", "mailbox.read")):
            raise Refusal("account.stands_higher", clause="G2.1.3", login=person.name, role="head")
