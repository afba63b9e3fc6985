"""Aliases: their list, adding one, the page of one."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.finder.queries import matching
from hongyan.company.mailboxes import changes, routing
from hongyan.company.mailboxes.models import Alias
from hongyan.company.mailboxes.scope import aliases_within, places_of_address
from hongyan.company.people.domains import default_domain
from hongyan.company.people.models import Company
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.lists import Button, Column, Filter, List, Scope, answer
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import day
from hongyan.kernel.decision import Decision, Refusal

NOTICES = {
    "added": _("The alias is added."),
    "changed": _("The alias is changed."),
    "removed": _("The alias is removed."),
}


def rows(scope: Scope) -> QuerySet[Alias]:
    return aliases_within(scope.actor, "mailbox.read", scope.company).select_related("company")


def by_text(found: QuerySet[Alias], text: str, scope: Scope) -> QuerySet[Alias]:
    return found.filter(matching(scope.company, "alias", text) | Q(target__startswith=text.lower()))


def by_end(found: QuerySet[Alias], value: str, scope: Scope) -> QuerySet[Alias]:
    return found.filter(until__isnull=value == "lasting")


ALIASES: List[Alias] = List(
    key="aliases",
    title=_("Aliases"),
    permission="mailbox.read",
    rows=rows,
    label="address",
    order="address",
    columns=(
        Column("address", _("Address"), lambda a: a.address, sort="address", link=lambda a: page_of(a.address)),
        Column("target", _("Leads to"), lambda a: a.target, sort="target"),
        Column("until", _("Until"), lambda a: a.until),
        Column("since", _("Added"), lambda a: a.created_at),
    ),
    search=by_text,
    search_hint=_("Address or target"),
    filters=(
        Filter("end", _("End"), (("lasting", _("Without an end")), ("ending", _("With a last day"))), by_end),
    ),
    explain=_("Further addresses of mailboxes and groups. A renamed mailbox leaves its old address here for a time."),
    empty=_("There is no alias yet."),
)  # fmt: skip


def page_of(address: str) -> str:
    return reverse("console-alias", args=[address])


@console_page("mailbox.read")
def show(request: Request) -> HttpResponse:
    may = any(grant.permits("mailbox.write") for grant in request.actor.grants)
    buttons = [Button(_("Add an alias"), reverse("console-alias-add"))] if may else []
    return answer(request, ALIASES, {"buttons": buttons, "notice": NOTICES.get(request.GET.get("said", ""))})


@console_page("mailbox.write")
def add(request: Request) -> HttpResponse:
    company = current_company(request, "mailbox.write")
    if request.method != "POST":
        return _add_form(request, company)
    form = request.POST
    try:
        alias = routing.add_alias(
            actor=request.actor, company=company, address=whole(company, form.get("address", "")),
            target=whole(company, form.get("target", "")), until=day(form.get("until", "")),
        )  # fmt: skip
    except Refusal as refusal:
        return _add_form(request, company, refusal.decision)
    return SeeOther(page_of(alias.address) + "?said=added")


def whole(company: Company, text: str) -> str:
    """What stands before the @ is enough: the company's default domain is meant."""
    text, main = text.strip(), default_domain(company)
    return f"{text}@{main.name}" if text and "@" not in text and main else text


def _add_form(request: Request, company: Company, refusal: Decision | None = None) -> HttpResponse:
    main = default_domain(company)
    values = {
        "company": company, "refusal": refusal, "typed": request.POST if refusal else request.GET,
        "domain": main.name if main else "",
    }  # fmt: skip
    return page(request, "console/routing/alias_add.html", values, status=422 if refusal else 200)


def find(request: Request, address: str) -> Alias:
    """Refuses `alias.unknown` for what lies beyond the actor's reach."""
    alias = Alias.objects.select_related("company").filter(address=address.lower()).first()
    if alias is None or not _may(request, "mailbox.read", alias):
        raise Refusal("alias.unknown", address=address)
    return alias


def _may(request: Request, permission: Any, alias: Alias) -> bool:
    return request.actor.may(permission, alias.company.slug, places_of_address(alias.company, alias.target))


@console_page("mailbox.read")
def one(request: Request, address: str) -> HttpResponse:
    return _one(request, find(request, address))


def _one(request: Request, alias: Alias, refusal: Decision | None = None) -> HttpResponse:
    values = {
        "company": alias.company, "alias": alias, "may": _may(request, "mailbox.write", alias), "refusal": refusal,
        "typed": request.POST, "notice": NOTICES.get(request.GET.get("said", "")),
    }  # fmt: skip
    return page(request, "console/routing/alias.html", values, status=422 if refusal else 200)


@require_POST
@console_page("mailbox.read")
def change(request: Request, address: str) -> HttpResponse:
    alias, form = find(request, address), request.POST
    try:
        changes.change_alias(
            actor=request.actor, alias=alias, target=whole(alias.company, form.get("target", "")),
            until=day(form.get("until", "")),
        )  # fmt: skip
    except Refusal as refusal:
        return _one(request, find(request, address), refusal.decision)
    return SeeOther(page_of(address) + "?said=changed")


@require_POST
@console_page("mailbox.read")
def remove(request: Request, address: str) -> HttpResponse:
    alias = find(request, address)
    try:
        routing.remove_alias(actor=request.actor, alias=alias)
    except Refusal as refusal:
        return _one(request, alias, refusal.decision)
    return SeeOther(reverse("console-aliases") + "?said=removed")
