"""Writes to mailboxes: open, suspend, resume, rename, quota, close; app passwords and the right to send as another.

Always: permission, rows, audit event and outbox in one transaction; a refusal leaves nothing behind. Aliases and
groups are in `routing.py`.
Clauses: G2.1.2, G3.1.1, G3.2.1, B2, B3, C6, P10.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import IntegrityError, transaction

from hongyan.company.mailboxes import members
from hongyan.company.mailboxes.models import (
    KINDS,
    PERSONAL_KINDS,
    Alias,
    AppPassword,
    Claim,
    GroupMember,
    Mailbox,
    SendAs,
)  # fmt: skip
from hongyan.company.mailboxes.queries import state_of
from hongyan.company.mailboxes.scope import places_of_mailbox, require_address, require_at
from hongyan.company.mailboxes.seconds import require_no_way_in
from hongyan.company.mailboxes.shares import require_room
from hongyan.company.people import credentials
from hongyan.company.people.actions import clean_name
from hongyan.company.people.domains import REQUIRED, follow_postmaster
from hongyan.company.people.hashing import app_password_hash
from hongyan.company.people.models import Account, Company, Person, Unit, WebSession
from hongyan.company.people.queries import find_domain
from hongyan.company.people.scope import places_of_many, places_of_unit
from hongyan.company.people.standing import grants_of, require_replaceable
from hongyan.company.policy import passwords
from hongyan.kernel import address as addresses, clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

MAX_QUOTA_MB = 1024 * 1024
MAX_APP_PASSWORDS = 20
PROTOCOLS = ("imap", "pop3", "smtp", "sieve")


@dataclass(frozen=True, slots=True)
class NewMailbox:
    """What is needed to open one. `password_hash`: hashed beforehand (imports); otherwise the owner activates."""

    address: str
    kind: str = "personal"
    person: Person | None = None
    keeper: Person | None = None
    display_name: str = ""
    quota_mb: int | None = None
    expires_on: date | None = None
    password_hash: str = ""
    unit: Unit | None = None  #: where one without a person lies


def open_mailbox(*, actor: Actor, company: Company, new: NewMailbox) -> Mailbox:
    """One mailbox, waiting for activation unless a hash is given. Refuses `address.taken` and what `_checked` says."""
    return open_mailboxes(actor=actor, company=company, new=[new])[0]


def open_mailboxes(*, actor: Actor, company: Company, new: Sequence[NewMailbox]) -> list[Mailbox]:
    """Any number of mailboxes in one transaction and one release; all of them or none."""
    actor.require_somewhere("mailbox.write", company.slug)
    domains = set(company.domains.filter(alias_of__isnull=True).values_list("name", flat=True))
    checked = [_checked(n, company, domains) for n in new]
    places = _require_places(actor, company, checked)
    with transaction.atomic():
        claim(company, "mailbox", [n.address for n in checked])
        accounts = _open_accounts(company, checked)
        homes = _free_homes([n.address for n in checked])
        mailboxes = Mailbox.objects.bulk_create(
            Mailbox(
                company=company, address=n.address, kind=n.kind, person=n.person, keeper=n.keeper,
                account=accounts.get(n.address), display_name=n.display_name, home=homes[n.address],
                quota_mb=n.quota_mb, expires_on=n.expires_on, unit=n.unit, opened_at=clock.now(),
            )
            for n in checked
        )  # fmt: skip
        ledger.record_all(
            company.slug,
            [
                ledger.Entry(
                    "mailbox.opened", actor.name, n.address,
                    {"kind": n.kind, "person": n.person.pk if n.person else None, "quota_mb": n.quota_mb,
                     "expires_on": n.expires_on.isoformat() if n.expires_on else ""},
                )
                for n in checked
            ],
        )  # fmt: skip
        require_room(actor, company, places)
        require_no_way_in(actor, company, [p.pk for n in checked for p in (n.person, n.keeper) if p is not None])
        touched = [n.address for n in checked]
        outbox.release(*touched, *members.affected(mailboxes))
        outbox.enqueue(outbox.PREPARE, {"homes": [homes[a] for a in touched], "addresses": touched})
        for mailbox in mailboxes:
            members.show(mailbox.address, members.users_of(mailbox) if mailbox.keeper_id is not None else [])
        for listener in _on_open:
            listener(actor, mailboxes)
    return mailboxes


def _checked(new: NewMailbox, company: Company, domains: set[str]) -> NewMailbox:
    address = addresses.parse(new.address)
    if addresses.domain_of(address) not in domains:
        raise Refusal("domain.not_of_company", domain=addresses.domain_of(address), company=company.slug, clause="B4.1")
    if addresses.local_of(address) in addresses.RESERVED - (set() if new.kind in PERSONAL_KINDS else set(REQUIRED)):
        raise Refusal("address.reserved", address=address)
    if new.kind not in KINDS:
        raise Refusal("mailbox.kind_unknown", kind=new.kind, known=", ".join(KINDS))
    if new.kind == "intern" and new.expires_on is None:
        raise Refusal("mailbox.intern_needs_expiry", clause="B2", address=address)
    if new.expires_on is not None and new.expires_on <= clock.today():
        raise Refusal("mailbox.expiry_past", clause="B2", date=new.expires_on.isoformat())
    for person in (new.person, new.keeper):
        if person is not None and person.company_id != company.pk:
            raise Refusal("person.unknown", person=person.pk)
    if new.password_hash and new.kind not in PERSONAL_KINDS:
        raise Refusal("mailbox.no_shared_password", clause="G3.2.2", kind=new.kind)
    if new.quota_mb is not None:
        check_quota(new.quota_mb)
    name = clean_name(new.display_name, "mailbox.name_malformed", 100) if new.display_name else ""
    unit = None if new.person is not None and new.kind in PERSONAL_KINDS else new.unit
    if unit is not None and unit.company_id != company.pk:
        raise Refusal("unit.unknown", path=unit.path)
    return replace(new, address=address, display_name=name, unit=unit)


def _require_places(actor: Actor, company: Company, new: Sequence[NewMailbox]) -> set[tuple[str, ...]]:
    """Every mailbox, and who keeps it, lies where the actor may open mailboxes. Returns the places of all."""
    if actor.may("mailbox.write", company.slug):
        return set()
    of = places_of_many(p.pk for n in new for p in (n.person, n.keeper) if p is not None)
    places = {
        of[n.person.pk] if n.person is not None and n.kind in PERSONAL_KINDS else places_of_unit(n.unit) for n in new
    }
    for place in places | {of[n.keeper.pk] for n in new if n.keeper is not None}:
        actor.require("mailbox.write", company.slug, place)
    return places


def claim(company: Company, kind: str, wanted: Sequence[str]) -> None:
    """Take the right to these addresses; the database's primary key decides every race. Refuses `address.taken`."""
    try:
        with transaction.atomic():
            Claim.objects.bulk_create(Claim(address=a, company=company, kind=kind) for a in wanted)
    except IntegrityError:
        taken = Claim.objects.filter(address__in=wanted[:500]).values_list("address", flat=True).first()
        raise Refusal("address.taken", address=taken or wanted[0]) from None


