"""Requests: filed, decided, withdrawn by programs. A program sits in nobody's seat: it decides what is the office's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from hongyan.company.people.queries import find_person
from hongyan.company.requests import actions, models, queries
from hongyan.company.requests.deciding import Outcome
from hongyan.faces.api.asking import Asking, company_of
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page, addressed, created
from hongyan.faces.api.schemas import requests as shapes
from hongyan.kernel.decision import Decision, Refusal

router = Router(tags=["Requests"])


def _row(request: Asking, row: models.Request, *, whole: bool = False) -> dict[str, object]:
    view = queries.view(row, request.locale, whole=whole)
    document: dict[str, object] = {
        "id": view.id, "number": view.number, "company": view.company, "form": view.form, "title": view.title,
        "state": view.state, "applicant": view.applicant, "filed_as": view.filed_as, "person": view.person_id,
        "name": view.person, "unit": view.unit, "subject": view.subject, "fields": view.fields,
        "exception": view.exception, "clause": view.rule, "filed_at": view.filed_at, "changed_at": view.changed_at,
        "reason": view.reason, "outcome": view.outcome,
    }  # fmt: skip
    if whole:
        document["attachments"] = list(view.attachments)
        document["path"] = [
            {
                "round": s.round, "title": s.title, "state": s.state, "asked": list(s.asked), "office": s.office,
                "notes": list(s.notes), "due_at": s.due_at,
                "said": [
                    {"name": d.name, "instead_of": d.instead_of, "verdict": d.verdict, "reason": d.reason, "by": d.by,
                     "at": d.at}
                    for d in s.said
                ],
            }
            for s in view.stations
        ]  # fmt: skip
    return document


def _find(request: Asking, number: int) -> models.Request:
    with addressed():
        return queries.find_request(number, request.actor)


@contextmanager
def _fields() -> Iterator[None]:
    """What is wrong with a field, with where it stands in the body."""
    try:
        yield
    except Refusal as refused:
        if refused.code != "request.fields_refused":
            raise
        reasons = tuple(
            Decision(r.code, r.params | {"pointer": f"/fields/{r.params.get('field', '')}"}, r.clause)
            for r in refused.reasons
        )
        raise Refusal(
            refused.code, clause=refused.decision.clause, reasons=reasons, **refused.decision.params
        ) from None


@router.get("requests", response=shapes.RequestPage, summary="List requests, newest first")
def list_requests(
    request: Asking, response: HttpResponse, company: Company = None,
    state: Annotated[shapes.State | None, Query(description="Only those in this state.")] = None,
    form: Annotated[shapes.Form | None, Query(description="Only those of this form.")] = None,
    limit: Limit = DEFAULT, cursor: Cursor = None,
) -> object:  # fmt: skip
    rows = queries.all_within(request.actor, company_of(request, company, "mailbox.read"))
    if state:
        rows = rows.filter(state=state)
    if form:
        rows = rows.filter(form=form)
    return page_of(
        request, response, rows, Page(limit, cursor), lambda some: [_row(request, r) for r in some], by="id", down=True
    )


@router.post("requests", response={201: shapes.Request}, summary="File a request")
def file_request(request: Asking, response: HttpResponse, body: shapes.FileRequest) -> object:
    company = company_of(request, body.company, "mailbox.read")
    person = find_person(company, body.person) if body.person is not None else None
    with _fields():
        filed = actions.file_request(
            actor=request.actor, company=company, form=body.form, fields=body.fields, for_person=person,
            exception=body.exception,
        )  # fmt: skip
    created(response, f"requests/{filed.pk}")
    return _row(request, filed, whole=True)


@router.get("requests/{int:number}", response=shapes.Request, summary="Show a request with its path")
def show_request(request: Asking, number: int) -> object:
    return _row(request, _find(request, number), whole=True)


@router.post("requests/{int:number}/decide", response=shapes.Decided, summary="Approve, reject or send back")
def decide_request(request: Asking, number: int, body: shapes.Decide) -> object:
    found = _find(request, number)
    step = queries.open_step(found)
    if step is None:
        raise Refusal("request.not_open", number=found.number)
    if body.verdict == "return":
        actions.send_back(actor=request.actor, step=step, reason=body.reason, by="api")
        outcome = Outcome(_find(request, number))
    else:
        outcome = actions.decide(
            actor=request.actor, step=step, verdict=body.verdict, reason=body.reason, by="api"
        )  # fmt: skip
    return _row(request, outcome.request, whole=True) | {"first_password": outcome.secret}


@router.post("requests/{int:number}/withdraw", response=shapes.Request, summary="Withdraw a request")
def withdraw_request(request: Asking, number: int, body: shapes.Withdraw) -> object:
    actions.withdraw(actor=request.actor, request=_find(request, number), reason=body.reason)
    return _row(request, _find(request, number), whole=True)


@router.post("requests/{int:number}/amend", response=shapes.Request, summary="Correct a stuck request and try again")
def amend_request(request: Asking, number: int, body: shapes.Amend) -> object:
    with _fields():
        amended = actions.amend(actor=request.actor, request=_find(request, number), fields=body.fields)
    return _row(request, amended, whole=True)


@router.post("requests/{int:number}/hand-out", response=shapes.Decided, summary="The password of an approved reset")
def hand_out_request(request: Asking, number: int) -> object:
    outcome = actions.carry_out(actor=request.actor, request=_find(request, number))
    return _row(request, outcome.request, whole=True) | {"first_password": outcome.secret}
