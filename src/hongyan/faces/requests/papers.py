"""The network resource application form (網絡資源申請表) of a request: as a page to print, as a PDF; and what is attached.

Always: an attachment is served as what its bytes are, as a download, and nothing in it is run.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from hongyan.company.papers.printing import make_paper
from hongyan.company.people.relations import main_post
from hongyan.company.requests import queries, telling
from hongyan.company.requests.models import Attachment, Request as Filed
from hongyan.faces.requests import drawing, words
from hongyan.faces.web import words as said
from hongyan.faces.web.pages import page, signed_in
from hongyan.faces.web.requests import Request

#: An attachment shows what it holds, if anything does, and runs nothing.
POLICY = "default-src 'none'; sandbox"


@signed_in
def sheet(request: Request, number: int) -> HttpResponse:
    filed = queries.find_request(number, request.actor)
    values = {
        "it": drawing.whole(filed, request.actor, request.account), "company": filed.company,
        "paper": context_of(filed, said.current_locale()),
    }  # fmt: skip
    return page(request, "requests/print.html", values)


@signed_in
def paper(request: Request, number: int) -> HttpResponse:
    """The PDF, made now and kept nowhere."""
    filed, locale = queries.find_request(number, request.actor), said.current_locale()
    data = make_paper("request", context_of(filed, locale), locale)
    return _download(data, f"{words.form_title(filed.form)} {filed.number}.pdf", "application/pdf")


def context_of(filed: Filed, locale: str) -> dict[str, Any]:
    """What the paper says (company/papers/kinds.py)."""
    steps = [
        {
            "title": station.title, "who": drawing.said_by(s), "verdict": str(words.VERDICTS[s.verdict]),
            "at": s.at.isoformat(), "by": str(words.HOWS.get(s.by, "")), "reason": s.reason,
        }
        for station in queries.path_of(filed, locale) for s in station.said
    ]  # fmt: skip
    return {
        "company": filed.company.name, "form": words.form_title(filed.form),
        "applicant": applicant_of(filed), "filed_by": telling.applicant_name(filed), "filed_at": filed.filed_at.isoformat(),
        "fields": [[label, value] for label, value in queries.lines_of(filed, locale)],
        "state": words.state_word(filed.state), "outcome": queries.outcome_words(filed, locale), "clause": filed.rule,
        "attachments": [
            {"name": f.name, "size": f.size, "sha256": f.sha256} for f in filed.attachments.order_by("pk")
        ],
        "steps": steps,
    }  # fmt: skip


def applicant_of(filed: Filed) -> list[list[str]]:
    """Whom it is for, as rows of the paper."""
    person, rows = filed.person, [[gettext("Name"), drawing.whom_of(filed)]]
    if person is not None:
        post = main_post(person)
        rows += [[gettext("Employee number"), person.number], [gettext("Unit"), post.unit.path if post else ""]]
        rows += [[gettext("Post"), post.post if post else ""]]
    return [row for row in rows if row[1]]


@signed_in
def attachment(request: Request, number: int, file_id: int) -> HttpResponse:
    filed = queries.find_request(number, request.actor)
    file = Attachment.objects.select_related("request__company").filter(pk=file_id, request=filed).first()
    if file is None:
        raise Http404
    return _download(queries.read_attachment(request.actor, file), file.name, file.media_type)


def _download(data: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name or gettext("attachment")) or "attachment"
    response["Content-Security-Policy"] = POLICY
    return response
