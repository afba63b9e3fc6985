"""Later changes to a company's domains: which one is the default, and the end of an empty one.

Adding a domain is `actions.py`'s. Always: the first domain of a company is its default until another is named.
Clause: R1 (one or many domains per company).
"""

from __future__ import annotations

from django.db import transaction

from hongyan.company.people.models import Company, Domain
from hongyan.kernel import ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

#: Every domain answers these from its first day (RFC 5321 4.5.1, RFC 2142).
POSTMASTER, ABUSE = "postmaster", "abuse"
REQUIRED = (POSTMASTER, ABUSE)
#: Where notices that ask for a decision are answered (company/replies); there in every domain where nobody has that address.
APPROVAL = "approval"


def required_addresses(company: Company | None) -> list[str]:
    """postmaster@ and abuse@ of a company's domains, or of all: what changes when its office does."""
    domains = Domain.objects.filter(alias_of=None) if company is None else company.domains.filter(alias_of=None)
    return [f"{local}@{name}" for name in domains.values_list("name", flat=True) for local in REQUIRED]


def follow_postmaster(company: Company, old: str, new: str) -> None:
    """A renamed address stays what it was to the company's setting."""
    if old in company.postmaster:
        company.postmaster = [new if address == old else address for address in company.postmaster]
        company.save(update_fields=["postmaster"])


def default_domain(company: Company) -> Domain | None:
    """The domain that new addresses get: the one named, else the oldest that is no alias."""
    return company.domains.filter(alias_of__isnull=True).order_by("-main", "created_at", "pk").first()


def set_default_domain(*, actor: Actor, domain: Domain) -> None:
    """New addresses get this domain. Refuses `domain.main_alias`."""
    company = domain.company
    actor.require("settings.write", company.slug)
    if domain.alias_of_id is not None:
        raise Refusal("domain.main_alias", domain=domain.name)
    before = default_domain(company)
    if domain.main or before is None:
        return
    with transaction.atomic():
        company.domains.filter(main=True).update(main=False)
        domain.main = True
        domain.save(update_fields=["main"])
        ledger.record(
            "domain.default", chain=company.slug, actor=actor.name, subject=domain.name,
            before=before.name, after=domain.name,
        )  # fmt: skip


def remove_domain(*, actor: Actor, domain: Domain) -> None:
    """The company takes no more mail for it, and its key is gone. Refuses `domain.not_empty`, `domain.has_aliases`."""
    company = domain.company
    actor.require("company.write", company.slug)
    with transaction.atomic():
        names = sorted(domain.aliases.values_list("name", flat=True))
        if names:
            raise Refusal("domain.has_aliases", domain=domain.name, aliases=names)
        # Claims are addresses; those of one domain end alike, and there are few companies' worth of them.
        rows = company.claims.filter(address__endswith=f"@{domain.name}")
        example = rows.order_by("address").values_list("address", flat=True).first()
        if example is not None:
            raise Refusal("domain.not_empty", domain=domain.name, count=rows.count(), example=example)
        name, alias_of = domain.name, domain.alias_of.name if domain.alias_of else ""
        domain.delete()
        ledger.record("domain.removed", chain=company.slug, actor=actor.name, subject=name, alias_of=alias_of)
        outbox.release(full=True)
