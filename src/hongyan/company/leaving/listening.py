"""Hearing from other rooms: who has left or come back, whose last day has come.

Always: a leaving that is open already goes on by itself; whatever way it became known, there is one process.
"""

from __future__ import annotations

from collections.abc import Iterator

from hongyan.company.leaving import actions, returning
from hongyan.company.leaving.models import OPEN_STATES, Leaving, LeavingMailbox
from hongyan.company.leaving.queries import open_leaving_of
from hongyan.company.life import before, rules
from hongyan.company.life.before import Due
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people import moves
from hongyan.company.people.models import Person
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision

MANY = 5  #: more leavers at once: what is not the end of access is left to the schedule


def enter() -> None:
    moves.listen_left(left)
    moves.listen_returned(returned)
    rules.on_expiry(expired)
    before.know_steps(due)


def due(address: str) -> Iterator[Due]:
    """For the page of a mailbox's life: what its leaving waits for. Its days are the mailbox's own."""
    row = LeavingMailbox.objects.select_related("leaving").filter(
        mailbox__address=address, leaving__state__in=OPEN_STATES
    )
    found = row.first()
    if found is None:
        return
    leaving = found.leaving
    if leaving.paused_at is not None:
        yield Due(None, Decision("leaving.next.paused", {"name": leaving.name}))
    for step in leaving.steps.filter(state="blocked").order_by("position"):
        yield Due(None, Decision("leaving.next.blocked", {"step": step.name}, "B4.8"))


def left(actor: Actor, persons: list[int]) -> None:
    """They have left the company: HR said so, or the staff list (clause G2.2.2)."""
    for person in Person.objects.select_related("company").filter(pk__in=persons):
        if open_leaving_of(person) is not None:
            continue
        boxes = Mailbox.objects.filter(person=person, kind__in=PERSONAL_KINDS, closed_at__isnull=True)
        if boxes.exists() or person.kept_mailboxes.filter(closed_at__isnull=True).exists():
            actions.begin(actor=actor, person=person, kind="normal", later=len(persons) > MANY)


def returned(actor: Actor, persons: list[int]) -> None:
    """They are staff again: what is still kept is theirs again."""
    for leaving in Leaving.objects.select_related("company", "person", "successor").filter(
        person__in=persons, state__in=OPEN_STATES
    ):
        returning.give_back(actor, leaving)


def expired(actor: Actor, mailbox: Mailbox) -> bool:
    """The last day of a mailbox has come (clause B2): it goes through the process. Whether it was taken over."""
    if LeavingMailbox.objects.filter(mailbox=mailbox, leaving__state__in=OPEN_STATES).exists():
        return False
    actions.begin(actor=actor, mailbox=mailbox, kind="normal")
    return True
