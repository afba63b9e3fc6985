"""What the company calls its grades, on one page."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse

from hongyan.company.people.grades import name_grades
from hongyan.company.people.relations import grade_names
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.people import found
from hongyan.faces.web.pages import SeeOther, page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal

#: Empty lines to write new ones into.
BLANK: Final = 4
MOST: Final = 99


@console_page("people.read")
def show(request: Request) -> HttpResponse:
    company = current_company(request, "people.read")
    writes = request.actor.may("people.write", company.slug)
    values: dict[str, Any] = {"company": company, "writes": writes, "notice": found.notice(request)}
    lines: list[tuple[str, str]] = [(str(level), name) for level, name in grade_names(company).items()]
    if request.method == "POST":
        request.actor.require("people.write", company.slug)
        form = request.POST
        lines = [
            (level.strip()[:4], name.strip()[:80])
            for level, name in zip(form.getlist("level")[:MOST], form.getlist("name")[:MOST], strict=False)
            if level.strip() and name.strip()
        ]
        try:
            name_grades(actor=request.actor, company=company, names=_read(lines))
            return SeeOther(f"{reverse('grades')}?company={company.slug}&said=grades-named")
        except Refusal as refusal:
            values["refusal"] = refusal.decision
    values["lines"] = [*lines, *[("", "")] * (BLANK if writes else 0)]
    return page(request, "console/people/grades.html", values, status=422 if "refusal" in values else 200)


def _read(lines: list[tuple[str, str]]) -> dict[int, str]:
    """Refuses `grade.range`, `grade.twice` for one level with two names."""
    names: dict[int, str] = {}
    for text, name in lines:
        if not (text.isascii() and text.isdigit()):
            raise Refusal("grade.range", grade=text, low=1, high=MOST)
        if int(text) in names:
            raise Refusal("grade.level_twice", level=int(text))
        names[int(text)] = name
    return names
