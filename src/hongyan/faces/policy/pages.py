"""The policy as staff read it: the newest edition, those before it, and the button that says it was read."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.people.models import Company
from hongyan.company.reading import actions, queries
from hongyan.company.reading.models import Edition
from hongyan.faces.policy.prose import blocks
from hongyan.faces.web.pages import SeeOther, page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal


@signed_in
def show(request: Request, number: int = 0) -> HttpResponse:
    """The newest edition, or an older one by its number."""
    company = _company(request)
    edition = queries.find_edition(company, number) if number else queries.newest(company)
    return _page(request, company, edition)


def _company(request: Request) -> Company:
    if request.account.company is None:
        raise Http404  # the machine's operator belongs to none
    return request.account.company


def _page(request: Request, company: Company, edition: Edition | None, refusal: Decision | None = None) -> HttpResponse:
    values: dict[str, object] = {"company": company, "edition": edition, "refusal": refusal}
    if edition is not None:
        locale = request.account.locale
        language, text = queries.in_language(edition.texts, locale, company)
        values |= {
            "language": language, "title": edition.titles[language], "blocks": blocks(text),
            "read": queries.acknowledged_at(edition, request.account), "newest": queries.newest(company),
            "force": queries.in_force(company), "reads": request.account.person_id is not None,
            "others": [
                (each, queries.in_language(each.titles, locale, company)[1])
                for each in queries.editions(company).exclude(pk=edition.pk)
            ],
            "done": _("It is on record that you have read this edition.") if request.GET.get("did") == "read" else "",
        }  # fmt: skip
    return page(request, "policy/show.html", values, status=422 if refusal else 200)


@require_POST
@signed_in
def acknowledge(request: Request, number: int) -> HttpResponse:
    company = _company(request)
    edition = queries.find_edition(company, number)
    try:
        actions.acknowledge(actor=request.actor, account=request.account, edition=edition)
    except Refusal as refusal:
        return _page(request, company, queries.newest(company), refusal.decision)
    return SeeOther(reverse("policy") + "?did=read")
