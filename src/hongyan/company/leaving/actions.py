"""Beginning a leaving and steering it: `begin`, `tick`, `pause`, `resume`, `cancel`, `name_successor`, `hold`, `take_back`.

The contract for other rooms: `begin(actor=..., person=...)` for somebody who leaves the company (all his mailboxes go),
`begin(actor=..., mailbox=...)` for one mailbox that ends while its person stays, or that has none (expiry).
What the system does it does as `schedule:leaving` (`steps.advance`); the audit names who began it.
Always: permission where the leaver works, rows, audit event and outbox in one transaction; a leaver has one open leaving;
for a dismissal access has ended when the action returns and the release is live within two seconds.
Clauses: R2, G2.2.2, G3.2.1, B4.8.
"""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from hongyan.company.leaving import steps
from hongyan.company.leaving.doing import SYSTEM
from hongyan.company.leaving.models import FORMATS, KINDS, OPEN_STATES, Leaving, LeavingMailbox, Rule, Step
from hongyan.company.leaving.queries import boxes_of, mailbox_of_person, may, may_help, may_manage, rule_of
from hongyan.company.leaving.telling import tell_begun
from hongyan.company.life import course
from hongyan.company.mailboxes import members
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.mailboxes.scope import places_of_mailbox
from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Account, Company, Person, Unit
from hongyan.company.people.scope import places_of
from hongyan.company.people.standing import is_self, require_standing
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

MAX_RETAIN_DAYS = 3650
MAX_ALIAS_DAYS = 3650


def begin(
    *,
    actor: Actor,
    person: Person | None = None,
    mailbox: Mailbox | None = None,
    kind: str = "normal",
    last_day: date | None = None,
    successor: Person | None = None,
    reason: str = "",
    later: bool = False,
) -> Leaving:
    """The process starts. Access ends when `last_day` is over; at once without one, or when it is over already, or when
    the kind is `immediate` (which says why in writing, clause G3.2.1).

    `later`: leave every step but the end of access to the schedule (many leavers at once).
    Refuses `leaving.open`, `leaving.kind_unknown`, `leaving.reason_missing`, `leaving.day_missing`, `leaving.own`,
    `leaving.successor`, `mailbox.closed`.
    """
    if (person is None) == (mailbox is None):
        raise TypeError("a person or a mailbox")
    company = person.company if person is not None else mailbox.company  # type: ignore[union-attr]
    if kind not in KINDS:
        raise Refusal("leaving.kind_unknown", kind=kind[:20], known=", ".join(KINDS))
    reason = _clean(reason, 300)
    boxes = _boxes(person, mailbox)
    _require_begin(actor, company, person, mailbox, kind, boxes)
    if kind == "immediate":
        last_day = None
        if not reason and (person is None or person.left_on is None):
            raise Refusal("leaving.reason_missing", clause="G3.2.1")
    if kind == "scheduled" and last_day is None:
        raise Refusal("leaving.day_missing", clause="G3.2.1")
    _check_successor(actor, company, person, successor)
    places = places_of(person) if person is not None else places_of_mailbox(boxes[0])
    with transaction.atomic():
        _require_free(boxes)
        leaving = _create(
            company=company, person=person, name=_name(person, boxes), kind=kind, state="planned", last_day=last_day,
            reason=reason, successor=successor, begun_at=clock.now(), begun_by=actor.name,
        )  # fmt: skip
        leaving.units.set(Unit.objects.filter(company=company, path__in=places))
        LeavingMailbox.objects.bulk_create(LeavingMailbox(leaving=leaving, mailbox=m, address=m.address) for m in boxes)
        ledger.record(
            "leaving.begun", chain=company.slug, actor=actor.name, subject=_subject(leaving), number=leaving.pk,
            way=kind, last_day=last_day.isoformat() if last_day else "", reason=reason,
            successor=successor.name if successor else "", mailboxes=[m.address for m in boxes],
        )  # fmt: skip
        steps.make(leaving)
        tell_begun(leaving)
        steps.advance(leaving, only_access=later)
    return leaving


def _require_free(boxes: list[Mailbox]) -> None:
    """Of two who begin at the same moment the second sees the first."""
    keys = [m.pk for m in boxes]
    list(Mailbox.objects.select_for_update().filter(pk__in=keys).values_list("pk", flat=True))
    busy = LeavingMailbox.objects.filter(mailbox__in=keys, leaving__state__in=OPEN_STATES).first()
    if busy is not None:
        raise Refusal("leaving.open", name=busy.address)


