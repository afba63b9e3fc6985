"""How a request moves: from step to step, to its end, and out of the hands of who has left.

Owns: the states of requests and steps. Never: asks whether somebody may (`filing`, `deciding`).
Always: called in a transaction that holds the request's row (`locked`); when it returns, the request has ended, is with the
applicant, or a step is open that somebody can decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from hongyan.company.people.holding import leads
from hongyan.company.people.models import Appointment, Unit
from hongyan.company.people.tree import below
from hongyan.company.requests import executors, telling
from hongyan.company.requests.chains import OFFICE_STEP, spec_of
from hongyan.company.requests.conditions import Facts, facts_for, first_that_holds
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import OPEN_STATES, Decision, Request, Seat, Step
from hongyan.company.requests.seating import Found, reseat, seat, seats_for
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import ChainHead

_WITH = ("company", "applicant__person", "person__company", "unit__company", "chain", "mailbox")


def load(request_id: int) -> Request:
    """The request with what it names. Refuses `request.unknown`."""
    found = Request.objects.select_related(*_WITH).filter(pk=request_id).first()
    if found is None:
        raise Refusal("request.unknown", request=request_id)
    return found


def locked(request_id: int) -> Request:
    """The request, held until the transaction ends: of two who decide at once the second waits here, and then sees it.

    The company's chain of events comes first, as in every action that moves people and then looks at their requests.
    """
    chains = Request.objects.filter(pk=request_id).values_list("company__slug", flat=True)
    list(ChainHead.objects.select_for_update().filter(chain__in=list(chains)))
    list(Request.objects.select_for_update().filter(pk=request_id).values_list("pk"))
    return load(request_id)


def record(request: Request, kind: str, actor: str, **params: Any) -> None:
    about = {"request": request.number, "form": request.form, "about": request.subject}
    ledger.record(kind, chain=request.company.slug, actor=actor, subject=f"request/{request.pk}", **about | params)


def facts_of(request: Request) -> Facts:
    person = request.person or (request.applicant.person if request.applicant is not None else None)
    return facts_for(
        person, form=request.form, fields=request.fields, filed_by=request.filed_as, exception=request.exception
    )


# -- forward -------------------------------------------------------------------------------------------------
def begin(request: Request, actor: Actor) -> None:
    """The steps of a round, and on to the first that somebody has to decide."""
    Step.objects.bulk_create(
        Step(request=request, round=request.round, position=position, spec=spec)
        for position, spec in enumerate(request.chain.steps, 1)
    )
    move(request, "waiting")
    advance(request, actor)


def move(request: Request, state: str, *, reason: str = "") -> None:
    request.state, request.changed_at, request.reason = state, clock.now(), reason
    request.ended_at = None if state in OPEN_STATES else request.changed_at
    request.save()


def advance(request: Request, actor: Actor) -> None:
    """Open the next step that is somebody's; after the last one, carry the request out."""
    facts = facts_of(request)
    for step in request.steps.filter(round=request.round, state="ahead").order_by("position"):
        step.request = request
        spec = spec_of(step.spec)
        if first_that_holds(spec.when, facts) is None:
            _close(step, "skipped", "condition")
            continue
        found = seats_for(request, spec)
        if found.skip:
            _close(step, "skipped", *found.notes)
            continue
        if spec.need == "any" and _approved_already(request, found):
            _close(step, "skipped", "already")
            continue
        open_step(step, found)
        return
    if not request.steps.filter(round=request.round, state="approved").exists():
        # A chain without an approver: nothing carries itself out that nobody has agreed to.
        last = request.steps.filter(round=request.round).count()
        step = Step.objects.create(
            request=request, round=request.round, position=last + 1, spec=OFFICE_STEP, notes=["empty"]
        )
        open_step(step, seats_for(request, spec_of(OFFICE_STEP)))
        return
    finish(request, actor)


def _close(step: Step, state: str, *notes: str) -> None:
    step.state, step.closed_at, step.notes = state, clock.now(), [*step.notes, *notes]
    step.save(update_fields=["state", "closed_at", "notes"])


def _approved_already(request: Request, found: Found) -> bool:
    """Who has agreed in this round is not asked a second time."""
    people = {person.pk for person, _ in found.people}
    given = Decision.objects.filter(step__request=request, step__round=request.round, verdict="approve")
    return bool(people & set(given.values_list("person", flat=True)))


def open_step(step: Step, found: Found) -> None:
    spec, now = spec_of(step.spec), clock.now()
    step.state, step.opened_at, step.office = "open", now, found.office
    step.notes = [*step.notes, *found.notes]
    step.due_at = now + timedelta(hours=spec.hours)
    step.remind_at = now + timedelta(hours=spec.remind) if 0 < spec.remind < spec.hours else None
    step.save()
    for person, origin in found.people:
        seat(step, person, origin)


