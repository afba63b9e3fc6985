"""Who uses a shared, section or project mailbox: its keeper and its members, each with rights. Clauses G3.2.2, G4.2.4.

The contract for pages, commands and the API:
- `list_members(mailbox)`: the keeper first (`keeper=True`, every right, no row), then the members by address;
- `add_member`, `change_rights`, `remove_member`, `change_keeper`: the actions. A member is a personal mailbox of the
  same company; rights are names out of `RIGHTS`. Done by whoever may `mailbox.write` where the mailbox lies, or by its
  keeper; a keeper is named by `mailbox.write`, or by the head of the unit that the mailbox lies in, never by himself;
- `may_manage(actor, mailbox)`, `may_name_keeper(actor, mailbox)`: whether to offer a button;
- `find_shared(address, actor)`: as `find_mailbox`, but its keeper finds it too;
- `memberships_of(mailbox)`: the shared mailboxes that a person's mailbox uses; `kept_by(person)`: those he keeps.

Always: nobody signs in to such a mailbox; access comes with membership and ends with it, live sessions included; who has
no right does not learn that it exists. Rows, audit event and outbox are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from hongyan.company.mailboxes.models import PERSONAL_KINDS, SHARED_KINDS, Alias, Mailbox, Membership
from hongyan.company.mailboxes.queries import find_mailbox, state_of
from hongyan.company.mailboxes.scope import places_of_mailbox
from hongyan.company.mailboxes.seconds import require_no_way_in
from hongyan.company.people.models import Account, Person
from hongyan.company.people.scope import places_of_many
from hongyan.company.people.standing import is_self
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

#: read: see folders and messages, with a reader's own marks of what he has read. write: mark, file, move, delete, make
#: folders; includes read. send_as: write as the mailbox. on_behalf: write as the mailbox, with one's own address in Sender.
RIGHTS: Final = ("read", "write", "send_as", "on_behalf")


@dataclass(frozen=True, slots=True)
class MemberView:
    address: str
    name: str
    rights: tuple[str, ...]  #: in the order of RIGHTS
    keeper: bool = False
    state: str = "active"  #: of the member's own mailbox


def find_shared(address: str, actor: Actor) -> Mailbox:
    """The shared mailbox, for who may see it or keeps it. Refuses `mailbox.unknown`, `mailbox.not_shared`."""
    mailbox = find_mailbox(address)
    if not (actor.may("mailbox.read", mailbox.company.slug, places_of_mailbox(mailbox)) or _keeps(actor, mailbox)):
        raise Refusal("mailbox.unknown", address=address)
    _require_shared(mailbox)
    return mailbox


def may_manage(actor: Actor, mailbox: Mailbox) -> bool:
    """Whether the actor may add, change and remove members."""
    return actor.may("mailbox.write", mailbox.company.slug, places_of_mailbox(mailbox)) or _keeps(actor, mailbox)


def may_name_keeper(actor: Actor, mailbox: Mailbox) -> bool:
    """The mail office (`mailbox.write`), or the head of the unit that the mailbox lies in (clause G3.2.2)."""
    company, places = mailbox.company.slug, places_of_mailbox(mailbox)
    heads = any(g.role == "head" and g.reaches(company, places) for g in actor.grants)
    return actor.may("mailbox.write", company, places) or heads


def _keeps(actor: Actor, mailbox: Mailbox) -> bool:
    if actor.account_id is None or mailbox.keeper_id is None:
        return False
    return Account.objects.filter(pk=actor.account_id, person=mailbox.keeper_id, closed_at__isnull=True).exists()


def list_members(mailbox: Mailbox) -> list[MemberView]:
    """The keeper's mailboxes first, then every member by address."""
    kept = [MemberView(m.address, _name(m), RIGHTS, keeper=True, state=state_of(m)) for m in keeper_mailboxes(mailbox)]
    known = {view.address for view in kept}
    rows = mailbox.memberships.select_related("member__account", "member__person").order_by("member__address")
    return kept + [
        MemberView(r.member.address, _name(r.member), rights_of(r), state=state_of(r.member))
        for r in rows
        if r.member.address not in known
    ]


def _name(mailbox: Mailbox) -> str:
    return mailbox.display_name or (mailbox.person.name if mailbox.person else "")


