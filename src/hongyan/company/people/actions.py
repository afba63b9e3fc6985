"""Writes to companies, domains, units and persons. Roles are in `roles.py`.

Always: permission, rows, audit event and outbox in one transaction; a refusal leaves nothing behind.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from hongyan.company.people import dkim
from hongyan.company.people.models import Appointment, Company, Domain, Person, Unit
from hongyan.company.people.moves import have_taken
from hongyan.company.people.scope import places_of, places_of_unit
from hongyan.company.people.standing import require_other_head
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.address import parse_domain, parse_slug
from hongyan.kernel.decision import Refusal

MAX_UNIT_DEPTH = 12
HIGHEST_GRADE = 99
LOCALES = ("zh-Hant", "zh-Hans", "en")


def clean_name(text: str, code: str, limit: int) -> str:
    """A name as stored: NFC, no control characters, single spaces. Refuses `CODE` when nothing or too much is left."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refusal("text.encoding") from None
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > limit or any(unicodedata.category(c) in ("Cc", "Cf") for c in name):
        raise Refusal(code, name=name[:60], limit=limit)
    return name


def check_locale(locale: str) -> str:
    if locale not in LOCALES:
        raise Refusal("locale.unknown", locale=locale, known=", ".join(LOCALES))
    return locale


def add_company(*, actor: Actor, slug: str, name: str, locale: str = "zh-Hant") -> Company:
    """A new tenant. Refuses `company.taken`, `company.slug_malformed`, `company.name_malformed`."""
    slug, name = parse_slug(slug), clean_name(name, "company.name_malformed", 200)
    actor.require("company.write", slug)
    if slug == ledger.INSTANCE:
        raise Refusal("company.slug_malformed", slug=slug)
    try:
        with transaction.atomic():
            company = Company.objects.create(slug=slug, name=name, locale=check_locale(locale), created_at=clock.now())
            ledger.record("company.added", chain=slug, actor=actor.name, subject=slug, name=name)
            outbox.release(full=True)
    except IntegrityError:
        raise Refusal("company.taken", slug=slug) from None
    return company


def add_domain(*, actor: Actor, company: Company, name: str, alias_of: Domain | None = None) -> Domain:
    """A mail domain with its DKIM key (clause R1). With `alias_of`, its addresses mirror that domain's."""
    actor.require("company.write", company.slug)
    name = parse_domain(name)
    if alias_of is not None and (alias_of.company_id != company.pk or alias_of.alias_of_id is not None):
        raise Refusal("domain.alias_target", domain=alias_of.name)
    selector = f"hy{clock.now():%Y%m}"
    try:
        with transaction.atomic():
            domain = Domain.objects.create(
                company=company, name=name, alias_of=alias_of, selector=selector, dkim_key=dkim.make_key(),
                created_at=clock.now(),
            )  # fmt: skip
            ledger.record(
                "domain.added", chain=company.slug, actor=actor.name, subject=name,
                selector=selector, alias_of=alias_of.name if alias_of else "",
            )  # fmt: skip
            outbox.release(full=True)
            outbox.enqueue(
                outbox.PREPARE, {"homes": [f"{name}/postmaster"], "addresses": []}
            )  # for who writes there first
    except IntegrityError:
        raise Refusal("domain.taken", domain=name) from None
    return domain


def add_unit(*, actor: Actor, company: Company, path: str) -> Unit:
    """The unit at `總公司/信息部/網絡處`, with every missing one above it. Refuses `unit.exists` when it is there."""
    actor.require("people.write", company.slug, [path.strip("/")])
    names = [clean_name(part, "unit.name_malformed", 80) for part in path.strip("/").split("/")]
    if len(names) > MAX_UNIT_DEPTH:
        raise Refusal("unit.too_deep", path=path[:120], limit=MAX_UNIT_DEPTH)
    with transaction.atomic():
        parent, created = None, False
        for depth in range(len(names)):
            here = "/".join(names[: depth + 1])
            parent, created = Unit.objects.get_or_create(
                company=company, path=here, defaults={"parent": parent, "name": names[depth]}
            )
            if created:
                ledger.record("unit.added", chain=company.slug, actor=actor.name, subject=here)
        if parent is None or not created:
            raise Refusal("unit.exists", path="/".join(names))
    return parent


