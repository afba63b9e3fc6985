"""Writes of those who decide: yes, no, back to the applicant, one more approver, somebody else; handing out what is ready.

Always: under the request's lock, after looking anew at who sits there: who has left, moved or lost his role decides no more,
and of two who press at once the second is told who was first. Nobody decides about what he filed or what he gets.
Clauses: G3.1.2, G3.2.3, B2, B4.13.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.db import transaction
from django.db.models import Q

from hongyan.company.mailboxes.queries import state_of
from hongyan.company.people import credentials
from hongyan.company.people.holding import holds
from hongyan.company.people.models import Account, Appointment, Person
from hongyan.company.people.scope import places_of_unit
from hongyan.company.people.standing import grants_of, is_self
from hongyan.company.requests import executors, flow, telling
from hongyan.company.requests.chains import spec_of
from hongyan.company.requests.fields import clean_lines
from hongyan.company.requests.filing import MAX_REASON, account_of, is_applicant
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import BY, Decision, Request, Seat, Step
from hongyan.company.requests.seating import own_persons, reseat, seat
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision as Verdict, Refusal

By = Literal["page", "mail", "bulk", "cli", "api"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision led to. `secret`: a first password, to be shown once and kept nowhere."""

    request: Request
    decision: Decision | None = None
    secret: str = ""

    @property
    def state(self) -> str:
        return self.request.state


def decide(*, actor: Actor, step: Step, verdict: str, reason: str = "", by: By = "page") -> Outcome:
    """Approve or reject. A rejection needs a reason. The last approval carries the request out.

    Refuses `request.decided` (somebody was first), `request.ended`, `request.own`, `request.not_asked`,
    `request.reason_needed`, `request.verdict_unknown`.
    """
    if verdict not in ("approve", "reject"):
        raise Refusal("request.verdict_unknown", verdict=verdict[:20], known="approve, reject")
    reason = _reason(reason, needed=verdict == "reject", by=by)
    with transaction.atomic():
        request, step, place = _held(actor, step)
        decision = _write(actor, step, place, verdict, reason, by)
        flow.record(
            request, f"request.{'approved_step' if verdict == 'approve' else 'rejected'}", actor.name,
            step=step.position, by=by, reason=reason, instead_of=decision.instead_of.name if decision.instead_of else "",
        )  # fmt: skip
        if verdict == "reject":
            flow.close_step(step, "rejected")
            flow.end(request, "rejected", reason)
            telling.tell_applicant(request, "request_rejected", decided_by=_name(decision))
            return Outcome(request, decision)
        if place is not None:
            place.approved = True
            place.save(update_fields=["approved"])
        if _agreed(step, by_office=place is None):
            flow.close_step(step, "approved")
            flow.advance(request, actor)
        secret = ""
        if request.state == "ready" and by in ("page", "cli", "api") and _hands_out(actor, request):
            secret = _hand_out(actor, request)
    return Outcome(request, decision, secret)


def decide_many(
    *, actor: Actor, steps: Sequence[Step], verdict: str, reason: str = ""
) -> list[tuple[Step, Refusal | None]]:
    """Each by itself: what is refused for one leaves the others as they were decided."""
    said: list[tuple[Step, Refusal | None]] = []
    for step in steps:
        try:
            decide(actor=actor, step=step, verdict=verdict, reason=reason, by="bulk")
        except Refusal as refused:
            said.append((step, refused))
        else:
            said.append((step, None))
    return said


def send_back(*, actor: Actor, step: Step, reason: str, by: By = "page") -> Decision:
    """Back to the applicant, who corrects it and files it again, or withdraws it."""
    reason = _reason(reason, needed=True, by=by)
    with transaction.atomic():
        request, step, place = _held(actor, step)
        decision = _write(actor, step, place, "return", reason, by)
        flow.close_step(step, "returned")
        flow.end(request, "returned", reason)
        flow.record(request, "request.returned", actor.name, step=step.position, by=by, reason=reason)
        telling.tell_applicant(request, "request_returned", decided_by=_name(decision))
    return decision


def add_approver(*, actor: Actor, step: Step, person: Person, reason: str = "") -> Seat:
    """One more whose consent the step needs. By whoever may decide it, or the office. Refuses `request.own`."""
    reason = clean_lines(reason, MAX_REASON)
    with transaction.atomic():
        request, step, _ = _held(actor, step, office=True)
        _require_fit(request, step, person)
        row = seat(step, person, "added", required=True)
        flow.record(
            request, "request.approver_added", actor.name, step=step.position, person=person.name, reason=reason
        )
    return row