def _create(**fields: object) -> Leaving:
    try:
        with transaction.atomic():
            return Leaving.objects.create(**fields)
    except IntegrityError:
        raise Refusal("leaving.open", name=str(fields["name"])) from None


def _boxes(person: Person | None, mailbox: Mailbox | None) -> list[Mailbox]:
    if mailbox is not None:
        if mailbox.closed_at is not None:
            raise Refusal("mailbox.closed", address=mailbox.address)
        return [mailbox]
    own = Mailbox.objects.select_related("company", "account", "person", "unit").filter(person=person)
    busy = LeavingMailbox.objects.filter(leaving__state__in=OPEN_STATES).values("mailbox")
    return list(
        own.filter(kind__in=PERSONAL_KINDS, closed_at__isnull=True).exclude(pk__in=busy).order_by("address")
    )  # fmt: skip


def _require_begin(
    actor: Actor, company: Company, person: Person | None, mailbox: Mailbox | None, kind: str, boxes: list[Mailbox]
) -> None:
    """HR and the office begin any; who only looks after mailboxes, none of somebody who stands above him; a head tells of
    his people's leaving (clause B4.8), a dismissal is for HR and the office."""
    places = places_of(person) if person is not None else places_of_mailbox(boxes[0])
    if is_self(actor, person, boxes[0].account if boxes else None):
        raise Refusal("leaving.own", clause="G3.2.1")
    if person is not None and actor.may("people.write", company.slug, places):
        return
    below = _accounts(person, boxes)
    if actor.may("mailbox.write", company.slug, places):
        for account in below:
            require_standing(actor, account)
        return
    head = any(g.role == "head" and g.reaches(company.slug, places) for g in actor.grants)
    if not (head and person is not None and kind != "immediate"):
        raise Refusal("permission.missing", clause="G2.1.3", permission="people.write")
    for account in below:
        require_standing(actor, account)


def _accounts(person: Person | None, boxes: list[Mailbox]) -> list[Account]:
    if person is None:
        return [m.account for m in boxes if m.account is not None]
    return list(Account.objects.filter(person=person, closed_at__isnull=True))


def _check_successor(actor: Actor, company: Company, person: Person | None, successor: Person | None) -> None:
    """Somebody else of the same company, with a mailbox that works, who does not leave himself; nobody gives
    himself another's mail, so a head who is to succeed is named by HR or the office."""
    if successor is None:
        return
    if is_self(actor, successor):
        raise Refusal("leaving.successor_own", clause="G4.2.3")
    if successor.company_id != company.pk:
        raise Refusal("person.unknown", person=successor.pk)
    if person is not None and successor.pk == person.pk:
        raise Refusal("leaving.successor_self", clause="B4.8")
    if Leaving.objects.filter(person=successor, state__in=OPEN_STATES).exists():
        raise Refusal("leaving.successor_leaves", clause="B4.8", person=successor.name)
    if mailbox_of_person(successor) is None:
        raise Refusal("leaving.successor_no_mailbox", clause="B4.8", person=successor.name)


def _name(person: Person | None, boxes: list[Mailbox]) -> str:
    return person.name if person is not None else boxes[0].address[:100]


def _subject(leaving: Leaving) -> str:
    return f"person/{leaving.person_id}" if leaving.person_id is not None else leaving.name


def _clean(text: str, limit: int) -> str:
    return clean_name(text, "leaving.reason_malformed", limit) if text.strip() else ""


def require_open(leaving: Leaving) -> None:
    if leaving.state not in OPEN_STATES:
        raise Refusal("leaving.over", name=leaving.name)


def _require_manage(actor: Actor, leaving: Leaving) -> None:
    if not may_manage(actor, leaving):
        raise Refusal("permission.missing", clause="G2.1.3", permission="people.write")
    require_open(leaving)


def _require_help(actor: Actor, leaving: Leaving) -> None:
    if not may_help(actor, leaving):
        raise Refusal("permission.missing", clause="G2.1.3", permission="people.write")
    require_open(leaving)


def _require_office(actor: Actor, leaving: Leaving) -> None:
    """What becomes of the mail is for the mail office (clause G2.1.5), of the leaver's own place at least."""
    if is_self(actor, leaving.person) or not may(actor, "mailbox.write", leaving):
        raise Refusal("permission.missing", clause="G2.1.5", permission="mailbox.write")
    require_open(leaving)