def rights_of(row: Membership) -> tuple[str, ...]:
    return tuple(right for right in RIGHTS if getattr(row, right))


def keeper_mailboxes(mailbox: Mailbox) -> QuerySet[Mailbox]:
    """The open mailboxes of the person who keeps it, with whose logins he works."""
    own = Mailbox.objects.select_related("account", "person").order_by("address")
    return own.filter(
        person=mailbox.keeper_id, person__isnull=False, kind__in=PERSONAL_KINDS, closed_at__isnull=True
    )  # fmt: skip


def kept_by(person: Person) -> list[Mailbox]:
    """The open shared mailboxes that the person keeps."""
    return list(person.kept_mailboxes.filter(kind__in=SHARED_KINDS, closed_at__isnull=True).order_by("address"))


def memberships_of(mailbox: Mailbox) -> list[Membership]:
    """What a person's mailbox is a member of, by address."""
    return list(mailbox.member_of.select_related("mailbox").order_by("mailbox__address"))


# -- actions -------------------------------------------------------------------------------------


def add_member(*, actor: Actor, mailbox: Mailbox, member: Mailbox, rights: Sequence[str]) -> Membership:
    """Refuses `member.exists`, `member.not_personal`, `member.own`, `member.rights_unknown`, `member.rights_none`."""
    _require_manage(actor, mailbox)
    _require_not_own(actor, mailbox, member.person, member.account)
    chosen = _chosen(rights)
    if member.company_id != mailbox.company_id:
        raise Refusal("mailbox.unknown", address=member.address)
    if member.kind not in PERSONAL_KINDS:
        raise Refusal("member.not_personal", address=member.address, kind=member.kind, clause="G3.2.2")
    if member.closed_at is not None:
        raise Refusal("mailbox.closed", address=member.address)
    with transaction.atomic():
        row, created = Membership.objects.get_or_create(
            mailbox=mailbox, member=member, defaults=chosen | {"added_at": clock.now()}
        )
        if not created:
            raise Refusal("member.exists", address=member.address, mailbox=mailbox.address)
        _record("member.added", actor, mailbox, member=member.address, rights=rights_of(row))
        _release(mailbox, [member.address])
        show(mailbox.address, [member.address] if row.read else [])
    return row


def change_rights(*, actor: Actor, mailbox: Mailbox, member: Mailbox, rights: Sequence[str]) -> Membership:
    """Other rights from now on, in live sessions too. Refuses as `add_member`, and `member.unknown`."""
    _require_manage(actor, mailbox)
    _require_not_own(actor, mailbox, member.person, member.account)
    chosen = _chosen(rights)
    with transaction.atomic():
        row = _row(mailbox, member)
        before = rights_of(row)
        for right, has in chosen.items():
            setattr(row, right, has)
        after = rights_of(row)
        if after == before:
            return row
        row.save(update_fields=list(RIGHTS))
        _record("member.changed", actor, mailbox, member=member.address, before=before, after=after)
        taken = not set(before) <= set(after)
        _release(mailbox, [member.address], sessions=[member.address] if taken else [])
        if ("read" in before) != row.read:
            show(mailbox.address, [member.address] if row.read else [], hidden=[] if row.read else [member.address])
    return row


def remove_member(*, actor: Actor, mailbox: Mailbox, member: Mailbox, reason: str = "") -> None:
    """Access ends at once, live sessions included (clause G3.2.2). Refuses `member.unknown`."""
    _require_manage(actor, mailbox)
    with transaction.atomic():
        _end(actor, _row(mailbox, member), reason)


