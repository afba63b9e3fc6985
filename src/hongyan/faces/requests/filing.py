"""Choosing a form, filling it, sending it; the check of an address while it is typed.

Never: decides who may ask: a form that somebody may not file stands under what he may not, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from hongyan.company.people.models import Company, Person
from hongyan.company.people.scope import persons_within
from hongyan.company.requests import actions, chains, fields as cleaning, queries
from hongyan.company.requests.forms import FORMS, Form
from hongyan.faces.console.mailboxes.forms import named_person
from hongyan.faces.requests import drawing, durations, fields, words
from hongyan.faces.web import words as said
from hongyan.faces.web.pages import SeeOther, page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

REPORTS = 50


def company_of(request: Request) -> Company:
    """The company of whoever asks; the machine's operator has none and asks for nothing."""
    company = request.account.company
    if company is None:
        raise Http404
    return company


# -- for whom ---------------------------------------------------------------------------------------------
def _whom(request: Request, company: Company) -> Person | None:
    """`for=`: somebody else, whom the actor sees. Refuses `person.unknown`, `person.several`."""
    text = request.POST.get("for", "") or request.GET.get("for", "")
    return named_person(request.actor, company, text) if text.strip() else None


def _key(whom: Person | None) -> str:
    return f"#{whom.pk}" if whom is not None else ""


def sees_others(request: Request, company: Company) -> bool:
    return request.actor.may_somewhere("people.read", company.slug)


# -- choosing ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Offer:
    """A form as it is offered, or why it is not."""

    title: str
    about: words.Text
    url: str
    by: str  #: who decides, in one line
    group: str
    why: Decision | None = None
    exception: bool = False  #: the exception route is open
    takes: str = ""  #: how long it usually takes


@signed_in
def choose(request: Request) -> HttpResponse:
    company, refusal = company_of(request), None
    try:
        whom = _whom(request, company)
    except Refusal as refused:
        whom, refusal = None, refused.decision
    offers = _offers(request, company, whom)
    values: dict[str, Any] = {
        "company": company, "whom": whom, "refusal": refusal, "groups": _grouped(o for o in offers if not o.why),
        "closed": [offer for offer in offers if offer.why], "for_others": sees_others(request, company),
        "reports": _reports(request, company),
    }  # fmt: skip
    return page(request, "requests/choose.html", values, status=422 if refusal else 200)


def _reports(request: Request, company: Company) -> list[Person]:
    """Some of those whom he may ask for, to choose from while typing."""
    if not sees_others(request, company):
        return []
    return list(
        persons_within(request.actor, "people.read", company).filter(left_on__isnull=True).order_by("name")[:REPORTS]
    )


def _offers(request: Request, company: Company, whom: Person | None) -> list[Offer]:
    """Every form that he could file. Who decides is looked up once for each chain, not for each form, unless it tells forms apart."""
    usual, rules, ways = durations.usual(company), chains.rules_of(company), dict[tuple[str, ...], str]()
    apart = {chain.name for chain in chains.chains_of(company) if '"forms"' in json.dumps(chain.steps)}
    found = []
    for form in queries.forms_for(request.actor, company):
        why = queries.may_file(request.actor, form.name, whom)
        if whom is None and "self" not in form.filers:
            why = None  # for somebody else, whose mailbox is named in the form
        exception = _is_exception(why)
        chain = rules[form.name].exception if exception else rules[form.name].chain
        way = (chain, form.name if chain in apart else "", str(exception), *form.filers)
        if (not why or exception) and way not in ways:
            ways[way] = drawing.in_one_line(_before(request, company, form, whom, exception))
        asked = {key: value for key, value in (("for", _key(whom)), ("exception", "1" if exception else "")) if value}
        found.append(Offer(
            title=words.form_title(form.name), about=words.ABOUT.get(form.name, ""), group=form.group, why=why,
            url=reverse("request-fill", args=[form.name]) + (f"?{urlencode(asked)}" if asked else ""),
            by="" if why and not exception else ways[way], exception=exception,
            takes=durations.spelled(usual.get(form.name)),
        ))  # fmt: skip
    return found


