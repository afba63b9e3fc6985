"""The page where a company chooses its look: logo, colour, sign-in page, signature."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hongyan.company.branding import colours, signature
from hongyan.company.branding.actions import TEXTS, change_look, remove_picture, set_picture
from hongyan.company.branding.models import SLOTS, Look
from hongyan.company.branding.pictures import LIMITS
from hongyan.company.branding.queries import signature_values
from hongyan.company.people.models import Company
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.web import look as looks
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

#: The product's own, for the colour field of a company without one.
OWN: Final = "#17506b"
NOTICES: Final = {
    "saved": _("The look is saved."),
    "picture": _("The picture is in place."),
    "gone": _("The picture is removed."),
}


@console_page("settings.write")
def show(request: Request) -> HttpResponse:
    company = current_company(request, "settings.write")
    if request.method != "POST":
        return _page(request, company)
    try:
        changes = {name: request.POST.get(name, "") for name in TEXTS if name in request.POST}
        if "own" in request.POST:
            changes["accent"] = ""
        change_look(actor=request.actor, company=company, changes=changes)
    except Refusal as refusal:
        return _page(request, company, refusal.decision)
    return _back(company, "saved")


def _back(company: Company, said: str) -> HttpResponse:
    return SeeOther(reverse("branding") + f"?company={company.slug}&said={said}")


@require_POST
@console_page("settings.write")
def picture(request: Request, slot: str) -> HttpResponse:
    company, file = current_company(request, "settings.write"), request.FILES.get("file")
    try:
        if "remove" in request.POST:
            remove_picture(actor=request.actor, company=company, slot=slot)
            return _back(company, "gone")
        if slot in LIMITS and file is not None and (file.size or 0) > LIMITS[slot][0]:
            raise Refusal("look.picture_large", limit=LIMITS[slot][0])
        set_picture(actor=request.actor, company=company, slot=slot, data=file.read() if file else b"")
    except Refusal as refusal:
        return _page(request, company, refusal.decision)
    return _back(company, "picture")


def _page(request: Request, company: Company, refusal: Decision | None = None) -> HttpResponse:
    look = Look.objects.filter(company=company).first() or Look(company=company)
    look.company = company
    typed = {name: request.POST.get(name, getattr(look, name)) if refusal else getattr(look, name) for name in TEXTS}
    values: dict[str, Any] = {
        "company": company, "shown": look, "typed": typed, "refusal": refusal, "own": OWN,
        "accent": look.accent or OWN, "contrast": f"{colours.contrast(colours.parse(look.accent or OWN), colours.WHITE):.1f}",
        "urls": {slot: _url(look, slot) for slot in SLOTS}, "limits": {slot: limit >> 20 for slot, (limit, _) in LIMITS.items()},
        "variables": [f"{{{name}}}" for name in signature.VARIABLES],
        "signature": signature.render(look.signature, signature_values(request.account, company)) if look.signature else "",
        "signin": reverse("signin") + f"?company={company.slug}",
        "sheet": looks.sheet_url(look) if look.pk else "",
        "notice": NOTICES.get(request.GET.get("said", "")),
    }  # fmt: skip
    return page(request, "console/settings/branding.html", values, status=422 if refusal else 200)


def _url(look: Look, slot: str) -> str:
    name = getattr(look, slot)
    return reverse("look-picture", args=[look.company.slug, name]) if name else ""
