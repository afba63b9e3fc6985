"""The address book: by unit, or by a few letters of a name."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpResponse

from hongyan.company.directory import queries
from hongyan.company.people.models import Unit
from hongyan.faces.web.pages import page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import page_number, whole

SIZE: Final = 50
LONGEST: Final = 100  #: characters that are looked for


@signed_in
def show(request: Request) -> HttpResponse:
    company = request.account.company
    if company is None:
        raise Http404  # the machine's operator belongs to none
    text = " ".join(request.GET.get("q", "").split())[:LONGEST]
    unit = None if text else _unit(request)
    found = queries.entries(company, unit=unit, text=text)
    number = page_number(request.GET.get("page", "1"))
    rows = list(found[(number - 1) * SIZE : number * SIZE + 1])
    values: dict[str, Any] = {
        "company": company, "asked": text, "unit": unit, "way": queries.way_to(unit) if unit else (),
        "units": () if text else queries.units_under(company, unit), "people": rows[:SIZE],
        "number": number, "more": len(rows) > SIZE, "total": found.count(),
    }  # fmt: skip
    return page(request, "directory/book.html", values)


def _unit(request: Request) -> Unit | None:
    wanted, company = request.GET.get("unit", ""), request.account.company
    if not wanted or company is None:
        return None
    found = queries.find_unit(company, whole(wanted, digits=9))
    if found is None:
        raise Http404
    return found
