"""The addresses that every domain answers from its first day: postmaster@ and abuse@ (RFC 5321 4.5.1, RFC 2142).

Owns: where their mail goes when nobody has made an alias, a group or a shared mailbox of that name: to the addresses in
the company's setting `postmaster`, else to its office, else to the operator of the machine. When there is no mailbox of
any of them, it is kept in a box that nobody signs in to, until a shared mailbox of that name is opened over it.
Always: depends on rows alone, not on the clock; an address that somebody claims is not here (snapshot.py has it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, cast

from django.db.models import Q, QuerySet

from hongyan.company.mailboxes.models import Claim, Mailbox
from hongyan.company.people.domains import ABUSE, APPROVAL, POSTMASTER, REQUIRED
from hongyan.company.people.models import Company, Domain, RoleGrant
from hongyan.kernel.address import domain_of, local_of
from hongyan.release.facts import AddressFacts, AliasFacts, GroupFacts, Locale, MailboxFacts

#: A domain that exists nowhere (RFC 2606 2): by it Postfix finds the transport of answers (main.cf).
ANSWERS: Final = "approval.invalid"
_EVERY: Final = (*REQUIRED, APPROVAL)


def concerned(touched: Sequence[str]) -> list[str]:
    """The required addresses whose facts may differ when these addresses changed."""
    asked = {address for address in touched if local_of(address) in _EVERY}
    holders = RoleGrant.objects.filter(account__login__in=touched, role__in=("office", "system"), unit=None)
    companies = set(holders.values_list("company", flat=True))
    wanted, named = set(touched), Company.objects.exclude(postmaster=[])
    companies |= {pk for pk, addresses in named.values_list("pk", "postmaster") if wanted & set(addresses)}
    if not asked and not companies:
        return []
    domains = Domain.objects.filter(alias_of=None)
    if None not in companies:  # who runs the machine is there for every company
        domains = domains.filter(Q(company__in=companies) | Q(name__in={domain_of(address) for address in asked}))
    return [f"{local}@{name}" for name in domains.values_list("name", flat=True) for local in _EVERY]


def facts(only: Iterable[str] | None = None) -> Iterator[AddressFacts]:
    """What the unclaimed required addresses are; of all domains, or of those addresses alone."""
    domains = Domain.objects.filter(alias_of=None).select_related("company").order_by("name")
    if only is not None:
        domains = domains.filter(name__in={domain_of(address) for address in only if local_of(address) in _EVERY})
    rows = list(domains)
    wanted = [f"{local}@{domain.name}" for domain in rows for local in _EVERY]
    claimed = set(Claim.objects.filter(address__in=wanted).values_list("address", flat=True)) if rows else set()
    known: dict[int, list[str]] = {}
    for domain in rows:
        company = domain.company
        if company.pk not in known:
            known[company.pk] = readers(company)
        first = f"{POSTMASTER}@{domain.name}"
        if first not in claimed:
            yield _postmaster(first, company, known[company.pk])
        if (second := f"{ABUSE}@{domain.name}") not in claimed:
            yield AliasFacts(second, company.slug, first, _logins(known[company.pk]))
        if (third := f"{APPROVAL}@{domain.name}") not in claimed:
            yield AliasFacts(third, company.slug, f"{APPROVAL}@{ANSWERS}", answers=True)


def readers(company: Company) -> list[str]:
    """Who reads the company's postmaster mail; nobody when neither it nor the machine has anybody with a mailbox."""
    open_boxes = Mailbox.objects.filter(closed_at=None, no_receiving=False)
    if company.postmaster:
        there = Claim.objects.filter(company=company, address__in=company.postmaster)
        there = there.exclude(kind="mailbox", address__in=_deaf().values("address"))
        living = set(there.values_list("address", flat=True))
        if found := [address for address in company.postmaster if address in living]:
            return found
    office = open_boxes.filter(company=company, account__roles__role="office", account__roles__company=company)
    for holders in (
        office.filter(account__roles__unit=None),
        open_boxes.filter(account__roles__role="system", account__roles__company=None),
    ):
        if found := sorted(set(holders.values_list("address", flat=True))):
            return found
    return []


def _deaf() -> QuerySet[Mailbox]:
    """Mailboxes that nothing comes to."""
    return Mailbox.objects.filter(Q(closed_at__isnull=False) | Q(no_receiving=True))


def _postmaster(address: str, company: Company, to: list[str]) -> AddressFacts:
    if not to:
        return MailboxFacts(
            address=address, company=company.slug, kind="shared", locale=cast(Locale, company.locale), state="active",
            password_hash="", quota_mb=company.quota_mb, home=f"{domain_of(address)}/{local_of(address)}",
        )  # fmt: skip
    if len(to) == 1:
        return AliasFacts(address, company.slug, to[0], _logins(to))
    return GroupFacts(address, company.slug, tuple(to), "anyone", senders=_logins(to))


def _logins(to: list[str]) -> tuple[str, ...]:
    """Those of the readers that are mailboxes: their owners answer as the address that was written to."""
    found = set(Mailbox.objects.filter(address__in=to, closed_at=None).values_list("address", flat=True))
    return tuple(address for address in to if address in found)
