"""Passwords, one-time links and sign-in: everything that decides whether somebody is who they say.

Owns: the only places where a password is set, checked, reset or generated.
Always: first and reset passwords are shown once, must be changed at the web, and die after `FIRST_HOURS` (B4.13);
the same answer and about the same time for a wrong password and an unknown login.
Clauses: G3.1.1, G3.2.3, B4.12, B4.13, P9, P10.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from hongyan.company.people.models import Account, Company, Link, RoleGrant, WebSession
from hongyan.company.people.scope import places_of_account
from hongyan.company.people.standing import in_force, require_standing
from hongyan.company.policy import passwords
from hongyan.kernel import clock, ledger, outbox
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal

FIRST_HOURS = 2  # clause B4.13
ACTIVATION_DAYS = 7
SIGNIN_LINK_MINUTES = 30
OPERATOR = "operator"
_decoy_hash = ""


Change = Literal["first", "aged", ""]


@dataclass(frozen=True, slots=True)
class SignIn:
    """A correct password. `change` is why it must be changed before anything else, if it must."""

    account: Account
    change: Change


def chain_of(account: Account) -> str:
    return account.company.slug if account.company else ledger.INSTANCE


def rules_for(account: Account) -> passwords.PasswordRules:
    company = account.company
    if company is None:
        return passwords.PasswordRules()
    return passwords.PasswordRules(
        min_length=company.password_min_length,
        max_length=company.password_max_length,
        max_age_days=company.password_max_age_days,
    )


def personal_data(account: Account) -> passwords.PersonalData:
    """What a password must not be made of (clause B4.12)."""
    person, company = account.person, account.company
    domains = tuple(d.name for d in company.domains.all()) if company else ()
    return passwords.PersonalData(
        names=tuple(n for n in (person.name, person.latin_name) if n) if person else (),
        login=account.login,
        identity_number=person.identity_number if person else "",
        birthday=person.birthday if person else None,
        phones=tuple(p for p in (person.phone, person.mobile) if p) if person else (),
        card_numbers=(person.card_number,) if person and person.card_number else (),
        employee_number=person.number if person else "",
        company_names=(company.name, company.slug, *domains) if company else (),
    )


def check_new_password(account: Account, password: str) -> tuple[Decision, ...]:
    """All reasons against this password, none when it may be used."""
    rules = rules_for(account)
    reasons = list(passwords.check(password, rules, personal_data(account)))
    former = [account.password, *account.former_passwords][: rules.history]
    if any(hashed and check_password(password, hashed) for hashed in former):
        reasons.append(Decision("password.used_before", {"count": rules.history}, "P10"))
    return tuple(reasons)


def _store(account: Account, password: str, *, first: bool) -> None:
    history = rules_for(account).history
    if account.password and account.has_usable_password():
        account.former_passwords = [account.password, *account.former_passwords][:history]
    account.password = make_password(password)
    account.password_set_at = clock.now()
    account.must_change = first
    account.first_until = clock.now() + timedelta(hours=FIRST_HOURS) if first else None
    account.save()


def require_over(actor: Actor, account: Account) -> None:
    """Whether the actor may set a password that is not his own: where the account lies, and never above himself."""
    actor.require("mailbox.write", chain_of(account), places_of_account(account))
    require_standing(actor, account)


def set_password(*, actor: Actor, account: Account, password: str) -> None:
    """The owner's own choice: checked against all rules, ends every other session. Refuses `password.unfit`."""
    if actor.account_id != account.pk:
        require_over(actor, account)
    reasons = check_new_password(account, password)
    if reasons:
        raise Refusal("password.unfit", clause="B4.12", reasons=reasons)
    with transaction.atomic():
        _store(account, password, first=False)
        Link.objects.filter(account=account, used_at__isnull=True).update(used_at=clock.now())
        WebSession.objects.filter(account=account).delete()
        ledger.record("password.changed", chain=chain_of(account), actor=actor.name, subject=account.login)
        outbox.release(account.login, sessions=[account.login])


def set_final_password(*, actor: Actor, account: Account, password: str) -> None:
    """For scripts: the given password is final. It must hold the rules all the same."""
    require_over(actor, account)
    set_password(actor=actor, account=account, password=password)


def reset_password(*, actor: Actor, account: Account, reason: str = "") -> str:
    """A new first password, returned once (clauses G3.2.3, B4.13). Ends every session on every protocol."""
    require_over(actor, account)
    password = passwords.generate_first_password()
    with transaction.atomic():
        _store(account, password, first=True)
        WebSession.objects.filter(account=account).delete()
        ledger.record("password.reset", chain=chain_of(account), actor=actor.name, subject=account.login, reason=reason)
        outbox.release(account.login, sessions=[account.login])
    return password