def change_keeper(*, actor: Actor, mailbox: Mailbox, keeper: Person) -> None:
    """Who answers for the mailbox from now on. The one before keeps no right but what a membership gives him.

    Refuses `keeper.no_mailbox` for a person without an active mailbox, `keeper.second_mailbox` for one with several,
    `keeper.same`.
    """
    if not may_name_keeper(actor, mailbox):
        raise Refusal("permission.missing", clause="G3.2.2", permission="mailbox.write")
    _require_shared(mailbox)
    _require_open(mailbox)
    _require_not_own(actor, mailbox, keeper)
    if keeper.company_id != mailbox.company_id:
        raise Refusal("person.unknown", person=keeper.pk)
    if keeper.pk == mailbox.keeper_id:
        raise Refusal("keeper.same", person=keeper.name, address=mailbox.address)
    logins = Mailbox.objects.select_related("account").filter(person=keeper, kind__in=PERSONAL_KINDS)
    if not any(state_of(m) == "active" for m in logins):
        raise Refusal("keeper.no_mailbox", person=keeper.name, clause="G3.2.2")
    with transaction.atomic():
        former = [m.address for m in keeper_mailboxes(mailbox)]
        before, mailbox.keeper = (mailbox.keeper.name if mailbox.keeper else ""), keeper
        mailbox.save(update_fields=["keeper"])
        require_no_way_in(actor, mailbox.company, [keeper.pk])
        current = [m.address for m in keeper_mailboxes(mailbox)]
        _record("mailbox.keeper", actor, mailbox, before=before, after=keeper.name, address=current[0])
        _release(mailbox, [*former, *current], sessions=former)
        show(mailbox.address, users_of(mailbox), hidden=former)


def end_memberships(*, actor: Actor, member: Mailbox, reason: str) -> list[str]:
    """Every membership of a person's mailbox ends: he moves or leaves (clause G3.2.2). Returns the shared mailboxes.

    Called inside the action that moves him, which has checked the right to do that.
    """
    ended = []
    with transaction.atomic():
        rows = member.member_of.select_related("mailbox__company", "member").order_by("mailbox__address")
        for row in rows:
            _end(actor, row, reason)
            ended.append(row.mailbox.address)
    return ended


def _end(actor: Actor, row: Membership, reason: str) -> None:
    mailbox, login = row.mailbox, row.member.address
    _record("member.removed", actor, mailbox, member=login, before=rights_of(row), reason=reason[:200])
    _release(mailbox, [login], sessions=[login])
    show(mailbox.address, [], hidden=[login])
    row.delete()


def leave_all(actor: Actor, persons: list[int]) -> None:
    """Persons have left the company: they use no shared mailbox any more, wherever it lies."""
    rows = Membership.objects.select_related("mailbox__company", "member").filter(member__person__in=persons)
    for row in list(rows.order_by("mailbox__address", "member__address")):
        _end(actor, row, "left")


def leave_units(actor: Actor, persons: list[int]) -> None:
    """Persons have left units: they use no shared mailbox of a unit any more in which they have no post now.

    Called inside the action that moves them. A membership that was given to somebody of another unit stays as it is
    until he moves: it is given anew then by who wants it so. What lies in no unit is nobody's to leave.
    """
    rows = Membership.objects.select_related("mailbox__company", "mailbox__unit", "member__person").filter(
        member__person__in=persons, mailbox__unit__isnull=False
    )
    by_person = list(rows.order_by("mailbox__address", "member__address"))
    places = places_of_many(row.member.person_id for row in by_person if row.member.person_id is not None)
    for row in by_person:
        unit, person = row.mailbox.unit, row.member.person_id
        if unit is None or person is None:
            continue
        left = row.member.person is not None and row.member.person.left_on is not None
        if left or not any(path == unit.path or path.startswith(unit.path + "/") for path in places[person]):
            _end(actor, row, "moved")


# -- for the other actions -----------------------------------------------------------------------


def show(address: str, shown: Iterable[str], *, hidden: Iterable[str] = ()) -> None:
    """Mail programs of these logins list the shared mailbox from now on; those of the others no more."""
    subscribe, unsubscribe = [[login, address] for login in shown], [[login, address] for login in hidden]
    if subscribe or unsubscribe:
        outbox.enqueue(
            outbox.PREPARE, {"homes": [], "addresses": [], "subscribe": subscribe, "unsubscribe": unsubscribe}
        )


def require_no_kept(mailbox: Mailbox) -> None:
    """Refuses `keeper.leaving` when this is the last open mailbox of somebody who keeps shared ones (clause G3.2.2)."""
    person = mailbox.person
    if person is None or mailbox.kind not in PERSONAL_KINDS:
        return
    others = Mailbox.objects.filter(person=person, kind__in=PERSONAL_KINDS, closed_at__isnull=True)
    kept = kept_by(person)
    if kept and not others.exclude(pk=mailbox.pk).exists():
        raise Refusal("keeper.leaving", clause="G3.2.2", person=person.name, mailboxes=[m.address for m in kept])


