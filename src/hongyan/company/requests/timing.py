"""What time does to requests: reminders, deadlines, leave that begins or ends. Called by the schedule (jobs/schedule.py).

Always: a step whose deadline is over is passed on, first to the heads of those who were asked, then to the office; it stays
open to those who were asked; after that it is reminded of daily until somebody decides. Safe to repeat.
Clause: B2.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from hongyan.company.people.holding import absent
from hongyan.company.people.models import Absence, Person
from hongyan.company.people.relations import holders
from hongyan.company.requests import flow, telling
from hongyan.company.requests.chains import spec_of
from hongyan.company.requests.models import Request, Seat, Step
from hongyan.company.requests.seating import above, own_persons, reseat, seat
from hongyan.kernel import clock
from hongyan.kernel.actor import schedule

ACTOR: Final = schedule("requests")
BATCH: Final = 500
AGAIN: Final = timedelta(hours=24)
#: A request that was sent back and that its applicant does not come back to is withdrawn after this time.
FORGOTTEN: Final = timedelta(days=30)


def run_due() -> int:
    """Everything due now; how many steps and requests were touched."""
    return stand_ins() + deadlines() + reminders() + forgotten()


def deadlines() -> int:
    due = Step.objects.filter(state="open", due_at__lte=clock.now()).order_by("due_at", "pk")
    return _each(list(due.values_list("pk", "request")[:BATCH]), _escalate)


def reminders() -> int:
    due = Step.objects.filter(state="open", remind_at__lte=clock.now()).order_by("remind_at", "pk")
    return _each(list(due.values_list("pk", "request")[:BATCH]), _remind)


def stand_ins() -> int:
    """Leave has begun or ended of somebody who sits at an open step, or of who stands in for him."""
    seats = Seat.objects.filter(open=True, step__state="open")
    away = Exists(Absence.objects.filter(absent(), person=OuterRef("person")))
    acting_away = Exists(Absence.objects.filter(absent(), person=OuterRef("stand_in")))
    stale = seats.filter(Q(away, stand_in=None) | Q(~away, stand_in__isnull=False) | Q(acting_away))
    rows = sorted(set(stale.order_by("pk").values_list("step", "step__request")[:BATCH]))
    return _each(rows, _stand_in)


def forgotten() -> int:
    """Sent back, and not heard of again."""
    old = Request.objects.filter(state="returned", changed_at__lt=clock.now() - FORGOTTEN).order_by("changed_at")
    found = list(old.values_list("pk", flat=True)[:BATCH])
    for request_id in found:
        with transaction.atomic():
            request = flow.locked(request_id)
            if request.state == "returned":
                flow.give_up(request, ACTOR, forgotten=True)
    return len(found)


def _each(rows: list[tuple[int, int]], work: Callable[[Request, Step], bool]) -> int:
    count = 0
    for step_id, request_id in rows:
        with transaction.atomic():
            request = flow.locked(request_id)
            step = request.steps.filter(pk=step_id, state="open").first()
            if step is not None:
                step.request = request
                count += work(request, step)
    return count


def _stand_in(request: Request, step: Step) -> bool:
    return reseat(step)


def _remind(request: Request, step: Step) -> bool:
    if step.remind_at is None or step.remind_at > clock.now():
        return False
    reseat(step)
    step.remind_at = clock.now() + AGAIN
    step.save(update_fields=["remind_at"])
    telling.ask(step, _waited_for(step), "request_reminder")
    flow.record(request, "request.reminded", ACTOR.name, step=step.position)
    return True


def _escalate(request: Request, step: Step) -> bool:
    """Once to the heads above, then to the office; where there is nobody above, to the office at once."""
    now = clock.now()
    if step.due_at is None or step.due_at > now:
        return False
    reseat(step)
    seated = list(step.seats.filter(open=True).select_related("person"))
    known = own_persons(request) | {row.person_id for row in seated}
    higher = above([row.person for row in seated], known) if step.escalations == 0 else []
    if not higher:
        higher = [p for p in holders(request.company, "office") if p.pk not in known]
        step.office, step.due_at = True, None
    else:
        step.due_at = now + timedelta(hours=spec_of(step.spec).hours)
    step.escalations += 1
    step.remind_at = now + AGAIN
    step.notes = [*step.notes, *(["escalated"] if "escalated" not in step.notes else [])]
    step.save(update_fields=["office", "due_at", "escalations", "remind_at", "notes"])
    for person in higher:
        seat(step, person, "escalated", tell="request_escalated")
    flow.record(
        request, "request.escalated", ACTOR.name, step=step.position, to=[p.name for p in higher], office=step.office
    )
    return True


def _waited_for(step: Step) -> list[Person]:
    rows = step.seats.filter(open=True, approved=False).select_related("person", "stand_in")
    return [p for row in rows for p in (row.person, row.stand_in) if p is not None]
