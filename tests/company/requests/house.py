"""A company with everybody whom a chain may ask: the cast, heads on three levels, HR, a second of the office, a branch.

總公司 (Gwen) / 信息部 (Ida) / 網絡處 (Bob, with Alice); 總公司/成都分公司, a branch: Fay heads it, Ben looks after its IT,
Cleo sells, Milo sweeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.actions import add_person, add_unit, appoint
from hongyan.company.people.models import Account, Person, Unit
from hongyan.company.people.queries import actor_of
from hongyan.company.people.roles import grant_role
from hongyan.company.people.units import set_branch
from hongyan.company.requests import actions, queries
from hongyan.company.requests.models import Request, Step
from hongyan.kernel.actor import Actor
from hongyan.kernel.models import Outbox
from tests.cast import Cast, _password_hash

BRANCH = "總公司/成都分公司"


@dataclass(frozen=True, slots=True)
class House:
    cast: Cast
    boxes: dict[str, Mailbox]

    def person(self, name: str) -> Person:
        person = Mailbox.objects.select_related("person__company").get(pk=self.boxes[name].pk).person
        assert person is not None
        return person

    def account(self, name: str) -> Account:
        return Account.objects.select_related("person__company", "company").get(login=f"{name}@corp.test")

    def actor(self, name: str) -> Actor:
        return actor_of(self.account(name))

    def file(self, name: str, form: str, for_: str = "", exception: bool = False, **fields: Any) -> Request:
        return actions.file_request(
            actor=self.actor(name), form=form, fields={"reason": "工作需要"} | fields, exception=exception,
            for_person=self.person(for_) if for_ else None,
        )  # fmt: skip

    def approve(self, name: str, request: Request, **more: Any) -> Request:
        actions.decide(actor=self.actor(name), step=step(request), verdict="approve", **more)
        return again(request)

    def waits_for(self, name: str) -> list[int]:
        return [s.request.number for s in queries.to_decide(self.account(name))]


def again(request: Request) -> Request:
    return Request.objects.select_related("company", "mailbox", "applicant__person", "person", "unit", "chain").get(
        pk=request.pk
    )


def step(request: Request) -> Step:
    return Step.objects.select_related("request__company").get(request=request, state="open")


def sits(request: Request) -> list[str]:
    """Who is asked now, by name."""
    return sorted(step(request).seats.filter(open=True).values_list("person__name", flat=True))


def told(notice: str) -> list[str]:
    """Who was sent this notice."""
    rows = Outbox.objects.filter(kind="notice", payload__notice=notice).order_by("pk")
    return [row.payload["to"].partition("@")[0] for row in rows]


def make_house(cast: Cast) -> House:
    operator, corp = cast.operator, cast.corp
    top, it = (Unit.objects.get(company=corp, path=path) for path in ("總公司", "總公司/信息部"))
    branch = add_unit(actor=operator, company=corp, path=BRANCH)
    set_branch(actor=operator, unit=branch, on=True)
    office = add_unit(actor=operator, company=corp, path="總公司/總經辦")
    appoint(actor=operator, person=_person(cast.carol), unit=office, post="管理員")
    places: dict[str, dict[str, Any]] = {
        "gwen": {"unit": top, "post": "總經理", "head": True},
        "ida": {"unit": it, "post": "總監", "head": True},
        "hana": {"unit": top, "post": "人資"},
        "otto": {"unit": office, "post": "管理員"},
        "fay": {"unit": branch, "post": "總經理", "head": True},
        "ben": {"unit": branch, "post": "信息員"},
        "cleo": {"unit": branch, "post": "營銷專員"},
        "milo": {"unit": branch, "post": "保潔"},
    }
    staff = {n: add_person(actor=operator, company=corp, name=n.title(), **facts) for n, facts in places.items()}
    opened = open_mailboxes(
        actor=operator, company=corp,
        new=[NewMailbox(f"{n}@corp.test", person=p, password_hash=_password_hash()) for n, p in staff.items()],
    )  # fmt: skip
    boxes = dict(zip(staff, opened, strict=True)) | {
        "alice": cast.alice, "bob": cast.bob, "carol": cast.carol, "dave": cast.dave,
    }  # fmt: skip
    for name, role, unit in (("hana", "hr", None), ("otto", "office", None), ("ben", "it", branch)):
        account = boxes[name].account
        assert account is not None
        grant_role(actor=operator, account=account, role=role, company=corp, unit=unit)
    return House(cast, boxes)


def _person(mailbox: Mailbox) -> Person:
    assert mailbox.person is not None
    return mailbox.person