def _before(
    request: Request, company: Company, form: Form, whom: Person | None, exception: bool
) -> list[queries.Station]:
    return queries.path_before(
        request.actor, form.name, whom, company, said.current_locale(), exception=exception
    )  # fmt: skip


def _grouped(offers: Iterable[Offer]) -> list[dict[str, Any]]:
    found = list(offers)
    groups = ((name, title, [o for o in found if o.group == name]) for name, title in words.GROUPS.items())
    return [{"name": name, "title": title, "offers": some} for name, title, some in groups if some]


# -- filling ----------------------------------------------------------------------------------------------
@signed_in
def fill(request: Request, form: str) -> HttpResponse:
    company = company_of(request)
    if form not in FORMS:
        raise Http404
    whom, known = _whom(request, company), FORMS[form]
    if request.method != "POST":
        return _fill(request, company, known, whom)
    values = fields.typed(known, request.POST)
    try:
        filed = actions.file_request(
            actor=request.actor, form=form, fields=fields.raw(known, values, company), for_person=whom,
            attachments=fields.files(request.FILES.getlist("files")), exception=request.POST.get("exception") == "1",
            company=company,
        )  # fmt: skip
    except Refusal as refusal:
        return _fill(request, company, known, whom, refusal)
    return SeeOther(reverse("request", args=[filed.pk]) + "?said=filed")


def _fill(
    request: Request, company: Company, form: Form, whom: Person | None, refusal: Refusal | None = None
) -> HttpResponse:
    person = whom or request.account.person
    why = queries.may_file(request.actor, form.name, whom)
    if whom is None and "self" not in form.filers:
        why = None
    exception = _is_exception(why)
    if why is not None and not exception and refusal is None:
        raise Refusal(why.code, clause=why.clause, **why.params)
    typed = fields.typed(form, request.POST) if refusal else {}
    asked = fields.inputs(form, company, person, typed)
    decision, by_field, reasons = fields.sorted_out(refusal)
    values: dict[str, Any] = {
        "company": company, "whom": whom, "whom_key": _key(whom), "exception": exception, "why": why,
        "form": {
            "title": words.form_title(form.name), "about": words.ABOUT.get(form.name, ""),
            "after": words.AFTER.get(form.group, ""), "takes": durations.spelled(durations.usual(company).get(form.name)), "clause": said.clause_mark(form.clause, said.current_locale()),
        },
        "fields": fields.with_wrongs(asked, by_field), "wants_scan": form.attachment == "wanted",
        "refusal": decision, "reasons": reasons, "files_hint": fields.files_hint(),
        "choose": reverse("request-new") + (f"?{urlencode({'for': _key(whom)})}" if whom else ""),
        "path": drawing.foreseen(_before(request, company, form, whom, exception)),
    }  # fmt: skip
    return page(request, "requests/fill.html", values, status=422 if refusal else 200)


def _is_exception(why: Decision | None) -> bool:
    """Whether the rules leave somebody out, but the exception route is open (clause B1.7)."""
    return why is not None and why.code == "request.exception_only"


# -- an address while it is typed ---------------------------------------------------------------------------
@require_POST
@signed_in
def check_address(request: Request) -> JsonResponse:
    """Whether an address could be had now: `{"state": "good" | "bad", "said": ...}`."""
    company = company_of(request)
    asking = cleaning.Asking(company, request.actor, request.account.person)
    try:
        found = cleaning.cleaned(
            FORMS["personal"], {"address": request.POST.get("address", "")}, asking, only=("address",)
        )
    except Refusal as refusal:
        reason = (*refusal.reasons, refusal.decision)[0]
        return JsonResponse({"state": "bad", "said": said.tell(reason, said.current_locale())})
    return JsonResponse({"state": "good", "said": gettext("%(address)s is free.") % {"address": found["address"]}})
