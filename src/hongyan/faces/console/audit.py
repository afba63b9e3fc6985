"""The audit of one company (or of the machine), with filters and the proof that it is whole."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date

from hongyan.evidence.audit.queries import list_events, verify
from hongyan.faces.console.access import companies_of, console_page, runs_machine
from hongyan.faces.console.events import GROUPS
from hongyan.faces.web.pages import page
from hongyan.faces.web.requests import Request
from hongyan.kernel.ledger import INSTANCE

PAGE = 50


@console_page("audit.read")
def show(request: Request) -> HttpResponse:
    chains = {company.slug: company.name for company in companies_of(request.actor, "audit.read")}
    if runs_machine(request.actor):
        chains[INSTANCE] = ""
    asked = request.GET
    chain = asked.get("chain") or next(iter(chains), "")
    if chain not in chains:
        raise Http404
    subject, kind = asked.get("subject", "").strip().lower(), asked.get("kind", "")
    since, until = _day(asked.get("since", "")), _day(asked.get("until", ""), days=1)
    rows = list_events(chain, subject=subject, kind=kind, since=since, until=until)
    checked = verify(chain) if "verify" in asked else None
    values = {
        "chains": chains, "chain": chain, "subject": subject, "kind": kind, "asked": asked, "checked": checked,
        "kinds": GROUPS,
        "events": Paginator(rows, PAGE).get_page(asked.get("page")),
    }  # fmt: skip
    return page(request, "console/audit.html", values)


def _day(text: str, days: int = 0) -> datetime | None:
    """Midnight of the day, here; `days` later."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min)) if day else None
