"""Follows what happens to persons: settles what their posts bring, and tells the heads of both sides.

Owns: the listeners, what waits for the schedule when many moved at once, the notice `moved`.
Always: called inside the transaction of the move; of a move that gave and took nothing nobody is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from django.db import transaction

from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.mailboxes.moving import left_behind, unit_left
from hongyan.company.people.models import Person, Unit
from hongyan.company.people.relations import holders
from hongyan.company.people.scope import places_of
from hongyan.company.profiles.models import Due, Profile
from hongyan.company.profiles.settling import Outcome, settle
from hongyan.company.profiles.things import posts_of
from hongyan.kernel import outbox
from hongyan.kernel.actor import Actor, schedule
from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import catalogue, say

#: More persons than these at once are settled by the schedule, so that an import does not wait.
AT_ONCE: Final = 20
BATCH: Final = 200


def have_left(actor: Actor, persons: list[int]) -> None:
    """Before what they held by hand in those units is taken (moving.py, members.py), so that the heads are told of it."""
    for person in _now(persons):
        held = left_behind(person, places_of(person)) if person.left_on is None else None
        by_hand = [*held.shared, *held.groups] if held is not None else []
        outcome = settle(actor, person)
        outcome.taken += [address for address in by_hand if address not in outcome.taken]
        _tell(person, outcome)


def have_taken(actor: Actor, persons: list[int]) -> None:
    for person in _now(persons):
        _tell(person, settle(actor, person))


def have_gone(actor: Actor, persons: list[int]) -> None:
    """They have left the company: nothing that a post brought stays."""
    for person in Person.objects.select_related("company").filter(pk__in=persons):
        settle(actor, person)


def opened(actor: Actor, mailboxes: Sequence[Mailbox]) -> None:
    """A mailbox gets what its owner's posts bring."""
    persons = [m.person_id for m in mailboxes if m.person_id is not None and m.kind in PERSONAL_KINDS]
    for person in _now(persons):
        settle(actor, person)


def settle_due() -> int:
    """What waits; how many persons. Called by the schedule."""
    rows = list(Due.objects.select_related("person__company").order_by("pk")[:BATCH])
    for row in rows:
        with transaction.atomic():
            row.delete()
            _tell(row.person, settle(schedule("profiles"), row.person))
    return len(rows)


def put_off(persons: Iterable[int]) -> None:
    """The schedule settles these."""
    Due.objects.bulk_create((Due(person_id=person) for person in sorted(set(persons))), ignore_conflicts=True)


def _now(persons: Sequence[int]) -> list[Person]:
    """Those that are settled at once; of companies without profiles only what they held by hand is looked at."""
    if not persons:
        return []
    if len(persons) > AT_ONCE:
        put_off(_with_profiles(persons))
        return []
    return list(Person.objects.select_related("company").filter(pk__in=persons).order_by("pk"))


def _with_profiles(persons: Sequence[int]) -> list[int]:
    companies = set(Profile.objects.values_list("company", flat=True))
    found: list[int] = []
    for start in range(0, len(persons), 500) if companies else ():
        rows = Person.objects.filter(pk__in=persons[start : start + 500], company__in=companies)
        found += rows.values_list("pk", flat=True)
    return found


# -- telling -------------------------------------------------------------------------------------


def _tell(person: Person, outcome: Outcome) -> None:
    """The heads of where he was and of where he is."""
    if not outcome:
        return
    after = [post.unit for post in posts_of(person)]
    before = list(Unit.objects.filter(company=person.company, path=unit_left(person))[:1])
    heads = {head.pk: head for unit in [*before, *after] for head in holders(person.company, "head", unit)}
    heads.pop(person.pk, None)
    boxes = Mailbox.objects.filter(person__in=heads, kind__in=PERSONAL_KINDS, closed_at=None)
    for box in boxes.select_related("account", "company").order_by("address"):
        locale = box.account.locale if box.account is not None else box.company.locale
        params = {
            "person": person.name,
            "before": ", ".join(unit.path for unit in before) or "—",
            "after": ", ".join(unit.path for unit in after) or "—",
            **{name: spelled(getattr(outcome, name), locale) for name in ("given", "taken", "waiting")},
        }
        outbox.enqueue(outbox.NOTICE, {"notice": "moved", "to": box.address, "params": params})


def spelled(things: Sequence[str], locale: str) -> list[str]:
    """Addresses as they are, codes in words; what is nothing says so."""
    known = catalogue()
    return [say(Decision(f"brought.{t}"), locale) if f"brought.{t}" in known else t for t in things or ["none"]]