def _open_accounts(company: Company, new: Sequence[NewMailbox]) -> dict[str, Account]:
    """Accounts for the kinds that one person signs in to, keyed by address."""
    rows = Account.objects.bulk_create(
        Account(
            login=n.address, company=company, person=n.person, password=n.password_hash,
            locale=n.person.locale if n.person else company.locale,
            password_set_at=clock.now() if n.password_hash else None,
        )
        for n in new
        if n.kind in PERSONAL_KINDS
    )  # fmt: skip
    return {account.login: account for account in rows}


def _free_homes(wanted: Sequence[str]) -> dict[str, str]:
    """A directory for each address that no mailbox, present or former, has."""
    plain = {a: f"{addresses.domain_of(a)}/{addresses.local_of(a)}" for a in wanted}
    used: set[str] = set()
    homes = list(plain.values())
    for start in range(0, len(homes), 500):
        used |= set(Mailbox.objects.filter(home__in=homes[start : start + 500]).values_list("home", flat=True))
    for address, home in plain.items():
        if home in used:
            number = 2
            while Mailbox.objects.filter(home=f"{home}.{number}").exists():
                number += 1
            plain[address] = f"{home}.{number}"
    return plain


def open_with_password(*, actor: Actor, company: Company, new: NewMailbox, password: str | None) -> tuple[Mailbox, str]:
    """Open with a final password (scripts), or with a first password made here and returned once (clause G3.1.1)."""
    if new.kind not in PERSONAL_KINDS:
        raise Refusal("mailbox.no_shared_password", clause="G3.2.2", kind=new.kind)
    with transaction.atomic():
        mailbox = open_mailbox(actor=actor, company=company, new=new)
        account = require_account(mailbox)
        if password is None:
            return mailbox, credentials.reset_password(actor=actor, account=account, reason="opened")
        credentials.set_final_password(actor=actor, account=account, password=password)
        return mailbox, ""