def reassign(*, actor: Actor, step: Step, person: Person, reason: str) -> Seat:
    """Somebody else decides the open step instead of those who sit there. The office's, or who runs mail in that place."""
    reason = _reason(reason, needed=True, by="page")
    with transaction.atomic():
        request, step = _locked(step)
        actor.require("mailbox.write", request.company.slug, places_of_unit(request.unit))
        _require_fit(request, step, person)
        if is_self(actor, person):
            raise Refusal("request.to_oneself", number=request.number)
        before = list(step.seats.filter(open=True).select_related("person").values_list("person__name", flat=True))
        telling.tell_asked(step, "request_withdrawn")
        step.seats.filter(open=True).exclude(person=person).update(open=False)
        row = seat(step, person, "reassigned")
        Seat.objects.filter(pk=row.pk).update(origin="reassigned")
        flow.record(
            request, "request.reassigned", actor.name, step=step.position, before=before, person=person.name,
            reason=reason,
        )  # fmt: skip
    return row


def carry_out(*, actor: Actor, request: Request) -> Outcome:
    """Hand out what is ready: a first password, under the actor's own right to set it (clauses G3.2.3, B4.13)."""
    with transaction.atomic():
        request = flow.locked(request.pk)
        if request.state != "ready":
            raise Refusal("request.not_ready", number=request.number)
        _require_not_own(actor, request)
        return Outcome(request, secret=_hand_out(actor, request))


def _hand_out(actor: Actor, request: Request) -> str:
    account = _account(request)
    secret = credentials.reset_password(actor=actor, account=account, reason=f"request {request.number}")
    request.result = {"address": account.login}
    flow.done(request, actor)
    return secret


def _hands_out(actor: Actor, request: Request) -> bool:
    """Whether the actor may set the password at once, so that nobody else has to look at it again."""
    try:
        credentials.require_over(actor, _account(request))
    except Refusal:
        return False
    return True


def _account(request: Request) -> Account:
    account = executors.mailbox_of(request).account
    if account is None:
        raise Refusal("mailbox.no_shared_password", clause="G3.2.2", kind="")
    return account


def activation_link(*, actor: Actor, request: Request) -> str:
    """A token for the new owner, who chooses his first password with it (clause G3.1.1); made anew each time.

    By whoever may open mailboxes there; by HR or the head who filed it, or the owner by his other account, unless the new
    owner heads something, holds a role or has a mailbox already: then it would be a way to act as him.
    Refuses `request.no_link`, `request.link_office`.
    """
    mailbox = executors.mailbox_of(request)
    account = mailbox.account
    opened = request.state == "done" and FORMS[request.form].opens
    if not opened or account is None or state_of(mailbox) != "activation":
        raise Refusal("request.no_link", number=request.number)
    slug, places = request.company.slug, places_of_unit(request.unit)
    with transaction.atomic():
        if actor.may("mailbox.write", slug, places):
            return credentials.make_link(actor=actor, account=account, purpose="activate")
        if not is_applicant(actor, request):
            raise Refusal("request.not_yours", number=request.number)
        if not is_self(actor, mailbox.person) and _stands_out(mailbox.person, account):
            raise Refusal("request.link_office", clause="G2.1.3", name=mailbox.person.name if mailbox.person else "")
        flow.record(request, "request.link", actor.name)
        return credentials.make_link(actor=executors.actor(), account=account, purpose="activate")


def _stands_out(person: Person | None, account: Account) -> bool:
    if person is None or grants_of(account).exists():
        return True
    leads = Appointment.objects.filter(holds(), Q(head=True) | Q(deputy=True), person=person).exists()
    others = Account.objects.filter(person=person, closed_at__isnull=True).exclude(pk=account.pk).exists()
    return leads or others or person.kept_mailboxes.filter(closed_at__isnull=True).exists()


# -- who sits there ------------------------------------------------------------------------------------------------
def may_decide(actor: Actor, step: Step) -> Verdict | None:
    """Why not; None: he may. For pages; `decide` looks again under the lock."""
    try:
        _require_state(step.request, step)
        _require_not_own(actor, step.request)
        _place(actor, step)
    except Refusal as refused:
        return refused.decision
    return None


