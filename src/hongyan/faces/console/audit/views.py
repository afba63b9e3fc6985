"""The audit of one company (or of the machine): filters, the proof that it is whole, export."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext, gettext_lazy as _

from hongyan.company.people.models import Company
from hongyan.evidence.audit.queries import find_events, verify
from hongyan.faces.console import events
from hongyan.faces.console.access import companies_of, console_page, runs_machine
from hongyan.faces.console.audit import asked
from hongyan.faces.console.companies import COOKIE
from hongyan.faces.console.lists.export import KINDS as FORMS
from hongyan.faces.console.lists.spec import Column
from hongyan.faces.console.subjects import page_of
from hongyan.faces.web.pages import page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import whole
from hongyan.kernel import clock, ledger
from hongyan.kernel.ledger import INSTANCE
from hongyan.kernel.models import Event

PAGE = 50
MOST_EXPORTED = 100_000


class Row:
    """An event with the page of what it is about."""

    def __init__(self, event: Event, company: Company | None) -> None:
        self.event = event
        self.subject_url = page_of(event.subject, company)


def _chains(request: Request) -> dict[str, Company | None]:
    """The chains that the actor reads whole: a branch's reach is none."""
    companies = companies_of(request.actor, "audit.read")
    found: dict[str, Company | None] = {c.slug: c for c in companies if request.actor.may("audit.read", c.slug)}
    if runs_machine(request.actor):
        found[INSTANCE] = None
    return found


def _chain(request: Request, chains: dict[str, Company | None]) -> str:
    wanted = request.GET.get("chain")
    if wanted is None:
        remembered = request.COOKIES.get(COOKIE, "")
        wanted = remembered if remembered in chains else next(iter(chains), "")
    if wanted not in chains:
        raise Http404
    return wanted


@console_page("audit.read")
def show(request: Request) -> HttpResponse:
    chains = _chains(request)
    chain = _chain(request, chains)
    question = asked.read(request.GET)
    asked_before = whole(request.GET.get("before", ""), -1)
    before = asked_before if asked_before >= 0 else None
    found = list(find_events(chain, question.question, before=before)[: PAGE + 1])
    values: dict[str, Any] = {
        "chains": {slug: company.name if company else "" for slug, company in chains.items()}, "chain": chain,
        "asked": question, "groups": asked.groups(),
        "checked": verify(chain) if "verify" in request.GET else None,
        "rows": [Row(event, chains[chain]) for event in found[:PAGE]],
        "older": question.query(chain=chain, before=found[PAGE - 1].seq) if len(found) > PAGE else "",
        "newest": question.query(chain=chain) if before else "", "again": question.query(chain=chain),
        "forms": sorted(FORMS), "company": chains[chain], "searched": question.question.searched,
    }  # fmt: skip
    return page(request, "console/audit/page.html", values)


def _columns() -> tuple[Column[Any], ...]:
    return (
        Column("seq", _("No."), lambda e: e.seq),
        Column("at", _("Time"), lambda e: e.at),
        Column("kind", _("Kind"), lambda e: e.kind),
        Column("what", _("What"), lambda e: events.refusal(e) or events.title(e)),
        Column("about", _("About"), lambda e: e.subject),
        Column("actor", _("Actor"), lambda e: e.actor),
        Column("details", _("Details"), events.details),
        Column("hash", _("Hash"), lambda e: e.hash),
    )


@console_page("audit.read")
def take(request: Request, form: str) -> HttpResponse:
    """The whole result as a sheet; that it was taken stands in the same audit."""
    chain = _chain(request, _chains(request))
    if form not in FORMS:
        raise Http404
    question = asked.read(request.GET)
    rows = find_events(chain, question.question)[:MOST_EXPORTED]
    ledger.record(
        "audit.exported", chain=chain, actor=request.actor.name, subject=chain, format=form, asked=question.query()
    )
    response = FORMS[form](gettext("Audit"), _columns(), rows.iterator(chunk_size=1000))
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{chain}-{clock.today():%Y%m%d}.{form}"'
    return response  # type: ignore[return-value]
