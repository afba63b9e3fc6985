"""Who is told of a leaving: the head, the successor, the office, each in his own language (clauses B4.8, G3.2.2)."""

from __future__ import annotations

from collections.abc import Iterable

from hongyan.company.leaving.models import Leaving, Step
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people.models import Person
from hongyan.company.people.relations import head_of, heads_of, holders
from hongyan.kernel import clock, outbox


def tell_begun(leaving: Leaving) -> None:
    _tell(_heads(leaving), "leaving_begun", leaving, day=(leaving.last_day or clock.today()).isoformat())


def tell_blocked(leaving: Leaving, step: Step) -> None:
    """What waits for a decision is told to the heads and the office, so that it does not stay unseen."""
    people = [*_heads(leaving), *holders(leaving.company, "office")]
    _tell(people, "leaving_blocked", leaving, step=step.name)


def tell_successor(leaving: Leaving, to: Mailbox) -> None:
    _send(to.address, "leaving_successor", {"name": leaving.name})


def _heads(leaving: Leaving) -> list[Person]:
    if leaving.person is not None:
        return head_of(leaving.person)
    return [head for unit in leaving.units.all() for head in heads_of(unit)]


def _tell(people: Iterable[Person], notice: str, leaving: Leaving, **params: object) -> None:
    persons = {person.pk for person in people} - {leaving.person_id}
    rows = Mailbox.objects.filter(person__in=persons, kind__in=PERSONAL_KINDS, closed_at__isnull=True, stage="")
    for address in sorted(rows.values_list("address", flat=True)):
        _send(address, notice, {"name": leaving.name, "number": leaving.pk} | params)


def _send(address: str, notice: str, params: dict[str, object]) -> None:
    outbox.enqueue(outbox.NOTICE, {"notice": notice, "to": address, "params": params})
