"""What is under way in the sample company, so that every page has something to show: a policy to read, requests in all
stages, somebody on leave with a stand-in, somebody who leaves next week.

Always: by the actions that people use, in their own names; safe to repeat: what is there is left as it is. Where the company
has been changed meanwhile and an action refuses, that one thing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from hongyan.company.leaving.actions import begin
from hongyan.company.leaving.models import Leaving
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.life import take_leave
from hongyan.company.people.models import Absence, Company, Person
from hongyan.company.people.queries import actor_of, find_company
from hongyan.company.reading.actions import publish_edition
from hongyan.company.reading.models import Edition
from hongyan.company.requests.actions import decide, file_request, use_pack
from hongyan.company.requests.models import Request
from hongyan.company.requests.queries import open_step
from hongyan.company.sample.plan import SampleCompany, SamplePlan
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Refusal

_DATA: Final = Path(__file__).parent / "data"
_LOCALES: Final = ("zh-Hant", "zh-Hans", "en")
#: Who asks for what, and what those who are asked say, one after the other.
_REQUESTS: Final[tuple[tuple[str, str, Mapping[str, Any], tuple[tuple[str, str, str], ...]], ...]] = (
    ("alice", "quota", {"mailbox": "alice", "quota_mb": "5 GB", "reason": "客戶設計稿較大，郵箱將滿。"}, ()),
    (
        "su.manyun", "project", {"address": "newbrand", "display_name": "新品上市項目", "reason": "明年新品上市，對外聯絡用。"},
        (),
    ),
    (
        "alice", "alias", {"mailbox": "alice", "new_address": "alice.lin", "reason": "名片上的英文地址。"},
        (("bob", "approve", ""), ("carol", "approve", "")),
    ),
    (
        "ian.lo", "forward", {"mailbox": "ian.lo", "target": "ian@outside.test", "reason": "下班後看信方便。"},
        (("bob", "reject", "公務郵件不轉寄到私人郵箱。"),),
    ),
    ("winnie.lee", "outside", {"mailbox": "winnie.lee", "reason": "香港客戶往來。"}, ()),
)  # fmt: skip


def begin_affairs(plan: SamplePlan, actor: Actor) -> None:
    """Of the first sample company."""
    sample = plan.companies[0]
    company = find_company(sample.slug)
    if not Edition.objects.filter(company=company).exists():
        _policy(company, actor)
    if not Request.objects.filter(company=company).exists():
        _requests(company, sample, actor)
    if not Absence.objects.filter(person__company=company).exists():
        _leave(company, sample, actor)
    if not Leaving.objects.filter(company=company).exists():
        _leaver(company, sample, actor)


def _policy(company: Company, actor: Actor) -> None:
    titles: dict[str, str] = {}
    texts: dict[str, str] = {}
    for locale in _LOCALES:
        titles[locale], _, texts[locale] = (_DATA / f"policy.{locale}.txt").read_text("utf-8").partition("\n")
    publish_edition(actor=actor, company=company, titles=titles, texts=texts, effective_on=clock.today())


def _requests(company: Company, sample: SampleCompany, actor: Actor) -> None:
    use_pack(actor=actor, company=company, pack="B")
    for login, form, fields, answers in _REQUESTS:
        whole = {
            name: f"{value}@{sample.domain}" if name in ("mailbox", "address", "new_address") else value
            for name, value in fields.items()
        }
        with suppress(Refusal):
            request = file_request(actor=_as(company, f"{login}@{sample.domain}"), form=form, fields=whole)
            for who, verdict, reason in answers:
                step = open_step(request)
                if step is not None:
                    decide(actor=_as(company, f"{who}@{sample.domain}"), step=step, verdict=verdict, reason=reason)
                request.refresh_from_db()


def _as(company: Company, address: str) -> Actor:
    """The person with that address. Raises Refusal when nobody has it any more."""
    box = Mailbox.objects.select_related("account__company", "account__person").filter(
        company=company, address=address, closed_at=None
    )
    found = box.first()
    if found is None or found.account is None:
        raise Refusal("mailbox.unknown", address=address)
    return actor_of(found.account)


def _with_persons(company: Company, sample: SampleCompany, logins: tuple[str, str], do: Callable[..., object]) -> None:
    rows = {
        box.address: box.person
        for box in Mailbox.objects.select_related("person__company").filter(
            company=company, address__in=[f"{login}@{sample.domain}" for login in logins], person__isnull=False
        )
    }
    persons: list[Person] = [p for login in logins if (p := rows.get(f"{login}@{sample.domain}")) is not None]
    if len(persons) == len(logins):
        with suppress(Refusal):
            do(*persons)


def _leave(company: Company, sample: SampleCompany, actor: Actor) -> None:
    today = clock.today()

    def away(head: Person, deputy: Person) -> None:
        take_leave(actor=actor, person=head, since=today, until=today + timedelta(days=5), deputy=deputy, reason="年假")

    _with_persons(company, sample, ("tsai.shufen", "hung.yating"), away)


def _leaver(company: Company, sample: SampleCompany, actor: Actor) -> None:
    day = clock.today() + timedelta(days=7)

    def leave(person: Person, successor: Person) -> None:
        begin(actor=actor, person=person, kind="scheduled", last_day=day, successor=successor, reason="個人生涯規劃")

    _with_persons(company, sample, ("wen.yaju", "lai.chienhung"), leave)
