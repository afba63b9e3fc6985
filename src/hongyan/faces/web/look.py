"""Whose look a page has, and the addresses of that company's style sheet and pictures.

Never: puts a colour into a page (the content policy allows none there): it is in a sheet of its own address.
Always: an address names the octets that it answers with, so browsers keep them; what is not a company's look now is not
there. On the sign-in page the look is chosen by `?company=SLUG`, else by whoever was signed in here last, else by the
domain that the host is in, else it is that of the only company there is.
"""

from __future__ import annotations

import hashlib
from typing import Final, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from hongyan.company.branding import colours
from hongyan.company.branding.models import Look, Picture
from hongyan.company.branding.pictures import TYPES
from hongyan.company.people.models import Company, Domain
from hongyan.faces.web import signin
from hongyan.faces.web.requests import Request

LASTING: Final = "public, max-age=31536000, immutable"
#: Pictures are drawn and nothing else, even when somebody opens one by its address.
PICTURE_POLICY: Final = "default-src 'none'; sandbox"
#: Addresses of pages before anybody is signed in.
ENTRANCE: Final = frozenset(("signin", "link", "activate"))


def look_of(request: HttpRequest) -> Look | None:
    """The look of the page that answers this request; None: the product's own. Asked once for a request."""
    if not hasattr(request, "_look"):
        request._look = _find(request)  # type: ignore[attr-defined]
    return cast(Look | None, request._look)  # type: ignore[attr-defined]


def _find(request: HttpRequest) -> Look | None:
    account = getattr(request, "account", None)
    if account is not None:
        return Look.objects.select_related("company").filter(company=account.company_id).first()
    match = getattr(request, "resolver_match", None)
    if match is None or match.url_name not in ENTRANCE:
        return None
    company = _visited(cast(Request, request))
    return Look.objects.select_related("company").filter(company=company).first() if company else None


def _visited(request: Request) -> Company | None:
    if asked := request.GET.get("company", ""):
        return Company.objects.filter(slug=asked[:40]).first()
    last = signin.remembered(request)
    if last is not None and last.company is not None:
        return last.company
    labels = request.get_host().partition(":")[0].lower().split(".")
    above = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    domains = {d.name: d for d in Domain.objects.select_related("company").filter(name__in=above)}
    if found := next((domains[name] for name in above if name in domains), None):
        return found.company
    companies = list(Company.objects.all()[:2])
    return companies[0] if len(companies) == 1 else None


def sheet_text(look: Look) -> str:
    """The sheet of a company: its colours by day and by night, its picture on the sign-in page."""
    text = ""
    if look.accent:
        day, night = colours.shades(look.accent)
        by_day, by_night = _names(day), _names(night)
        text += (
            f":root{{{by_day}}}\n@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{by_night}}}}}\n"
            f":root[data-theme=light]{{{by_day}}}\n:root[data-theme=dark]{{{by_night}}}\n.scene{{background-color:{day.brand_deep}}}\n"
        )
    if look.picture:
        url = reverse("look-picture", args=[look.company.slug, look.picture])
        text += f'.scene{{background-image:linear-gradient(rgb(0 0 0/.5),rgb(0 0 0/.15) 55%),url("{url}");background-position:center}}\n'
    elif look.accent:
        text += ".scene{background-image:none}\n"
    return text


def _names(shades: colours.Shades) -> str:
    return f"--brand:{shades.brand};--brand-deep:{shades.brand_deep};--link:{shades.link};--tint:{shades.tint}"


def sheet_url(look: Look) -> str:
    """Empty when there is nothing to say."""
    text = sheet_text(look)
    return reverse("look-sheet", args=[look.company.slug, _digest(text)]) if text else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sheet(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    look = Look.objects.select_related("company").filter(company__slug=slug).first()
    text = sheet_text(look) if look else ""
    if not text or digest != _digest(text):
        raise Http404
    return HttpResponse(text, content_type="text/css; charset=utf-8", headers={"Cache-Control": LASTING})


def picture(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    found = Picture.objects.filter(company__slug=slug, name=name).first()
    if found is None:
        raise Http404
    return HttpResponse(
        bytes(found.body), content_type=TYPES[name.rpartition(".")[2]],
        headers={"Cache-Control": LASTING, "Content-Security-Policy": PICTURE_POLICY, "Content-Disposition": "inline"},
    )  # fmt: skip
