"""The company's domains, and the page of one: its DNS records with what was found, its DKIM key, default, end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.dns.actions import ask_check, set_sts_mode
from hongyan.company.dns.models import MODES, DomainCheck
from hongyan.company.dns.queries import checks_of, find_domain_within, last_check, records_of, sts_mode
from hongyan.company.dns.records import zone_line
from hongyan.company.people import domains
from hongyan.company.people.actions import add_domain
from hongyan.company.people.models import Company, Domain
from hongyan.company.people.queries import list_domains
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.mailboxes.forms import confirm
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

STATES: Final = {
    "right": (_("All in place"), "good"),
    "partly": (_("Nearly all in place"), "warn"),
    "wrong": (_("Something is missing"), "bad"),
    "unreachable": (_("Cannot be told"), "warn"),
    "missing": (_("Missing"), "bad"),
    "different": (_("Different"), "bad"),
    "": (_("Not checked yet"), "plain"),
}
NEEDS: Final = {"needed": _("Needed"), "useful": _("Useful"), "extra": _("Extra")}
MODE_WORDS: Final = {
    "testing": _("Testing: others tell of failures, and deliver all the same"),
    "enforce": _("Enforce: others deliver with a valid certificate only"),
    "none": _("None"),
}
NOTICES: Final = {
    "added": _("The domain is added. Now publish its records."),
    "default": _("New addresses get this domain."),
    "asked": _("The records are being looked at; it takes a few seconds."),
    "sts": _("The policy is changed."),
    "removed": _("The domain is removed."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A record to publish, and what was found in its place."""

    name: str
    type: str
    value: str
    line: str  #: as in a zone file
    why: Decision
    need: Any
    state: Any
    tone: str
    found: tuple[str, ...]
    how: Decision | None


@console_page("settings.write")
def show(request: Request) -> HttpResponse:
    return _index(request, current_company(request, "settings.write"))


def _index(request: Request, company: Company, refusal: Decision | None = None) -> HttpResponse:
    checks, main = checks_of(company), domains.default_domain(company)
    rows = [
        {"domain": domain, "state": STATES[_state(checks.get(domain.pk))], "main": domain == main,
         "at": checks[domain.pk].checked_at if domain.pk in checks else None}
        for domain in list_domains(company)
    ]  # fmt: skip
    values = {
        "company": company, "rows": rows, "refusal": refusal, "typed": request.POST,
        "may_add": request.actor.may("company.write", company.slug), "notice": NOTICES.get(request.GET.get("said", "")),
    }  # fmt: skip
    return page(request, "console/domains/index.html", values, status=422 if refusal else 200)


def _state(check: DomainCheck | None) -> str:
    return check.state if check else ""


@require_POST
@console_page("settings.write")
def add(request: Request) -> HttpResponse:
    company, form = current_company(request, "settings.write"), request.POST
    try:
        main = form.get("alias_of", "")
        of = find_domain_within(request.actor, "settings.write", main) if main else None
        domain = add_domain(actor=request.actor, company=company, name=form.get("name", ""), alias_of=of)
    except Refusal as refusal:
        return _index(request, company, refusal.decision)
    return SeeOther(reverse("console-domain", args=[domain.name]) + "?said=added")


@console_page("settings.write")
def one(request: Request, name: str) -> HttpResponse:
    return _one(request, find_domain_within(request.actor, "settings.write", name))


def _one(request: Request, domain: Domain, refusal: Decision | None = None) -> HttpResponse:
    company, check = domain.company, last_check(domain)
    values = {
        "company": company, "domain": domain, "check": check, "state": STATES[_state(check)], "refusal": refusal,
        "main": domain == domains.default_domain(company), "records": list(_records(domain, check)),
        "waiting": check is not None and check.waiting, "mode": sts_mode(domain),
        "modes": [(mode, MODE_WORDS[mode]) for mode in MODES],
        "may_remove": request.actor.may("company.write", company.slug),
        "notice": NOTICES.get(request.GET.get("said", "")),
    }  # fmt: skip
    return page(request, "console/domains/one.html", values, status=422 if refusal else 200)


def _records(domain: Domain, check: DomainCheck | None) -> Iterator[Shown]:
    """What is to be published now, each with what the last look found for it."""
    if settings.INSTANCE is None:
        return
    seen = {(row["name"], row["type"], row["value"]): row for row in (check.findings if check else ())}
    for record in records_of(domain, settings.INSTANCE):
        row = seen.get((record.name, record.type, record.value), {})
        state, tone = STATES[row.get("state", "")]
        if tone == "bad" and record.need != "needed":
            tone = "warn"
        how = row.get("how")
        yield Shown(
            record.name, record.type, record.value, zone_line(record), Decision(record.why), NEEDS[record.need],
            state, tone, tuple(row.get("found", ())), Decision(how["code"], how["params"]) if how else None,
        )  # fmt: skip


@require_POST
@console_page("settings.write")
def change(request: Request, name: str, what: str) -> HttpResponse:
    domain, actor = find_domain_within(request.actor, "settings.write", name), request.actor
    back = reverse("console-domain", args=[domain.name])
    try:
        match what:
            case "check":
                ask_check(actor=actor, domain=domain)
                return SeeOther(back + "?said=asked")
            case "default":
                domains.set_default_domain(actor=actor, domain=domain)
                return SeeOther(back + "?said=default")
            case "sts":
                set_sts_mode(actor=actor, domain=domain, mode=request.POST.get("mode", ""))
                return SeeOther(back + "?said=sts")
            case "remove":
                confirm(request.POST, domain.name)
                domains.remove_domain(actor=actor, domain=domain)
                return SeeOther(reverse("console-domains") + "?said=removed")
    except Refusal as refusal:
        return _one(request, find_domain_within(actor, "settings.write", name), refusal.decision)
    raise Http404
