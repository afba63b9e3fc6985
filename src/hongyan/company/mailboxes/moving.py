"""What somebody holds of a unit's shared mailboxes and groups, and what becomes of it when he leaves that unit.

Owns: who keeps a mailbox of a unit does not leave it before somebody else keeps it (clause G3.2.2); group membership of a
unit ends with the last post in it (clause P12). Memberships of shared mailboxes are `members.leave_units`'.
Always: what lies in no unit is nobody's to leave; of who has left the company nothing is asked here (company/leaving does).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hongyan.company.mailboxes.models import PERSONAL_KINDS, SHARED_KINDS, GroupMember, Mailbox, Membership
from hongyan.company.people.models import Person
from hongyan.company.people.scope import places_of, places_of_many
from hongyan.kernel import ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event

#: Events of a person's posts: those that say where he was, and the others.
_LEFT: Final = ("person.post_changed", "person.post_ended", "person.loan_ended")
_TAKEN: Final = ("person.added", "person.appointed", "person.lent")


@dataclass(frozen=True, slots=True)
class Held:
    """What a person would leave behind: shared mailboxes that he uses, groups that he is in, mailboxes that he keeps."""

    shared: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def lies_in(places: Iterable[str], unit: str) -> bool:
    """Whether one of the places is that unit or below it."""
    return any(path == unit or path.startswith(unit + "/") for path in places)


def left_behind(person: Person, places: tuple[str, ...]) -> Held:
    """What he holds of units in which none of these places is. He keeps what lies in a unit that he works in now."""
    now = places_of(person)
    shared = Membership.objects.filter(member__person=person, mailbox__unit__isnull=False, mailbox__closed_at=None)
    groups = GroupMember.objects.filter(address__in=_addresses(person), group__unit__isnull=False)
    kept = Mailbox.objects.filter(keeper=person, kind__in=SHARED_KINDS, closed_at=None, unit__isnull=False)
    rows = (
        shared.order_by("mailbox__address").values_list("mailbox__address", "mailbox__unit__path"),
        groups.order_by("group__address").values_list("group__address", "group__unit__path"),
        kept.order_by("address").values_list("address", "unit__path"),
    )
    used, member, keeps = (
        tuple(dict.fromkeys((a, unit) for a, unit in part if not lies_in(places, unit))) for part in rows
    )
    return Held(
        tuple(a for a, _ in used), tuple(a for a, _ in member), tuple(a for a, unit in keeps if lies_in(now, unit))
    )  # fmt: skip


def unit_left(person: Person) -> str:
    """Where he was before the last change of his posts, by the audit; empty when that gave him a post, or is not known."""
    rows = Event.objects.filter(chain=person.company.slug, subject=f"person/{person.pk}", kind__in=(*_LEFT, *_TAKEN))
    last = rows.order_by("-at", "-seq").first()
    if last is None or last.kind not in _LEFT:
        return ""
    return str(last.params.get("before", last.params).get("unit", ""))


def keepers_stay(actor: Actor, persons: list[int]) -> None:
    """Refuses `keeper.moving` when one of them keeps a mailbox of the unit that he has left. Called inside the move.

    Who keeps a mailbox of a unit that he never worked in goes on doing so.
    """
    kept = Mailbox.objects.filter(
        keeper__in=persons, keeper__left_on=None, kind__in=SHARED_KINDS, closed_at=None, unit__isnull=False
    )
    rows = list(kept.select_related("keeper__company", "unit").order_by("address"))
    places = places_of_many(row.keeper_id for row in rows if row.keeper_id is not None)
    left: dict[str, list[str]] = {}
    for row in rows:
        keeper, unit = row.keeper, row.unit
        if keeper is None or unit is None or lies_in(places[keeper.pk], unit.path):
            continue
        if lies_in([unit_left(keeper)], unit.path):
            left.setdefault(keeper.name, []).append(row.address)
    for name, addresses in left.items():
        raise Refusal("keeper.moving", clause="G3.2.2", person=name, mailboxes=addresses)


def leave_groups(actor: Actor, persons: list[int]) -> None:
    """Persons have left units: they are in no group of a unit any more in which they have no post now. Nor on the list of
    those who may write to it. Called inside the move."""
    boxes = Mailbox.objects.filter(person__in=persons, kind__in=PERSONAL_KINDS).values_list("address", "person")
    owners = dict(boxes)
    if not owners:
        return
    entries = GroupMember.objects.select_related("group__company", "group__unit")
    rows = list(entries.filter(address__in=sorted(owners), group__unit__isnull=False).order_by("group__address", "pk"))
    places = places_of_many(owners[row.address] for row in rows)
    for row in rows:
        unit = row.group.unit
        if unit is None or lies_in(places[owners[row.address]], unit.path):
            continue
        ledger.record(
            "group.member_removed", chain=row.group.company.slug, actor=actor.name, subject=row.group.address,
            address=row.address, writer=row.writer, reason="moved",
        )  # fmt: skip
        row.delete()
        outbox.release(row.group.address)


def _addresses(person: Person) -> list[str]:
    return list(
        Mailbox.objects.filter(person=person, kind__in=PERSONAL_KINDS, closed_at=None).values_list("address", flat=True)
    )
