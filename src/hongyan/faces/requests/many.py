"""Mailboxes for several joiners at once (clause G2.2.1): lines as they come out of a sheet, all filed or none.

Always: each line is one request with its own path; what is wrong with any line is said with its number, and nothing is filed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.urls import reverse

from hongyan.company.people.domains import default_domain
from hongyan.company.people.models import Company, Person
from hongyan.company.requests import actions
from hongyan.company.requests.forms import FORMS, Form
from hongyan.faces.console.mailboxes.forms import named_person
from hongyan.faces.requests import fields, words
from hongyan.faces.requests.filing import company_of, sees_others
from hongyan.faces.web.pages import SeeOther, page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Decision, Refusal

#: The forms that are filed for several persons, with what stands in a line.
COLUMNS: Final = {"personal": ("person", "address"), "intern": ("person", "address", "until")}
MOST: Final = 200


@signed_in
def file(request: Request, form: str) -> HttpResponse:
    company = company_of(request)
    if form not in COLUMNS or not sees_others(request, company):
        raise Http404
    if request.method != "POST":
        return _page(request, form)
    try:
        rows = _rows(request, company, form)
        actions.file_many(actor=request.actor, form=form, rows=rows)
    except Refusal as refusal:
        return _page(request, form, refusal)
    return SeeOther(reverse("requests") + "?said=filed-many")


def _rows(request: Request, company: Company, form: str) -> list[tuple[Person, dict[str, str]]]:
    """Refuses `request.rows_refused` with a reason for each line without a person."""
    reason, main = request.POST.get("reason", "").strip(), default_domain(company)
    found: list[tuple[Person, dict[str, str]]] = []
    wrong: list[Decision] = []
    lines = lines_of(request.POST.get("rows", ""))
    if not 0 < len(lines) <= MOST:
        raise Refusal("request.rows_number", limit=MOST)
    for number, cells in enumerate(lines, 1):
        values = dict(zip(COLUMNS[form], cells, strict=False))
        address = values.get("address", "")
        try:
            person = named_person(request.actor, company, values.get("person", ""))
        except Refusal as refusal:
            wrong.append(Decision(refusal.code, refusal.decision.params | {"row": number}, refusal.decision.clause))
            continue
        if person is not None:
            full = address if "@" in address or main is None or not address else f"{address}@{main.name}"
            given = {"address": full, "until": values.get("until", ""), "reason": reason}
            found.append((person, {name: text for name, text in given.items() if FORMS[form].field(name)}))
    if wrong:
        raise Refusal("request.rows_refused", reasons=tuple(wrong), count=len(wrong))
    return found


def lines_of(text: str) -> list[list[str]]:
    """Cells of lines that were pasted from a sheet or typed with commas; full-width digits and signs are the usual ones."""
    plain = unicodedata.normalize("NFKC", text)
    cells = ([cell.strip() for cell in re.split(r"[\t,;、]", line)] for line in plain.splitlines() if line.strip())
    return [line for line in cells if any(line)]


def _page(request: Request, form: str, refusal: Refusal | None = None) -> HttpResponse:
    decision, _by_field, _rest = fields.sorted_out(refusal)
    known: Form = FORMS[form]
    values: dict[str, Any] = {
        "form": {"name": form, "title": words.form_title(form), "about": words.ABOUT.get(form, ""), "until": "until" in COLUMNS[form]},
        "others": [(name, words.form_title(name)) for name in COLUMNS if name != form], "most": MOST,
        "refusal": decision, "reasons": refusal.reasons if refusal else (), "rows": request.POST.get("rows", ""),
        "reason": request.POST.get("reason", ""), "hint": words.hint(known.name, "reason"),
    }  # fmt: skip
    return page(request, "requests/many.html", values, status=422 if refusal else 200)
