"""The company's permits, and the page that says whether one is needed."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hongyan.company.finder.queries import matching
from hongyan.company.permits import actions, queries
from hongyan.company.permits.models import Permit
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.lists import Button, Column, Filter, List, Scope, answer
from hongyan.faces.console.permits import words
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal

SOON = timedelta(days=30)


def rows(scope: Scope) -> QuerySet[Permit]:
    return queries.list_permits(scope.actor, scope.company)


def by_text(found: QuerySet[Permit], text: str, scope: Scope) -> QuerySet[Permit]:
    whose, low = matching(scope.company, "mailbox", text, field="mailbox"), text.lower()
    return found.filter(whose | Q(value__startswith=low) | Q(group__address__startswith=low))


def by_end(found: QuerySet[Permit], value: str, scope: Scope) -> QuerySet[Permit]:
    if value == "lasting":
        return found.filter(until=None)
    return found.filter(until__lte=clock.today() + SOON)


def page_of(permit: Permit) -> str:
    return reverse("console-mailbox", args=[permit.mailbox.address]) + "#permits"


PERMITS: List[Permit] = List(
    key="permits",
    title=_("Permits"),
    permission="mailbox.read",
    rows=rows,
    label="address",
    order="-since",
    columns=(
        Column("address", _("Mailbox"), lambda p: p.mailbox.address, link=page_of),
        Column("name", _("Name"), lambda p: p.mailbox.person.name if p.mailbox.person else p.mailbox.display_name),
        Column("kind", _("Permit"), lambda p: dict(words.KINDS)[p.kind]),
        Column("what", _("To whom"), words.what),
        Column("until", _("Last day"), lambda p: p.until),
        Column("source", _("From"), words.source),
        Column("reason", _("Reason"), lambda p: p.reason, shown=False),
        Column("by", _("Given by"), lambda p: p.granted_by, shown=False),
        Column("since", _("Given on"), lambda p: p.granted_at, sort="granted_at"),
    ),
    search=by_text,
    search_hint=_("Mailbox, name or target"),
    filters=(
        Filter("kind", _("Permit"), words.KINDS, lambda found, value, scope: found.filter(kind=value)),
        Filter("end", _("Until"), (("lasting", _("Without an end")), ("soon", _("Ends within 30 days"))), by_end),
    ),
    explain=_("What single mailboxes may beyond the company's rules. A permit is given on the mailbox's page."),
    empty=_("No mailbox has a permit."),
)


@console_page("mailbox.read")
def show(request: Request) -> HttpResponse:
    may = any(grant.permits("settings.write") for grant in request.actor.grants)
    buttons = [Button(_("Who needs one"), reverse("console-permit-modes"), main=False)] if may else []
    return answer(request, PERMITS, {"buttons": buttons})


@console_page("settings.write")
def modes(request: Request) -> HttpResponse:
    company = current_company(request, "settings.write")
    values = {"company": company, "modes": queries.modes_of(company), "options": words.MODES}
    if request.method != "POST":
        return page(request, "console/permits/modes.html", values | {"saved": request.GET.get("said") == "saved"})
    try:
        actions.set_modes(
            actor=request.actor,
            company=company,
            outside=request.POST.get("outside"),
            forward=request.POST.get("forward"),
        )
    except Refusal as refusal:
        return page(request, "console/permits/modes.html", values | {"refusal": refusal.decision}, status=422)
    return SeeOther(reverse("console-permit-modes") + f"?company={company.slug}&said=saved")
