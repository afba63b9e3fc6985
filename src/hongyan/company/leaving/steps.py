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
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from hongyan.company.access.actions import revoke_token
from hongyan.company.access.models import Token
from hongyan.company.leaving import ending, papers
from hongyan.company.leaving.models import OPEN_STATES, Deletion, Leaving, Step
from hongyan.company.leaving.queries import boxes_of, mailbox_of_person, rule_of
from hongyan.company.leaving.telling import tell_blocked, tell_successor
from hongyan.company.life import actions as life, course
from hongyan.company.mailboxes import changes, limits, members, routing
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Alias, AppPassword, Group, GroupMember, Mailbox, SendAs
from hongyan.company.people.life import leave_company
from hongyan.company.people.models import LOCALES, Account, Link, RoleGrant, WebSession
from hongyan.company.people.roles import revoke_role
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import schedule
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.wording import say

log = logging.getLogger(__name__)
SYSTEM: Final = schedule("leaving")
#: What a person may say of a step; of `forward` and `keepers` it is that it is not needed.
TICKED: Final = ("formalities", "handover", "forward")
TICKED_AWAY: Final = ("forward",)
ASK_AGAIN: Final = timedelta(minutes=10)  #: an order to root that was not answered


@dataclass(frozen=True, slots=True)
class Did:
    """How a step stands after a look at it."""

    state: str = "done"
    detail: dict[str, Any] = field(default_factory=dict)


WAIT: Final = Did("waiting")


def make(leaving: Leaving) -> None:
    """The checklist of a new leaving; the mailboxes are marked."""
    Step.objects.bulk_create(
        Step(leaving=leaving, name=name, position=position) for position, name in enumerate(ORDER)
    )  # fmt: skip
    for mailbox in boxes_of(leaving):
        if not mailbox.stage:
            course.mark_leaving(actor=SYSTEM, mailbox=mailbox, on=leaving.last_day, successor=_heir(leaving))


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
    _record("leaving.effective", leaving)
    orphans = Leaving.objects.filter(successor=leaving.person, state__in=OPEN_STATES)
    for other in orphans.exclude(pk=leaving.pk) if leaving.person_id is not None else ():
        _orphan(other)


def _orphan(leaving: Leaving) -> None:
    """Its successor leaves himself: nothing goes to him any more, and another one must be named."""
    leaving.successor_left = True
    if leaving.state == "retained":
        leaving.state = "running"
    leaving.save(update_fields=["successor_left", "state"])
    for mailbox in _open(leaving):
        life.forward_mail(actor=SYSTEM, mailbox=mailbox, to=None)
    _record("leaving.successor_gone", leaving, successor=leaving.successor.name if leaving.successor else "")
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
        _record("leaving.step", leaving, step=step.name, state=did.state, detail=did.detail)
    step.save(update_fields=["state", "detail", "at", "by"])
    if newly:
        _record("leaving.blocked", leaving, step=step.name, detail=did.detail)
        tell_blocked(leaving, step)


def _record(kind: str, leaving: Leaving, **params: Any) -> None:
    subject = f"person/{leaving.person_id}" if leaving.person_id is not None else leaving.name
    ledger.record(
        kind, chain=leaving.company.slug, actor=SYSTEM.name, subject=subject, number=leaving.pk, **params
    )  # fmt: skip


def _open(leaving: Leaving) -> list[Mailbox]:
    return [mailbox for mailbox in boxes_of(leaving) if mailbox.closed_at is None]


def _heir(leaving: Leaving) -> Mailbox | None:
    if leaving.successor is None or leaving.successor_left:
        return None
    return mailbox_of_person(leaving.successor)


# -- the steps -----------------------------------------------------------------------------------
def _formalities(leaving: Leaving, step: Step) -> Did:
    if not _whole(leaving):
        return Did("skipped")
    if leaving.kind == "immediate":
        return Did("done", {"reason": leaving.reason})
    return WAIT


def _whole(leaving: Leaving) -> bool:
    """A person leaves, not one mailbox alone."""
    return leaving.person_id is not None


def _access(leaving: Leaving, step: Step) -> Did:
    done: dict[str, Any] = {"mailboxes": [], "app_passwords": 0, "tokens": 0, "sessions": 0}
    why = say(Decision("leaving.stopped" if _whole(leaving) else "leaving.mailbox_stopped"), leaving.company.locale)
    for mailbox in _open(leaving):
        if mailbox.suspended_at is None:
            life.stop(actor=SYSTEM, mailbox=mailbox, what="signing_in", reason=why)
        devices = AppPassword.objects.filter(mailbox=mailbox, revoked_at__isnull=True)
        done["app_passwords"] += devices.update(revoked_at=clock.now())
        done["mailboxes"].append(mailbox.address)
        outbox.release(mailbox.address, sessions=[mailbox.address, *members.users_of(mailbox)])
    accounts = _accounts(leaving)
    Link.objects.filter(account__in=accounts, used_at__isnull=True).update(used_at=clock.now())
    done["sessions"] = WebSession.objects.filter(account__in=accounts).delete()[0]
    for token in Token.objects.select_related("company").filter(maker__in=accounts, revoked_at__isnull=True):
        revoke_token(actor=SYSTEM, token=token)
        done["tokens"] += 1
    return Did("done", done)


