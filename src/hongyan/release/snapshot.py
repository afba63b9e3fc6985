"""Reads the company's rows into facts. The only module of this room that asks the database.

Always: `facts_for` gives for each address the same value whether it is asked alone or with all others, so that a
patched release equals a full one; nothing here depends on the clock (what falls due is moved by an action).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, cast

from django.db.models import QuerySet

from hongyan.company.mailboxes.models import (
    PERSONAL_KINDS,
    SHARED_KINDS,
    Alias,
    AppPassword,
    Claim,
    Group,
    Mailbox,
    Membership,
    SendAs,
)  # fmt: skip
from hongyan.company.mailboxes.queries import quota_mb, state_of
from hongyan.company.people.hashing import engine_hash
from hongyan.company.people.models import Company, Domain
from hongyan.company.permits.models import Modes, Permit
from hongyan.kernel.address import domain_of, local_of
from hongyan.kernel.instance import Instance
from hongyan.release import covering, required
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
    Mode,
    Protocol,
    Share,
    State,
    WhoMayWrite,
)  # fmt: skip

CHUNK = 1000
DEFAULT_QUOTA_MB = 3072  # clause B3
KEPT_ROOM_MB = 10 * 1024  #: for what comes while a leaver's mailbox is kept


def read_ground(instance: Instance) -> Ground:
    """Everything but the addresses."""
    modes = {row.company_id: row for row in Modes.objects.all()}
    return Ground(
        instance=instance,
        domains=tuple(
            DomainFacts(d.name, d.company.slug, d.selector, d.dkim_key)
            for d in Domain.objects.select_related("company").order_by("name")
        ),
        companies=tuple(_company_facts(c, modes.get(c.pk) or Modes()) for c in Company.objects.order_by("slug")),
        default_quota_mb=DEFAULT_QUOTA_MB,
    )


def _company_facts(company: Company, modes: Modes) -> CompanyFacts:
    return CompanyFacts(
        company.slug, cast(Locale, company.locale), company.max_message_mb * 1024 * 1024, company.junk_days,
        company.trash_days, cast(Mode, modes.outside), cast(Mode, modes.forward),
    )  # fmt: skip


def all_facts() -> Iterator[AddressFacts]:
    """Every address of the instance, in no particular order."""
    aliases, silent = _alias_domains(), covering.silent()
    chunk: list[str] = []
    for address in Claim.objects.order_by("address").values_list("address", flat=True).iterator(CHUNK):
        chunk.append(address)
        if len(chunk) == CHUNK:
            yield from _present(chunk, aliases, silent)
            chunk = []
    yield from _present(chunk, aliases, silent)
    for facts in required.facts():
        yield from _mirrored(facts, aliases)


def facts_for(addresses: Iterable[str]) -> dict[str, AddressFacts | None]:
    """The facts of these addresses and of their mirrors in alias domains; None where there is nothing (any more)."""
    touched = set(addresses)
    touched |= covering.leading_to(touched) | covering.forwarding_to(touched) | _permitting(touched)
    aliases, silent, wanted = (
        _alias_domains(),
        covering.silent(),
        sorted(touched.union(required.concerned(sorted(touched)))),
    )
    result: dict[str, AddressFacts | None] = {}
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        for address in chunk:
            result[address] = None
            for mirror in aliases[domain_of(address)]:
                result[f"{local_of(address)}@{mirror}"] = None
        result |= {facts.address: facts for facts in _present(chunk, aliases, silent)}
    for fact in required.facts(wanted):
        result |= {facts.address: facts for facts in _mirrored(fact, aliases)}
    return result


def _permitting(addresses: set[str]) -> set[str]:
    """The groups that these may write to by a permit: their rows name them."""
    found: set[str] = set()
    ordered = sorted(addresses)
    for start in range(0, len(ordered), CHUNK):
        rows = Permit.objects.filter(group__isnull=False, mailbox__address__in=ordered[start : start + CHUNK])
        found |= set(rows.values_list("group__address", flat=True))
    return found


def _alias_domains() -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, main in Domain.objects.filter(alias_of__isnull=False).values_list("name", "alias_of__name"):
        found[main].append(name)
    return found


def _present(chunk: list[str], aliases: defaultdict[str, list[str]], silent: frozenset[str]) -> Iterator[AddressFacts]:
    for facts in _chunk_facts(chunk, aliases, silent):
        yield from _mirrored(facts, aliases)


def _mirrored(facts: AddressFacts, aliases: defaultdict[str, list[str]]) -> Iterator[AddressFacts]:
    """The address, and what stands for it in each alias domain."""
    yield facts
    for domain in aliases[domain_of(facts.address)]:
        on_behalf = () if isinstance(facts, GroupFacts) else facts.on_behalf
        home, quota = ("", 0) if isinstance(facts, GroupFacts) else (facts.home, facts.quota_mb)
        silent = not isinstance(facts, GroupFacts) and facts.no_receiving
        yield AliasFacts(
            f"{local_of(facts.address)}@{domain}", facts.company, facts.address, facts.senders, on_behalf,
            _home(facts) if isinstance(facts, MailboxFacts) else home, quota, silent,
        )  # fmt: skip


def _home(facts: MailboxFacts) -> str:
    return facts.home or f"{domain_of(facts.address)}/{local_of(facts.address)}"


def _chunk_facts(
    chunk: list[str], mirrors: defaultdict[str, list[str]], silent: frozenset[str]
) -> Iterator[AddressFacts]:
    rights: defaultdict[str, list[str]] = defaultdict(list)
    granted = SendAs.objects.filter(address__in=chunk, mailbox__closed_at__isnull=True)
    for address, login in granted.order_by("mailbox__address").values_list("address", "mailbox__address"):
        rights[address].append(login)
    yield from _mailboxes(chunk, rights, covering.covers(chunk, mirrors, silent))
    yield from _aliases(chunk, rights, silent)
    yield from _groups(chunk, rights, silent)


class _Writers(NamedTuple):
    """Who writes as a shared mailbox, by its address; nobody as one that is suspended or sends nothing."""

    send_as: defaultdict[str, set[str]]
    on_behalf: defaultdict[str, set[str]]


def _writers(addresses: Iterable[str]) -> _Writers:
    found = _Writers(defaultdict(set), defaultdict(set))
    wanted = list(addresses)
    rows = Membership.objects.filter(
        mailbox__address__in=wanted, mailbox__suspended_at__isnull=True, mailbox__closed_at__isnull=True,
        mailbox__no_sending=False, member__closed_at__isnull=True,
    )  # fmt: skip
    for address, login, send_as, on_behalf in rows.values_list(
        "mailbox__address", "member__address", "send_as", "on_behalf"
    ):
        if send_as:
            found.send_as[address].add(login)
        elif on_behalf:
            found.on_behalf[address].add(login)
    for login, address in _kept(address__in=wanted, no_sending=False):
        found.send_as[address].add(login)
        found.on_behalf[address].discard(login)
    return found


def _kept(**which: Any) -> QuerySet[Mailbox, tuple[str, str]]:
    """(login of a keeper, address that he keeps) of the open shared mailboxes that `which` names."""
    kept = Mailbox.objects.filter(
        kind__in=SHARED_KINDS, suspended_at__isnull=True, closed_at__isnull=True,
        keeper__mailboxes__kind__in=PERSONAL_KINDS, keeper__mailboxes__closed_at__isnull=True, **which,
    )  # fmt: skip
    return kept.values_list("keeper__mailboxes__address", "address")


def _shares(chunk: list[str]) -> defaultdict[str, dict[str, bool]]:
    """login -> shared mailbox that it opens -> whether it may change anything there."""
    found: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    rows = Membership.objects.filter(
        member__address__in=chunk, read=True, mailbox__suspended_at__isnull=True, mailbox__closed_at__isnull=True
    )
    for login, address, write in rows.values_list("member__address", "mailbox__address", "write"):
        found[login][address] = write
    for login, address in _kept(keeper__mailboxes__address__in=chunk):
        found[login][address] = True
    return found


def _mailboxes(
    chunk: list[str], rights: defaultdict[str, list[str]], covers: defaultdict[str, covering.Cover]
) -> Iterator[MailboxFacts]:
    devices: defaultdict[int, list[AppPasswordFacts]] = defaultdict(list)
    rows = AppPassword.objects.filter(mailbox__address__in=chunk, revoked_at__isnull=True).order_by("pk")
    for row in rows:
        devices[row.mailbox_id].append(
            AppPasswordFacts(row.sha256, row.device, tuple(cast(Protocol, p) for p in row.protocols))
        )
    mailboxes = Mailbox.objects.filter(address__in=chunk, closed_at__isnull=True)
    writers, shares, permits = _writers(chunk), _shares(chunk), _permits(chunk)
    for mailbox in mailboxes.select_related("company", "account", "person").order_by("address"):
        account, own = mailbox.account, {mailbox.address}
        senders = (
            set() if _sends_nothing(mailbox) else {*rights[mailbox.address], *writers.send_as[mailbox.address]} - own
        )
        yield MailboxFacts(
            address=mailbox.address,
            company=mailbox.company.slug,
            kind=mailbox.kind,
            locale=cast(Locale, account.locale if account else mailbox.company.locale),
            state=cast(State, state_of(mailbox)),
            password_hash=engine_hash(account.password) if account else "",
            quota_mb=_size(mailbox),
            home=mailbox.home,
            app_passwords=tuple(devices[mailbox.pk]),
            senders=(mailbox.address, *sorted(senders)),
            on_behalf=tuple(sorted(writers.on_behalf[mailbox.address] - senders)),
            shares=tuple(Share(address, write) for address, write in sorted(shares[mailbox.address].items())),
            hourly_limit=mailbox.hourly_limit if mailbox.hourly_limit is not None else mailbox.company.hourly_limit,
            outside=bool(permits[mailbox.address]["outside"]),
            forward=tuple(sorted(permits[mailbox.address]["forward"])),
            max_message_bytes=max(map(int, permits[mailbox.address]["large"]), default=0) << 20,
            no_sending=mailbox.no_sending,
            no_receiving=mailbox.no_receiving,
            forward_to=covers[mailbox.address].forward,
            reply=covers[mailbox.address].reply,
        )


def _permits(chunk: list[str]) -> defaultdict[str, defaultdict[str, set[str]]]:
    """address -> kind -> what its permits are for."""
    found: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    rows = Permit.objects.filter(mailbox__address__in=chunk, group=None)
    for address, kind, value in rows.values_list("mailbox__address", "kind", "value"):
        found[address][kind].add(value)
    return found


def _aliases(chunk: list[str], rights: defaultdict[str, list[str]], silent: frozenset[str]) -> Iterator[AliasFacts]:
    rows = list(Alias.objects.filter(address__in=chunk).select_related("company").order_by("address"))
    boxes, writers = _boxes([row.target for row in rows]), _writers(row.target for row in rows)
    for row in rows:
        box = boxes.get(row.target)
        own = (row.target,) if box else ()
        granted = set() if box and box.stopped else rights[row.address]
        senders = {*granted, *writers.send_as[row.target]} - {*own}
        on_behalf = tuple(sorted(writers.on_behalf[row.target] - senders))
        yield AliasFacts(
            row.address, row.company.slug, row.target, (*own, *sorted(senders)), on_behalf,
            box.home if box else "", box.quota_mb if box else 0, row.address in silent,
        )  # fmt: skip


class _Box(NamedTuple):
    home: str
    quota_mb: int
    stopped: bool  #: nobody sends as it


def _boxes(addresses: list[str]) -> dict[str, _Box]:
    """Those of the addresses that are open mailboxes. Their owners may send as their aliases."""
    found = Mailbox.objects.filter(address__in=addresses, closed_at__isnull=True).select_related("company")
    return {m.address: _Box(m.home, _size(m), _sends_nothing(m)) for m in found}


def _size(mailbox: Mailbox) -> int:
    """Nobody makes room in a kept mailbox: were it full, its successor would get nothing either (clause B4.8)."""
    return quota_mb(mailbox) + (KEPT_ROOM_MB if mailbox.stage == "retained" else 0)


def _sends_nothing(mailbox: Mailbox) -> bool:
    return mailbox.no_sending or (mailbox.kind in SHARED_KINDS and mailbox.suspended_at is not None)


def _groups(chunk: list[str], rights: defaultdict[str, list[str]], silent: frozenset[str]) -> Iterator[GroupFacts]:
    groups = Group.objects.filter(address__in=chunk).select_related("company")
    for group in groups.prefetch_related("entries", "permits__mailbox"):
        entries = sorted((e.address, e.writer) for e in group.entries.all())
        yield GroupFacts(
            address=group.address,
            company=group.company.slug,
            members=tuple(a for a, writer in entries if not writer),
            who=cast(WhoMayWrite, group.who),
            listed=tuple(a for a, writer in entries if writer),
            senders=tuple(rights[group.address]),
            silent=tuple(a for a, writer in entries if not writer and a in silent),
            permitted=tuple(sorted({p.mailbox.address for p in group.permits.all() if p.mailbox.closed_at is None})),
        )
