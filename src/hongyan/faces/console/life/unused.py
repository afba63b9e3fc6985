"""A company's rule for mailboxes that nobody uses: off until it is set here."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hongyan.company.life import idle
from hongyan.company.life.models import IdleRule
from hongyan.faces.console.access import companies_of, console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

SAID = {"saved": _("The rule is saved. It is followed once a day."), "off": _("Nothing happens any more.")}
FIELDS = ("notice_days", "suspend_days", "release_days")


@console_page("settings.write")
def show(request: Request) -> HttpResponse:
    company = current_company(request, "settings.write")
    if not request.actor.may("settings.write", company.slug):
        raise Http404
    refusal: Decision | None = None
    if request.method == "POST":
        try:
            said = "off" if request.POST.get("off") else "saved"
            if said == "off":
                idle.end_idle_rule(actor=request.actor, company=company)
            else:
                days = {name: _number(request.POST.get(name, "")) for name in FIELDS}
                idle.set_idle_rule(
                    actor=request.actor, company=company, notice_days=days["notice_days"] or 0,
                    suspend_days=days["suspend_days"] or 0, release_days=days["release_days"],
                )  # fmt: skip
            return SeeOther(reverse("console-unused") + f"?said={said}")
        except Refusal as refused:
            refusal = refused.decision
    rule = idle.rule_of(company)
    context = {
        "company": company, "companies": companies_of(request.actor, "settings.write"), "rule": rule,
        "values": _values(request, rule, typed=refusal is not None), "refusal": refusal,
        "ranges": {"notice": idle.NOTICE, "suspend": idle.SUSPEND, "release": idle.RELEASE},
        "notice": SAID.get(request.GET.get("said", "")),
    }  # fmt: skip
    return page(request, "console/life/unused.html", context, status=422 if refusal else 200)


def _values(request: Request, rule: IdleRule | None, *, typed: bool) -> dict[str, object]:
    if typed:
        return {name: request.POST.get(name, "") for name in FIELDS}
    if rule is None:
        return {"notice_days": 90, "suspend_days": 14, "release_days": ""}
    return {name: getattr(rule, name) or "" for name in FIELDS}


def _number(text: str) -> int | None:
    """Nothing for an empty field; what is no number is no day at all, which the rule refuses."""
    text = text.strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
