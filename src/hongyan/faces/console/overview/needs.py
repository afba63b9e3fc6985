"""What needs somebody today, of what the actor reaches: each kind of thing with its number and a few names.

Never: shows a mailbox or a grant outside the actor's reach.
Always: each question is answered by an index or a short list, whatever the company's size; a number stops at `MOST`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from hongyan.company.leaving.models import OPEN_STATES
from hongyan.company.leaving.queries import leavings_within
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.scope import mailboxes_within
from hongyan.company.people.models import Account, Company, RoleGrant
from hongyan.company.requests.queries import needing_office
from hongyan.company.staff.queries import list_reports
from hongyan.faces.console.access import companies_of
from hongyan.faces.console.subjects import page_of
from hongyan.faces.requests.words import form_title, state_word
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Event

SOON = timedelta(days=14)
DYING = timedelta(hours=24)
LOCK_LOOKBACK = 200  #: newest locks of a company that are looked at
SHOWN, MOST = 5, 99
LOOKED_AT = 2000  #: accounts of a company whose first password waits

Kind = Literal["first_dying", "first_dead", "requests", "leaving", "staff", "full", "locked", "expiring", "grants"]


@dataclass(frozen=True, slots=True)
class Name:
    text: str
    url: str
    more: str = ""  #: the day or time that matters


@dataclass(frozen=True, slots=True)
class Need:
    kind: Kind
    count: int
    names: tuple[Name, ...]

    @property
    def many(self) -> bool:
        return self.count > MOST


def needs(actor: Actor) -> list[Need]:
    """In the order of urgency; a kind without anything is left out."""
    found: dict[Kind, list[Name]] = {}
    counts: dict[Kind, int] = {}
    for company in companies_of(actor, "mailbox.read"):
        for kind, question in _QUESTIONS:
            count, names = question(actor, company)
            counts[kind] = counts.get(kind, 0) + count
            found.setdefault(kind, []).extend(names)
    return [Need(kind, counts[kind], tuple(found[kind][:SHOWN])) for kind, _ in _QUESTIONS if counts.get(kind)]


Answer = tuple[int, list[Name]]


def _alive(actor: Actor, company: Company) -> QuerySet[Mailbox]:
    return mailboxes_within(actor, "mailbox.read", company).filter(closed_at__isnull=True)


def _first_dying(actor: Actor, company: Company) -> Answer:
    """First passwords that nobody has changed yet and that die within a day (clause B4.13)."""
    now = clock.now()
    due = _waiting(company).filter(first_until__gt=now, first_until__lte=now + DYING).order_by("first_until")
    return _of_accounts(actor, company, due, "account__first_until")


def _first_dead(actor: Actor, company: Company) -> Answer:
    """First passwords that died unused: their owners cannot get in until somebody gives them a new one."""
    due = _waiting(company).filter(first_until__lte=clock.now()).order_by("-first_until")
    return _of_accounts(actor, company, due, "-account__first_until")


def _waiting(company: Company) -> QuerySet[Account]:
    return Account.objects.filter(company=company, must_change=True)


def _of_accounts(actor: Actor, company: Company, due: QuerySet[Account], order: str) -> Answer:
    """From the accounts (their index) to the mailboxes: the other way round every mailbox would be looked at."""
    accounts = list(due.values_list("pk", flat=True)[:LOOKED_AT])
    rows = Mailbox.objects.filter(account__in=accounts, closed_at__isnull=True)
    if actor.reach("mailbox.read", company.slug) is not None:
        rows = _alive(actor, company).filter(pk__in=list(rows.values_list("pk", flat=True)))
    return _mailboxes(rows.order_by(order), _first_until)


def _first_until(mailbox: Mailbox) -> str:
    return _moment(mailbox.account.first_until) if mailbox.account else ""


def _full(actor: Actor, company: Company) -> Answer:
    """Mailboxes that Dovecot has warned of: four fifths full, or more (clause B4.6)."""
    instance = settings.INSTANCE
    warned = filling(instance) if instance else []
    rows = _alive(actor, company).filter(address__in=warned[:500])
    return _mailboxes(rows.order_by("address"), lambda mailbox: "")


def _locked(actor: Actor, company: Company) -> Answer:
    """Accounts that wrong passwords have locked, now (clause B4.10)."""
    now = clock.now().timestamp()
    recent = Event.objects.filter(chain=company.slug, kind="signin.locked").order_by("-seq")[:LOCK_LOOKBACK]
    logins = {event.subject for event in recent if _until(event) > now}
    return _mailboxes(_alive(actor, company).filter(address__in=sorted(logins)).order_by("address"), lambda m: "")


def _until(event: Event) -> float:
    until = event.params.get("until")
    return float(until) if isinstance(until, (int, float)) else (event.at + timedelta(minutes=15)).timestamp()


def _expiring(actor: Actor, company: Company) -> Answer:
    rows = _alive(actor, company).filter(
        suspended_at__isnull=True, expires_on__isnull=False, expires_on__lte=clock.today() + SOON
    )
    return _mailboxes(rows.order_by("expires_on"), lambda m: m.expires_on.isoformat() if m.expires_on else "")


def _grants(actor: Actor, company: Company) -> Answer:
    """Roles that end soon, for who may give them."""
    if not actor.may("role.write", company.slug):
        return 0, []
    today = clock.today()
    rows = RoleGrant.objects.filter(company=company, until__gte=today, until__lte=today + SOON)
    shown = rows.select_related("account").order_by("until")[:SHOWN]
    names = [Name(g.account.login, page_of(g.account.login, company), f"{g.until:%Y-%m-%d}") for g in shown]
    return (len(names) if len(names) < SHOWN else rows.count()), names


def _requests(actor: Actor, company: Company) -> Answer:
    """Requests that nobody but the office moves on: stuck, to be handed over, its own turn, overdue."""
    if not actor.may_somewhere("mailbox.write", company.slug):
        return 0, []
    shown = list(needing_office(actor, company)[: MOST + 1])
    titled = [(f"{form_title(r.form)} {r.subject or f'#{r.number}'}", r) for r in shown[:SHOWN]]
    names = [Name(title, reverse("console-request", args=[r.pk]), state_word(r.state)) for title, r in titled]
    return len(shown), names


def _leaving(actor: Actor, company: Company) -> Answer:
    """Leavings that wait for somebody: a keeper to be named, a successor (clauses G3.2.2, B4.8)."""
    rows = leavings_within(actor, company).filter(state__in=OPEN_STATES, paused_at__isnull=True, steps__state="blocked")
    shown = list(rows.distinct().order_by("pk")[: MOST + 1])
    return len(shown), [Name(x.name, reverse("leaving", args=[x.pk])) for x in shown[:SHOWN]]


def _staff(actor: Actor, company: Company) -> Answer:
    """Comparisons of staff lists of which something waits (clause G2.2.2)."""
    rows = list_reports(actor, company).filter(state="open")
    shown = list(rows[: MOST + 1])
    return len(shown), [Name(x.name, reverse("staff-report", args=[x.pk])) for x in shown[:SHOWN]]


def _mailboxes(rows: QuerySet[Mailbox], more: Callable[[Mailbox], str]) -> Answer:
    shown = list(rows.select_related("company", "account")[: MOST + 1])
    return len(shown), [Name(m.address, page_of(m.address, m.company), more(m)) for m in shown[:SHOWN]]


def _moment(at: datetime | None) -> str:
    from django.utils import timezone

    return f"{timezone.localtime(at):%m-%d %H:%M}" if at else ""


def filling(instance: Instance) -> list[str]:
    """Addresses in the list that Dovecot's warnings keep."""
    try:
        lines = instance.filling.read_text("utf-8").splitlines()
    except OSError:
        return []
    return [address for line in lines if (address := line.partition("\t")[0])]


def _all_questions() -> Iterator[tuple[Kind, Callable[[Actor, Company], Answer]]]:
    yield "first_dying", _first_dying
    yield "first_dead", _first_dead
    yield "requests", _requests
    yield "leaving", _leaving
    yield "staff", _staff
    yield "locked", _locked
    yield "full", _full
    yield "expiring", _expiring
    yield "grants", _grants


_QUESTIONS = tuple(_all_questions())
