"""The pages of a bulk run: questions, preview, confirmation, progress, stop and resume; nobody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from hongyan.company.bulk.models import Run
from hongyan.company.people.models import Person
from hongyan.company.tasks.actions import run_now
from hongyan.faces.console.lists import spec
from tests.branches import Branches
from tests.cast import Cast
from tests.faces.conftest import Visit

PARTS = ("", "/answers", "/begin", "/stop", "/resume")


def chosen(browser: Client, operation: str = "people.set_locale") -> Run:
    browser.post("/console/people", {"bulk": "all", "operation": operation})
    return Run.objects.latest("pk")


def read(browser: Client, run: Run, query: str = "") -> str:
    answer = browser.get(reverse("bulk-run", args=[run.pk]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_asked_looked_at_begun_and_found_again(cast: Cast, visit: Visit) -> None:
    carol = visit(cast.carol)
    run = chosen(carol)
    assert "<select" in read(carol, run)
    refused = carol.post(f"/console/bulk/{run.pk}/answers", {"locale": "fr"})
    assert refused.status_code == 422 and "不支援語言 fr" in refused.content.decode()
    carol.post(f"/console/bulk/{run.pk}/answers", {"locale": "zh-Hans"})
    page = read(carol, run)
    assert "语言" not in page and "語言由 繁體中文 改為 简体中文" in page and "已經如此" in page
    assert not Person.objects.filter(name="林愛麗", locale="zh-Hans").exists()
    carol.post(f"/console/bulk/{run.pk}/begin")
    assert "等待執行" in read(carol, run) and "data-progress" in read(carol, run)
    run.refresh_from_db()
    assert run.task is not None
    run_now(run.task)
    page = read(carol, run, "?state=all")
    assert "已完成" in page and "100 %" in page and "data-progress" not in page
    assert "戴維" in read(carol, run) and "林愛麗" not in read(carol, run)  # the refused first
    assert "林愛麗" in read(carol, run, "?state=done") and "<html" not in part(carol, run)
    assert f"/console/bulk/{run.pk}" in carol.get("/console/bulk").content.decode()


def part(browser: Client, run: Run) -> str:
    return browser.get(f"/console/bulk/{run.pk}", headers={"X-Part": "run"}).content.decode()


def test_stopped_and_resumed(cast: Cast, visit: Visit) -> None:
    carol = visit(cast.carol)
    run = chosen(carol)
    carol.post(f"/console/bulk/{run.pk}/answers", {"locale": "en"})
    carol.post(f"/console/bulk/{run.pk}/begin")
    assert carol.post(f"/console/bulk/{run.pk}/stop").status_code == 303
    assert "已停止" in read(carol, run)
    assert carol.post(f"/console/bulk/{run.pk}/stop").status_code == 409
    carol.post(f"/console/bulk/{run.pk}/resume")
    run.refresh_from_db()
    assert run.task is not None and run_now(run.task).state == "done" and Person.objects.filter(locale="en").count() > 2


def test_what_cannot_be_undone_asks_for_the_number(cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    carol = visit(cast.carol)
    run = chosen(carol)
    carol.post(f"/console/bulk/{run.pk}/answers", {"locale": "en"})
    monkeypatch.setitem(spec._OFFERED, run.operation, spec.Bulk(run.operation, "Danger", danger=True))
    refused = carol.post(f"/console/bulk/{run.pk}/begin", {"count": "3"})
    assert refused.status_code == 422 and f"請輸入項目數 {run.total}" in refused.content.decode()
    assert carol.post(f"/console/bulk/{run.pk}/begin", {"count": f" {run.total}"}).status_code == 303


@pytest.mark.parametrize("who", ["charlie", "alice", "sam"])
def test_another_has_no_such_run(branches: Branches, visit: Visit, who: str) -> None:
    run = chosen(visit(branches.cast.carol))
    browser = visit(branches.sam if who == "sam" else getattr(branches.cast, who))
    for each in PARTS:
        path = f"/console/bulk/{run.pk}{each}"
        answer = browser.post(path, {"locale": "en"}) if each else browser.get(path)
        assert answer.status_code == 404
    assert f"/console/bulk/{run.pk}" not in browser.get("/console/bulk").content.decode()
