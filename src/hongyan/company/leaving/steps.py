"""The checklist: which steps there are, what the system does for each, and when a leaving goes on.

`advance` does all that can be done now; it is called by every action of this room and by the schedule, and is safe to
repeat. What cannot be done stays as a blocked step that says why; what a person must say waits for `actions.tick`.

    formalities   HR has done its formalities (ticked; of a dismissal the written order is it)      G3.2.1
    access        nobody signs in or sends: sessions, app passwords, tokens of programs end          G3.2.1, B4.8
    rules         the owner's own filter rules, redirects among them, are switched off (root does)   B4.8
    shared        he uses no shared mailbox any more                                                 G3.2.2
    groups        he is in no group; those that he looked after go to the successor
    delegations   nobody sends as him, he sends as nobody
    roles         the person has left: roles and all that came with his posts end                    G2.1.3
    keepers       each shared mailbox that he kept has a new keeper (its head names him)             G3.2.2
    reply         who writes to him is told
    forward       new mail goes to the successor too (or somebody says that nobody succeeds)         B4.8
    handover      the head says that the work is handed over (ticked)                                R2
    retain        the mail is kept for its period; the hand-over certificate is made
    period        the period is over, and no hold
    export        archived in a standard format with a manifest                                      B4.8
    ending        deleted with a certificate, and the address kept for a colleague if wanted         B4.8

Always: access ends first and waits for nothing; nothing is kept, exported or deleted before all above it is settled.
"""

from __future__ import annotations

import logging
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from hongyan.company.leaving.doing import AFTER, BEFORE, HANDLERS, ORDER, SYSTEM, Did, heir_of, open_boxes, record
from hongyan.company.leaving.models import OPEN_STATES, Deletion, Leaving, Step
from hongyan.company.leaving.queries import boxes_of
from hongyan.company.leaving.telling import tell_blocked
from hongyan.company.life import actions as life, course
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal

log = logging.getLogger(__name__)
#: What a person may say of a step; of `forward` it is that nobody succeeds.
TICKED: Final = ("formalities", "handover", "forward")
TICKED_AWAY: Final = ("forward",)


def make(leaving: Leaving) -> None:
    """The checklist of a new leaving; the mailboxes are marked."""
    Step.objects.bulk_create(
        Step(leaving=leaving, name=name, position=position) for position, name in enumerate(ORDER)
    )  # fmt: skip
    for mailbox in boxes_of(leaving):
        if not mailbox.stage:
            course.mark_leaving(actor=SYSTEM, mailbox=mailbox, on=leaving.last_day, successor=heir_of(leaving))


def advance(leaving: Leaving, *, only_access: bool = False) -> None:
    """Do what can be done now. Inside the caller's transaction, or one of its own."""
    with transaction.atomic():
        leaving.refresh_from_db(from_queryset=Leaving.objects.select_for_update(of=("self",)))
        if leaving.state not in OPEN_STATES or leaving.paused_at is not None:
            return
        if leaving.state == "planned":
            _take_effect(leaving)
        for step in leaving.steps.order_by("position"):
            if step.state not in ("done", "skipped") and not _look_at(leaving, step):
                break
            if only_access and step.name == "access":
                break


def move_due() -> int:
    """For the schedule: every leaving that may move goes on, each by itself, so that none holds up another. How many did.

    Mail whose period is over and that waits for a named person alone is not looked at: there may be thousands.
    """
    moved = 0
    for number in list(_due().order_by("pk").values_list("pk", flat=True)):
        leaving = Leaving.objects.select_related("company", "person", "successor").get(pk=number)
        before = _standing(leaving)
        try:
            advance(leaving)
        except Refusal:
            log.exception("leaving %s", leaving.pk)
        moved += _standing(leaving) != before
    return moved


def _due() -> QuerySet[Leaving]:
    day, steps = clock.today(), Step.objects.filter(leaving=OuterRef("pk"))
    waits = Exists(steps.filter(name__in=("period", "export")).exclude(state="done"))
    deleting = Exists(Deletion.objects.filter(leaving=OuterRef("pk")))
    over = Q(state="retained", retain_until__lt=day) & (waits | deleting | Q(company__leaving_rule__automatic=True))
    due = Q(state="planned", last_day__lt=day) | Q(state="running") | over
    return Leaving.objects.filter(due, paused_at__isnull=True)


def _standing(leaving: Leaving) -> tuple[str, tuple[str, ...]]:
    return leaving.state, tuple(leaving.steps.order_by("position").values_list("state", flat=True))


def _take_effect(leaving: Leaving) -> None:
    if leaving.last_day is not None and leaving.last_day >= clock.today():
        return
    leaving.state, leaving.effective_at = "running", clock.now()
    leaving.save(update_fields=["state", "effective_at"])
    record("leaving.effective", leaving)
    orphans = Leaving.objects.filter(successor=leaving.person, state__in=OPEN_STATES)
    for other in orphans.exclude(pk=leaving.pk) if leaving.person_id is not None else ():
        _orphan(other)


def _orphan(leaving: Leaving) -> None:
    """Its successor leaves himself: nothing goes to him any more, and another one must be named."""
    leaving.successor_left = True
    if leaving.state == "retained":
        leaving.state = "running"
    leaving.save(update_fields=["successor_left", "state"])
    for mailbox in open_boxes(leaving):
        life.forward_mail(actor=SYSTEM, mailbox=mailbox, to=None)
    record("leaving.successor_gone", leaving, successor=leaving.successor.name if leaving.successor else "")
    leaving.steps.filter(name__in=("forward", "reply", "retain")).exclude(state="waiting").update(
        state="waiting", at=None, by="", detail={}
    )
    advance(leaving)


def _look_at(leaving: Leaving, step: Step) -> bool:
    """Whether the following steps may be looked at."""
    if leaving.state == "planned" and step.name not in BEFORE:
        return True
    if step.name in AFTER and _unsettled(leaving, step):
        return False
    try:
        with transaction.atomic():
            did = HANDLERS[step.name](leaving, step)
    except Refusal as refusal:
        reason = refusal.decision
        did = Did("blocked", {"code": reason.code, "params": reason.params, "clause": reason.clause})
    _note(leaving, step, did)
    return True


def _unsettled(leaving: Leaving, step: Step) -> bool:
    before = leaving.steps.filter(position__lt=step.position)
    return before.exclude(state__in=("done", "skipped")).exists()


def _note(leaving: Leaving, step: Step, did: Did) -> None:
    if (step.state, step.detail) == (did.state, did.detail):
        return
    newly = did.state == "blocked" and step.state != "blocked"
    step.state, step.detail = did.state, did.detail
    if did.state in ("done", "skipped"):
        step.at, step.by = clock.now(), SYSTEM.name
        record("leaving.step", leaving, step=step.name, state=did.state, detail=did.detail)
    step.save(update_fields=["state", "detail", "at", "by"])
    if newly:
        record("leaving.blocked", leaving, step=step.name, detail=did.detail)
        tell_blocked(leaving, step)


def note_rules(leaving: Leaving, found: dict[str, str]) -> None:
    """Root has switched them off: address -> name of the script that was active."""
    with transaction.atomic():
        step = Step.objects.select_for_update().get(leaving=leaving, name="rules")
        if step.state not in ("done", "skipped"):
            _note(leaving, step, Did("done", {"scripts": found}))
            advance(leaving)