def verify(login: str, password: str) -> SignIn:
    """A web sign-in by password. Refuses `signin.wrong`, `password.first_expired`, `signin.closed`; records nothing.

    The caller (faces/web/signin.py) asks the guard beforehand and records the outcome afterwards.
    """
    login = login.strip().lower()
    account = Account.objects.select_related("company", "person").filter(login=login).first()
    if account is None or not account.password:
        check_password(password, _decoy())
        raise Refusal("signin.wrong")
    if not check_password(password, account.password):
        raise Refusal("signin.wrong")
    require_open(account)
    return SignIn(account, change_due(account))


def require_open(account: Account) -> None:
    """Whether a known password still opens the account: at sign-in, and at every request afterwards."""
    if account.closed_at is not None:
        raise Refusal("signin.closed", clause="G3.2.1")
    if account.person is not None and account.person.left_on is not None:
        raise Refusal("signin.left", clause="G3.2.1")
    if account.must_change and (account.first_until is None or account.first_until <= clock.now()):
        raise Refusal("password.first_expired", clause="B4.13", hours=FIRST_HOURS)


def change_due(account: Account) -> Change:
    """Why the password must be changed before anything else."""
    return "first" if account.must_change else "aged" if _aged(account) else ""


def _aged(account: Account) -> bool:
    days = rules_for(account).max_age_days  # clause P10
    return bool(days and account.password_set_at and account.password_set_at + timedelta(days=days) < clock.now())


def _decoy() -> str:
    """A hash to spend the same time on when there is no account."""
    global _decoy_hash
    _decoy_hash = _decoy_hash or make_password(secrets.token_hex(16))
    return _decoy_hash


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("ascii", "replace")).hexdigest()


def make_link(*, actor: Actor, account: Account, purpose: Literal["signin", "activate"]) -> str:
    """A one-time token. `activate` lets a new owner choose the first password; `signin` opens a session.

    `signin` is for the machine's operators alone: it would let an administrator be somebody else without that one
    noticing, and so read his mail. Refuses `link.operator_only`.
    """
    require_over(actor, account)
    if purpose == "signin" and account.company_id is not None:
        raise Refusal("link.operator_only", clause="G4.2.3")
    token = secrets.token_urlsafe(24)
    life = timedelta(days=ACTIVATION_DAYS) if purpose == "activate" else timedelta(minutes=SIGNIN_LINK_MINUTES)
    with transaction.atomic():
        Link.objects.filter(account=account, purpose=purpose, used_at__isnull=True).update(used_at=clock.now())
        Link.objects.create(account=account, purpose=purpose, token_hash=_hash(token), expires_at=clock.now() + life)
        ledger.record("link.made", chain=chain_of(account), actor=actor.name, subject=account.login, purpose=purpose)
    return token


def make_links(*, actor: Actor, company: Company, accounts: Sequence[Account]) -> list[str]:
    """`make_link` to activate, for many accounts of one company: a token each, in their order."""
    whole = actor.may("mailbox.write", company.slug)
    for account in accounts:
        if account.company_id != company.pk:
            raise Refusal("permission.missing", clause="G2.1.3", permission="mailbox.write")
        if not whole:
            actor.require("mailbox.write", company.slug, places_of_account(account))
    holders = set(RoleGrant.objects.filter(account__company=company).values_list("account", flat=True))
    for account in accounts:
        if account.pk in holders:
            require_standing(actor, account)
    tokens = [secrets.token_urlsafe(24) for _ in accounts]
    until = clock.now() + timedelta(days=ACTIVATION_DAYS)
    with transaction.atomic():
        for start in range(0, len(accounts), 500):
            part = [a.pk for a in accounts[start : start + 500]]
            old = Link.objects.filter(account__in=part, purpose="activate", used_at__isnull=True)
            old.update(used_at=clock.now())
        Link.objects.bulk_create(
            (
                Link(account=account, purpose="activate", token_hash=_hash(token), expires_at=until)
                for account, token in zip(accounts, tokens, strict=True)
            ),
            batch_size=1000,
        )
        ledger.record_all(
            company.slug,
            [ledger.Entry("link.made", actor.name, a.login, {"purpose": "activate"}) for a in accounts],
        )
    return tokens