def require_account(mailbox: Mailbox) -> Account:
    if mailbox.account is None:
        raise Refusal("mailbox.no_shared_password", clause="G3.2.2", kind=mailbox.kind)
    return mailbox.account


def _require_open(mailbox: Mailbox) -> None:
    if mailbox.closed_at is not None:
        raise Refusal("mailbox.closed", address=mailbox.address)


def check_quota(megabytes: int) -> None:
    if not 1 <= megabytes <= MAX_QUOTA_MB:
        raise Refusal("mailbox.quota_range", clause="B3", limit=MAX_QUOTA_MB)


def suspend_mailbox(*, actor: Actor, mailbox: Mailbox, reason: str) -> None:
    """Nobody signs in or sends; mail is still received (clauses G2.1.6, G5.1). Live sessions end on every protocol."""
    require_at(actor, "mailbox.write", mailbox)
    _require_open(mailbox)
    if mailbox.suspended_at is not None:
        raise Refusal("mailbox.already_suspended", address=mailbox.address)
    reason = clean_name(reason, "mailbox.reason_malformed", 200) if reason else ""
    with transaction.atomic():
        mailbox.suspended_at, mailbox.suspended_reason = clock.now(), reason
        mailbox.save(update_fields=["suspended_at", "suspended_reason"])
        WebSession.objects.filter(account=mailbox.account_id).delete()
        ledger.record(
            "mailbox.suspended", chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address, reason=reason
        )
        sessions = [mailbox.address, *members.users_of(mailbox)]
        outbox.release(mailbox.address, *members.affected([mailbox]), sessions=sessions)


#: Told of mailboxes that were opened, in that transaction. They enter themselves (company/profiles).
Opened = Callable[[Actor, Sequence[Mailbox]], None]
_on_open: list[Opened] = []


def on_open(listener: Opened) -> None:
    if listener not in _on_open:
        _on_open.append(listener)


#: Told of a mailbox that its owner signs in to again, in that transaction. They enter themselves (company/life).
Resumed = Callable[[Actor, Mailbox], None]
_on_resume: list[Resumed] = []


def on_resume(listener: Resumed) -> None:
    if listener not in _on_resume:
        _on_resume.append(listener)


def resume_mailbox(*, actor: Actor, mailbox: Mailbox) -> None:
    """Signing in and sending again. Refuses `mailbox.retained`: of who has left, it is `unretain` that gives it back."""
    require_at(actor, "mailbox.write", mailbox)
    _require_open(mailbox)
    if mailbox.suspended_at is None:
        raise Refusal("mailbox.not_suspended", address=mailbox.address)
    if mailbox.stage == "retained":
        raise Refusal("mailbox.retained", clause="G3.2.1", address=mailbox.address)
    with transaction.atomic():
        mailbox.suspended_at, mailbox.suspended_reason = None, ""
        mailbox.save(update_fields=["suspended_at", "suspended_reason"])
        ledger.record("mailbox.resumed", chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address)
        outbox.release(mailbox.address, *members.affected([mailbox]))
        for listener in _on_resume:
            listener(actor, mailbox)


def set_quota(*, actor: Actor, mailbox: Mailbox, megabytes: int | None) -> None:
    """The mailbox's own size in MiB; None returns to the company's (clause B3: 3072)."""
    require_at(actor, "mailbox.write", mailbox)
    _require_open(mailbox)
    if megabytes is not None:
        check_quota(megabytes)
    with transaction.atomic():
        before, mailbox.quota_mb = mailbox.quota_mb, megabytes
        mailbox.save(update_fields=["quota_mb"])
        ledger.record(
            "mailbox.quota", chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address,
            before=before, after=megabytes,
        )  # fmt: skip
        if _size(mailbox.company, megabytes) > _size(mailbox.company, before):
            require_room(actor, mailbox.company, [places_of_mailbox(mailbox)])
        # Dovecot reads a quota when a session begins: mail programs sign in again and go on.
        outbox.release(mailbox.address, sessions=[mailbox.address])
        outbox.enqueue(outbox.FILLING, {"addresses": [mailbox.address]})