def close_step(step: Step, state: str) -> None:
    """The step is over; nobody sits there any more."""
    _close(step, state)
    step.seats.update(open=False)


# -- the end ---------------------------------------------------------------------------------------------------
def finish(request: Request, actor: Actor) -> None:
    """Every step has agreed. What hands out a first password waits for whoever hands it over."""
    if FORMS[request.form].secret:
        request.refusal = None
        move(request, "ready")
        record(request, "request.approved", actor.name)
        telling.tell_office(request, "request_ready")
        return
    carry_out(request, actor)


def carry_out(request: Request, actor: Actor) -> None:
    """Let the executor work; what it refuses is kept, and seen by the applicant and the office."""
    mailbox = request.mailbox
    try:
        with transaction.atomic():
            request.result = executors.carry(request)
    except Refusal as refused:
        decision = refused.decision
        request.mailbox = mailbox
        request.refusal = {"code": decision.code, "params": _plain(decision.params), "clause": decision.clause}
        move(request, "stuck")
        record(request, "request.stuck", actor.name, code=decision.code)
        telling.tell_applicant(request, "request_stuck")
        telling.tell_office(request, "request_stuck")
        return
    request.refusal = None
    done(request, actor)


def done(request: Request, actor: Actor) -> None:
    move(request, "done")
    record(request, "request.done", actor.name, result=request.result.get("address", ""))
    telling.tell_applicant(request, "request_done")
    if FORMS[request.form].opens:
        telling.tell_hr(request, "request_done")


def end(request: Request, state: str, reason: str) -> None:
    """Rejected, withdrawn or sent back: the open step is over, what lay ahead is not walked."""
    for step in request.steps.filter(round=request.round, state="open"):
        close_step(step, "dropped")
    request.steps.filter(round=request.round, state="ahead").update(state="dropped", closed_at=clock.now())
    move(request, state, reason=reason)


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """As JSON holds them."""
    fine = (str, int, float, bool, type(None))
    return {
        key: value if isinstance(value, fine) else [str(v) for v in value] if isinstance(value, (list, tuple)) else str(value)
        for key, value in params.items()
    }  # fmt: skip


# -- people move -----------------------------------------------------------------------------------------------
def have_moved(actor: Actor, persons: list[int]) -> None:
    """Persons left a post or the company: the steps where they sit look anew whom to ask.

    Called inside the action that moves them; a move of thousands touches only the steps where one of them sits.
    """
    steps: set[tuple[int, int]] = set()
    for part in _parts(persons):
        seats = Seat.objects.filter(Q(person__in=part) | Q(stand_in__in=part), open=True, step__state="open")
        steps |= set(seats.values_list("step", "step__request"))
    _look_anew(actor, steps)


def have_taken(actor: Actor, persons: list[int]) -> None:
    """Persons took a post: who heads a unit now is asked about what waits in it and below it."""
    steps: set[tuple[int, int]] = set()
    for part in _parts(persons):
        led = Appointment.objects.filter(leads(), person__in=part).values_list("unit__company", "unit__path")
        for company, path in set(led):
            units = Unit.objects.filter(below([path]), company=company)
            waiting = Step.objects.filter(state="open", request__unit__in=units)
            steps |= set(waiting.values_list("pk", "request"))
    _look_anew(actor, steps)


def _look_anew(actor: Actor, steps: set[tuple[int, int]]) -> None:
    for step_id, request_id in sorted(steps):
        request = locked(request_id)
        step = request.steps.filter(pk=step_id, state="open").first()
        if step is not None:
            step.request = request
            if reseat(step):
                record(request, "request.reseated", actor.name, step=step.position)


def have_left(actor: Actor, persons: list[int]) -> None:
    """Persons left the company: what was asked for them is not needed any more."""
    found: list[int] = []
    for part in _parts(persons):
        rows = Request.objects.filter(person__in=part, state__in=OPEN_STATES).exclude(form="handover")
        found += rows.values_list("pk", flat=True)
    for request_id in sorted(found):
        request = locked(request_id)
        if request.state in OPEN_STATES:
            give_up(request, actor, left=True)


def give_up(request: Request, actor: Actor, **why: bool) -> None:
    """Withdrawn by nobody: whom it was for has left, or the applicant never came back to it."""
    end(request, "withdrawn", "")
    record(request, "request.withdrawn", actor.name, **why)
    telling.tell_applicant(request, "request_withdrawn")


def _parts(persons: list[int], size: int = 500) -> Iterator[list[int]]:
    return (persons[start : start + size] for start in range(0, len(persons), size))
