"""Writes to permits: grant, end, end what is due, end what was left behind; which modes a company has.

The contract for requests, profiles, pages, commands and the API:
- `grant_permit(actor, mailbox, kind, value, until, reason, source)`: again with the same kind, value and source it changes
  the last day and the reason. One given by hand, by a request and by a post stand beside each other; the widest holds;
- `end_permit`, `end_from(mailbox, source)`: what one source gave;
- `set_modes`: who may write and forward outside at all.

Always: permission, rows, audit event and outbox in one transaction; nobody opens the way outside for himself.
Clauses: B4.10, G3.2.2, P12, P13.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q

from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.mailboxes.scope import require_at, require_group_at
from hongyan.company.people.actions import clean_name
from hongyan.company.people.models import Appointment, Company, Unit
from hongyan.company.people.scope import places_of_many
from hongyan.company.people.standing import is_self
from hongyan.company.permits.models import MODES, Modes, Permit
from hongyan.company.permits.values import Wanted, wanted
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

#: Kinds that open a way out of the company.
WAYS_OUT = ("outside", "forward")


def grant_permit(
    *, actor: Actor, mailbox: Mailbox, kind: str, value: str = "", until: date | None = None, reason: str = "",
    source: str = "",
) -> Permit:  # fmt: skip
    """Refuses what `values.wanted` refuses, `permit.until_past`, `permit.own`, `mailbox.closed`."""
    if mailbox.closed_at is not None:
        raise Refusal("mailbox.closed", address=mailbox.address)
    what = wanted(mailbox.company, kind, value)
    _require(actor, mailbox, what)
    if until is not None and until < clock.today():
        raise Refusal("permit.until_past", date=until.isoformat())
    reason = clean_name(reason, "permit.reason_malformed", 200) if reason.strip() else ""
    with transaction.atomic():
        permit, created = Permit.objects.get_or_create(
            mailbox=mailbox, kind=kind, value=what.value, group=what.group, source=source,
            defaults={"company": mailbox.company, "until": until, "reason": reason, "granted_at": clock.now(), "granted_by": actor.name,
                      "unit": _unit_of(mailbox) if kind == "group" else None},
        )  # fmt: skip
        before = permit.until
        if not created:
            permit.until, permit.reason, permit.granted_at, permit.granted_by = until, reason, clock.now(), actor.name
            permit.save(update_fields=["until", "reason", "granted_at", "granted_by"])
        _record(
            "permit.granted" if created else "permit.changed", actor, permit, reason,
            before="" if created or before is None else before.isoformat(),
        )  # fmt: skip
        _release(permit)
    return permit


def end_permit(*, actor: Actor, permit: Permit, reason: str = "") -> None:
    """The exception ends; another one for the same thing from another source goes on. Refuses `permit.unknown`."""
    _require(actor, permit.mailbox, Wanted(permit.kind, permit.value, permit.group), ending=True)
    with transaction.atomic():
        _end(actor, permit, reason)


def end_from(*, actor: Actor, mailbox: Mailbox, source: str, reason: str = "") -> int:
    """All that this source gave to the mailbox ends; how many permits it was."""
    rows = list(Permit.objects.select_related("mailbox__company", "group").filter(mailbox=mailbox, source=source))
    with transaction.atomic():
        for permit in rows:
            end_permit(actor=actor, permit=permit, reason=reason)
    return len(rows)


def set_modes(*, actor: Actor, company: Company, outside: str | None = None, forward: str | None = None) -> Modes:
    """Who writes and forwards outside: `everyone`, or who is `approved` (None: as it is). Refuses `permit.mode_unknown`."""
    actor.require("settings.write", company.slug)
    given = {name: mode for name, mode in (("outside", outside), ("forward", forward)) if mode is not None}
    for mode in given.values():
        if mode not in MODES:
            raise Refusal("permit.mode_unknown", mode=mode[:20], known=", ".join(MODES))
    with transaction.atomic():
        modes, _ = Modes.objects.get_or_create(company=company)
        before = {name: getattr(modes, name) for name in given}
        if before == given:
            return modes
        for name, mode in given.items():
            setattr(modes, name, mode)
        modes.save(update_fields=list(given))
        ledger.record(
            "permit.modes", chain=company.slug, actor=actor.name, subject=company.slug, before=before, after=given
        )
        outbox.release(full=True)
    return modes


def end_due(actor: Actor) -> int:
    """Permits whose last day is over, and those of closed mailboxes; how many. Called by the schedule."""
    over = Q(until__lt=clock.today()) | Q(mailbox__closed_at__isnull=False)
    rows = list(Permit.objects.select_related("mailbox__company", "group").filter(over).order_by("pk"))
    for permit in rows:
        with transaction.atomic():
            _end(actor, permit, f"until {permit.until}" if permit.until else "mailbox closed")
    return len(rows)


def leave_units(actor: Actor, persons: list[int]) -> None:
    """Persons have left units: what they were allowed to write to by working there they write to no more (clause P12).

    Called inside the action that moves them, which has checked the right to do that.
    """
    rows = list(
        Permit.objects.select_related("mailbox__company", "mailbox", "group", "unit")
        .filter(kind="group", unit__isnull=False, mailbox__person__in=persons)
        .order_by("pk")
    )
    places = places_of_many(r.mailbox.person_id for r in rows if r.mailbox.person_id is not None)
    for row in rows:
        unit, person = row.unit, row.mailbox.person_id
        if unit is None or person is None or row.source.startswith("profile/"):
            continue  # a post's own permits are the profile's to end
        if not any(path == unit.path or path.startswith(unit.path + "/") for path in places[person]):
            _end(actor, row, "moved")


def leave_company(actor: Actor, persons: list[int]) -> None:
    """Persons have left the company: their mailboxes, which may be kept for a time, pass nothing on and out any more."""
    rows = Permit.objects.select_related("mailbox__company", "group").filter(mailbox__person__in=persons)
    for row in list(rows.filter(mailbox__kind__in=PERSONAL_KINDS).order_by("pk")):
        _end(actor, row, "left")


# -- parts ---------------------------------------------------------------------------------------


def _require(actor: Actor, mailbox: Mailbox, what: Wanted, *, ending: bool = False) -> None:
    """A group's rights are given where the group lies, the others where the mailbox lies."""
    if what.group is not None:
        require_group_at(actor, "group.write", what.group)
        actor.require_somewhere("mailbox.read", mailbox.company.slug)
        return
    require_at(actor, "mailbox.write", mailbox)
    if not ending and what.kind in WAYS_OUT and is_self(actor, mailbox.person, mailbox.account):
        raise Refusal("permit.own", clause="B4.10", address=mailbox.address)


def _unit_of(mailbox: Mailbox) -> Unit | None:
    """Where the owner works: his oldest post; a shared mailbox lies in its unit."""
    if mailbox.person_id is None or mailbox.kind not in PERSONAL_KINDS:
        return mailbox.unit
    post = Appointment.objects.select_related("unit").filter(person=mailbox.person_id).order_by("pk").first()
    return post.unit if post is not None else None


def _end(actor: Actor, permit: Permit, reason: str) -> None:
    key = permit.pk
    if not Permit.objects.filter(pk=key).delete()[0]:
        raise Refusal("permit.unknown", permit=key)
    _record("permit.ended", actor, permit, reason[:200])
    _release(permit)


def _record(kind: str, actor: Actor, permit: Permit, reason: str, **more: object) -> None:
    ledger.record(
        kind, chain=permit.mailbox.company.slug, actor=actor.name, subject=permit.mailbox.address, permit=permit.kind,
        value=permit.subject, until=permit.until.isoformat() if permit.until else "", reason=reason,
        source=permit.source, **more,
    )  # fmt: skip


def _release(permit: Permit) -> None:
    """A group permit stands in the group's row, every other in the mailbox's."""
    outbox.release(permit.group.address if permit.group is not None else permit.mailbox.address)