def _size(company: Company, megabytes: int | None) -> int:
    return company.quota_mb if megabytes is None else megabytes


def rename_mailbox(*, actor: Actor, mailbox: Mailbox, address: str, keep_days: int | None = None) -> Mailbox:
    """A new address; the old one stays as an alias for a time (clause C6). Groups, aliases and rights follow."""
    company = mailbox.company
    require_at(actor, "mailbox.write", mailbox)
    _require_open(mailbox)
    address, old = addresses.parse(address), mailbox.address
    domain = find_domain(addresses.domain_of(address))
    if domain.company_id != company.pk or domain.alias_of_id is not None:
        raise Refusal("domain.not_of_company", domain=domain.name, company=company.slug, clause="B4.1")
    if addresses.local_of(address) in addresses.RESERVED:
        raise Refusal("address.reserved", address=address)
    days = company.rename_keep_days if keep_days is None else keep_days
    with transaction.atomic():
        claim(company, "mailbox", [address])
        mailbox.address = address
        mailbox.save(update_fields=["address"])
        if mailbox.account is not None:
            mailbox.account.login = address
            mailbox.account.save(update_fields=["login"])
            WebSession.objects.filter(account=mailbox.account).delete()
        touched = _follow_rename(old, address)
        follow_postmaster(company, old, address)
        Claim.objects.filter(address=old).update(kind="alias")
        until = clock.today() + timedelta(days=days) if days else None
        Alias.objects.create(company=company, address=old, target=address, until=until, created_at=clock.now())
        ledger.record(
            "mailbox.renamed", chain=company.slug, actor=actor.name, subject=address, before=old,
            until=until.isoformat() if until else "",
        )  # fmt: skip
        touched += members.affected([mailbox])
        users = members.users_of(mailbox)
        outbox.release(old, address, *touched, sessions=[old, *users])
        if users:
            members.show(old, [], hidden=users)
            members.show(address, users)
    return mailbox


def _follow_rename(old: str, new: str) -> list[str]:
    """Point memberships, aliases and rights at the new address; returns the addresses whose rows changed with it."""
    groups = list(GroupMember.objects.filter(address=old).values_list("group__address", flat=True))
    aliases = list(Alias.objects.filter(target=old).values_list("address", flat=True))
    rights = list(SendAs.objects.filter(mailbox__address=new).values_list("address", flat=True))
    GroupMember.objects.filter(address=old).update(address=new)
    Alias.objects.filter(target=old).update(target=new)
    SendAs.objects.filter(address=old).update(address=new)
    return [*groups, *aliases, *rights]


def close_mailbox(*, actor: Actor, mailbox: Mailbox, reason: str = "") -> None:
    """Nothing is delivered, nobody signs in; the mail stays on disk and the address is not given again."""
    company = mailbox.company
    require_at(actor, "mailbox.write", mailbox)
    _require_open(mailbox)
    for grant in grants_of(mailbox.account) if mailbox.account is not None else ():
        require_replaceable(grant)
    members.require_no_kept(mailbox)
    with transaction.atomic():
        affected, sessions = members.affected([mailbox]), [mailbox.address, *members.users_of(mailbox)]
        mailbox.closed_at, mailbox.stage = clock.now(), ""
        mailbox.save(update_fields=["closed_at", "stage"])
        members.end_memberships(actor=actor, member=mailbox, reason="mailbox closed")
        mailbox.memberships.all().delete()
        if mailbox.account is not None:
            Account.objects.filter(pk=mailbox.account.pk).update(closed_at=mailbox.closed_at)
            WebSession.objects.filter(account=mailbox.account_id).delete()
        AppPassword.objects.filter(mailbox=mailbox, revoked_at__isnull=True).update(revoked_at=mailbox.closed_at)
        groups = list(GroupMember.objects.filter(address=mailbox.address).values_list("group__address", flat=True))
        rights = list(SendAs.objects.filter(mailbox=mailbox).values_list("address", flat=True))
        aliases = list(Alias.objects.filter(target=mailbox.address).values_list("address", flat=True))
        GroupMember.objects.filter(address=mailbox.address).delete()
        SendAs.objects.filter(mailbox=mailbox).delete()
        Alias.objects.filter(target=mailbox.address).delete()
        Mailbox.objects.filter(address__in=aliases, stage="alias").update(
            stage=""
        )  # a former colleague's, kept as alias
        ledger.record(
            "mailbox.closed", chain=company.slug, actor=actor.name, subject=mailbox.address, reason=reason,
            groups=groups, aliases=aliases,
        )  # fmt: skip
        outbox.release(mailbox.address, *groups, *rights, *aliases, *affected, sessions=sessions)
        members.show(mailbox.address, [], hidden=sessions[1:])


