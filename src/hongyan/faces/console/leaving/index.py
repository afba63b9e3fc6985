"""The company's leavings, beginning one, and the company's rule for leavers' mail."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hongyan.company.leaving import actions, queries
from hongyan.company.leaving.models import FORMATS, OPEN_STATES, Leaving
from hongyan.company.people.models import Company
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.leaving.words import KINDS, STATES
from hongyan.faces.console.lists import Button, Column, Filter, List, Scope, answer
from hongyan.faces.console.mailboxes.forms import named_person
from hongyan.faces.console.people.life import the_day
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import whole
from hongyan.kernel.decision import Decision, Refusal

NOTICES: Final = {"rule": _("The rule is saved.")}


def rows(scope: Scope) -> QuerySet[Leaving]:
    return queries.leavings_within(scope.actor, scope.company).prefetch_related("steps", "units")


def shown_state(leaving: Leaving) -> object:
    word, tone = STATES[leaving.state]
    setattr(leaving, "tone", tone)  # noqa: B010 - it is no column
    return word


def waits(leaving: Leaving) -> str:
    if leaving.paused_at is not None:
        return str(_("Paused"))
    if leaving.state not in OPEN_STATES:
        return ""
    blocked = [step for step in leaving.steps.all() if step.state == "blocked"]
    return str(_("Somebody must decide")) if blocked else ""


def by_state(found: QuerySet[Leaving], value: str, scope: Scope) -> QuerySet[Leaving]:
    match value:
        case "open":
            return found.filter(state__in=OPEN_STATES)
        case "blocked":
            return found.filter(state__in=OPEN_STATES, steps__state="blocked").distinct()
        case "held":
            return found.filter(held_at__isnull=False)
    return found.filter(state=value)


LEAVINGS: List[Leaving] = List(
    key="leavings",
    title=_("Leaving"),
    permission="people.read",
    rows=rows,
    label="name",
    order="-number",
    columns=(
        Column("number", _("Number"), lambda x: x.pk, sort="id", number=True),
        Column("name", _("Name"), lambda x: x.name, sort="name", link=lambda x: reverse("leaving", args=[x.pk])),
        Column("unit", _("Unit"), lambda x: [unit.path for unit in x.units.all()]),
        Column("kind", _("Kind"), lambda x: KINDS[x.kind]),
        Column("state", _("State"), shown_state, template="console/tokens/state.html"),
        Column("waits", _("Waits"), waits),
        Column("due", _("Next date"), queries.due_on),
        Column("successor", _("Successor"), lambda x: x.successor.name if x.successor else "", shown=False),
        Column("begun", _("Begun"), lambda x: x.begun_at, shown=False),
        Column("by", _("Begun by"), lambda x: x.begun_by, shown=False),
    ),
    search=lambda found, text, scope: found.filter(name__icontains=text),
    search_hint=_("Name"),
    filters=(
        Filter(
            "state", _("State"),
            (("open", _("Under way")), ("blocked", _("Somebody must decide")), ("held", _("Legal hold")),
             *((key, word) for key, (word, _tone) in STATES.items())),
            by_state,
        ),
    ),
    explain=_("Everybody who leaves goes through one checklist: access ends, the work is handed over, the mail is kept and then archived."),
    empty=_("Nobody is leaving."),
)  # fmt: skip


@console_page("people.read")
def show(request: Request) -> HttpResponse:
    company = current_company(request, "people.read")
    buttons = [Button(_("Somebody leaves"), reverse("leaving-begin"))]
    if request.actor.may("settings.write", company.slug):
        buttons.append(Button(_("Rule for the mail"), reverse("leaving-rule"), main=False))
    return answer(request, LEAVINGS, {"buttons": buttons, "notice": NOTICES.get(request.GET.get("said", ""))})


@console_page("people.read")
def begin(request: Request) -> HttpResponse:
    company = current_company(request, "people.read")
    if request.method != "POST":
        return _form(request, company, request.GET)
    form = request.POST
    try:
        person = named_person(request.actor, company, form.get("person", ""))
        if person is None:
            raise Refusal("person.unknown", person="")
        leaving = actions.begin(
            actor=request.actor, person=person, kind=form.get("kind", "")[:20],
            last_day=the_day(form.get("last_day", ""), needed=False), reason=form.get("reason", "")[:400],
            successor=named_person(request.actor, company, form.get("successor", "")),
        )  # fmt: skip
    except Refusal as refusal:
        return _form(request, company, form, refusal.decision)
    return SeeOther(f"{reverse('leaving', args=[leaving.pk])}?said=begun")


def _form(request: Request, company: Company, typed: Any, refusal: Decision | None = None) -> HttpResponse:
    values = {"company": company, "typed": typed, "kinds": KINDS.items(), "refusal": refusal}
    return page(request, "console/leaving/begin.html", values, status=422 if refusal else 200)


@console_page("settings.write")
def rule(request: Request) -> HttpResponse:
    company = current_company(request, "settings.write")
    if request.method != "POST":
        return _rule(request, company)
    form = request.POST
    try:
        actions.set_rule(
            actor=request.actor, company=company, retain_days=whole(form.get("retain_days", ""), digits=5),
            form=form.get("form", "")[:20], recipient=form.get("recipient", "")[:200],
            automatic=form.get("automatic") == "yes", alias_days=whole(form.get("alias_days", ""), digits=5),
        )  # fmt: skip
    except Refusal as refusal:
        return _rule(request, company, refusal.decision)
    return SeeOther(f"{reverse('leavings')}?said=rule")


def _rule(request: Request, company: Company, refusal: Decision | None = None) -> HttpResponse:
    values = {"company": company, "rule": queries.rule_of(company), "forms": FORMATS, "refusal": refusal}
    return page(request, "console/leaving/rule.html", values, status=422 if refusal else 200)
