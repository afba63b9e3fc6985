"""Opening a mailbox by hand: kind, address, whose, size; how its owner gets in is shown once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.urls import reverse

from hongyan.company.mailboxes import actions
from hongyan.company.mailboxes.actions import NewMailbox
from hongyan.company.mailboxes.models import PERSONAL_KINDS, Mailbox
from hongyan.company.people import credentials
from hongyan.company.people.domains import default_domain
from hongyan.company.people.models import Company, Person
from hongyan.company.people.scope import persons_within, units_within
from hongyan.company.people.settings import parse_size
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.mailboxes import page as pages, words
from hongyan.faces.console.mailboxes.forms import OFFERED, named_person, named_unit
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import day
from hongyan.kernel.actor import Actor
from hongyan.kernel.decision import Decision, Refusal


@console_page("mailbox.write")
def show(request: Request) -> HttpResponse:
    company = current_company(request, "mailbox.write")
    if request.method != "POST":
        return _form(request, company)
    try:
        mailbox, given = _open(request, company, request.POST)
    except Refusal as refusal:
        return _form(request, company, refusal.decision)
    if given:
        return pages.answer(request, pages.find(request.actor, mailbox.address), given=given, opened=True)
    return SeeOther(reverse("console-mailbox", args=[mailbox.address]) + "?said=opened")


def _form(request: Request, company: Company, refusal: Decision | None = None) -> HttpResponse:
    form = request.POST if refusal else request.GET
    main, units = default_domain(company), units_within(request.actor, "mailbox.write", company)
    values: dict[str, Any] = {
        "company": company,
        "refusal": refusal,
        "typed": form,
        "kind": form.get("kind") if form.get("kind") in dict(words.KINDS) else "personal",
        "kinds": [(key, title, words.KIND_HINTS[key]) for key, title in words.KINDS],
        "domains": company.domains.filter(alias_of=None).order_by("name"),
        "domain": form.get("domain") or (main.name if main else ""),
        "units": list(units[:OFFERED]),
        "person": _person(request.actor, company, form.get("person", "")),
    }
    return page(request, "console/mailboxes/open.html", values, status=422 if refusal else 200)


def _person(actor: Actor, company: Company, text: str) -> Person | None:
    """Whom the page was opened for, when the actor reaches him."""
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        return None
    return persons_within(actor, "people.read", company).filter(pk=int(text)).first()


def _open(request: Request, company: Company, form: QueryDict) -> tuple[Mailbox, dict[str, str]]:
    actor, kind = request.actor, form.get("kind", "personal")
    local, size = form.get("local", "").strip(), form.get("size", "").strip()
    whose = named_person(actor, company, form.get("whose", ""))
    new = NewMailbox(
        address=local if "@" in local else f"{local}@{form.get('domain', '')}",
        kind=kind,
        person=whose if kind in PERSONAL_KINDS else None,
        keeper=None if kind in PERSONAL_KINDS else whose,
        unit=None
        if whose and kind in PERSONAL_KINDS
        else named_unit(actor, "mailbox.write", company, form.get("unit", "")),
        display_name=form.get("name", "").strip(),
        quota_mb=parse_size(size) if size else None,
        expires_on=day(form.get("until", "")),
    )
    if kind not in PERSONAL_KINDS:
        return actions.open_mailbox(actor=actor, company=company, new=new), {}
    if form.get("how") == "link":
        mailbox = actions.open_mailbox(actor=actor, company=company, new=new)
        token = credentials.make_link(actor=actor, account=actions.require_account(mailbox), purpose="activate")
        return mailbox, {"link": settings.WEB_URL + reverse("activate", args=[token])}
    mailbox, first = actions.open_with_password(actor=actor, company=company, new=new, password=None)
    return mailbox, {"password": first}
