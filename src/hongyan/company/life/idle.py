"""Mailboxes that nobody signs in to (clause G2.1.6): a company's rule, off until somebody sets it.

After so many days without a sign-in the owner and his head are told; so many days later nobody signs in any more; so many
days after that the seat is free (the mailbox is closed, its mail stays on disk). A sign-in on any protocol ends it.
Owns: the rule, `seen` (the last sign-ins, from the audit), `follow` (run by the schedule, once a day for each company).
Never: takes a supervisor's look (a master login) for the owner's. Always: nobody is kept out who was not told before.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from hongyan.company.life import actions, parts
from hongyan.company.life.before import Due
from hongyan.company.life.models import IdleRule, Seen, Stop, Told
from hongyan.company.life.rules import tell
from hongyan.company.mailboxes.actions import close_mailbox
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people.models import Company
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor, schedule
from hongyan.kernel.decision import Decision, Refusal
from hongyan.kernel.models import Event

log = logging.getLogger(__name__)
BATCH: Final = 10_000
NOTICE, SUSPEND, RELEASE = (30, 3650), (7, 365), (30, 3650)  #: how few and how many days
BY: Final = "schedule:idle"


def rule_of(company: Company) -> IdleRule | None:
    return IdleRule.objects.filter(company=company).first()


def set_idle_rule(
    *, actor: Actor, company: Company, notice_days: int, suspend_days: int, release_days: int | None = None
) -> IdleRule:
    """From now on. Refuses `life.idle_range`."""
    actor.require("settings.write", company.slug)
    for days, (low, high) in ((notice_days, NOTICE), (suspend_days, SUSPEND), (release_days, RELEASE)):
        if days is not None and not low <= days <= high:
            raise Refusal("life.idle_range", clause="G2.1.6", days=days, low=low, high=high)
    values = {"notice_days": notice_days, "suspend_days": suspend_days, "release_days": release_days, "ran_on": None}
    with transaction.atomic():
        rule, _ = IdleRule.objects.update_or_create(company=company, defaults=values)
        ledger.record(
            "company.idle_rule", chain=company.slug, actor=actor.name, subject=company.slug, notice_days=notice_days,
            suspend_days=suspend_days, release_days=release_days,
        )  # fmt: skip
    return rule


def end_idle_rule(*, actor: Actor, company: Company) -> None:
    """Nothing happens to unused mailboxes any more; what was suspended stays so."""
    actor.require("settings.write", company.slug)
    with transaction.atomic():
        if IdleRule.objects.filter(company=company).delete()[0]:
            ledger.record("company.idle_rule_ended", chain=company.slug, actor=actor.name, subject=company.slug)


def follow() -> int:
    """Each company's rule, once a day; how many mailboxes were moved or told of."""
    today, count = clock.today(), 0
    for rule in IdleRule.objects.select_related("company").filter(Q(ran_on=None) | Q(ran_on__lt=today)):
        while see(rule):
            pass
        count += _tell(rule, today) + _suspend(rule, today) + _release(rule, today)
        IdleRule.objects.filter(pk=rule.pk).update(ran_on=today)
    return count


def see(rule: IdleRule) -> bool:
    """Take the next sign-ins from the company's audit; whether there may be more."""
    rows = Event.objects.filter(chain=rule.company.slug, kind="signin.ok", seq__gt=rule.seen_seq).order_by("seq")
    found = list(rows.values_list("seq", "subject", "at", "params__master")[:BATCH])
    if not found:
        return False
    last: dict[str, date] = {}
    for _, address, at, master in found:
        if not master:
            last[address] = at.date()
    with transaction.atomic():
        addresses = sorted(last)
        for start in range(0, len(addresses), 500):
            part = Mailbox.objects.filter(company=rule.company, address__in=addresses[start : start + 500])
            Seen.objects.bulk_create(
                [Seen(mailbox_id=pk, on=last[address]) for pk, address in part.values_list("pk", "address")],
                update_conflicts=True, unique_fields=["mailbox"], update_fields=["on"],
            )  # fmt: skip
        rule.seen_seq = found[-1][0]
        rule.save(update_fields=["seen_seq"])
    return len(found) == BATCH