def _accounts(leaving: Leaving) -> list[Account]:
    if leaving.person_id is not None:
        return list(Account.objects.filter(person=leaving.person_id))
    return [m.account for m in boxes_of(leaving) if m.account is not None]


def _rules(leaving: Leaving, step: Step) -> Did:
    """Root answers by `note_rules`; until then it is asked again now and then."""
    personal = [m for m in _open(leaving) if m.kind in PERSONAL_KINDS]
    if not personal:
        return Did("skipped")
    if not step.detail.get("asked") or _unanswered(step):
        outbox.enqueue(outbox.OPERATE, {"do": "leaving.rules", "leaving": leaving.pk})
    return _asked(step)


def note_rules(leaving: Leaving, found: dict[str, str]) -> None:
    """Root has switched them off: address -> name of the script that was active."""
    with transaction.atomic():
        step = Step.objects.select_for_update().get(leaving=leaving, name="rules")
        if step.state not in ("done", "skipped"):
            _note(leaving, step, Did("done", {"scripts": found}))
            advance(leaving)


def _shared(leaving: Leaving, step: Step) -> Did:
    ended: list[str] = []
    for mailbox in _open(leaving):
        if mailbox.kind in PERSONAL_KINDS:
            ended += members.end_memberships(actor=SYSTEM, member=mailbox, reason="left")
        else:
            for row in list(mailbox.memberships.select_related("member")):
                members.remove_member(actor=SYSTEM, mailbox=mailbox, member=row.member, reason="ended")
                ended.append(row.member.address)
    return Did("done", {"mailboxes": ended})


def _groups(leaving: Leaving, step: Step) -> Did:
    left, handed = [], []
    heir = leaving.successor if _heir(leaving) is not None else None
    for mailbox in _open(leaving):
        names = [mailbox.address, *Alias.objects.filter(target=mailbox.address).values_list("address", flat=True)]
        entries = GroupMember.objects.select_related("group__company", "group__unit").filter(
            address__in=names, writer=False
        )
        for entry in entries.order_by("group__address"):
            routing.remove_member(actor=SYSTEM, group=entry.group, address=entry.address)
            left.append(entry.group.address)
    owned = Group.objects.select_related("company", "unit", "owner").filter(owner=leaving.person_id or 0)
    for group in owned.order_by("address"):
        changes.set_group_owner(actor=SYSTEM, group=group, owner=heir)
        handed.append(group.address)
    return Did("done", {"left": left, "handed": handed, "to": heir.name if heir else ""})


def _delegations(leaving: Leaving, step: Step) -> Did:
    ended: list[str] = []
    for mailbox in _open(leaving):
        rows = SendAs.objects.select_related("mailbox__company", "mailbox__person", "mailbox__unit")
        for row in rows.filter(Q(mailbox=mailbox) | Q(address=mailbox.address)).order_by("pk"):
            if row.mailbox.closed_at is None:
                limits.remove_send_as(actor=SYSTEM, mailbox=row.mailbox, address=row.address)
                ended.append(f"{row.mailbox.address} > {row.address}")
    return Did("done", {"ended": ended})


def _roles(leaving: Leaving, step: Step) -> Did:
    grants = RoleGrant.objects.select_related("company", "unit", "account__person").filter(
        account__in=_accounts(leaving)
    )
    had = sorted({grant.role for grant in grants})
    person = leaving.person
    if person is None:
        for grant in grants:
            revoke_role(actor=SYSTEM, grant=grant, reason="left")
    elif person.left_on is None:
        kind = "dismissed" if leaving.kind == "immediate" else "normal"
        last = min(leaving.last_day or clock.today(), clock.today())
        leave_company(actor=SYSTEM, person=person, on=last, kind=kind)
    return Did("done", {"roles": had})


def _keepers(leaving: Leaving, step: Step) -> Did:
    kept = members.kept_by(leaving.person) if leaving.person is not None else []
    if not kept:
        had = step.detail.get("params", step.detail)  # a blocked step holds the refusal
        return Did("done", {"mailboxes": had.get("mailboxes", [])})
    if leaving.state == "planned":
        return Did("waiting", {"mailboxes": [m.address for m in kept]})
    raise Refusal("leaving.keeper_missing", clause="G3.2.2", name=leaving.name, mailboxes=[m.address for m in kept])


def _reply(leaving: Leaving, step: Step) -> Did:
    heir = _heir(leaving)
    who = "" if _whole(leaving) else "mailbox_"
    code = f"leaving.reply.{who}" + ("successor" if heir is not None else "gone")
    for mailbox in _open(leaving):
        words = {
            "name": leaving.name, "company": leaving.company.name, "address": mailbox.address,
            "successor": leaving.successor.name if leaving.successor else "", "to": heir.address if heir else "",
        }  # fmt: skip
        life.set_reply(
            actor=SYSTEM, mailbox=mailbox,
            text_by_locale={locale: say(Decision(code, words), locale) for locale, _ in LOCALES},
        )  # fmt: skip
    return Did("done", {"to": heir.address if heir else ""})


