"""The company of the cast with two branches, each with its administrator: who must not see or touch the other's.

Sam administers IT (where Alice and Bob are), Tina sales (where Erin is); Vera is the company's security officer.
"""

from __future__ import annotations

from dataclasses import dataclass

from hongyan.company.mailboxes import routing
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.mailboxes.models import Alias, Group, Mailbox
from hongyan.company.people.actions import add_person, add_unit
from hongyan.company.people.models import Account, Unit
from hongyan.company.people.queries import actor_of
from hongyan.company.people.roles import grant_role
from hongyan.kernel.actor import Actor
from tests.cast import Cast, _password_hash

IT, NET, SALES = "總公司/信息部", "總公司/信息部/網絡處", "總公司/銷售部"


@dataclass(frozen=True, slots=True)
class Branches:
    cast: Cast
    it: Unit
    sales: Unit
    sam: Mailbox
    tina: Mailbox
    vera: Mailbox
    erin: Mailbox
    info: Mailbox  #: shared, of IT
    desk: Mailbox  #: shared, of sales
    team: Group  #: of IT
    crew: Group  #: of sales
    help: Alias  #: leads to info
    sell: Alias  #: leads to erin

    def actor(self, mailbox: Mailbox) -> Actor:
        return actor_of(account_of(mailbox))


def account_of(mailbox: Mailbox) -> Account:
    assert mailbox.account is not None
    return Account.objects.get(pk=mailbox.account.pk)


def make_branches(cast: Cast) -> Branches:
    corp, operator, hashed = cast.corp, cast.operator, _password_hash()
    sales = add_unit(actor=operator, company=corp, path=SALES)
    add_unit(actor=operator, company=corp, path="總公司/信息部門外")  # begins alike, lies elsewhere
    it = Unit.objects.get(company=corp, path=IT)
    places = {"sam": it, "tina": sales, "vera": None, "erin": sales}
    staff = {name: add_person(actor=operator, company=corp, name=name.title(), unit=u) for name, u in places.items()}
    sam, tina, vera, erin, info, desk = open_mailboxes(
        actor=operator, company=corp,
        new=[
            *(NewMailbox(f"{name}@corp.test", person=person, password_hash=hashed) for name, person in staff.items()),
            NewMailbox("info@corp.test", kind="shared", unit=it, display_name="Info"),
            NewMailbox("desk@corp.test", kind="shared", unit=sales, display_name="Desk"),
        ],
    )  # fmt: skip
    for mailbox, unit in ((sam, it), (tina, sales)):
        grant_role(
            actor=operator, account=account_of(mailbox), role="scoped", company=corp, unit=unit, reason="分級管理"
        )
    grant_role(actor=operator, account=account_of(vera), role="security", company=corp)
    team, crew = (
        routing.add_group(actor=operator, company=corp, address=f"{name}@corp.test", unit=unit, members=members)
        for name, unit, members in (("team", it, ["alice@corp.test"]), ("crew", sales, ["erin@corp.test"]))
    )
    help_, sell = (
        routing.add_alias(actor=operator, company=corp, address=f"{name}@corp.test", target=target)
        for name, target in (("help", "info@corp.test"), ("sell", "erin@corp.test"))
    )
    return Branches(cast, it, sales, sam, tina, vera, erin, info, desk, team, crew, help_, sell)
