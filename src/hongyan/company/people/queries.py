"""Reads of companies, units, persons and accounts. Always within one company, or refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.db.models import Manager

from hongyan.company.people.holding import leads
from hongyan.company.people.models import Account, Appointment, Company, Domain, Person, Unit
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor, Grant, Role
from hongyan.kernel.decision import Refusal


def find_company(slug: str) -> Company:
    try:
        return Company.objects.get(slug=slug)
    except Company.DoesNotExist:
        raise Refusal("company.unknown", slug=slug) from None


def find_domain(name: str) -> Domain:
    try:
        return Domain.objects.select_related("company", "alias_of").get(name=name)
    except Domain.DoesNotExist:
        raise Refusal("domain.unknown", domain=name) from None


def find_unit(company: Company, path: str) -> Unit:
    try:
        return Unit.objects.get(company=company, path=path)
    except Unit.DoesNotExist:
        raise Refusal("unit.unknown", path=path) from None


def find_person(company: Company, person_id: int) -> Person:
    """A person of this company; another company's person is as unknown as none."""
    try:
        return Person.objects.get(company=company, pk=person_id)
    except Person.DoesNotExist:
        raise Refusal("person.unknown", person=person_id) from None


def list_companies() -> list[Company]:
    return list(Company.objects.order_by("slug"))


def list_domains(company: Company) -> list[Domain]:
    return list(company.domains.select_related("alias_of").order_by("name"))


def actor_of(account: Account, remote: str = "") -> Actor:
    """The actor that an account is, with the roles that hold today: those given, and those of the person's posts.

    Who has left the company has none (clause G3.2.1)."""
    left = account.person is not None and account.person.left_on is not None
    return Actor(
        name=account.login,
        grants=() if left else (*_given(account), *_by_post(account)),
        account_id=account.pk,
        company=account.company.slug if account.company else "",
        locale=account.locale,
        remote=remote,
    )


def _given(account: Account) -> Iterator[Grant]:
    today = clock.today()
    for row in account.roles.select_related("company", "unit").order_by("pk"):
        if row.until is None or row.until >= today:
            yield Grant(
                role=cast(Role, row.role),
                company=row.company.slug if row.company else "",
                unit=row.unit.path if row.unit else "",
                only=None if row.permissions is None else frozenset(row.permissions),
                seats=row.seats,
                storage_mb=row.storage_mb,
            )


def _by_post(account: Account) -> Iterator[Grant]:
    """A head sees his unit, and so does his deputy; a keeper has a role that permits nothing by itself and shows the way to what he keeps."""
    if account.person_id is None or account.company is None:
        return
    slug = account.company.slug
    headed = Appointment.objects.filter(leads(), person=account.person_id).order_by("unit__path")
    for path in headed.values_list("unit__path", flat=True).distinct():
        yield Grant("head", slug, path)
    kept: Manager[Any] = account.person.kept_mailboxes  # type: ignore[union-attr]
    groups: Manager[Any] = account.person.owned_groups  # type: ignore[union-attr]
    if kept.filter(closed_at__isnull=True).exists() or groups.exists():
        yield Grant("keeper", slug)
