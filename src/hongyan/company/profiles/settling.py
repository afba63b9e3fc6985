"""Gives a person what his posts bring and takes back what they bring no more.

Always: done by the same actions that people use, under the name of the schedule, because whoever moves a person need not
hold the rights that his post brings; what is given so was laid down by those who may. What somebody already has by hand is
left as it is, and is not taken back. Nobody lets himself in: who moves himself waits for somebody else with shared mailboxes
and roles, and a role waits unless whoever moves may give roles (clauses G2.1.3, G3.2.2, P12).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from hongyan.company.mailboxes import members, routing
from hongyan.company.mailboxes.actions import require_account, set_quota
from hongyan.company.mailboxes.models import PERSONAL_KINDS, GroupMember, Mailbox, Membership
from hongyan.company.people.models import Person, RoleGrant
from hongyan.company.people.roles import grant_role, revoke_role
from hongyan.company.people.standing import gives_roles, is_self
from hongyan.company.permits.actions import end_permit, grant_permit
from hongyan.company.permits.models import Permit
from hongyan.company.profiles.models import Given
from hongyan.company.profiles.things import Thing, brought, posts_of, profiles_of
from hongyan.kernel import clock, ledger
from hongyan.kernel.actor import Actor, schedule
from hongyan.kernel.decision import Refusal


@dataclass(slots=True)
class Outcome:
    """What was given and taken, as people read it."""

    given: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.given or self.taken or self.waiting)


def own_mailbox(person: Person) -> Mailbox | None:
    """The mailbox that gets what his posts bring: his first open one."""
    rows = Mailbox.objects.select_related("company", "account", "person").filter(person=person)
    return rows.filter(kind__in=PERSONAL_KINDS, closed_at=None).order_by("pk").first()


def settle(actor: Actor, person: Person) -> Outcome:
    """Until he has what his posts bring, and nothing of what they brought before. Safe to repeat."""
    outcome, profiles = Outcome(), profiles_of(person.company)
    if not profiles and not Given.objects.filter(person=person).exists():
        return outcome
    with transaction.atomic():
        mailbox = own_mailbox(person)
        posts = posts_of(person) if person.left_on is None and mailbox is not None else []
        wanted = brought(posts, profiles) if posts else {}
        for row in list(Given.objects.select_related("mailbox__company", "profile").filter(person=person)):
            if row.key not in wanted or mailbox is None or row.mailbox_id != mailbox.pk:
                take(row, outcome)
        if mailbox is not None:
            have = {row.key: row for row in Given.objects.filter(mailbox=mailbox)}
            for key, thing in wanted.items():
                _bring(actor, person, mailbox, thing, have.get(key), outcome)
        if outcome:
            _record(actor, person, outcome)
    return outcome


def _record(actor: Actor, person: Person, outcome: Outcome) -> None:
    ledger.record(
        "profile.settled", chain=person.company.slug, actor=actor.name, subject=f"person/{person.pk}",
        given=outcome.given, taken=outcome.taken, waiting=outcome.waiting,
    )  # fmt: skip


# -- giving --------------------------------------------------------------------------------------


def _bring(actor: Actor, person: Person, mailbox: Mailbox, thing: Thing, row: Given | None, outcome: Outcome) -> None:
    if row is not None and row.state != "failed" and not _differs(row, thing):
        return
    if row is None and _has_by_hand(mailbox, thing):
        return
    waits = _waits(actor, person, thing) and (row is None or row.state != "given")
    row = row or Given(person=person, mailbox=mailbox, key=thing.key, before=mailbox.quota_mb)
    row.kind, row.group, row.shared, row.rights, row.value = (
        thing.kind, thing.group, thing.shared, list(thing.rights), thing.value,
    )  # fmt: skip
    row.unit, row.profile, row.name, row.source = thing.unit, thing.profile, thing.profile.name, _source(thing)
    row.since, row.state, row.problem = clock.now(), "waiting" if waits else "given", ""
    if waits:
        outcome.waiting.append(thing.what)
    else:
        give(row, outcome)
    row.save()


def give(row: Given, outcome: Outcome) -> None:
    """Carry it out; what cannot be is `failed`, and is tried again at the next settling."""
    try:
        with transaction.atomic():
            carry_out(row)
    except Refusal as refusal:
        row.state, row.problem = "failed", refusal.code
    else:
        row.state, row.problem = "given", ""
        outcome.given.append(label(row))


def carry_out(row: Given) -> None:
    """Refuses what the action behind it refuses."""
    system, mailbox, reason = schedule("profiles"), row.mailbox, row.name
    match row.kind:
        case "group" if row.group is not None:
            routing.add_member(actor=system, group=row.group, address=mailbox.address)
        case "shared" if row.shared is not None:
            there = Membership.objects.filter(mailbox=row.shared, member=mailbox).exists()
            share = members.change_rights if there else members.add_member
            share(actor=system, mailbox=row.shared, member=mailbox, rights=row.rights)
        case "permit":
            kind, _, value = row.value.partition(":")
            grant_permit(actor=system, mailbox=mailbox, kind=kind, value=value, reason=reason, source=row.source)
        case "role":
            row.grant = grant_role(
                actor=system, account=require_account(mailbox), role=row.value, company=mailbox.company, unit=row.unit,
                reason=reason,
            )  # fmt: skip
        case "size":
            set_quota(actor=system, mailbox=mailbox, megabytes=int(row.value))


def _waits(actor: Actor, person: Person, thing: Thing) -> bool:
    """Whether somebody else has to agree first."""
    if thing.kind == "shared":
        return is_self(actor, person)
    return thing.kind == "role" and (is_self(actor, person) or not gives_roles(actor, person.company))


def _differs(row: Given, thing: Thing) -> bool:
    return row.value != thing.value or set(row.rights) != set(thing.rights)


def _has_by_hand(mailbox: Mailbox, thing: Thing) -> bool:
    match thing.kind:
        case "group":
            return GroupMember.objects.filter(group=thing.group, address=mailbox.address, writer=False).exists()
        case "shared":
            kept = thing.shared is not None and thing.shared.keeper_id == mailbox.person_id
            return kept or Membership.objects.filter(mailbox=thing.shared, member=mailbox).exists()
        case "role":
            same: dict[str, Any] = {"role": thing.value, "company": mailbox.company, "unit": thing.unit}
            return RoleGrant.objects.filter(account=mailbox.account_id, **same).exists()
        case "size":
            return mailbox.quota_mb is not None and mailbox.quota_mb >= int(thing.value)
    return False  # a permit of its own source stands beside every other


def _source(thing: Thing) -> str:
    return f"profile/{thing.profile.pk}"


# -- taking --------------------------------------------------------------------------------------


def take(row: Given, outcome: Outcome) -> None:
    """What was given is taken back, if it is still as it was given; the row goes."""
    if row.state == "given":
        _undo(row)
        outcome.taken.append(label(row))
    row.delete()


def _undo(row: Given) -> None:
    system, mailbox = schedule("profiles"), row.mailbox
    if mailbox.closed_at is not None:
        return  # closing it ended everything
    match row.kind:
        case "group" if row.group is not None:
            if row.group.entries.filter(address=mailbox.address, writer=False).exists():
                routing.remove_member(actor=system, group=row.group, address=mailbox.address)
        case "shared" if row.shared is not None:
            if row.shared.closed_at is None and Membership.objects.filter(mailbox=row.shared, member=mailbox).exists():
                members.remove_member(actor=system, mailbox=row.shared, member=mailbox, reason="moved")
        case "permit":
            _end_permit(system, row)
        case "role" if row.grant is not None:
            revoke_role(actor=system, grant=row.grant, reason=row.name)
        case "size" if mailbox.quota_mb == int(row.value):
            set_quota(actor=system, mailbox=mailbox, megabytes=row.before)


def _end_permit(system: Actor, row: Given) -> None:
    kind, _, value = row.value.partition(":")
    rows = Permit.objects.select_related("mailbox__company", "mailbox__account", "group__unit", "group__company")
    for permit in rows.filter(mailbox=row.mailbox, kind=kind, source=row.source):
        if permit.subject == value:
            end_permit(actor=system, permit=permit, reason="moved")


def label(row: Given) -> str:
    """As people read it: an address, a permit's or role's code, `size`."""
    if row.group is not None:
        return row.group.address
    if row.shared is not None:
        return row.shared.address
    return "size" if row.kind == "size" else row.value.partition(":")[0]
