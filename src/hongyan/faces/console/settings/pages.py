"""The page of the company's settings: each with what it does and the clause it follows."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse

from hongyan.company.people.models import LOCALES, Company
from hongyan.company.people.settings import SETTINGS, bounds, change_settings
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.settings.words import GROUPS, WORDS
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.faces.web.words import clause_mark, current_locale
from hongyan.kernel.decision import Decision, Refusal

SAVED = "saved"


@console_page("settings.write")
def show(request: Request) -> HttpResponse:
    company = current_company(request, "settings.write")
    if request.method != "POST":
        return _page(request, company)
    try:
        change_settings(actor=request.actor, company=company, changes=changes_of(request.POST))
    except Refusal as refusal:
        company.refresh_from_db()
        return _page(request, company, refusal)
    return SeeOther(reverse("company-settings") + f"?company={company.slug}&said={SAVED}")


def changes_of(form: QueryDict) -> dict[str, Any]:
    """What the form names; a setting that it does not name stays."""
    changes: dict[str, Any] = {name: form.get(name, "").strip() for name in SETTINGS if name in form}
    changes |= {name: form[name] for name in ("name", "locale") if name in form}
    if "postmaster" in form:
        changes["postmaster"] = form.get("postmaster", "").replace(";", " ").replace("、", " ")
    return changes


def _page(request: Request, company: Company, refusal: Refusal | None = None) -> HttpResponse:
    typed = request.POST if refusal else {}
    wrong = _wrong(refusal)
    values = {
        "company": company,
        "refusal": refusal.decision if refusal else None,
        "others": [reason for name, reason in wrong if name not in WORDS],
        "saved": request.GET.get("said") == SAVED,
        "groups": [
            (title, [_row(company, name, typed.get(name), dict(wrong).get(name)) for name in names])
            for title, names in GROUPS
        ],
        "name": typed.get("name", company.name),
        "locale": typed.get("locale", company.locale),
        "locales": LOCALES,
        "postmaster": typed.get("postmaster", "\n".join(company.postmaster)),
    }
    return page(request, "console/settings/show.html", values, status=422 if refusal else 200)


def _row(company: Company, name: str, typed: Any, wrong: Decision | None) -> dict[str, Any]:
    low, high = bounds(name)
    value = getattr(company, name) if typed is None else typed
    return {
        "name": name, "words": WORDS[name], "value": value, "low": low, "high": high, "wrong": wrong,
        "clause": clause_mark(SETTINGS[name].clause, current_locale()),
    }  # fmt: skip


def _wrong(refusal: Refusal | None) -> list[tuple[str, Decision]]:
    """Each reason with the setting that it is about."""
    reasons = refusal.reasons if refusal else ()
    return [
        (str(reason.params.get("name", "")) if reason.code == "setting.range" else "", reason) for reason in reasons
    ]
