"""Reads the company's rows into facts. The only module of this room that asks the database.

Always: `facts_for` gives for each address the same value whether it is asked alone or with all others, so that a
patched release equals a full one; nothing here depends on the clock (what falls due is moved by an action).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import cast

from hongyan.company.mailboxes.models import Alias, AppPassword, Claim, Group, Mailbox, SendAs
from hongyan.company.mailboxes.queries import quota_mb, state_of
from hongyan.company.people.hashing import engine_hash
from hongyan.company.people.models import Company, Domain
from hongyan.kernel.address import domain_of, local_of
from hongyan.kernel.instance import Instance
from hongyan.release import required
from hongyan.release.facts import (
    AddressFacts,
    AliasFacts,
    AppPassword as AppPasswordFacts,
    CompanyFacts,
    DomainFacts,
    Ground,
    GroupFacts,
    Locale,
    MailboxFacts,
    Protocol,
    State,
    WhoMayWrite,
)  # fmt: skip

CHUNK = 1000
DEFAULT_QUOTA_MB = 3072  # clause B3


def read_ground(instance: Instance) -> Ground:
    """Everything but the addresses."""
    return Ground(
        instance=instance,
        domains=tuple(
            DomainFacts(d.name, d.company.slug, d.selector, d.dkim_key)
            for d in Domain.objects.select_related("company").order_by("name")
        ),
        companies=tuple(
            CompanyFacts(c.slug, cast(Locale, c.locale), c.max_message_mb * 1024 * 1024, c.junk_days, c.trash_days)
            for c in Company.objects.order_by("slug")
        ),
        default_quota_mb=DEFAULT_QUOTA_MB,
    )


def all_facts() -> Iterator[AddressFacts]:
    """Every address of the instance, in no particular order."""
    aliases = _alias_domains()
    chunk: list[str] = []
    for address in Claim.objects.order_by("address").values_list("address", flat=True).iterator(CHUNK):
        chunk.append(address)
        if len(chunk) == CHUNK:
            yield from _present(chunk, aliases)
            chunk = []
    yield from _present(chunk, aliases)
    for facts in required.facts():
        yield from _mirrored(facts, aliases)


def facts_for(addresses: Iterable[str]) -> dict[str, AddressFacts | None]:
    """The facts of these addresses and of their mirrors in alias domains; None where there is nothing (any more)."""
    touched = set(addresses)
    aliases, wanted = _alias_domains(), sorted(touched.union(required.concerned(sorted(touched))))
    result: dict[str, AddressFacts | None] = {}
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        for address in chunk:
            result[address] = None
            for mirror in aliases[domain_of(address)]:
                result[f"{local_of(address)}@{mirror}"] = None
        result |= {facts.address: facts for facts in _present(chunk, aliases)}
    for fact in required.facts(wanted):
        result |= {facts.address: facts for facts in _mirrored(fact, aliases)}
    return result


def _alias_domains() -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, main in Domain.objects.filter(alias_of__isnull=False).values_list("name", "alias_of__name"):
        found[main].append(name)
    return found


def _present(chunk: list[str], aliases: defaultdict[str, list[str]]) -> Iterator[AddressFacts]:
    for facts in _chunk_facts(chunk):
        yield from _mirrored(facts, aliases)


def _mirrored(facts: AddressFacts, aliases: defaultdict[str, list[str]]) -> Iterator[AddressFacts]:
    """The address, and what stands for it in each alias domain."""
    yield facts
    for domain in aliases[domain_of(facts.address)]:
        yield AliasFacts(f"{local_of(facts.address)}@{domain}", facts.company, facts.address, facts.senders)


def _chunk_facts(chunk: list[str]) -> Iterator[AddressFacts]:
    rights: defaultdict[str, list[str]] = defaultdict(list)
    granted = SendAs.objects.filter(address__in=chunk, mailbox__closed_at__isnull=True)
    for address, login in granted.order_by("mailbox__address").values_list("address", "mailbox__address"):
        rights[address].append(login)
    yield from _mailboxes(chunk, rights)
    yield from _aliases(chunk, rights)
    yield from _groups(chunk, rights)


def _mailboxes(chunk: list[str], rights: defaultdict[str, list[str]]) -> Iterator[MailboxFacts]:
    devices: defaultdict[int, list[AppPasswordFacts]] = defaultdict(list)
    rows = AppPassword.objects.filter(mailbox__address__in=chunk, revoked_at__isnull=True).order_by("pk")
    for row in rows:
        devices[row.mailbox_id].append(
            AppPasswordFacts(row.sha256, row.device, tuple(cast(Protocol, p) for p in row.protocols))
        )
    mailboxes = Mailbox.objects.filter(address__in=chunk, closed_at__isnull=True)
    for mailbox in mailboxes.select_related("company", "account", "person").order_by("address"):
        account = mailbox.account
        yield MailboxFacts(
            address=mailbox.address,
            company=mailbox.company.slug,
            kind=mailbox.kind,
            locale=cast(Locale, account.locale if account else mailbox.company.locale),
            state=cast(State, state_of(mailbox)),
            password_hash=engine_hash(account.password) if account else "",
            quota_mb=quota_mb(mailbox),
            home=mailbox.home,
            app_passwords=tuple(devices[mailbox.pk]),
            senders=(mailbox.address, *(login for login in rights[mailbox.address] if login != mailbox.address)),
            hourly_limit=mailbox.hourly_limit if mailbox.hourly_limit is not None else mailbox.company.hourly_limit,
        )


def _aliases(chunk: list[str], rights: defaultdict[str, list[str]]) -> Iterator[AliasFacts]:
    rows = list(Alias.objects.filter(address__in=chunk).select_related("company").order_by("address"))
    logins = _logins([row.target for row in rows])
    for row in rows:
        own = (row.target,) if row.target in logins else ()
        senders = (*own, *(login for login in rights[row.address] if login not in own))
        yield AliasFacts(row.address, row.company.slug, row.target, senders)


def _logins(addresses: list[str]) -> set[str]:
    """Those of the addresses that are open mailboxes: their owners may send as their aliases."""
    found = Mailbox.objects.filter(address__in=addresses, closed_at__isnull=True)
    return set(found.values_list("address", flat=True))


def _groups(chunk: list[str], rights: defaultdict[str, list[str]]) -> Iterator[GroupFacts]:
    for group in Group.objects.filter(address__in=chunk).select_related("company").prefetch_related("entries"):
        entries = sorted((e.address, e.writer) for e in group.entries.all())
        yield GroupFacts(
            address=group.address,
            company=group.company.slug,
            members=tuple(a for a, writer in entries if not writer),
            who=cast(WhoMayWrite, group.who),
            listed=tuple(a for a, writer in entries if writer),
            senders=tuple(rights[group.address]),
        )
