"""Leaving: begin, look at the checklist, steer, archive, delete; the company's rule.

The supervised look is not here: it takes two persons at the console, never a program (clause G2.1.5).
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Query, Router

from hongyan.company.leaving import actions, ending, models, queries, returning
from hongyan.company.mailboxes.queries import find_mailbox
from hongyan.company.people.queries import find_person
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, addressed, created
from hongyan.faces.api.routes.persons import find as find_visible
from hongyan.faces.api.schemas import leaving as shapes
from hongyan.kernel.address import parse
from hongyan.kernel.decision import Refusal

router = Router(tags=["Leaving"])
State = Annotated[shapes.LeavingState | None, Query(description="Only those in this state.")]


def _find(request: Asking, number: int) -> models.Leaving:
    with addressed():
        return queries.find_leaving(request.actor, number)


def _shown(leaving: models.Leaving) -> dict[str, Any]:
    leaving.refresh_from_db()
    return {
        "id": leaving.pk, "company": leaving.company.slug, "person": leaving.person_id, "name": leaving.name,
        "kind": leaving.kind, "state": leaving.state, "paused": leaving.paused_at is not None,
        "held": leaving.held_at is not None, "last_day": leaving.last_day, "effective_at": leaving.effective_at,
        "retain_until": leaving.retain_until, "end": leaving.end, "successor": leaving.successor_id,
        "successor_left": leaving.successor_left,
        "mailboxes": list(leaving.mailboxes.order_by("address").values_list("address", flat=True)),
        "steps": [
            {"step": s.name, "state": s.state, "at": s.at, "by": s.by, "note": s.note, "detail": s.detail}
            for s in queries.steps_of(leaving)
        ],
        "archives": [
            {"id": e.pk, "address": e.mailbox.address, "format": e.form, "state": e.state, "file": e.file,
             "sha256": e.sha256, "messages": e.messages, "size": e.size, "encrypted": bool(e.recipient)}
            for e in queries.exports_of(leaving)
        ],
    }  # fmt: skip


def _lines(rows: list[models.Leaving]) -> list[dict[str, Any]]:
    waits = queries.blocked(rows)
    return [
        {"id": x.pk, "company": x.company.slug, "person": x.person_id, "name": x.name, "kind": x.kind,
         "state": x.state, "paused": x.paused_at is not None, "blocked": waits.get(x.pk, []), "due": queries.due_on(x)}
        for x in rows
    ]  # fmt: skip


@router.get("leavings", response=shapes.LeavingPage, summary="List a company's leavings, newest first")
def list_leavings(
    request: Asking, response: HttpResponse, company: Company = None, state: State = None, limit: Limit = DEFAULT,
    cursor: Cursor = None,
) -> object:  # fmt: skip
    rows = queries.leavings_within(request.actor, company_of(request, company, "people.read"))
    if state is not None:
        rows = rows.filter(state=state)
    return page_of(request, response, rows, Page(limit, cursor), _lines, by="id", down=True)


@router.post("leavings", response={201: shapes.Leaving}, summary="Somebody leaves, or a mailbox ends")
def begin_leaving(request: Asking, response: HttpResponse, body: shapes.BeginLeaving) -> object:
    company = company_of(request, body.company, "people.read")
    person = find_visible(request, body.person) if body.person is not None else None
    mailbox = find_mailbox(parse(body.mailbox), request.actor) if body.mailbox else None
    if (person is None) == (mailbox is None):
        raise Refusal("leaving.who")
    if mailbox is not None and mailbox.company_id != company.pk:
        raise Refusal("mailbox.unknown", address=mailbox.address)
    if person is not None and person.company_id != company.pk:
        raise Refusal("person.unknown", person=person.pk)
    successor = find_person(company, body.successor) if body.successor is not None else None
    leaving = actions.begin(
        actor=request.actor, person=person, mailbox=mailbox, kind=body.kind, last_day=body.last_day,
        successor=successor, reason=body.reason,
    )  # fmt: skip
    created(response, f"leavings/{leaving.pk}")
    return _shown(leaving)


@router.get("leavings/{int:number}", response=shapes.Leaving, summary="The checklist")
def show_leaving(request: Asking, number: int) -> object:
    return _shown(_find(request, number))


@router.post("leavings/{int:number}/tick", response=shapes.Leaving, summary="Say that a step is done")
def tick_leaving(request: Asking, number: int, body: shapes.TickStep) -> object:
    leaving = _find(request, number)
    actions.tick(actor=request.actor, leaving=leaving, step=body.step, note=body.note)
    return _shown(leaving)


@router.post("leavings/{int:number}/pause", response=shapes.Leaving, summary="Nothing more is done by itself")
def pause_leaving(request: Asking, number: int, body: shapes.LeavingReason) -> object:
    leaving = _find(request, number)
    actions.pause(actor=request.actor, leaving=leaving, reason=body.reason)
    return _shown(leaving)


@router.post("leavings/{int:number}/resume", response=shapes.Leaving, summary="Go on")
def resume_leaving(request: Asking, number: int) -> object:
    leaving = _find(request, number)
    actions.resume(actor=request.actor, leaving=leaving)
    return _shown(leaving)


@router.post("leavings/{int:number}/cancel", response=shapes.Leaving, summary="While the last day is not over")
def cancel_leaving(request: Asking, number: int, body: shapes.LeavingReason) -> object:
    leaving = _find(request, number)
    actions.cancel(actor=request.actor, leaving=leaving, reason=body.reason)
    return _shown(leaving)


@router.post("leavings/{int:number}/back", response=shapes.Leaving, summary="The person is back, the mail still kept")
def take_leaver_back(request: Asking, number: int, body: shapes.LeavingReason) -> object:
    leaving = _find(request, number)
    returning.take_back(actor=request.actor, leaving=leaving, reason=body.reason)
    return _shown(leaving)


@router.post("leavings/{int:number}/successor", response=shapes.Leaving, summary="Name who takes over")
def name_leaver_successor(request: Asking, number: int, body: shapes.LeavingSuccessor) -> object:
    leaving = _find(request, number)
    successor = find_person(leaving.company, body.person)
    actions.name_successor(actor=request.actor, leaving=leaving, successor=successor)
    return _shown(leaving)


@router.post("leavings/{int:number}/hold", response=shapes.Leaving, summary="The law asks for the mail")
def hold_leaving(request: Asking, number: int, body: shapes.LeavingReason) -> object:
    leaving = _find(request, number)
    actions.hold(actor=request.actor, leaving=leaving, reason=body.reason)
    return _shown(leaving)


@router.post("leavings/{int:number}/release", response=shapes.Leaving, summary="The legal hold ends")
def release_leaving(request: Asking, number: int, body: shapes.LeavingReason) -> object:
    leaving = _find(request, number)
    actions.end_hold(actor=request.actor, leaving=leaving, reason=body.reason)
    return _shown(leaving)


@router.post("leavings/{int:number}/end", response=shapes.Leaving, summary="What becomes of the address")
def choose_leaving_end(request: Asking, number: int, body: shapes.LeavingEnd) -> object:
    leaving = _find(request, number)
    ending.choose_end(actor=request.actor, leaving=leaving, end=body.end)
    return _shown(leaving)


@router.post("leavings/{int:number}/export", response={202: shapes.Leaving}, summary="Make an archive now")
def export_leaving(request: Asking, number: int, body: shapes.LeavingExport) -> object:
    leaving = _find(request, number)
    ending.export_again(actor=request.actor, leaving=leaving, form=body.format or "")
    return _shown(leaving)


@router.post(
    "leavings/{int:number}/finish", response={202: shapes.Leaving}, summary="Delete the mail, with a certificate"
)
def finish_leaving(request: Asking, number: int, body: shapes.LeavingReason) -> object:
    leaving = _find(request, number)
    ending.finish(actor=request.actor, leaving=leaving, reason=body.reason)
    return _shown(leaving)


def _rule(rule: models.Rule) -> dict[str, Any]:
    return {
        "company": rule.company.slug, "retain_days": rule.retain_days, "format": rule.form,
        "encrypt_to": rule.recipient, "automatic": rule.automatic, "alias_days": rule.alias_days,
    }  # fmt: skip


@router.get("leaving-rule", response=shapes.LeavingRule, summary="What the company does with a leaver's mail")
def show_leaving_rule(request: Asking, company: Company = None) -> object:
    return _rule(queries.rule_of(company_of(request, company, "settings.write")))


@router.patch("leaving-rule", response=shapes.LeavingRule, summary="Change it")
def change_leaving_rule(request: Asking, body: shapes.ChangeLeavingRule) -> object:
    company = company_of(request, body.company, "settings.write")
    return _rule(
        actions.set_rule(
            actor=request.actor, company=company, retain_days=body.retain_days, form=body.format,
            recipient=body.encrypt_to, automatic=body.automatic, alias_days=body.alias_days,
        )
    )  # fmt: skip
