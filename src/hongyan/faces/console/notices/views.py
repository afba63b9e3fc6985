"""The list of notices, one notice in one language with its preview, the quiet hours."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.notices import actions, waiting, wording
from hongyan.company.notices.kinds import KINDS
from hongyan.company.notices.models import Template
from hongyan.company.people.models import LOCALES, Company
from hongyan.faces.console.access import companies_of, console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal

TITLES: dict[str, str | Promise] = {
    "quota": _("Mailbox nearly full"),
    "locked": _("Sign-in locked after wrong passwords"),
    "misuse": _("Account may have been misused"),
    "webhook": _("A webhook was switched off"),
    "expiry": _("A mailbox ends soon"),
    "idle": _("Nobody signs in to a mailbox"),
    "policy_read": _("The policy is to be read"),
    "staff_waits": _("A staff list waits"),
    "staff_failed": _("A source of staff lists did not answer"),
    "digest": _("The daily mail that gathers notices"),
}
READERS: dict[str, str | Promise] = {
    "quota": _("the mailbox's owner, at 80, 90 and 95 per cent"),
    "locked": _("the account's owner"),
    "misuse": _("the company's office"),
    "webhook": _("the company's office"),
    "expiry": _("its owner and his head, 14, 7 and 1 days before"),
    "idle": _("its owner and his head"),
    "policy_read": _("everybody who has not acknowledged it, once a week"),
    "staff_waits": _("personnel, else the office"),
    "staff_failed": _("personnel, else the office"),
    "digest": _("whoever has chosen one mail a day"),
}
VARIABLES: dict[str, str | Promise] = {
    "address": _("the reader's address"), "web": _("address of these pages"), "company": _("name of the company"),
    "level": _("per cent of the mailbox that are used"), "login": _("the account in question"),
    "name": _("name of the webhook"), "url": _("address of the webhook"), "count": _("number of notices"),
    "mailbox": _("the mailbox in question"), "day": _("the day on which it happens"), "days": _("how many days are left"),
    "last": _("the last sign-in"), "items": _("the notices themselves"),
}  # fmt: skip
LOCALE_NAMES = dict(LOCALES)
SAID = {
    "saved": _("The text is saved. It holds for the next notice."),
    "reset": _("The default text holds again."),
    "hours": _("The hours are saved."),
}


def _company(request: Request) -> Company:
    """The company worked on, where the actor words notices for the whole of it."""
    company = current_company(request, "settings.write")
    if not request.actor.may("settings.write", company.slug):
        raise Http404
    return company


@console_page("settings.write")
def index(request: Request) -> HttpResponse:
    return _index(request, _company(request))


def _index(request: Request, company: Company, status: int = 200, **more: Any) -> HttpResponse:
    own = set(Template.objects.filter(company=company).values_list("notice", "locale"))
    rows = [
        {
            "name": kind.name, "title": TITLES.get(kind.name, kind.name), "reader": READERS.get(kind.name, ""),
            "urgent": kind.urgent,
            "texts": [(locale, shown, (kind.name, locale) in own) for locale, shown in LOCALES],
        }
        for kind in KINDS.values()
    ]  # fmt: skip
    values = {
        "company": company, "rows": rows, "hours": waiting.hours_of(company), "done": _said(request),
        "several": len(companies_of(request.actor, "settings.write")) > 1,
    }  # fmt: skip
    return page(request, "console/notices/index.html", values | more, status=status)


def _said(request: Request) -> str | Promise:
    return SAID.get(request.GET.get("did", ""), "")


@console_page("settings.write")
def edit(request: Request, notice: str, locale: str) -> HttpResponse:
    """GET: the text that holds. POST: `preview` shows what was typed with sample data, otherwise it is saved."""
    company = _company(request)
    if notice not in KINDS or locale not in LOCALE_NAMES:
        raise Http404
    if request.method != "POST":
        return _edit(request, company, notice, locale, wording.text_for(company, notice, locale))
    typed = wording.Text(request.POST.get("subject", ""), request.POST.get("body", ""))
    try:
        if "preview" in request.POST:
            text = wording.check(KINDS[notice], typed.subject, typed.body)
            return _edit(request, company, notice, locale, text, looked=True)
        actions.set_template(
            actor=request.actor, company=company, notice=notice, locale=locale, subject=typed.subject, body=typed.body
        )
    except Refusal as refusal:
        wrong = {"refusal": refusal.decision, "reasons": refusal.reasons}
        return _edit(request, company, notice, locale, typed, 422, **wrong)
    return SeeOther(reverse("notice", args=[notice, locale]) + f"?did=saved&company={company.slug}")


def _edit(
    request: Request, company: Company, notice: str, locale: str, text: wording.Text, status: int = 200, **more: Any
) -> HttpResponse:
    kind = KINDS[notice]
    shown = None
    if status == 200:
        shown = wording.preview(company, notice, locale, settings.WEB_URL, text)
    values = {
        "company": company, "notice_name": notice, "title": TITLES.get(notice, notice), "locale": locale,
        "reader": READERS.get(notice, ""), "locales": LOCALES, "locale_name": LOCALE_NAMES[locale], "text": text,
        "own": Template.objects.filter(company=company, notice=notice, locale=locale).first(), "preview": shown,
        "variables": [(f"{{{name}}}", VARIABLES.get(name, "")) for name in kind.variables],
        "default": wording.default_text(notice, locale), "urgent": kind.urgent, "done": _said(request),
        "limit": wording.SUBJECT_LIMIT,
    }  # fmt: skip
    return page(request, "console/notices/edit.html", values | more, status=status)


@require_POST
@console_page("settings.write")
def reset(request: Request, notice: str, locale: str) -> HttpResponse:
    company = _company(request)
    if notice not in KINDS or locale not in LOCALE_NAMES:
        raise Http404
    actions.reset_template(actor=request.actor, company=company, notice=notice, locale=locale)
    return SeeOther(reverse("notice", args=[notice, locale]) + f"?did=reset&company={company.slug}")


@require_POST
@console_page("settings.write")
def hours(request: Request) -> HttpResponse:
    company = _company(request)
    try:
        actions.set_hours(
            actor=request.actor, company=company, quiet_from=_time(request, "quiet_from"),
            quiet_until=_time(request, "quiet_until"), digest_at=_time(request, "digest_at") or time(8, 0),
        )  # fmt: skip
    except Refusal as refusal:
        return _index(request, company, 422, refusal=refusal.decision)
    return SeeOther(reverse("notices") + f"?did=hours&company={company.slug}")


def _time(request: Request, name: str) -> time | None:
    """Refuses `notice.time_malformed`."""
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise Refusal("notice.time_malformed", text=text[:20]) from None