def add_app_password(
    *, actor: Actor, mailbox: Mailbox, device: str, protocols: Sequence[str] = PROTOCOLS
) -> tuple[AppPassword, str]:
    """A password for one device, returned once (clause P10). Only the owner makes one, of an active mailbox."""
    if actor.account_id is None or actor.account_id != mailbox.account_id:
        raise Refusal("permission.missing", clause="G4.2.3", permission="own mailbox")
    if state_of(mailbox) != "active":
        raise Refusal("mailbox.not_active", address=mailbox.address)
    device = clean_name(device, "device.name_malformed", 60)
    if not protocols or not set(protocols) <= set(PROTOCOLS):
        raise Refusal("device.protocols", known=", ".join(PROTOCOLS))
    if mailbox.app_passwords.filter(revoked_at__isnull=True).count() >= MAX_APP_PASSWORDS:
        raise Refusal("device.too_many", limit=MAX_APP_PASSWORDS)
    password = passwords.generate_app_password()
    with transaction.atomic():
        row = AppPassword.objects.create(
            mailbox=mailbox, device=device, sha256=app_password_hash(password), protocols=sorted(protocols),
            created_at=clock.now(),
        )  # fmt: skip
        ledger.record(
            "device.added", chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address, device=device,
            protocols=sorted(protocols),
        )  # fmt: skip
        outbox.release(mailbox.address)
    return row, password


def revoke_app_password(*, actor: Actor, mailbox: Mailbox, app_password_id: int) -> None:
    """The device's sessions end and it signs in no more."""
    if actor.account_id is None or actor.account_id != mailbox.account_id:
        require_at(actor, "mailbox.write", mailbox)
    with transaction.atomic():
        row = mailbox.app_passwords.filter(pk=app_password_id, revoked_at__isnull=True).first()
        if row is None:
            raise Refusal("device.unknown")
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])
        ledger.record(
            "device.revoked", chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address, device=row.device
        )
        outbox.release(mailbox.address, sessions=[mailbox.address])


def grant_send_as(*, actor: Actor, mailbox: Mailbox, address: str) -> None:
    """Let the mailbox's owner send under an alias, a group or a shared mailbox of the same company."""
    require_at(actor, "mailbox.write", mailbox)
    _require_open(mailbox)
    address = addresses.parse(address)
    require_address(actor, "mailbox.write", mailbox.company, address)
    with transaction.atomic():
        _, created = SendAs.objects.get_or_create(mailbox=mailbox, address=address)
        if not created:
            raise Refusal("mailbox.send_as_exists", address=address)
        ledger.record(
            "mailbox.send_as", chain=mailbox.company.slug, actor=actor.name, subject=mailbox.address, address=address
        )
        outbox.release(address)


def place_mailbox(*, actor: Actor, mailbox: Mailbox, unit: Unit | None) -> None:
    """Put a mailbox that lies where no person does into a unit, or into none. Asks for both places."""
    company = mailbox.company
    require_at(actor, "mailbox.write", mailbox)
    actor.require("mailbox.write", company.slug, places_of_unit(unit))
    _require_open(mailbox)
    if mailbox.person is not None and mailbox.kind in PERSONAL_KINDS:
        raise Refusal("mailbox.lies_with_person", address=mailbox.address)
    if unit is not None and unit.company_id != company.pk:
        raise Refusal("unit.unknown", path=unit.path)
    with transaction.atomic():
        before, mailbox.unit = mailbox.unit, unit
        mailbox.save(update_fields=["unit"])
        ledger.record(
            "mailbox.placed", chain=company.slug, actor=actor.name, subject=mailbox.address,
            before=before.path if before else "", after=unit.path if unit else "",
        )  # fmt: skip
        require_room(actor, company, [places_of_unit(unit)])
