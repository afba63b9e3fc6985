"""Figures of the console's first page, gathered for one actor.

Never: shows the machine's insides (services, queue, disk, other companies) to anybody but its operator.
Always: what could not be read is None and is said as such; stale figures say how old they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from cryptography import x509
from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.mailboxes.scope import groups_within, mailboxes_within
from hongyan.company.people.models import Company
from hongyan.engines import health, queue
from hongyan.engines.desk.actions import queue_domains
from hongyan.evidence.usage.queries import Forecast, forecast, mail_by_hour
from hongyan.faces.console.access import companies_of, runs_machine
from hongyan.faces.console.overview.chart import Chart, draw
from hongyan.faces.console.overview.needs import Need, needs
from hongyan.kernel import clock, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.ledger import INSTANCE
from hongyan.kernel.models import Event, Outbox

SHOWN_REFUSALS = 8
HOURS = 24
LARGE, KEEP_SECONDS, MOST_KEPT = 2000, 60.0, 500
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
    units: tuple[str, ...] = ()  #: the branches that are counted; empty: the whole company


@dataclass(frozen=True, slots=True)
class Overview:
    machine: Machine | None  #: None: not for this actor
    companies: list[CompanyFigures]
    needs: list[Need]
    chart: Chart | None  #: of the whole machine, or of the companies that are wholly the actor's; None: of none
    queue: (
        int | None
    )  #: messages of these companies that wait (the machine's are in `machine`); None: not for this actor
    storage: Forecast | None  #: the machine's disk, or the only company's mail
    refusals: list[Event] | None  #: None: a branch's administrator is not told of other branches

    @property
    def only(self) -> CompanyFigures | None:
        """The company of somebody who sees just his own."""
        return self.companies[0] if self.machine is None and len(self.companies) == 1 else None


def overview(actor: Actor) -> Overview:
    companies = companies_of(actor, "health.read")
    whole = [c for c in companies if actor.reach("health.read", c.slug) is None]
    machine = runs_machine(actor)
    return Overview(
        machine=_machine() if machine else None,
        companies=_figures(actor, companies, {c.pk for c in whole}),
        needs=needs(actor),
        chart=_chart(None if machine else [c.slug for c in whole]) if machine or whole else None,
        queue=0 if machine else _queue(actor),
        storage=_storage(machine, whole),
        refusals=_refusals([c.slug for c in whole] + ([INSTANCE] if machine else [])) if machine or whole else None,
    )


def _refusals(chains: list[str]) -> list[Event]:
    """The newest of each chain by the index (chain, kind), then the newest of these."""
    found: list[Event] = []
    for chain in chains:
        for kind in REFUSALS:
            found += Event.objects.filter(chain=chain, kind=kind).order_by("-seq")[:SHOWN_REFUSALS]
    return sorted(found, key=lambda event: event.at, reverse=True)[:SHOWN_REFUSALS]


def _chart(slugs: list[str] | None) -> Chart:
    begin = timezone.localtime(clock.now()).replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    return draw(mail_by_hour(slugs, begin.astimezone(UTC), HOURS))


def _queue(actor: Actor) -> int | None:
    instance, domains = settings.INSTANCE, queue_domains(actor)
    if instance is None or domains == frozenset():
        return None
    return queue.read_page(instance, queue.Wanted(domains=domains), limit=0).count


def _storage(machine: bool, whole: list[Company]) -> Forecast | None:
    if machine:
        return forecast("")
    return forecast(whole[0].slug) if len(whole) == 1 else None


def _figures(actor: Actor, companies: list[Company], whole: set[int]) -> list[CompanyFigures]:
    """Counts of what the actor reaches: of a whole company, or of his branches."""
    found = []
    for company in companies:
        units = () if company.pk in whole else actor.reach("health.read", company.slug) or ()
        count = partial(_company, company) if company.pk in whole else partial(_branch, actor, company)
        found.append(remembered(company.slug, units, count))
    return found


def _company(company: Company) -> CompanyFigures:
    row = _counted(company.mailboxes.all())
    return CompanyFigures(
        slug=company.slug, name=company.name, domains=company.domains.count(), groups=company.groups.count(), **row
    )


def _counted(boxes: QuerySet[Mailbox]) -> dict[str, Any]:
    personal = Q(kind__in=PERSONAL_KINDS)
    return boxes.filter(closed_at__isnull=True).aggregate(
        mailboxes=Count("pk"),
        seats=Count("pk", filter=personal),
        waiting=Count("pk", filter=personal & (Q(account__must_change=True) | Q(account__password=""))),
        suspended=Count("pk", filter=Q(suspended_at__isnull=False)),
    )


_kept: dict[tuple[str, tuple[str, ...]], tuple[float, CompanyFigures]] = {}


def remembered(slug: str, units: tuple[str, ...], count: Callable[[], CompanyFigures]) -> CompanyFigures:
    """Large companies are counted once a minute, small ones whenever somebody looks."""
    now = time.monotonic()
    kept = _kept.get((slug, units))
    if kept is not None and kept[0] > now:
        return kept[1]
    figures = count()
    if figures.mailboxes > LARGE:
        if len(_kept) > MOST_KEPT:
            _kept.clear()
        _kept[slug, units] = now + KEEP_SECONDS, figures
    return figures


def _branch(actor: Actor, company: Company) -> CompanyFigures:
    return CompanyFigures(
        slug=company.slug, name=company.name, domains=0,
        groups=groups_within(actor, "health.read", company).count(),
        units=actor.reach("health.read", company.slug) or (),
        **_counted(mailboxes_within(actor, "health.read", company)),
    )  # fmt: skip


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
