"""The console's room of kept papers: who sees which, the PDF, and a file that is or is no longer one of them."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hongyan.company.papers import actions
from hongyan.company.papers.models import Paper, Print
from tests.branches import Branches
from tests.cast import Cast
from tests.company.papers.test_papers import CONTEXTS
from tests.faces.conftest import Visit


def keep(cast: Cast, monkeypatch: pytest.MonkeyPatch, **more: object) -> Paper:
    monkeypatch.setattr(actions, "make_paper", lambda *_: b"%PDF-1.7 a paper")
    values = {"context": CONTEXTS["handover"], "locale": "zh-Hant", "subject": "林愛麗", "mailbox": cast.alice} | more
    return actions.keep_paper(actor=cast.operator, company=cast.corp, kind="handover", **values)  # type: ignore[arg-type]


def verified(client: Client, body: bytes) -> str:
    answer = client.post("/console/papers/verify", {"file": SimpleUploadedFile("x.pdf", body), "company": "corp"})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.clause("B4.8", "R2")
def test_listed_opened_and_verified(cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    paper, carol = keep(cast, monkeypatch), visit(cast.carol)
    carol.post("/language", {"locale": "en"})
    page = carol.get("/console/papers").content.decode()
    assert paper.number in page and "林愛麗" in page
    pdf = carol.get(f"/console/papers/{paper.number}.pdf?company=corp")
    assert pdf["Content-Type"] == "application/pdf" and pdf.content == b"%PDF-1.7 a paper"
    assert Print.objects.get().paper == paper
    assert f"the kept paper {paper.number}" in verified(carol, pdf.content)
    assert "It is no kept paper" in verified(carol, pdf.content + b"\n")
    assert carol.get("/console/papers/verify").status_code == 200
    assert carol.get("/console/papers/HC-1.pdf").status_code == 404


@pytest.mark.clause("G2.1.3")
def test_seen_where_the_mailbox_lies(branches: Branches, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = branches.cast
    ours, theirs = keep(cast, monkeypatch), keep(cast, monkeypatch, subject="Erin", mailbox=branches.erin)
    sam = visit(branches.sam)
    page = sam.get("/console/papers").content.decode()
    assert ours.number in page and theirs.number not in page
    assert sam.get(f"/console/papers/{theirs.number}.pdf").status_code == 404
    for outsider in (cast.charlie, cast.alice):
        client = visit(outsider)
        assert client.get(f"/console/papers/{ours.number}.pdf").status_code == 404
        assert client.get(f"/console/papers/{ours.number}.pdf?company=corp").status_code == 404
        assert ours.number not in client.get("/console/papers").content.decode()
