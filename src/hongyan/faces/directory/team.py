"""A head's page: who works in his units, where they are, what their mailboxes need, which shared ones lack a keeper.

Clauses: G2.3.1-2 (a department's members, shared mailboxes, compliance), G3.2.2.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpResponse

from hongyan.company.directory import queries
from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.mailboxes.queries import quota_mb, state_of
from hongyan.faces.web import words
from hongyan.faces.web.pages import page, signed_in
from hongyan.faces.web.requests import Request
from hongyan.faces.web.typed import page_number

SIZE: Final = 50
SHARED: Final = 100
FULL: Final = 80  #: per cent, from which a mailbox is named (clause B4.6)


@signed_in
def show(request: Request) -> HttpResponse:
    """One of the units that the reader heads; for anybody else the page does not exist."""
    person, company = request.account.person, request.account.company
    units = queries.headed_by(person) if person is not None else []
    if not units or company is None:
        raise Http404
    wanted = request.GET.get("unit", "")
    unit = next((each for each in units if str(each.pk) == wanted), None) if wanted else units[0]
    if unit is None:
        raise Http404
    found, number = queries.team_of(company, unit), page_number(request.GET.get("page", "1"))
    people = list(found[(number - 1) * SIZE : number * SIZE + 1])
    shared = queries.shared_below(company, unit)
    values: dict[str, Any] = {
        "company": company, "units": units, "unit": unit, "total": found.count(), "number": number,
        "more": len(people) > SIZE,
        "members": [
            (member, words.named("person_state", member.state), [_box(box) for box in member.boxes])
            for member in queries.members(company, people[:SIZE])
        ],
        "shared": list(shared[:SHARED]), "lacking": queries.without_keeper(shared).count(),
        "console": request.actor.may_somewhere("mailbox.read", company.slug),
    }  # fmt: skip
    return page(request, "directory/team.html", values)


def _box(box: Mailbox) -> dict[str, Any]:
    limit = quota_mb(box)
    percent = min(100, box.used_mb * 100 // limit) if limit and box.measured_at is not None else None
    return {
        "address": box.address, "state": state_of(box), "expires_on": box.expires_on,
        "percent": percent, "full": percent is not None and percent >= FULL,
    }  # fmt: skip