def add_person(
    *,
    actor: Actor,
    company: Company,
    name: str,
    number: str = "",
    locale: str = "",
    unit: Unit | None = None,
    post: str = "",
    head: bool = False,
    latin_name: str = "",
    phone: str = "",
    mobile: str = "",
    identity_number: str = "",
    card_number: str = "",
    birthday: date | None = None,
    joined_on: date | None = None,
    deputy: bool = False,
    grade: int = 0,
) -> Person:
    """A member of staff, with a first post when a unit is given. Refuses `person.number_taken`, `grade.range`."""
    actor.require("people.write", company.slug, places_of_unit(unit))
    grade = clean_grade(grade)
    name = clean_name(name, "person.name_malformed", 100)
    number = clean_name(number, "person.number_malformed", 40) if number else ""
    if unit is not None and unit.company_id != company.pk:
        raise Refusal("unit.unknown", path=unit.path)
    try:
        with transaction.atomic():
            person = Person.objects.create(
                company=company, name=name, number=number, locale=check_locale(locale or company.locale),
                latin_name=latin_name, phone=phone, mobile=mobile, identity_number=identity_number,
                card_number=card_number, birthday=birthday, joined_on=joined_on, created_at=clock.now(),
            )  # fmt: skip
            ledger.record(
                "person.added", chain=company.slug, actor=actor.name, subject=f"person/{person.pk}",
                name=name, number=number, unit=unit.path if unit else "", post=post,
            )  # fmt: skip
            if unit is not None:
                Appointment.objects.create(
                    person=person, unit=unit, post=post, head=head, deputy=deputy and not head, grade=grade,
                    since=clock.today(),
                )  # fmt: skip
                have_taken(actor, [person.pk])
    except IntegrityError:
        raise Refusal("person.number_taken", number=number) from None
    return person


def require_staff(person: Person) -> None:
    """Refuses `person.has_left`."""
    if person.left_on is not None:
        raise Refusal("person.has_left", clause="G3.2.1", name=person.name, on=person.left_on.isoformat())


def clean_grade(grade: int) -> int:
    """0: none; higher is more senior. Refuses `grade.range`."""
    if not 0 <= grade <= HIGHEST_GRADE:
        raise Refusal("grade.range", grade=grade, low=0, high=HIGHEST_GRADE)
    return grade


def post_facts(appointment: Appointment) -> dict[str, Any]:
    """What the audit says of a post; a deputy's place and a grade only where there is one."""
    facts: dict[str, Any] = {"unit": appointment.unit.path, "post": appointment.post, "head": appointment.head}
    if appointment.deputy:
        facts["deputy"] = True
    if appointment.grade:
        facts["grade"] = appointment.grade
    return facts


def appoint(
    *,
    actor: Actor,
    person: Person,
    unit: Unit,
    post: str = "",
    head: bool = False,
    deputy: bool = False,
    grade: int = 0,
) -> Appointment:
    """Give a person one more post: asks for where he lies and for the unit. Who is head is not his own deputy.

    Refuses `appointment.exists`, `grade.range`, `person.has_left`.
    """
    actor.require("people.write", person.company.slug, places_of(person))
    actor.require("people.write", person.company.slug, places_of_unit(unit))
    require_staff(person)
    grade, deputy = clean_grade(grade), deputy and not head
    if head or deputy:
        require_other_head(actor, person)
    if unit.company_id != person.company_id:
        raise Refusal("unit.unknown", path=unit.path)
    try:
        with transaction.atomic():
            appointment = Appointment.objects.create(
                person=person, unit=unit, post=post, head=head, deputy=deputy, grade=grade, since=clock.today()
            )
            ledger.record(
                "person.appointed", chain=person.company.slug, actor=actor.name, subject=f"person/{person.pk}",
                **post_facts(appointment),
            )  # fmt: skip
            have_taken(actor, [person.pk])
    except IntegrityError:
        raise Refusal("appointment.exists", unit=unit.path, post=post) from None
    return appointment
