"""Reads of the policy's editions and of who has acknowledged them, always within one company.

Owns: who has to read it (`readers`): everybody with an account and a person who works here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from hongyan.company.people.models import LOCALES, Account, Company
from hongyan.company.people.scope import persons_within
from hongyan.company.reading.models import Acknowledgement, Edition
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal


def editions(company: Company) -> QuerySet[Edition]:
    """Newest first."""
    return Edition.objects.filter(company=company).order_by("-number")


def newest(company: Company) -> Edition | None:
    """What has to be read now, whether it holds already or from a later day on."""
    return editions(company).first()


def in_force(company: Company, on: date | None = None) -> Edition | None:
    """Of the editions whose day has come, the newest wins over the older ones (clause B4.14)."""
    return editions(company).filter(effective_on__lte=on or clock.today()).first()


def find_edition(company: Company, number: int) -> Edition:
    """Refuses `edition.unknown`."""
    found = editions(company).filter(number=number).first()
    if found is None:
        raise Refusal("edition.unknown", number=number)
    return found


def readers(company: Company) -> QuerySet[Account]:
    """Who is to read the policy: the accounts of persons who work here."""
    return Account.objects.filter(company=company, closed_at=None, person__isnull=False, person__left_on=None)


def readers_within(actor: Actor, company: Company) -> QuerySet[Account]:
    """Of the readers those whom the actor sees."""
    found = readers(company)
    if actor.reach("people.read", company.slug) is None:
        return found
    return found.filter(person__in=persons_within(actor, "people.read", company).values("pk"))


def missing(found: QuerySet[Account], edition: Edition) -> QuerySet[Account]:
    """Those who have not acknowledged the edition."""
    return found.filter(~has_acknowledged(edition))


def has_acknowledged(edition: Edition) -> Exists:
    return Exists(Acknowledgement.objects.filter(edition=edition, account=OuterRef("pk")))


def acknowledged_at(edition: Edition, account: Account) -> Acknowledgement | None:
    return Acknowledgement.objects.filter(edition=edition, account=account).first()


def unread_by(account: Account) -> Edition | None:
    """The newest edition when the account's owner still has to acknowledge it."""
    if account.company is None or account.person_id is None:
        return None
    edition = newest(account.company)
    return edition if edition is not None and acknowledged_at(edition, account) is None else None


def in_language(texts: Mapping[str, str], locale: str, company: Company) -> tuple[str, str]:
    """(language, text): the reader's own where there is one, else the company's, else the first."""
    wanted = (locale, company.locale, *(name for name, _ in LOCALES))
    found = next(name for name in wanted if texts.get(name))
    return found, texts[found]