def find_link(token: str, purpose: Literal["signin", "activate"]) -> Link:
    """The open link of this token. Refuses `link.dead` for a used, expired, replaced or unknown one alike."""
    link = (
        Link.objects.select_related("account__company", "account__person")
        .filter(token_hash=_hash(token), purpose=purpose, used_at__isnull=True, expires_at__gt=clock.now())
        .first()
    )
    if link is None or link.account.closed_at is not None:
        raise Refusal("link.dead", clause="G3.1.1")
    return link


def use_signin_link(token: str, remote: str) -> Account:
    """Spend the link; the account it signs in. A second use is refused whoever comes second."""
    with transaction.atomic():
        link = find_link(token, "signin")
        if Link.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=clock.now()) != 1:
            raise Refusal("link.dead", clause="G3.1.1")
        ledger.record(
            "signin.ok", chain=chain_of(link.account), actor=link.account.login, subject=link.account.login,
            protocol="link", remote=remote,
        )  # fmt: skip
    return link.account


def activate(*, token: str, password: str, remote: str) -> Account:
    """The new owner's own first password by activation link (clause G3.1.1). A refused password leaves the link open."""
    with transaction.atomic():
        link = find_link(token, "activate")
        account = link.account
        own = Actor(name=account.login, account_id=account.pk, company=chain_of(account), remote=remote)
        set_password(actor=own, account=account, password=password)
        ledger.record("account.activated", chain=chain_of(account), actor=account.login, subject=account.login)
    return account


def end_sessions(*, actor: Actor, account: Account, keep: str = "", only: str = "") -> int:
    """Sign out everywhere (but `keep`), or one session (`only`), at the web and in every mail client. Clause B4.7."""
    if actor.account_id != account.pk:
        actor.require("mailbox.write", chain_of(account), places_of_account(account))
    with transaction.atomic():
        rows = WebSession.objects.filter(account=account)
        rows = rows.filter(session_key=only) if only else rows.exclude(session_key=keep)
        count = rows.delete()[0]
        ledger.record("sessions.ended", chain=chain_of(account), actor=actor.name, subject=account.login, count=count)
        if not only:
            outbox.release(account.login, sessions=[account.login])
    return count


def report_misuse(*, actor: Actor, account: Account, keep: str = "") -> None:
    """ "This was not me": everything but the session `keep` ends, and only a new password opens the account (P9, P10).

    Until it is changed no mail client signs in; the company's administrators are told.
    """
    if actor.account_id != account.pk:
        actor.require("mailbox.write", chain_of(account), places_of_account(account))
    with transaction.atomic():
        account.must_change = True
        account.first_until = clock.now() + timedelta(hours=FIRST_HOURS)
        account.save(update_fields=["must_change", "first_until"])
        WebSession.objects.filter(account=account).exclude(session_key=keep).delete()
        ledger.record("misuse.reported", chain=chain_of(account), actor=actor.name, subject=account.login)
        outbox.release(account.login, sessions=[account.login])
        for office in _offices(account):
            outbox.enqueue(outbox.NOTICE, {"notice": "misuse", "to": office, "params": {"login": account.login}})


def _offices(account: Account) -> list[str]:
    """Who runs mail for this account's company, and has a mailbox to be told in."""
    grants = RoleGrant.objects.filter(in_force(), role="office", company=account.company_id).exclude(account=account)
    return list(grants.order_by("account__login").values_list("account__login", flat=True).distinct())


def set_locale(*, actor: Actor, account: Account, locale: str) -> None:
    """The language of pages, refusals and notices for this person."""
    if actor.account_id != account.pk or locale not in ("zh-Hant", "zh-Hans", "en"):
        raise Refusal("locale.unknown", locale=locale, known="zh-Hant, zh-Hans, en")
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(locale=locale)
        ledger.record("account.locale", chain=chain_of(account), actor=actor.name, subject=account.login, locale=locale)
        outbox.release(account.login)


def ensure_operator(*, actor: Actor) -> Account:
    """The machine's operator: signs in by one-time link, or by a password once one was set at the web."""
    actor.require("company.write", "*")
    with transaction.atomic():
        account, created = Account.objects.get_or_create(login=OPERATOR, defaults={"locale": "zh-Hant"})
        if created:
            RoleGrant.objects.create(account=account, role="system", granted_at=clock.now(), granted_by=actor.name)
            ledger.record("account.operator", chain=ledger.INSTANCE, actor=actor.name, subject=OPERATOR)
    return account