def idle_steps(mailbox: Mailbox) -> list[Due]:
    """What the rule does to this mailbox next."""
    rule = IdleRule.objects.filter(company=mailbox.company_id).first()
    if rule is None or mailbox.closed_at is not None or mailbox.stage or mailbox.kind not in PERSONAL_KINDS:
        return []
    if mailbox.suspended_at is not None:
        stop = Stop.objects.filter(mailbox=mailbox, what="signing_in", lifted_at__isnull=True, by=BY).first()
        if stop is None or rule.release_days is None:
            return []
        return [_due("life.next.idle_release", stop.since.date() + timedelta(days=rule.release_days))]
    last = _last(mailbox)
    told = Told.objects.filter(mailbox=mailbox, what="idle", day=last).first()
    if told is not None:
        return [_due("life.next.idle_stop", told.at.date() + timedelta(days=rule.suspend_days))]
    return [_due("life.next.idle_notice", last + timedelta(days=rule.notice_days))]


def _due(code: str, on: date) -> Due:
    return Due(max(on, clock.today()), Decision(code, clause="G2.1.6"))


def _last(mailbox: Mailbox) -> date:
    seen = Seen.objects.filter(mailbox=mailbox).first()
    return max(seen.on, mailbox.opened_at.date()) if seen else mailbox.opened_at.date()


def _working(rule: IdleRule) -> QuerySet[Mailbox]:
    """Those that their owners could sign in to."""
    return Mailbox.objects.select_related("company", "person", "account", "seen").filter(
        company=rule.company, kind__in=PERSONAL_KINDS, closed_at__isnull=True, suspended_at__isnull=True, stage=""
    )


def _unused(rule: IdleRule, today: date) -> QuerySet[Mailbox]:
    before = today - timedelta(days=rule.notice_days - 1)
    rows = _working(rule).filter(opened_at__date__lt=before)
    return rows.filter(Q(seen__isnull=True) | Q(seen__on__lt=before)).order_by("pk")


def _tell(rule: IdleRule, today: date) -> int:
    count = 0
    told = set(Told.objects.filter(what="idle", mailbox__company=rule.company).values_list("mailbox", "day"))
    for mailbox in _unused(rule, today).iterator(500):
        last = _last_of(mailbox)
        if (mailbox.pk, last) in told:
            continue
        with transaction.atomic():
            day = today + timedelta(days=rule.suspend_days)
            tell(mailbox, "idle", last, {"last": last.isoformat(), "day": day.isoformat()})
            parts.note("mailbox.idle_told", schedule("idle"), mailbox, last=last.isoformat(), day=day.isoformat())
        count += 1
    return count


def _last_of(mailbox: Mailbox) -> date:
    """As `_last`, of a row that was read with its `seen`."""
    seen: Seen | None = getattr(mailbox, "seen", None)
    return max(seen.on, mailbox.opened_at.date()) if seen else mailbox.opened_at.date()


def _suspend(rule: IdleRule, today: date) -> int:
    since = today - timedelta(days=rule.suspend_days)
    told = dict(
        Told.objects.filter(what="idle", mailbox__company=rule.company, at__date__lte=since)
        .order_by("at")
        .values_list("mailbox", "day")
    )
    rows = _working(rule).filter(pk__in=Told.objects.filter(what="idle", at__date__lte=since).values("mailbox"))
    unused = [m for m in rows.order_by("pk") if told.get(m.pk) == _last_of(m)]
    return sum(_stop(mailbox) for mailbox in unused)


def _stop(mailbox: Mailbox) -> int:
    last = _last_of(mailbox)
    try:
        actions.stop(
            actor=schedule("idle"), mailbox=mailbox, what="signing_in", reason=f"not used since {last.isoformat()}"
        )
    except Refusal as refusal:
        log.warning("%s: %s", mailbox.address, refusal.decision.code)
        return 0
    return 1


def _release(rule: IdleRule, today: date) -> int:
    if rule.release_days is None:
        return 0
    since = today - timedelta(days=rule.release_days)
    rows = Stop.objects.select_related("mailbox__company", "mailbox__person", "mailbox__account").filter(
        mailbox__company=rule.company, mailbox__closed_at__isnull=True, mailbox__suspended_at__isnull=False,
        mailbox__stage="", what="signing_in", lifted_at__isnull=True, by=BY, since__date__lte=since,
    )  # fmt: skip
    return sum(_close(stop.mailbox) for stop in list(rows))


def _close(mailbox: Mailbox) -> int:
    """One whose owner keeps a shared mailbox waits until there is another keeper."""
    try:
        close_mailbox(actor=schedule("idle"), mailbox=mailbox, reason="not used")
    except Refusal as refusal:
        log.warning("%s: %s", mailbox.address, refusal.decision.code)
        return 0
    return 1
