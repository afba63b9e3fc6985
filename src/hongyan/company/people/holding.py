"""Which posts hold today: not before their first day or past their last one, and only of somebody who has not left.

Owns: the conditions on posts, persons and leave that depend on the day. Never: decides what follows from them.
Always: a leaver's posts stay as rows, so that he still lies where he worked and those who administer that place reach him;
nothing is derived from them. Whoever asks what a post gives (a headship, a right, a group) asks with `holds()`.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from hongyan.company.people.models import Absence, Appointment
from hongyan.kernel import clock


def holds(on: date | None = None) -> Q:
    """The condition on appointments."""
    day = on or clock.today()
    begun = Q(since__isnull=True) | Q(since__lte=day)
    lasting = Q(until__isnull=True) | Q(until__gte=day)
    return Q(person__left_on__isnull=True) & begun & lasting


def leads(on: date | None = None) -> Q:
    """Appointments of heads and deputy heads, whose holder sees the unit and decides in it."""
    return holds(on) & (Q(head=True) | Q(deputy=True))


def staff(person: str = "") -> Q:
    """The condition that a person (behind this lookup) has not left."""
    return Q(**{f"{person}__left_on__isnull" if person else "left_on__isnull": True})


def absent(on: date | None = None) -> Q:
    """The condition on absences: the day lies in them."""
    day = on or clock.today()
    return Q(since__lte=day) & (Q(until__isnull=True) | Q(until__gte=day))


def in_state(state: str, on: date | None = None) -> Q:
    """The condition on persons that `relations.state_of_person` says this; an index answers each but `staff`."""
    away = Q(pk__in=Absence.objects.filter(absent(on)).values("person"))
    lent = Q(pk__in=Appointment.objects.filter(holds(on), lent=True).values("person"))
    return {
        "left": Q(left_on__isnull=False),
        "leave": staff() & away,
        "lent": staff() & lent & ~away,
        "staff": staff() & ~away & ~lent,
    }[state]
