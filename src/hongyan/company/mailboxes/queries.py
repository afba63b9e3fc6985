"""Reads of mailboxes, aliases and groups, always within one company or by an address that is unique on the machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.db.models import Q, QuerySet

from hongyan.company.mailboxes.models import Alias, AppPassword, Group, Mailbox, SendAs
from hongyan.company.mailboxes.scope import places_of_group, places_of_mailbox
from hongyan.company.people.credentials import require_open
from hongyan.company.people.models import Account
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

State = Literal["activation", "first", "active", "suspended", "closed"]


def find_mailbox(address: str, actor: Actor | None = None) -> Mailbox:
    """The mailbox. For an actor who may not see its company it is as unknown as none (promise 7)."""
    mailbox = (
        Mailbox.objects.select_related("company", "account", "person", "keeper", "unit").filter(address=address).first()
    )
    if mailbox is None or (actor is not None and not _may_see(actor, mailbox)):
        raise Refusal("mailbox.unknown", address=address)
    return mailbox


def _may_see(actor: Actor, mailbox: Mailbox) -> bool:
    own = actor.account_id is not None and mailbox.account_id == actor.account_id
    return own or actor.may("mailbox.read", mailbox.company.slug, places_of_mailbox(mailbox))


def find_group(address: str, actor: Actor | None = None) -> Group:
    """The group. For an actor who may not see it, it is as unknown as none."""
    group = Group.objects.select_related("company", "unit").filter(address=address).first()
    if group is None or (actor is not None and not actor.may("group.read", group.company.slug, places_of_group(group))):
        raise Refusal("group.unknown", address=address)
    return group


def list_mailboxes(company_slug: str = "", text: str = "") -> QuerySet[Mailbox]:
    rows = Mailbox.objects.select_related("company", "account", "person").order_by("address")
    if company_slug:
        rows = rows.filter(company__slug=company_slug)
    if text:
        rows = rows.filter(Q(address__contains=text.lower()) | Q(person__name__contains=text))
    return rows


def state_of(mailbox: Mailbox) -> State:
    """Where the mailbox is in its life. `activation` waits for its first password, `first` for the change of it."""
    if mailbox.closed_at is not None:
        return "closed"
    if mailbox.suspended_at is not None:
        return "suspended"
    account = mailbox.account
    if account is None:
        return "active"
    if not account.password:
        return "activation"
    return "first" if account.must_change else "active"


def mailbox_of(account: Account) -> Mailbox | None:
    """The account's own mailbox; none for the operator of the machine."""
    return getattr(account, "mailbox", None)


def require_access(account: Account) -> None:
    """Whether the account may be at the web now. Refuses `signin.closed`, `signin.suspended`, `password.first_expired`."""
    require_open(account)
    mailbox = mailbox_of(account)
    if mailbox is not None and state_of(mailbox) == "suspended":
        raise Refusal("signin.suspended", clause="G5.1")


def quota_mb(mailbox: Mailbox) -> int:
    return mailbox.quota_mb if mailbox.quota_mb is not None else mailbox.company.quota_mb


@dataclass(frozen=True, slots=True)
class MailboxView:
    """What commands, pages and the API show of a mailbox."""

    address: str
    company: str
    kind: str
    state: State
    name: str
    quota_mb: int
    opened_at: datetime
    expires_on: date | None
    suspended_reason: str
    aliases: tuple[str, ...]
    groups: tuple[str, ...]
    send_as: tuple[str, ...]
    app_passwords: int


def view(mailbox: Mailbox) -> MailboxView:
    return MailboxView(
        address=mailbox.address,
        company=mailbox.company.slug,
        kind=mailbox.kind,
        state=state_of(mailbox),
        name=mailbox.display_name or (mailbox.person.name if mailbox.person else ""),
        quota_mb=quota_mb(mailbox),
        opened_at=mailbox.opened_at,
        expires_on=mailbox.expires_on,
        suspended_reason=mailbox.suspended_reason,
        aliases=tuple(
            Alias.objects.filter(target=mailbox.address).order_by("address").values_list("address", flat=True)
        ),
        groups=tuple(
            Group.objects.filter(entries__address=mailbox.address, entries__writer=False)
            .order_by("address")
            .values_list("address", flat=True)
        ),
        send_as=tuple(SendAs.objects.filter(mailbox=mailbox).order_by("address").values_list("address", flat=True)),
        app_passwords=AppPassword.objects.filter(mailbox=mailbox, revoked_at__isnull=True).count(),
    )


def list_app_passwords(mailbox: Mailbox) -> list[AppPassword]:
    return list(mailbox.app_passwords.filter(revoked_at__isnull=True).order_by("-created_at"))