def _record(kind: str, actor: Actor, leaving: Leaving, **params: object) -> None:
    ledger.record(
        kind, chain=leaving.company.slug, actor=actor.name, subject=_subject(leaving), number=leaving.pk, **params
    )


def tick(*, actor: Actor, leaving: Leaving, step: str, note: str = "") -> Step:
    """A named person says that a step is done (or not needed): `formalities` by HR or the office, `handover` and
    `forward` (nobody succeeds) by the head too. Refuses `leaving.step_unknown`, `leaving.not_ticked`, `leaving.step_done`."""
    row = leaving.steps.filter(name=step).first()
    if row is None:
        raise Refusal("leaving.step_unknown", step=step[:20])
    if step == "formalities":
        _require_manage(actor, leaving)
    else:
        _require_help(actor, leaving)
    if step not in steps.TICKED:
        raise Refusal("leaving.not_ticked", step=step)
    if row.state in ("done", "skipped"):
        raise Refusal("leaving.step_done", step=step)
    note = _clean(note, 300)
    with transaction.atomic():
        state = "skipped" if step in steps.TICKED_AWAY else "done"
        if not Step.objects.filter(pk=row.pk, state__in=("waiting", "blocked")).update(
            state=state, at=clock.now(), by=actor.name, note=note
        ):
            raise Refusal("leaving.step_done", step=step)
        _record("leaving.ticked", actor, leaving, step=step, note=note)
        steps.advance(leaving)
    row.refresh_from_db()
    return row


def pause(*, actor: Actor, leaving: Leaving, reason: str = "") -> None:
    """Nothing more is done by itself until it is resumed; what has ended stays ended. Refuses `leaving.paused`."""
    _require_manage(actor, leaving)
    if leaving.paused_at is not None:
        raise Refusal("leaving.paused", name=leaving.name)
    with transaction.atomic():
        leaving.paused_at, leaving.paused_by, leaving.paused_reason = clock.now(), actor.name, _clean(reason, 200)
        leaving.save(update_fields=["paused_at", "paused_by", "paused_reason"])
        _record("leaving.paused", actor, leaving, reason=leaving.paused_reason)


def resume(*, actor: Actor, leaving: Leaving) -> None:
    """Goes on where it was. Refuses `leaving.not_paused`."""
    _require_manage(actor, leaving)
    if leaving.paused_at is None:
        raise Refusal("leaving.not_paused", name=leaving.name)
    with transaction.atomic():
        leaving.paused_at, leaving.paused_by, leaving.paused_reason = None, "", ""
        leaving.save(update_fields=["paused_at", "paused_by", "paused_reason"])
        _record("leaving.resumed", actor, leaving)
        steps.advance(leaving)


def cancel(*, actor: Actor, leaving: Leaving, reason: str = "") -> None:
    """It was a mistake, or he stays: only while access has not ended; afterwards he is taken back. Refuses `leaving.begun`."""
    _require_manage(actor, leaving)
    if leaving.state != "planned":
        raise Refusal("leaving.begun", name=leaving.name)
    with transaction.atomic():
        leaving.state, leaving.ended_at = "cancelled", clock.now()
        leaving.save(update_fields=["state", "ended_at"])
        for mailbox in boxes_of(leaving):
            if mailbox.stage == "leaving":
                course.unmark_leaving(actor=SYSTEM, mailbox=mailbox)
        _record("leaving.cancelled", actor, leaving, reason=_clean(reason, 200))


def change_day(*, actor: Actor, leaving: Leaving, last_day: date) -> None:
    """Another last day, while the one before is not over. Refuses `leaving.begun`."""
    _require_manage(actor, leaving)
    if leaving.state != "planned":
        raise Refusal("leaving.begun", name=leaving.name)
    with transaction.atomic():
        before, leaving.last_day = leaving.last_day, last_day
        leaving.save(update_fields=["last_day"])
        _record(
            "leaving.day", actor, leaving, before=before.isoformat() if before else "", after=last_day.isoformat()
        )  # fmt: skip
        steps.advance(leaving)


