"""Papers: what they say, that they print, and that a kept one can be told from a changed one."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from hongyan.company.papers import actions, queries
from hongyan.company.papers.kinds import KINDS, BadContext
from hongyan.company.papers.models import KINDS as ROWS, Paper
from hongyan.company.papers.printing import make_paper
from hongyan.company.papers.rendering import html_of
from hongyan.faces.cli import main as cli
from hongyan.jobs.papers import print_waiting
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from hongyan.kernel.wording import LOCALES
from tests.branches import Branches
from tests.cast import Cast

EXPORT = {
    "address": "alice@corp.test", "form": "maildir", "messages": 12345, "size": 3 << 30, "sha256": "ab" * 32, "encrypted": True,
}  # fmt: skip
AT = "2026-11-24T10:00:00+00:00"
CONTEXTS: dict[str, dict[str, Any]] = {
    "request": {
        "company": "北辰集團", "form": "開通個人郵箱", "filed_at": AT, "filed_by": "林愛麗", "state": "已辦結", "outcome": "已開通",
        "applicant": [["姓名", "林愛麗"], ["工號", "1001"]], "fields": [["郵箱地址", "new@corp.test"]],
        "attachments": [{"name": "簽字.pdf", "size": 2048, "sha256": "cd" * 32}],
        "steps": [{"title": "部門負責人", "who": "王博", "verdict": "同意", "at": AT, "by": "郵件", "reason": "可以"}],
    },
    "handover": {
        "company": "北辰集團", "person": "林愛麗", "mailboxes": ["alice@corp.test"], "kind": "immediate",
        "steps": [{"what": "結束所有登入", "at": AT, "by": "陳家蓉"}], "retain_until": "2026-12-24", "successor": "王博",
        "shared": [{"address": "sales@corp.test", "keeper": "王博"}], "groups": [{"address": "team@corp.test"}],
        "handed": [{"subject": "合同", "to": "bob@corp.test", "at": AT}], "exports": [EXPORT],
    },
    "deletion": {
        "company": "北辰集團", "mailboxes": [{"address": "alice@corp.test", "deleted_at": AT, "messages": 12345}],
        "exports": [EXPORT], "alias": {"address": "alice@corp.test", "to": "bob@corp.test", "until": "2027-05-01"},
    },
}  # fmt: skip


def test_every_kind_can_be_a_row_and_has_an_example_here() -> None:
    assert tuple(KINDS) == ROWS == tuple(CONTEXTS)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", KINDS)
def test_says_what_it_was_given_in_the_readers_language(kind: str, locale: str) -> None:
    page = html_of(kind, CONTEXTS[kind], locale)
    assert f'lang="{locale}"' in page and "北辰集團" in page
    title = {"request": "網絡資源申請表", "handover": "郵箱交接單", "deletion": "郵箱刪除證明"}[kind]
    assert (title in page) is (locale == "zh-Hant")
    assert ("2026年11月24日" in page) is (locale != "en")


def test_what_people_wrote_is_text() -> None:
    context = CONTEXTS["request"] | {"outcome": "<img src=file:///etc/passwd><style>*{display:none}</style>"}
    page = html_of("request", context, "en")
    assert "<img" not in page and "&lt;img" in page


@pytest.mark.parametrize(
    ("kind", "context"),
    [("letter", {"company": "x"}), ("deletion", {"company": "x"}), ("deletion", CONTEXTS["deletion"] | {"salary": 1})],
)
def test_a_context_that_does_not_fit_is_an_error(kind: str, context: dict[str, Any]) -> None:
    with pytest.raises(BadContext):
        html_of(kind, context, "en")


def test_prints_without_reading_anything(tmp_path: Path) -> None:
    """One PDF/A with both scripts' fonts; a page that points elsewhere prints as well, and shows nothing of it."""
    pdf = make_paper("handover", CONTEXTS["handover"], "zh-Hant")
    streams = re.findall(rb"/FlateDecode.*?stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    inside = pdf + b"".join(zlib.decompressobj().decompress(stream) for stream in streams)
    assert pdf.startswith(b"%PDF-") and b"Noto-Serif-CJK-TC" in inside and b"pdfaid" in inside


def keep(cast: Cast, **changes: Any) -> Paper:
    arguments: dict[str, Any] = {
        "actor": cast.actor(cast.carol), "company": cast.corp, "kind": "deletion", "context": CONTEXTS["deletion"],
        "locale": "zh-Hant", "subject": "林愛麗", "mailbox": cast.alice,
    }  # fmt: skip
    return actions.keep_paper(**(arguments | changes))


@pytest.mark.clause("B4.8", "R2")
def test_a_kept_paper_is_numbered_printed_once_and_recognised(cast: Cast) -> None:
    context = copy.deepcopy(CONTEXTS["deletion"])
    first, second = keep(cast, context=context), keep(cast)
    assert context == CONTEXTS["deletion"]
    assert [p.number[:3] + p.number[-5:] for p in (first, second)] == ["DC-00001", "DC-00002"]
    assert Outbox.objects.filter(kind="paper", done_at=None).count() == 2
    Outbox.objects.filter(kind="paper").last().delete()  # type: ignore[union-attr]
    assert print_waiting() == 1
    first.refresh_from_db()
    body = queries.pdf_of(first)
    assert hashlib.sha256(body).hexdigest() == first.sha256 and len(body) == first.size
    assert queries.pdf_of(first) == body  # not printed anew
    printed = Event.objects.get(chain="corp", kind="paper.printed")
    assert printed.params == {"number": first.number, "sha256": first.sha256}
    carol = cast.actor(cast.carol)
    assert queries.which_paper(carol, cast.corp, body) == first
    assert queries.which_paper(carol, cast.corp, body + b" ") is None


@pytest.mark.clause("G2.1.3")
def test_papers_are_seen_where_their_mailbox_is(branches: Branches) -> None:
    cast = branches.cast
    ours, theirs, nobodys = (
        keep(cast),
        keep(cast, mailbox=branches.erin, subject="Erin"),
        keep(cast, mailbox=None, subject="x"),
    )
    sam = branches.actor(branches.sam)
    assert list(queries.papers_within(sam, cast.corp)) == [ours]
    for paper in (theirs, nobodys):
        with pytest.raises(Refusal, match=r"paper\.unknown"):
            queries.find_paper(sam, cast.corp, paper.number)
    charlie = cast.actor(cast.charlie)
    with pytest.raises(Refusal, match=r"permission\.missing"):
        queries.find_paper(charlie, cast.corp, ours.number)
    with pytest.raises(Refusal, match=r"permission\.missing"):
        keep(cast, actor=charlie)
    with pytest.raises(Refusal, match=r"permission\.missing"):
        keep(cast, actor=cast.actor(cast.alice))


def test_at_the_command_line(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HONGYAN_LOCALE", "en")
    monkeypatch.setenv("HONGYAN_DIR", os.environ["HONGYAN_DIR"])
    monkeypatch.setattr("sys.stdout", sys.stdout)
    paper, file = keep(cast), tmp_path / "paper.pdf"

    def run(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert cli.main(["paper", *arguments, "--company", "corp", "--json"]) == code
        return json.loads(capsys.readouterr().out)

    assert [p["number"] for p in run("list", "--subject", "林")] == [paper.number]
    assert run("save", paper.number.lower(), str(file))["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert run("verify", str(file))["paper"]["number"] == paper.number
    file.write_bytes(file.read_bytes().replace(b"a", b"b", 1))
    assert run("verify", str(file), code=1) == {"known": False, "paper": None}
    assert run("save", "DC-1", str(file), code=1)["error"]["code"] == "paper.unknown"
