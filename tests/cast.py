"""The one cast: Alice (employee), Bob (her head), Carol (office administrator), Dave (auditor), Charlie (outsider)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password

from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.actions import add_company, add_domain, add_person, add_unit
from hongyan.company.people.models import Account, Company, Domain
from hongyan.company.people.queries import actor_of
from hongyan.company.people.roles import grant_role
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor, command_line

#: Everybody's password: holds every rule, and is nobody's name.
PASSWORD = "Harbour-Lantern-2291"
_hash = ""
_dkim_key = ""


@dataclass(frozen=True, slots=True)
class Cast:
    corp: Company
    other: Company
    operator: Actor
    alice: Mailbox
    bob: Mailbox
    carol: Mailbox
    dave: Mailbox
    charlie: Mailbox

    def actor(self, mailbox: Mailbox) -> Actor:
        assert mailbox.account is not None
        return actor_of(mailbox.account)


def make_cast() -> Cast:
    operator = command_line("test")
    corp = add_company(actor=operator, slug="corp", name="北辰集團", locale="zh-Hant")
    other = add_company(actor=operator, slug="other", name="Other Ltd", locale="en")
    for company, name in ((corp, "corp.test"), (other, "other.test")):
        _add_domain(operator, company, name)
    unit = add_unit(actor=operator, company=corp, path="總公司/信息部/網絡處")
    alice = add_person(
        actor=operator, company=corp, name="林愛麗", latin_name="Alice Lin", number="1001", unit=unit, post="專員",
        mobile="13800138000", identity_number="110105199003078812", birthday=date(1990, 3, 7),
    )  # fmt: skip
    bob = add_person(actor=operator, company=corp, name="王博", number="1002", unit=unit, post="主管", head=True)
    carol = add_person(actor=operator, company=corp, name="陳家蓉", number="1003")
    dave = add_person(actor=operator, company=corp, name="戴維", number="1004", locale="zh-Hans")
    charlie = add_person(actor=operator, company=other, name="Charlie Reed", number="1", locale="en")
    staff = {"alice": alice, "bob": bob, "carol": carol, "dave": dave}
    opened = open_mailboxes(
        actor=operator, company=corp,
        new=[NewMailbox(f"{n}@corp.test", person=p, password_hash=_password_hash()) for n, p in staff.items()],
    )  # fmt: skip
    outsider = open_mailboxes(
        actor=operator, company=other,
        new=[NewMailbox("charlie@other.test", person=charlie, password_hash=_password_hash())],
    )  # fmt: skip
    grant_role(actor=operator, account=_account(opened[2]), role="office", company=corp)
    grant_role(actor=operator, account=_account(opened[3]), role="audit", company=corp)
    grant_role(actor=operator, account=_account(outsider[0]), role="office", company=other)
    return Cast(corp, other, operator, *opened, *outsider)


def _account(mailbox: Mailbox) -> Account:
    assert mailbox.account is not None
    return mailbox.account


def _password_hash() -> str:
    global _hash
    _hash = _hash or make_password(PASSWORD)
    return _hash


def _add_domain(actor: Actor, company: Company, name: str) -> None:
    """The action once (its RSA key takes a tenth of a second), its key again afterwards."""
    global _dkim_key
    if not _dkim_key:
        _dkim_key = add_domain(actor=actor, company=company, name=name).dkim_key
        return
    Domain.objects.create(company=company, name=name, selector="hy202611", dkim_key=_dkim_key, created_at=clock.now())
