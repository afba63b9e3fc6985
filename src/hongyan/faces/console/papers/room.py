"""Kept papers: which there are, each as PDF, and whether a file that somebody brings is one of them, unchanged."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hongyan.company.papers.models import Paper
from hongyan.company.papers.queries import find_paper, papers_within, pdf_of, which_paper
from hongyan.faces.console.access import console_page
from hongyan.faces.console.companies import current_company
from hongyan.faces.console.lists import Column, Filter, List, Scope, answer
from hongyan.faces.web.pages import page
from hongyan.faces.web.requests import Request
from hongyan.kernel.decision import Refusal

LARGEST: Final = 20 << 20  #: of a file to be compared; ours are far smaller
KINDS: Final = {"request": _("Application"), "handover": _("Hand-over"), "deletion": _("Deletion certificate")}


def rows(scope: Scope) -> QuerySet[Paper]:
    return papers_within(scope.actor, scope.company).select_related("company")


def _link(paper: Paper) -> str:
    return f"{reverse('paper', args=[paper.number])}?{urlencode({'company': paper.company.slug})}"


PAPERS: List[Paper] = List(
    key="papers",
    title=_("Papers"),
    permission="mailbox.read",
    rows=rows,
    label="number",
    order="-made",
    columns=(
        Column("number", _("Number"), lambda x: x.number, link=_link),
        Column("kind", _("Kind"), lambda x: KINDS[x.kind]),
        Column("subject", _("About"), lambda x: x.subject),
        Column("made", _("Made"), lambda x: x.made_at, sort="id"),
        Column("by", _("Made by"), lambda x: x.made_by, shown=False),
        Column("sha256", "SHA-256", lambda x: x.sha256, shown=False),
    ),
    search=lambda found, text, scope: found.filter(Q(subject__icontains=text) | Q(number__istartswith=text)),
    search_hint=_("Name, address or number"),
    filters=(Filter("kind", _("Kind"), tuple(KINDS.items()), lambda found, value, scope: found.filter(kind=value)),),
    explain=_("What was certified about mailboxes. A kept paper never changes; its digest stands in the audit."),
    empty=_("No paper has been kept yet."),
)  # fmt: skip


@console_page("mailbox.read")
def show(request: Request) -> HttpResponse:
    return answer(request, PAPERS, template="console/papers/index.html")


@console_page("mailbox.read")
def pdf(request: Request, number: str) -> HttpResponse:
    """Printed at first demand."""
    try:
        found = find_paper(request.actor, current_company(request, "mailbox.read"), number)
    except Refusal:
        raise Http404 from None
    sent = HttpResponse(pdf_of(found), content_type="application/pdf")
    sent.headers["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return sent


@console_page("mailbox.read")
def verify(request: Request) -> HttpResponse:
    company = current_company(request, "mailbox.read")
    file = request.FILES.get("file") if request.method == "POST" else None
    values: dict[str, Any] = {"company": company, "file": file}
    if file is not None and (file.size or 0) <= LARGEST:
        values["paper"] = which_paper(request.actor, company, file.read())
    return page(request, "console/papers/verify.html", values)