def name_successor(*, actor: Actor, leaving: Leaving, successor: Person) -> None:
    """Who takes over the work: new mail goes to him from now on, and the groups that the leaver owned."""
    _require_help(actor, leaving)
    _check_successor(actor, leaving.company, leaving.person, successor)
    with transaction.atomic():
        before = leaving.successor.name if leaving.successor else ""
        leaving.successor, leaving.successor_left = successor, False
        leaving.save(update_fields=["successor", "successor_left"])
        _record("leaving.successor", actor, leaving, before=before, after=successor.name)
        leaving.steps.filter(name__in=("forward", "reply")).exclude(state="waiting").update(
            state="waiting", at=None, by="", detail={}
        )
        steps.advance(leaving)


def name_keeper(*, actor: Actor, leaving: Leaving, mailbox: Mailbox, keeper: Person) -> None:
    """Another one keeps this shared mailbox (clause G3.2.2), and the process goes on. Refuses as `members.change_keeper`."""
    require_open(leaving)
    with transaction.atomic():
        members.change_keeper(actor=actor, mailbox=mailbox, keeper=keeper)
        steps.advance(leaving)


def hold(*, actor: Actor, leaving: Leaving, reason: str) -> None:
    """The law asks for the mail: nothing of it is deleted while the hold lasts. Refuses `leaving.held`."""
    _require_office(actor, leaving)
    reason = _clean(reason, 200)
    if not reason:
        raise Refusal("reason.missing")
    if leaving.held_at is not None:
        raise Refusal("leaving.held", name=leaving.name, reason=leaving.held_reason)
    with transaction.atomic():
        leaving.held_at, leaving.held_by, leaving.held_reason = clock.now(), actor.name, reason
        leaving.save(update_fields=["held_at", "held_by", "held_reason"])
        _record("leaving.held", actor, leaving, reason=reason)


def end_hold(*, actor: Actor, leaving: Leaving, reason: str) -> None:
    """Refuses `leaving.not_held`."""
    _require_office(actor, leaving)
    reason = _clean(reason, 200)
    if not reason:
        raise Refusal("reason.missing")
    if leaving.held_at is None:
        raise Refusal("leaving.not_held", name=leaving.name)
    with transaction.atomic():
        leaving.held_at, leaving.held_by, leaving.held_reason = None, "", ""
        leaving.save(update_fields=["held_at", "held_by", "held_reason"])
        _record("leaving.hold_ended", actor, leaving, reason=reason)
        steps.advance(leaving)


def set_rule(
    *,
    actor: Actor,
    company: Company,
    retain_days: int | None = None,
    form: str | None = None,
    recipient: str | None = None,
    automatic: bool | None = None,
    alias_days: int | None = None,
) -> Rule:
    """What the company does with a leaver's mail; None leaves a setting as it is. Refuses `leaving.days_range`,
    `leaving.form_unknown`, `leaving.recipient_malformed`."""
    actor.require("settings.write", company.slug)
    rule = rule_of(company)
    wanted = {
        "retain_days": retain_days, "form": form, "recipient": None if recipient is None else recipient.strip(),
        "automatic": automatic, "alias_days": alias_days,
    }  # fmt: skip
    if retain_days is not None and not 1 <= retain_days <= MAX_RETAIN_DAYS:
        raise Refusal("leaving.days_range", clause="B4.8", limit=MAX_RETAIN_DAYS)
    if alias_days is not None and not 1 <= alias_days <= MAX_ALIAS_DAYS:
        raise Refusal("leaving.days_range", clause="B4.8", limit=MAX_ALIAS_DAYS)
    if form is not None and form not in FORMATS:
        raise Refusal("leaving.form_unknown", form=form[:20], known=", ".join(FORMATS))
    if recipient is not None:
        _check_recipient(recipient.strip())
    before = {k: getattr(rule, k) for k, v in wanted.items() if v is not None and getattr(rule, k) != v}
    if not before:
        return rule
    with transaction.atomic():
        for key in before:
            setattr(rule, key, wanted[key])
        rule.save()
        ledger.record(
            "leaving.rule", chain=company.slug, actor=actor.name, subject=company.slug, before=before,
            after={key: wanted[key] for key in before},
        )  # fmt: skip
    return rule


def _check_recipient(text: str) -> None:
    if not text:
        return
    try:
        from pyrage import x25519  # a library of its own, needed by nobody else

        x25519.Recipient.from_str(text)
    except Exception:  # the library has an error class of its own for each way to be wrong
        raise Refusal("leaving.recipient_malformed") from None
