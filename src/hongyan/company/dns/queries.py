"""Reads of a domain's records and of the last look at them, always for one domain or one company."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, Q, QuerySet

from hongyan.company.dns.host import host_of
from hongyan.company.dns.models import MODES, DomainCheck, StsPolicy
from hongyan.company.dns.records import MailDomain, Record, records_for
from hongyan.company.people import dkim
from hongyan.company.people.models import Company, Domain
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor, Permission
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance

RECHECK = timedelta(days=1)


def find_domain_within(actor: Actor, permission: Permission, name: str) -> Domain:
    """The domain; one of a company that the permission does not reach is as unknown as none (promise 7)."""
    domain = Domain.objects.select_related("company").filter(name=name).first()
    if domain is None or not actor.may(permission, domain.company.slug):
        raise Refusal("domain.unknown", domain=name)
    return domain


def sts_mode(domain: Domain) -> str:
    row = StsPolicy.objects.filter(domain=domain).first()
    return row.mode if row else MODES[0]


def records_of(domain: Domain, instance: Instance) -> tuple[Record, ...]:
    mail = MailDomain(domain.name, domain.selector, dkim.dns_value(domain.dkim_key), sts_mode(domain))
    return records_for(mail, host_of(instance))


def last_check(domain: Domain) -> DomainCheck | None:
    return DomainCheck.objects.filter(domain=domain).first()


def checks_of(company: Company) -> dict[int, DomainCheck]:
    """The last check of each of the company's domains that has one, by the domain's primary key: one query."""
    return {row.domain_id: row for row in DomainCheck.objects.filter(domain__company=company)}


def domains_due() -> QuerySet[Domain]:
    """Domains that were not looked at for a day, the longest waiting first."""
    old = Q(dns_check__isnull=True) | Q(dns_check__checked_at__isnull=True)
    due = Domain.objects.filter(old | Q(dns_check__checked_at__lt=clock.now() - RECHECK))
    return due.select_related("company").order_by(F("dns_check__checked_at").asc(nulls_first=True), "pk")


def list_domain_names() -> list[str]:
    return list(Domain.objects.order_by("name").values_list("name", flat=True))
