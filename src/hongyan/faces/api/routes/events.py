"""The audit: what happened, in the order in which it did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router

from hongyan.evidence.audit.queries import list_events as find_events
from hongyan.faces.api.asking import Asking, company_of, runs_machine
from hongyan.faces.api.paging import page_of
from hongyan.faces.api.problems import Absent
from hongyan.faces.api.routes.common import DEFAULT, Company, Cursor, Limit, Page
from hongyan.faces.api.schemas import machine as shapes
from hongyan.kernel.decision import Refusal
from hongyan.kernel.ledger import INSTANCE
from hongyan.kernel.models import Event

router = Router(tags=["Audit"])


def _shown(event: Event) -> shapes.Event:
    return shapes.Event(
        number=event.seq, at=event.at, kind=event.kind, actor=event.actor, subject=event.subject, params=event.params,
        hash=event.hash,
    )  # fmt: skip


def _chain(request: Asking, company: str | None) -> str:
    if company == INSTANCE:
        if not runs_machine(request.actor):
            raise Absent(Refusal("company.unknown", slug=INSTANCE))
        return INSTANCE
    found = company_of(request, company, "audit.read")
    request.actor.require("audit.read", found.slug)
    return found.slug


@router.get("events", response=shapes.EventPage, summary="List a company's events (company=instance: the machine's)")
def list_events(
    request: Asking, response: HttpResponse, company: Company = None,
    subject: Annotated[str, Query(max_length=254, description="What it is about.", examples=["alice@corp.example"])] = "",
    kind: Annotated[str, Query(max_length=60, description="Matches from the start: mailbox.")] = "",
    since: Annotated[datetime | None, Query(description="Not before.")] = None,
    until: Annotated[datetime | None, Query(description="Before.")] = None,
    limit: Limit = DEFAULT, cursor: Cursor = None,
) -> object:  # fmt: skip
    rows = find_events(_chain(request, company), subject=subject, kind=kind, since=_aware(since), until=_aware(until))
    return page_of(
        request, response, rows, Page(limit, cursor), lambda some: [_shown(e) for e in some], by="seq", down=True
    )


def _aware(moment: datetime | None) -> datetime | None:
    """A time without a zone is the machine's."""
    return timezone.make_aware(moment) if moment is not None and timezone.is_naive(moment) else moment