def affected(mailboxes: Iterable[Mailbox]) -> list[str]:
    """The addresses whose compiled rows name one of these mailboxes: users of a shared one, shared ones of a user."""
    rows = list(mailboxes)
    shared = [m.pk for m in rows if m.kind in SHARED_KINDS]
    personal = [m for m in rows if m.kind in PERSONAL_KINDS]
    found: set[str] = set()
    for part in _chunks(shared):
        found |= set(Membership.objects.filter(mailbox__in=part).values_list("member__address", flat=True))
        kept = Mailbox.objects.filter(person__kept_mailboxes__in=part, kind__in=PERSONAL_KINDS, closed_at__isnull=True)
        found |= set(kept.values_list("address", flat=True))
    used: set[str] = set()
    for part in _chunks([m.pk for m in personal]):
        used |= set(Membership.objects.filter(member__in=part).values_list("mailbox__address", flat=True))
    for part in _chunks([m.person_id for m in personal if m.person_id is not None]):
        used |= set(Mailbox.objects.filter(keeper__in=part).values_list("address", flat=True))
    for part in _chunks([*sorted(used), *(m.address for m in rows if m.kind in SHARED_KINDS)]):
        found |= set(Alias.objects.filter(target__in=part).values_list("address", flat=True))
    return sorted(found | used)


def users_of(mailbox: Mailbox) -> list[str]:
    """Logins that may read the shared mailbox: whose sessions end when it is closed, suspended or renamed."""
    if mailbox.kind not in SHARED_KINDS:
        return []
    open_members = mailbox.memberships.filter(read=True, member__closed_at__isnull=True)
    members = open_members.values_list("member__address", flat=True)
    return sorted({*members, *(m.address for m in keeper_mailboxes(mailbox))})


def _chunks(values: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))


# -- parts ---------------------------------------------------------------------------------------


def _require_not_own(actor: Actor, mailbox: Mailbox, person: Person | None, account: Account | None = None) -> None:
    """No right of administration opens mail to who holds it: only the keeper lets himself in. Refuses `member.own`."""
    if not _keeps(actor, mailbox) and is_self(actor, person, account):
        raise Refusal("member.own", clause="G3.2.2", mailbox=mailbox.address)


def _require_manage(actor: Actor, mailbox: Mailbox) -> None:
    if not may_manage(actor, mailbox):
        raise Refusal("permission.missing", clause="G3.2.2", permission="mailbox.write")
    _require_shared(mailbox)
    _require_open(mailbox)


def _require_shared(mailbox: Mailbox) -> None:
    if mailbox.kind not in SHARED_KINDS:
        raise Refusal("mailbox.not_shared", address=mailbox.address, clause="G4.2.3")


def _require_open(mailbox: Mailbox) -> None:
    if mailbox.closed_at is not None:
        raise Refusal("mailbox.closed", address=mailbox.address)


def _chosen(rights: Sequence[str]) -> dict[str, bool]:
    """Each right and whether it is given; to write includes to read."""
    if unknown := [right for right in rights if right not in RIGHTS]:
        raise Refusal("member.rights_unknown", right=unknown[0], known=", ".join(RIGHTS))
    if not rights:
        raise Refusal("member.rights_none")
    given = set(rights) | ({"read"} if "write" in rights else set())
    return {right: right in given for right in RIGHTS}


def _row(mailbox: Mailbox, member: Mailbox) -> Membership:
    row = Membership.objects.select_related("mailbox__company", "member").filter(mailbox=mailbox, member=member).first()
    if row is None:
        raise Refusal("member.unknown", address=member.address, mailbox=mailbox.address)
    return row


def _record(kind: str, actor: Actor, mailbox: Mailbox, **params: object) -> None:
    listed = {key: list(value) if isinstance(value, tuple) else value for key, value in params.items()}
    ledger.record(kind, chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address, **listed)


def _release(mailbox: Mailbox, logins: Iterable[str], sessions: Iterable[str] = ()) -> None:
    """The mailbox's own rows, those of its aliases (who may send as it may send as them), and the members'."""
    aliases = Alias.objects.filter(target=mailbox.address).values_list("address", flat=True)
    outbox.release(mailbox.address, *aliases, *logins, sessions=sessions)