def _locked(step: Step) -> tuple[Request, Step]:
    request = flow.locked(step.request_id)
    now = request.steps.get(pk=step.pk)
    now.request = request
    _require_state(request, now)
    return request, now


def _held(actor: Actor, step: Step, *, office: bool = False) -> tuple[Request, Step, Seat | None]:
    """The request and the step as they are now, held, and the actor's seat (None: he decides for the office)."""
    request, now = _locked(step)
    _require_not_own(actor, request)
    if reseat(now):
        flow.record(request, "request.reseated", actor.name, step=now.position)
    if office and actor.may("mailbox.write", request.company.slug, places_of_unit(request.unit)):
        return request, now, None
    return request, now, _place(actor, now)


def _require_state(request: Request, step: Step) -> None:
    """Refuses `request.decided` with who was first and what he said, `request.ended`, `request.not_open`."""
    if step.state == "open" and request.state == "waiting":
        return
    last = step.decisions.order_by("-pk").first()
    if last is not None:
        raise Refusal("request.decided", number=request.number, name=_name(last), verdict=last.verdict)
    if request.state != "waiting":
        raise Refusal("request.ended", number=request.number, state=request.state)
    raise Refusal("request.not_open", number=request.number)


def _require_not_own(actor: Actor, request: Request) -> None:
    """Nobody approves what he filed himself, or what he gets."""
    if is_applicant(actor, request) or (request.person is not None and is_self(actor, request.person)):
        raise Refusal("request.own", number=request.number)


def _place(actor: Actor, step: Step) -> Seat | None:
    """The actor's open seat, or the one he keeps for somebody; None: he decides for the office. Refuses `request.not_asked`."""
    request, account = step.request, account_of(actor)
    person = account.person_id if account is not None else None
    if person is not None and account is not None and account.closed_at is None and person not in own_persons(request):
        rows = list(step.seats.filter(Q(person=person) | Q(stand_in=person), open=True).select_related("person"))
        rows.sort(key=lambda row: (row.approved, row.person_id != person, row.pk))
        if rows:
            if rows[0].approved:
                raise Refusal("request.seat_decided", number=request.number)
            return rows[0]
    if step.office and actor.may("mailbox.write", request.company.slug):
        return None
    raise Refusal("request.not_asked", number=request.number)


def _write(actor: Actor, step: Step, place: Seat | None, verdict: str, reason: str, by: str) -> Decision:
    account = account_of(actor)
    person = account.person if account is not None else None
    instead = place.person if place is not None and place.person != person else None
    return Decision.objects.create(
        step=step, account=account, name=actor.name, person=person, instead_of=instead, verdict=verdict, reason=reason,
        by=by, at=clock.now(),
    )  # fmt: skip


def _agreed(step: Step, *, by_office: bool) -> bool:
    """Whether the step has all the consent that it needs: everybody called in, and one or all of the others."""
    rows = list(step.seats.filter(open=True))
    if any(row.required and not row.approved for row in rows):
        return False
    others = [row for row in rows if not row.required]
    if spec_of(step.spec).need == "all" and not by_office:
        return all(row.approved for row in others if row.origin != "escalated") or any(
            row.approved for row in others if row.origin == "escalated"
        )
    said = step.decisions.filter(verdict="approve", instead_of=None)
    office = said.exclude(person__in=[row.person_id for row in rows]).exists()
    return by_office or office or any(row.approved for row in others)


def _require_fit(request: Request, step: Step, person: Person) -> None:
    if person.company_id != request.company_id or person.left_on is not None:
        raise Refusal("person.unknown", person=person.pk)
    if person.pk in own_persons(request):
        raise Refusal("request.own", number=request.number)
    if step.seats.filter(person=person, open=True).exists():
        raise Refusal("request.seated", name=person.name, number=request.number)


def _reason(text: str, *, needed: bool, by: str) -> str:
    reason = clean_lines(text, MAX_REASON)
    if needed and not reason:
        raise Refusal("request.reason_needed")
    if by not in BY:
        raise Refusal("request.verdict_unknown", verdict=by[:20], known=", ".join(BY))
    return reason


def _name(decision: Decision) -> str:
    return decision.person.name if decision.person is not None else decision.name
