"""Adding a person, with a mailbox in one go.

Always: person and mailbox come together or not at all; the first password or the activation link is shown once, on the
answer itself, and kept nowhere (clauses G3.1.1, B4.13).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from hongyan.company.mailboxes.actions import NewMailbox, open_mailbox, open_with_password, require_account
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.people.actions import add_person
from hongyan.company.people.credentials import ACTIVATION_DAYS, FIRST_HOURS, make_link
from hongyan.company.people.models import LOCALES, Company, Person
from hongyan.company.people.persons import clean_phone
from hongyan.company.people.posts import clean_post
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.people import found
from hongyan.faces.console.people.life import grade_options, the_day, the_grade
from hongyan.faces.web.pages import page
from hongyan.faces.web.requests import Request
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal

FIELDS = (
    "name",
    "latin_name",
    "number",
    "locale",
    "unit",
    "post",
    "phone",
    "mobile",
    "local",
    "domain",
    "first",
    "joined",
)


@dataclass(frozen=True, slots=True)
class Added:
    person: Person
    mailbox: Mailbox | None = None
    password: str = ""
    link: str = ""


@console_page("people.write")
def show(request: Request) -> HttpResponse:
    company = current_company(request, "people.write")
    opens = request.actor.may_somewhere("mailbox.write", company.slug)
    values: dict[str, Any] = {
        "company": company, "grades": grade_options(company, []), "locales": LOCALES, "opens": opens, "first_hours": FIRST_HOURS,
        "activation_days": ACTIVATION_DAYS, "units": found.unit_options(request.actor, "people.write", company),
        "unit_needed": request.actor.reach("people.write", company.slug) is not None,
        "domains": list(company.domains.filter(alias_of=None).order_by("name").values_list("name", flat=True)),
    }  # fmt: skip
    if request.method != "POST":
        given = {
            "locale": company.locale, "unit": request.GET.get("unit", ""), "mailbox": opens, "first": "link", "grade": 0,
            "joined": clock.today().isoformat(),
        }  # fmt: skip
        return page(request, "console/people/add.html", values | {"given": given})
    given = {name: request.POST.get(name, "").strip()[:400] for name in FIELDS}
    given |= {name: name in request.POST for name in ("head", "deputy", "mailbox")}
    given["grade"] = the_grade(request.POST.get("grade", ""))
    try:
        added = add(request, company, given)
    except Refusal as refusal:
        values |= {"given": given, "refusal": refusal.decision}
        return page(request, "console/people/add.html", values, status=422)
    return page(request, "console/people/added.html", values | {"added": added})


@sensitive_variables()
def add(request: Request, company: Company, given: dict[str, Any]) -> Added:
    actor = request.actor
    unit = found.unit_of_path(actor, company, given["unit"]) if given["unit"] else None
    with transaction.atomic():
        person = add_person(
            actor=actor, company=company, name=given["name"], latin_name=given["latin_name"], number=given["number"],
            locale=given["locale"], unit=unit, post=clean_post(given["post"]), head=given["head"] and unit is not None,
            phone=clean_phone(given["phone"]), mobile=clean_phone(given["mobile"]), grade=given["grade"],
            deputy=given["deputy"] and unit is not None, joined_on=the_day(given["joined"], needed=False),
        )  # fmt: skip
        if not given["mailbox"]:
            return Added(person)
        new = NewMailbox(f"{given['local']}@{given['domain']}".lower(), person=person)
        if given["first"] == "password":
            mailbox, password = open_with_password(actor=actor, company=company, new=new, password=None)
            return Added(person, mailbox, password=password)
        mailbox = open_mailbox(actor=actor, company=company, new=new)
        token = make_link(actor=actor, account=require_account(mailbox), purpose="activate")
    return Added(person, mailbox, link=settings.WEB_URL.rstrip("/") + reverse("activate", args=[token]))
