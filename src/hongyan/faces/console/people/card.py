"""What a person's page tells, gathered for one reader.

Never: reads mail or what passed by mail: of the audit only what administration did to the person and his mailboxes.
Always: only what the reader's rights reach; a few queries, whatever the person has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, QuerySet

from hongyan.company.mailboxes.models import Group, Mailbox
from hongyan.company.mailboxes.queries import State, quota_mb, state_of
from hongyan.company.mailboxes.scope import groups_within, mailboxes_within
from hongyan.company.people.models import Account, Appointment, Person
from hongyan.company.people.relations import grade_names
from hongyan.faces.console.people.found import mailbox_page
from hongyan.kernel.actor import Actor
from hongyan.kernel.models import Event

HISTORY: Final = 15
#: Beginnings of the kinds of events that are administration, not the person's own mail and sign-ins.
ADMINISTRATION: Final = (
    "person.",
    "mailbox.",
    "password.",
    "account.",
    "device.",
    "role.",
    "alias.",
    "group.",
    "link.",
)


@dataclass(frozen=True, slots=True)
class Box:
    mailbox: Mailbox
    state: State
    quota_mb: int
    devices: int
    url: str


@dataclass(frozen=True, slots=True)
class Post:
    appointment: Appointment
    writes: bool
    grade: str  #: its name, else its number


@dataclass(frozen=True, slots=True)
class Card:
    posts: list[Post]
    boxes: list[Box]
    kept: list[Mailbox]
    groups: list[Group]
    devices: int
    accounts: list[Account]
    history: list[Event]
    whole_history: bool  #: the reader sees the audit itself


def card_of(actor: Actor, person: Person) -> Card:
    slug = person.company.slug
    boxes = list(_boxes(actor, person))
    addresses = [box.mailbox.address for box in boxes]
    appointments = person.appointments.select_related("unit", "person").order_by("unit__path", "post")
    names = grade_names(person.company)
    return Card(
        posts=[
            Post(a, actor.may("people.write", slug, [a.unit.path]), names.get(a.grade, str(a.grade or "")))
            for a in appointments
        ],
        boxes=boxes,
        kept=list(_reached(actor, person).filter(keeper=person, closed_at=None).order_by("address")),
        groups=_groups(actor, person, addresses),
        devices=sum(box.devices for box in boxes),
        accounts=_accounts(actor, person),
        history=_history(actor, person, addresses),
        whole_history=actor.may("audit.read", slug),
    )


def _reached(actor: Actor, person: Person) -> QuerySet[Mailbox]:
    return mailboxes_within(actor, "mailbox.read", person.company)


def _boxes(actor: Actor, person: Person) -> Iterable[Box]:
    alive = Q(app_passwords__revoked_at__isnull=True, app_passwords__isnull=False)
    rows = _reached(actor, person).filter(person=person).select_related("company", "account")
    for mailbox in rows.annotate(n_devices=Count("app_passwords", filter=alive)).order_by("closed_at", "address"):
        url = mailbox_page(mailbox)
        yield Box(mailbox, state_of(mailbox), quota_mb(mailbox), mailbox.n_devices, url)


def _groups(actor: Actor, person: Person, addresses: list[str]) -> list[Group]:
    groups = groups_within(actor, "group.read", person.company)
    return list(groups.filter(entries__address__in=addresses, entries__writer=False).distinct().order_by("address"))


def _accounts(actor: Actor, person: Person) -> list[Account]:
    """Whose roles the reader may see."""
    if not actor.may("role.read", person.company.slug):
        return []
    return list(person.accounts.filter(closed_at=None).prefetch_related("roles__unit").order_by("login"))


def _history(actor: Actor, person: Person, addresses: list[str]) -> list[Event]:
    kinds = Q(kind__startswith=ADMINISTRATION[0])
    for kind in ADMINISTRATION[1:]:
        kinds |= Q(kind__startswith=kind)
    rows = Event.objects.filter(kinds, chain=person.company.slug, subject__in=[f"person/{person.pk}", *addresses])
    return list(rows.order_by("-at")[:HISTORY])
