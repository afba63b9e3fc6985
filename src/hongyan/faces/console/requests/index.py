"""Every request of the reader's reach, as one of the console's lists."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hongyan.company.requests import queries
from hongyan.company.requests.forms import FORMS
from hongyan.company.requests.models import STATES, Request as Filed
from hongyan.faces.console.access import console_page
from hongyan.faces.console.lists import Button, Column, Filter, List, Options, Scope, answer
from hongyan.faces.console.requests.words import NOTICES
from hongyan.faces.requests import drawing, words
from hongyan.faces.web.requests import Request

PREFETCH = ("steps", "steps__seats__person", "steps__seats__stand_in")


def rows(scope: Scope) -> QuerySet[Filed]:
    if scope.asked.get("needs") == "office":
        return queries.needing_office(scope.actor, scope.company).prefetch_related(*PREFETCH)
    return queries.all_within(scope.actor, scope.company).prefetch_related(*PREFETCH)


def forms(scope: Scope) -> Options:
    return [(name, words.form_title(name)) for name in FORMS]


def states(scope: Scope) -> Options:
    return [(state, words.state_word(state)) for state in STATES]


def search(found: QuerySet[Filed], text: str, scope: Scope) -> QuerySet[Filed]:
    """By number, by the address that it is about, by the name of whom it is for."""
    digits = text.removeprefix("#")
    if digits.isascii() and digits.isdigit() and len(digits) < 9:
        return found.filter(number=int(digits))
    if "@" in text or text.isascii():
        return found.filter(Q(subject__startswith=text.lower()) | Q(person__name__startswith=text))
    return found.filter(person__name__startswith=text)


def since(found: QuerySet[Filed], value: str, scope: Scope) -> QuerySet[Filed]:
    try:
        return found.filter(filed_at__date__gte=date.fromisoformat(value))
    except ValueError:
        return found


def page_of(filed: Filed) -> str:
    return reverse("console-request", args=[filed.pk])


def shown_state(filed: Filed) -> str:
    """The word; the cell's template finds its tone beside it."""
    setattr(filed, "tone", words.TONES[filed.state])  # noqa: B010 - it is no column
    return words.state_word(filed.state)


REQUESTS: List[Filed] = List(
    key="requests",
    title=_("Requests"),
    permission="mailbox.read",
    rows=rows,
    label="number",
    order="-number",
    columns=(
        Column("number", _("Number"), words.mark, sort="number", link=page_of),
        Column("form", _("What"), lambda r: words.form_title(r.form)),
        Column("subject", _("About"), lambda r: r.subject),
        Column("whom", _("For"), lambda r: r.person.name if r.person else ""),
        Column("state", _("State"), shown_state, template="console/tokens/state.html"),
        Column("where", _("Whose turn"), drawing.where),
        Column("unit", _("Unit"), lambda r: r.unit.path if r.unit else "", shown=False),
        Column("applicant", _("Filed by"), lambda r: r.filed_by, shown=False),
        Column("filed", _("Filed"), lambda r: r.filed_at),
        Column("ended", _("Ended"), lambda r: r.ended_at, shown=False),
    ),
    search=search,
    search_hint=_("Number, address or name"),
    filters=(
        Filter("needs", _("Needs"), (("office", _("Needs the office")),), lambda found, value, scope: found),
        Filter("state", _("State"), states, lambda found, value, scope: found.filter(state=value)),
        Filter("form", _("What"), forms, lambda found, value, scope: found.filter(form=value)),
        Filter("since", _("Filed since"), (), since, kind="date"),
    ),
    explain=_("What people ask for, where it is, and what is stuck."),
    empty=_("Nobody has asked for anything yet."),
)


@console_page("mailbox.read")
def show(request: Request) -> HttpResponse:
    buttons = []
    if any(grant.permits("settings.write") for grant in request.actor.grants):
        buttons = [Button(_("Forms and chains"), reverse("console-forms"), main=False)]
    return answer(request, REQUESTS, {"buttons": buttons, "notice": NOTICES.get(request.GET.get("said", ""))})
