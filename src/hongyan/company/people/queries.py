"""Reads of companies, units, persons and accounts. Always within one company, or refused by name."""

from __future__ import annotations

from typing import cast

from hongyan.company.people.models import Account, Company, Domain, Person, Unit
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
    """The actor that an account is, with the roles that hold today."""
    today = clock.today()
    grants = tuple(
        Grant(role=cast(Role, g.role), company=g.company.slug if g.company else "")
        for g in account.roles.select_related("company")
        if g.until is None or g.until >= today
    )
    return Actor(
        name=account.login,
        grants=grants,
        account_id=account.pk,
        company=account.company.slug if account.company else "",
        locale=account.locale,
        remote=remote,
    )