def _forward(leaving: Leaving, step: Step) -> Did:
    heir, boxes = _heir(leaving), [m for m in _open(leaving) if m.kind in PERSONAL_KINDS]
    if not boxes or (heir is None and not _whole(leaving) and leaving.successor is None):
        return Did("skipped")
    if leaving.successor_left:
        raise Refusal(
            "leaving.successor_gone", clause="B4.8", name=leaving.name,
            successor=leaving.successor.name if leaving.successor else "",
        )  # fmt: skip
    if heir is None:
        raise Refusal("leaving.successor_missing", clause="B4.8", name=leaving.name)
    for mailbox in boxes:
        life.forward_mail(actor=SYSTEM, mailbox=mailbox, to=heir)
    tell_successor(leaving, heir)
    return Did("done", {"to": heir.address})


def _handover(leaving: Leaving, step: Step) -> Did:
    return WAIT if _whole(leaving) else Did("skipped")


def _retain(leaving: Leaving, step: Step) -> Did:
    assert leaving.effective_at is not None
    days = timedelta(days=rule_of(leaving.company).retain_days)
    until = leaving.retain_until or max((leaving.effective_at + days).date(), clock.today())
    for mailbox in _open(leaving):
        course.retain(
            actor=SYSTEM, mailbox=mailbox, until=max(until, clock.today()), successor=_cover(leaving, mailbox)
        )
    leaving.state, leaving.retain_until = "retained", until
    leaving.save(update_fields=["state", "retain_until"])
    _record("leaving.retained", leaving, until=until.isoformat())
    return Did("done", {"until": until.isoformat(), "paper": papers.keep_handover(leaving)})


def _cover(leaving: Leaving, mailbox: Mailbox) -> Mailbox | None:
    forwards = leaving.steps.filter(name="forward", state="done").exists()
    return _heir(leaving) if forwards and mailbox.kind in PERSONAL_KINDS else None


def _period(leaving: Leaving, step: Step) -> Did:
    if leaving.retain_until is None or leaving.retain_until >= clock.today():
        return WAIT
    if leaving.held_at is not None:
        raise Refusal("leaving.held", name=leaving.name, reason=leaving.held_reason)
    return Did("done")


def _export(leaving: Leaving, step: Step) -> Did:
    """Asked for once; root's answer (`ending.note_export`) comes back here."""
    boxes, rule = _open(leaving), rule_of(leaving.company)
    made = {e.mailbox_id: e for e in leaving.exports.order_by("pk")}  # the latest of each
    if all(m.pk in made and made[m.pk].state == "done" for m in boxes):
        return Did("done", {"files": [made[m.pk].file for m in boxes]})
    failed = [made[m.pk] for m in boxes if m.pk in made and made[m.pk].state == "failed"]
    if failed:
        raise Refusal("leaving.export_failed", address=failed[0].mailbox.address, problem=failed[0].failed)
    for mailbox in boxes:
        if mailbox.pk not in made:
            ending.ask_export(leaving, mailbox, rule.form, rule.recipient, by=SYSTEM.name)
    if _unanswered(step):
        ending.remind(leaving)
    return _asked(step)


def _ending(leaving: Leaving, step: Step) -> Did:
    """By itself only where the company wants it so; otherwise `ending.finish` is called by a named person."""
    if leaving.held_at is not None:
        raise Refusal("leaving.held", name=leaving.name, reason=leaving.held_reason)
    if not leaving.deletions.exists() and rule_of(leaving.company).automatic:
        ending.begin_deletion(leaving, by=SYSTEM.name)
    if not leaving.deletions.exists():
        return WAIT
    if _unanswered(step):
        ending.remind(leaving)
    return _asked(step)


def _asked(step: Step) -> Did:
    """Since when root has been asked, last."""
    now = clock.now().isoformat()
    return Did("waiting", {"asked": now if _unanswered(step) else step.detail.get("asked", now)})


def _unanswered(step: Step) -> bool:
    """Root was asked long ago: it may have been stopped in the middle, and takes up again what it finds."""
    asked = str(step.detail.get("asked", ""))
    return bool(asked) and asked < (clock.now() - ASK_AGAIN).isoformat()


Handler = Callable[[Leaving, Step], Did]
HANDLERS: Final[dict[str, Handler]] = {
    "formalities": _formalities, "access": _access, "rules": _rules, "shared": _shared, "groups": _groups,
    "delegations": _delegations, "roles": _roles, "keepers": _keepers, "reply": _reply, "forward": _forward,
    "handover": _handover, "retain": _retain, "period": _period, "export": _export, "ending": _ending,
}  # fmt: skip
ORDER: Final = tuple(HANDLERS)
#: What may be looked at before the last day is over.
BEFORE: Final = ("formalities", "keepers", "handover")
#: What waits until all above it is settled.
AFTER: Final = ("retain", "period", "export", "ending")
