"""Figures of the console's first page, gathered for one actor.

Never: shows the machine's insides (services, queue, disk, other companies) to anybody but its operator.
Always: what could not be read is None and is said as such; stale figures say how old they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.db.models import Count, Q

from hongyan.company.mailboxes.models import PERSONAL_KINDS
from hongyan.company.people.models import Company
from hongyan.engines import health
from hongyan.faces.console.access import companies_of, runs_machine
from hongyan.kernel import clock, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.ledger import INSTANCE
from hongyan.kernel.models import Event, Outbox

SHOWN_REFUSALS = 8
REFUSALS = ("mail.refused", "signin.locked")
CERTIFICATE_DAYS, DISK_MB, QUEUE = 21, 2048, 200


@dataclass(frozen=True, slots=True)
class Machine:
    health: health.Health | None
    certificate_until: datetime | None
    stuck: int  #: pieces of background work that were given up

    @property
    def certificate_days(self) -> int | None:
        return None if self.certificate_until is None else (self.certificate_until - clock.now()).days

    @property
    def problems(self) -> list[str]:
        """Names of what needs somebody; the template has their sentences."""
        found = []
        if self.health is None or self.health.stale:
            return ["unknown"]
        if any(service.state != "running" for service in self.health.services):
            found.append("services")
        if self.health.disk_free_mb < DISK_MB:
            found.append("disk")
        if self.health.queue > QUEUE:
            found.append("queue")
        if self.certificate_days is not None and self.certificate_days < CERTIFICATE_DAYS:
            found.append("certificate")
        if self.health.signatures != "present":
            found.append("signatures")
        return found + (["stuck"] if self.stuck else [])


@dataclass(frozen=True, slots=True)
class CompanyFigures:
    slug: str
    name: str
    domains: int
    seats: int  #: mailboxes of one person each
    mailboxes: int
    waiting: int  #: not activated yet, or with a first password
    suspended: int
    groups: int


@dataclass(frozen=True, slots=True)
class Overview:
    machine: Machine | None  #: None: not for this actor
    companies: list[CompanyFigures]
    refusals: list[Event]

    @property
    def only(self) -> CompanyFigures | None:
        """The company of somebody who sees just his own."""
        return self.companies[0] if self.machine is None and len(self.companies) == 1 else None


def overview(actor: Actor) -> Overview:
    # Figures and refusals of a whole company are for who sees all of it.
    companies = [c for c in companies_of(actor, "health.read") if actor.may("health.read", c.slug)]
    chains = [company.slug for company in companies] + ([INSTANCE] if runs_machine(actor) else [])
    return Overview(
        machine=_machine() if runs_machine(actor) else None,
        companies=_figures(companies),
        refusals=list(Event.objects.filter(chain__in=chains, kind__in=REFUSALS).order_by("-at")[:SHOWN_REFUSALS]),
    )


def _figures(companies: list[Company]) -> list[CompanyFigures]:
    alive = Q(mailboxes__closed_at__isnull=True)
    personal = alive & Q(mailboxes__kind__in=PERSONAL_KINDS)
    rows = Company.objects.filter(pk__in=[company.pk for company in companies]).order_by("slug")
    boxes = {
        row.pk: row
        for row in rows.annotate(
            all_boxes=Count("mailboxes", filter=alive),
            seats=Count("mailboxes", filter=personal),
            waiting=Count("mailboxes", filter=personal & Q(mailboxes__account__must_change=True))
            + Count("mailboxes", filter=personal & Q(mailboxes__account__password="")),
            suspended=Count("mailboxes", filter=alive & Q(mailboxes__suspended_at__isnull=False)),
        )
    }
    others = {
        row.pk: row
        for row in rows.annotate(n_domains=Count("domains", distinct=True), n_groups=Count("groups", distinct=True))
    }
    return [
        CompanyFigures(
            slug=row.slug, name=row.name, domains=others[pk].n_domains, seats=row.seats, mailboxes=row.all_boxes,
            waiting=row.waiting, suspended=row.suspended, groups=others[pk].n_groups,
        )
        for pk, row in boxes.items()
    ]  # fmt: skip


def _machine() -> Machine:
    instance = settings.INSTANCE
    stuck = Outbox.objects.filter(done_at__isnull=True, attempts__gte=outbox.MAX_ATTEMPTS).count()
    if instance is None:
        return Machine(None, None, stuck)
    return Machine(health.read(instance), certificate_until(instance.server_cert), stuck)


def certificate_until(path: Path) -> datetime | None:
    try:
        return _not_after(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=4)
def _not_after(path: Path, changed: int) -> datetime:
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
