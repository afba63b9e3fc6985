"""Reads of requests: mine, what waits for me, what I decided, all within my reach; one of them with its path.

Always: a request that the actor has nothing to do with is as unknown as none. It is seen by the applicant, whom it is for,
who sits or sat at one of its steps, and who sees the mailboxes where it lies (`mailbox.read`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from hongyan.company.people.models import Account, Company, Person
from hongyan.company.people.relations import main_post
from hongyan.company.people.scope import places_of_unit
from hongyan.company.people.standing import is_self
from hongyan.company.people.tree import units_below
from hongyan.company.requests import chains, conditions, deciding, fields, filing, telling
from hongyan.company.requests.chains import spec_of, title_in
from hongyan.company.requests.filing import Standing, standing_of
from hongyan.company.requests.forms import FORMS, Form
from hongyan.company.requests.models import Attachment, Decision, Request, Seat, Step
from hongyan.company.requests.seating import seats_for
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision as Verdict, Refusal
from hongyan.kernel.wording import catalogue, say

_WITH = ("company", "applicant__person", "person", "unit", "chain")


# -- lists -------------------------------------------------------------------------------------------------------
def mine(account: Account) -> QuerySet[Request]:
    """Filed by me, with whichever of my accounts, or for me; newest first."""
    own = Q(applicant=account)
    if account.person_id is not None:
        own |= Q(applicant__person=account.person_id) | Q(person=account.person_id)
    return Request.objects.filter(own).select_related(*_WITH).order_by("-pk")


def to_decide(account: Account) -> QuerySet[Step]:
    """Open steps that wait for me, or for somebody whom I stand in for; oldest first."""
    steps = Step.objects.select_related(*(f"request__{name}" for name in _WITH)).order_by("opened_at", "pk")
    if account.person_id is None:
        return steps.none()
    mine_ = Q(person=account.person_id) | Q(stand_in=account.person_id)
    seats = Seat.objects.filter(mine_, open=True, approved=False).values("step")
    own = Q(request__applicant__person=account.person_id) | Q(request__person=account.person_id)
    return steps.filter(pk__in=seats, state="open", request__state="waiting").exclude(own)


def decided_by(account: Account) -> QuerySet[Decision]:
    """What I have decided, newest first."""
    return (
        Decision.objects.filter(account=account)
        .select_related(*(f"step__request__{name}" for name in _WITH), "instead_of")
        .order_by("-pk")
    )


def all_within(actor: Actor, company: Company) -> QuerySet[Request]:
    """Requests that lie where the actor sees mailboxes; newest first."""
    rows = Request.objects.filter(company=company).select_related(*_WITH).order_by("-pk")
    reach = actor.reach("mailbox.read", company.slug)
    return rows if reach is None else rows.filter(unit__in=units_below(company, reach))


def needing_office(actor: Actor, company: Company) -> QuerySet[Request]:
    """What nobody but the office moves on: stuck, ready to be handed out, fallen to it, overdue."""
    overdue = Step.objects.filter(request=OuterRef("pk"), state="open").filter(Q(office=True) | Q(escalations__gt=0))
    return all_within(actor, company).filter(
        Q(state__in=("stuck", "ready")) | Q(Exists(overdue), state="waiting")
    )  # fmt: skip


# -- one ---------------------------------------------------------------------------------------------------------
def find_request(request_id: int, actor: Actor) -> Request:
    """Refuses `request.unknown`."""
    found = Request.objects.select_related(*_WITH, "mailbox").filter(pk=request_id).first()
    if found is None or not may_see(actor, found):
        raise Refusal("request.unknown", request=request_id)
    return found


def find_numbered(company: Company, number: int, actor: Actor) -> Request:
    """By the number that people know. Refuses `request.unknown`."""
    found = Request.objects.filter(company=company, number=number).values_list("pk", flat=True).first()
    if found is None:
        raise Refusal("request.unknown", request=number)
    try:
        return find_request(found, actor)
    except Refusal:
        raise Refusal("request.unknown", request=number) from None


def find_step(step_id: int, actor: Actor) -> Step:
    """Refuses `request.unknown`."""
    step = Step.objects.select_related(*(f"request__{name}" for name in _WITH)).filter(pk=step_id).first()
    if step is None or not may_see(actor, step.request):
        raise Refusal("request.unknown", request=step_id)
    return step


def may_see(actor: Actor, request: Request) -> bool:
    company = request.company
    if filing.is_applicant(actor, request) or (request.person is not None and is_self(actor, request.person)):
        return True
    if actor.may("mailbox.read", company.slug, places_of_unit(request.unit)):
        return True
    account = filing.account_of(actor)
    if account is None or account.person_id is None or account.company_id != company.pk:
        return False
    me = Q(person=account.person_id) | Q(stand_in=account.person_id)
    sat = Seat.objects.filter(me, step__request=request)
    return sat.exists() or Decision.objects.filter(step__request=request, account=account).exists()


def open_step(request: Request) -> Step | None:
    return request.steps.filter(round=request.round, state="open").first()


def read_attachment(actor: Actor, attachment: Attachment) -> bytes:
    """Its bytes, for who sees the request. Refuses `request.unknown`."""
    if not may_see(actor, attachment.request):
        raise Refusal("request.unknown", request=attachment.request_id)
    return bytes(attachment.content.data)


# -- who may ---------------------------------------------------------------------------------------------------------
def standing(actor: Actor, form: str, person: Person | None = None, company: Company | None = None) -> Standing:
    """Whether the actor may file the form for the person (himself when nobody is named), how, and under which rule."""
    chains.require_form(form)
    account = filing.account_of(actor)
    whom = person or (account.person if account is not None else None)
    return standing_of(actor, FORMS[form], filing.company_of(actor, whom, company), whom)


def may_file(actor: Actor, form: str, person: Person | None = None) -> Verdict | None:
    """Why not; None: he may. `request.exception_only`: by the exception route (clause B1.7)."""
    return standing(actor, form, person).refusal


def forms_for(actor: Actor, company: Company) -> list[Form]:
    """The forms that the company uses and the actor could file for somebody: himself, his unit, or where he has the right."""
    account = filing.account_of(actor)
    has_person = account is not None and account.person_id is not None
    held = {
        "self": has_person,
        "head": any(grant.role == "head" for grant in actor.grants),
        "hr": actor.may_somewhere("people.write", company.slug),
        "office": actor.may_somewhere("mailbox.write", company.slug),
    }
    rules = chains.rules_of(company)
    return [f for f in FORMS.values() if rules[f.name].enabled and any(held[filer] for filer in f.filers)]


def may_decide(actor: Actor, step: Step) -> Verdict | None:
    return deciding.may_decide(actor, step)


# -- how it reads ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Said:
    name: str
    instead_of: str
    verdict: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Station:
    """A step as it is drawn. `state` as `models.STEP_STATES`; `asked`: names, with the stand-in behind a slash."""

    title: str
    kind: str
    state: str
    need: str = "any"
    asked: tuple[str, ...] = ()
    office: bool = False
    notes: tuple[str, ...] = ()  #: words: request_note.NAME
    said: tuple[Said, ...] = ()
    round: int = 1
    step_id: int | None = None
    due_at: datetime | None = None
    escalated: bool = False


def path_of(request: Request, locale: str) -> list[Station]:
    """Every step of every round in order; for what lies ahead, whom it would ask today."""
    rows = list(
        request.steps.order_by("round", "position").prefetch_related(
            "seats__person", "seats__stand_in", "decisions__person", "decisions__instead_of"
        )
    )
    facts = None
    stations = []
    for step in rows:
        spec = spec_of(step.spec)
        asked = tuple(
            f"{seat.person.name}/{seat.stand_in.name}" if seat.stand_in else seat.person.name
            for seat in sorted(step.seats.all(), key=lambda s: s.pk)
            if seat.open or seat.approved
        )
        notes, office, state = list(step.notes), step.office, step.state
        if step.state == "ahead":
            facts = facts or _facts(request)
            asked, notes, office = _to_come(request, step.spec, facts)
        said = tuple(
            Said(
                d.person.name if d.person else d.name, d.instead_of.name if d.instead_of else "", d.verdict, d.reason,
                d.by, d.at,
            )
            for d in sorted(step.decisions.all(), key=lambda d: d.pk)
        )  # fmt: skip
        stations.append(
            Station(
                step_title(step.spec, locale), spec.kind, state, spec.need, asked, office, tuple(notes), said, step.round,
                step.pk, step.due_at if state == "open" else None, step.escalations > 0,
            )
        )  # fmt: skip
    return stations


def chain_preview(
    company: Company, person: Person | None, steps: Sequence[Mapping[str, Any]], locale: str, *, form: str = "personal",
    filed_as: str = "self",
) -> list[Station]:  # fmt: skip
    """Whom a chain would ask for this person today: for the editor, and before somebody files."""
    post = main_post(person) if person is not None else None
    request = Request(
        company=company, form=form, person=person, unit=post.unit if post else None, filed_as=filed_as, fields={}
    )  # fmt: skip
    facts, stations = _facts(request), []
    for raw in steps:
        spec = spec_of(raw)
        asked, notes, office = _to_come(request, raw, facts)
        stations.append(Station(step_title(raw, locale), spec.kind, "ahead", spec.need, asked, office, tuple(notes)))
    return stations


def path_before(
    actor: Actor, form: str, person: Person | None, company: Company, locale: str, *, exception: bool = False
) -> list[Station]:
    """The way that a request would go if it were filed now."""
    whom = person
    if whom is None and (account := filing.account_of(actor)) is not None:
        whom = account.person
    rule = chains.rule_for(company, form)
    chain = chains.chain_named(company, rule.exception if exception and rule.exception else rule.chain)
    filed_as = standing_of(actor, FORMS[form], company, whom).filed_as or "self"
    return chain_preview(company, whom, chain.steps, locale, form=form, filed_as=filed_as)


def _facts(request: Request) -> conditions.Facts:
    return conditions.facts_for(
        request.person, form=request.form, fields=request.fields, filed_by=request.filed_as, exception=request.exception
    )


def _to_come(
    request: Request, raw: Mapping[str, Any], facts: conditions.Facts
) -> tuple[tuple[str, ...], list[str], bool]:
    spec = spec_of(raw)
    if conditions.first_that_holds(spec.when, facts) is None:
        return (), ["condition"], False
    found = seats_for(request, spec)
    return tuple(person.name for person, _ in found.people), list(found.notes), found.office


def step_title(raw: Mapping[str, Any], locale: str) -> str:
    """The chain's own words for the step, else the relation's."""
    spec = spec_of(raw)
    own = title_in(spec.title, locale)
    if own:
        return own
    if spec.by == "head" and spec.levels > 1:
        return say(Verdict("request_by.head_above", {"levels": spec.levels}), locale)
    word = catalogue().get(f"request_by.{spec.by}", {}).get(locale, spec.by)
    return f"{word}: {catalogue().get(f'role_name.{spec.role}', {}).get(locale, spec.role)}" if spec.role else word


def title_of(request: Request, locale: str) -> str:
    """`#12 開通個人郵箱 alice@corp.test`."""
    about = request.subject or (request.person.name if request.person else "")
    return f"#{request.number} {telling.form_word(request.form, locale)} {about}".strip()


def lines_of(request: Request, locale: str) -> list[tuple[str, str]]:
    return fields.lines(request, FORMS[request.form], locale)


def outcome_words(request: Request, locale: str) -> str:
    """Why it is stuck, or the address that came of it."""
    return telling.result_words(request, locale)


@dataclass(frozen=True, slots=True)
class RequestView:
    """What commands and the API show of a request."""

    id: int
    number: int
    company: str
    form: str
    title: str
    state: str
    applicant: str
    filed_as: str
    person: str
    person_id: int | None
    unit: str
    subject: str
    fields: dict[str, Any]
    exception: bool
    rule: str
    chain: str
    filed_at: datetime
    changed_at: datetime
    reason: str
    outcome: str
    stations: tuple[Station, ...] = ()
    attachments: tuple[str, ...] = ()


def view(request: Request, locale: str, *, whole: bool = False) -> RequestView:
    """`whole`: with its path and attachments, which takes some queries."""
    return RequestView(
        id=request.pk,
        number=request.number,
        company=request.company.slug,
        form=request.form,
        title=title_of(request, locale),
        state=request.state,
        applicant=telling.applicant_name(request),
        filed_as=request.filed_as,
        person=request.person.name if request.person else "",
        person_id=request.person_id,
        unit=request.unit.path if request.unit else "",
        subject=request.subject,
        fields=dict(request.fields),
        exception=request.exception,
        rule=request.rule,
        chain=f"{request.chain.name} {request.chain.version}",
        filed_at=request.filed_at,
        changed_at=request.changed_at,
        reason=request.reason,
        outcome=outcome_words(request, locale),
        stations=tuple(path_of(request, locale)) if whole else (),
        attachments=tuple(request.attachments.order_by("pk").values_list("name", flat=True)) if whole else (),
    )
