"""The plan made real by the same actions that people use.

Owns: `apply`. Never: writes rows itself. Always: safe to repeat; what exists is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import make_password

from hongyan.company.mailboxes import actions as mailboxes, routing
from hongyan.company.mailboxes.models import Claim, Mailbox
from hongyan.company.people import actions as people
from hongyan.company.people.grades import name_grades
from hongyan.company.people.models import Company, Domain, Person, Unit
from hongyan.company.people.queries import find_unit
from hongyan.company.people.roles import grant_role
from hongyan.company.people.units import set_branch
from hongyan.company.policy.passwords import generate_first_password
from hongyan.company.sample.plan import SampleCompany, SampleMailbox, SamplePerson, SamplePlan
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Applied:
    """What was made. `password` signs in to every mailbox opened here, and is told this once; empty when none was."""

    persons: int
    mailboxes: int
    password: str


def apply(plan: SamplePlan, actor: Actor, progress: Progress = lambda _: None) -> Applied:
    """Makes what is missing. One random password for all sample mailboxes, so that any of them can be looked at."""
    password = generate_first_password()
    hashed = make_password(password)
    persons = opened = 0
    for company in plan.companies:
        progress(company.name)
        row = _company(company, actor)
        known = _persons(company, row, actor)
        persons += len(company.persons)
        opened += _mailboxes(company, row, actor, known, hashed)
        _addresses(company, row, actor)
        _roles(company, row, actor)
    return Applied(persons, opened, password if opened else "")


def _company(company: SampleCompany, actor: Actor) -> Company:
    row = Company.objects.filter(slug=company.slug).first()
    if row is None:
        row = people.add_company(actor=actor, slug=company.slug, name=company.name, locale=company.locale)
    if not Domain.objects.filter(name=company.domain).exists():
        people.add_domain(actor=actor, company=row, name=company.domain)
    for path in company.units:
        if not Unit.objects.filter(company=row, path=path).exists():
            people.add_unit(actor=actor, company=row, path=path)
    for path in company.branches:
        set_branch(actor=actor, unit=find_unit(row, path), on=True)
    if company.grades and not row.grades.exists():
        name_grades(actor=actor, company=row, names=company.grades)
    return row


def _persons(company: SampleCompany, row: Company, actor: Actor) -> dict[str, Person]:
    """Persons by address; known by their employee number."""
    units = {unit.path: unit for unit in Unit.objects.filter(company=row)}
    numbers = {person.number: person for person in Person.objects.filter(company=row)}
    return {
        sample.address: numbers.get(sample.number) or _person(sample, row, actor, units) for sample in company.persons
    }


def _person(sample: SamplePerson, row: Company, actor: Actor, units: dict[str, Unit]) -> Person:
    main, *more = sample.posts
    person = people.add_person(
        actor=actor, company=row, name=sample.name, number=sample.number, locale=sample.locale,
        unit=units[main.unit], post=main.post, head=main.head, grade=main.grade, latin_name=sample.latin,
        phone=sample.phone, mobile=sample.mobile, birthday=sample.birthday,
    )  # fmt: skip
    for post in more:
        people.appoint(
            actor=actor, person=person, unit=units[post.unit], post=post.post, head=post.head, deputy=post.deputy,
            grade=post.grade,
        )  # fmt: skip
    return person


def _mailboxes(
    company: SampleCompany, row: Company, actor: Actor, persons: dict[str, Person], hashed: str
) -> int:  # fmt: skip
    taken = _claimed(row)
    units = {unit.path: unit for unit in Unit.objects.filter(company=row)}
    new = [_new(sample, persons, units, hashed) for sample in company.mailboxes if sample.address not in taken]
    if new:
        mailboxes.open_mailboxes(actor=actor, company=row, new=new)
    opened = {mailbox.address for mailbox in new}
    for shared in company.mailboxes:
        for sender in shared.senders if shared.address in opened else ():
            owner = Mailbox.objects.get(company=row, address=sender)
            mailboxes.grant_send_as(actor=actor, mailbox=owner, address=shared.address)
    return len(new)


def _new(
    sample: SampleMailbox, persons: dict[str, Person], units: dict[str, Unit], hashed: str
) -> mailboxes.NewMailbox:
    expires = clock.today() + timedelta(days=sample.expires_days) if sample.expires_days else None
    return mailboxes.NewMailbox(
        sample.address, sample.kind, person=persons.get(sample.owner), keeper=persons.get(sample.keeper),
        display_name=sample.name, expires_on=expires, password_hash=hashed if sample.owner else "",
        unit=units.get(sample.unit),
    )  # fmt: skip


def _claimed(row: Company) -> set[str]:
    return set(Claim.objects.filter(company=row).values_list("address", flat=True))


def _addresses(company: SampleCompany, row: Company, actor: Actor) -> None:
    taken, units = _claimed(row), {unit.path: unit for unit in Unit.objects.filter(company=row)}
    for alias in company.aliases:
        if alias.address not in taken:
            until = clock.today() + timedelta(days=alias.days) if alias.days else None
            routing.add_alias(actor=actor, company=row, address=alias.address, target=alias.target, until=until)
    for group in company.groups:
        if group.address not in taken:
            routing.add_group(
                actor=actor, company=row, address=group.address, name=group.name, who=group.who,
                members=group.members, listed=group.listed, unit=units.get(group.unit),
            )  # fmt: skip


def _roles(company: SampleCompany, row: Company, actor: Actor) -> None:
    for sample in company.roles:
        account = Mailbox.objects.select_related("account").get(company=row, address=sample.address).account
        if account is not None and not account.roles.filter(role=sample.role, company=row).exists():
            grant_role(
                actor=actor, account=account, role=sample.role, company=row, seats=sample.seats,
                unit=find_unit(row, sample.unit) if sample.unit else None, storage_mb=sample.storage_mb,
                reason=sample.reason,
            )  # fmt: skip
