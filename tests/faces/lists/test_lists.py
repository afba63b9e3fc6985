"""Lists: search, filters, order, pages, columns, export, selection for a bulk run; within reach and company."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hongyan.company.bulk.models import Run
from hongyan.company.finder import following
from hongyan.company.people.models import Person, Unit
from hongyan.faces.console.lists import query
from hongyan.faces.console.lists.export import harmless
from hongyan.faces.console.people import index
from hongyan.faces.console.people.index import PEOPLE
from hongyan.kernel import clock
from hongyan.kernel.models import Event
from tests.branches import IT, NET, Branches
from tests.cast import Cast
from tests.faces.conftest import Visit

PATH = "/console/people"


def crowd(cast: Cast, count: int, name: str = "同名") -> None:
    Person.objects.bulk_create(
        Person(company=cast.corp, name=f"{name}{n // 3:04}", number=f"N{n}", created_at=clock.now())
        for n in range(count)
    )


def catch_up() -> None:
    while following.catch_up():
        pass


def names(answer: str) -> list[str]:
    return re.findall(r'<tr data-row>.*?<td data-label="[^"]*">(?:<a[^>]*>)?([^<]*)', answer)


def read(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def walk(browser: Client, path: str, rel: str) -> Iterator[list[str]]:
    while path:
        page = read(browser, path)
        yield names(page)
        link = re.search(rf'rel="{rel}" href="([^"]*)"', page)
        path = link[1].replace("&amp;", "&") if link else ""


@pytest.mark.parametrize("sort", ["name", "-name"])
def test_pages_hold_every_row_once_there_and_back(cast: Cast, visit: Visit, sort: str) -> None:
    crowd(cast, 130)
    browser = visit(cast.carol)
    pages = list(walk(browser, f"{PATH}?sort={sort}", "next"))
    found = [name for page in pages for name in page]
    assert len(found) == 134 and [len(p) for p in pages] == [50, 50, 34]
    assert found == sorted(found, reverse=sort.startswith("-"))
    last = read(browser, f"{PATH}?sort={sort}")
    for _ in pages[1:]:
        link = re.search(r'rel="next" href="([^"]*)"', last)
        assert link
        last = read(browser, link[1].replace("&amp;", "&"))
    assert "101–134" in last
    back = re.search(r'rel="prev" href="([^"]*)"', last)
    assert back and list(walk(browser, back[1].replace("&amp;", "&"), "prev")) == [pages[1], pages[0]]


def test_a_place_that_was_not_given_out_is_the_beginning(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    first = names(read(browser, PATH))
    for odd in ("after=x", "before=1:2", "at=-5", "sort=nothing", "sort=posts", "locale=klingon", "after="):
        assert names(read(browser, f"{PATH}?{odd}")) == first


def test_filters_and_search_narrow_and_say_so(cast: Cast, visit: Visit) -> None:
    catch_up()
    browser = visit(cast.carol)
    page = read(browser, f"{PATH}?locale=zh-Hans")
    assert names(page) == ["戴維"] and "简体中文" in page and 'class="chip"' in page
    assert names(read(browser, f"{PATH}?q=+林+")) == ["林愛麗"]
    assert "沒有符合條件的結果" in read(browser, f"{PATH}?q=nobody")
    part = browser.get(f"{PATH}?q=林", headers={"X-Part": "list"}).content.decode()
    assert names(part) == ["林愛麗"] and "<html" not in part


def test_a_tree_of_many_units_is_offered_from_its_top(
    branches: Branches, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, net = visit(branches.cast.carol), Unit.objects.get(path=NET)
    assert f">{NET}</option>" in read(browser, PATH)
    monkeypatch.setattr(index, "MANY_UNITS", 2)
    page = read(browser, PATH)
    assert f">{NET}</option>" not in page and f">{IT}</option>" in page
    assert set(names(read(browser, f"{PATH}?unit={net.pk}"))) == {"林愛麗", "王博"}
    assert {"林愛麗", "王博", "Sam"} == set(names(read(browser, f"{PATH}?unit={branches.it.pk}")))
    assert set(names(read(browser, f"{PATH}?without=post"))) == {"陳家蓉", "戴維", "Vera"}
    assert "沒有符合條件" in read(browser, f"{PATH}?without=mailbox")


def test_a_count_stops_where_it_would_cost(cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(cast, 60)
    monkeypatch.setattr(query, "COUNTED", 55)
    page = read(visit(cast.carol), PATH)
    assert "超過 55" in page


def test_queries_do_not_grow_with_the_list(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    with CaptureQueriesContext(
        connection,
    ) as few:
        read(browser, PATH)
    crowd(cast, 200)
    with CaptureQueriesContext(connection) as many:
        read(browser, PATH)
    assert len(many) <= len(few) + 2 and len(many) < 20  # one to count, one to look for more


def test_columns_are_remembered(cast: Cast, visit: Visit) -> None:
    browser = visit(cast.carol)
    answer = browser.post(f"{PATH}?{urlencode({'q': '林'})}", {"columns": "1", "column": ["latin", "number"]})
    assert answer.status_code == 303 and parse_qs(urlsplit(answer.headers["Location"]).query) == {"q": ["林"]}
    page = read(browser, PATH)
    assert "Alice Lin" in page and "alice@corp.test" not in page and names(page)


def test_an_export_is_the_whole_result_without_formulas(cast: Cast, visit: Visit) -> None:
    crowd(cast, 60)
    Person.objects.filter(name="王博").update(latin_name="=HYPERLINK(1)", number="+886")
    catch_up()
    browser = visit(cast.carol)
    browser.post(PATH, {"columns": "1", "column": ["latin", "number", "since"]})
    lines = b"".join(browser.get(f"{PATH}?export=csv&q=王").streaming_content).decode("utf-8")  # type: ignore[attr-defined]
    assert lines.startswith("\ufeff姓名,") and "'=HYPERLINK(1)" in lines and "'+886" in lines
    answer = browser.get(f"{PATH}?export=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active  # type: ignore[attr-defined]
    assert sheet is not None and sheet.max_row == 65
    cell = next(row[1] for row in sheet.iter_rows() if row[0].value == "王博")
    assert cell.value == "=HYPERLINK(1)" and cell.data_type == "s"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="people-')
    assert Event.objects.filter(kind="list.exported", actor="carol@corp.test").count() == 2
    assert harmless("@x") == "'@x" and harmless("x@y") == "x@y"


@pytest.mark.parametrize("form", [{"all": "1", "bulk": "1"}, {"bulk": "all"}])
def test_the_whole_result_is_chosen(cast: Cast, visit: Visit, form: dict[str, str]) -> None:
    crowd(cast, 70)
    catch_up()
    browser = visit(cast.carol)
    answer = browser.post(f"{PATH}?{urlencode({'q': '同名'})}", form | {"operation": "people.set_locale", "row": []})
    run = Run.objects.get()
    assert answer.headers["Location"] == f"/console/bulk/{run.pk}" and run.total == 70
    assert urlsplit(run.source).path == PATH and {r.label[:2] for r in run.rows.all()} == {"同名"}


def test_rows_are_chosen_within_the_list(branches: Branches, visit: Visit) -> None:
    cast, sam = branches.cast, visit(branches.sam)
    erin, alice = branches.erin.person, cast.alice.person
    assert erin and alice
    form = {"bulk": "1", "operation": "people.set_locale", "row": [str(erin.pk), str(alice.pk), "x", "-1"]}
    sam.post(PATH, form)
    assert [row.label for row in Run.objects.get().rows.all()] == ["林愛麗"]
    assert sam.post(PATH, form | {"row": [str(erin.pk)]}).headers["Location"] == PATH
    assert sam.post(PATH, form | {"operation": "people.delete"}).headers["Location"] == PATH
    assert Run.objects.count() == 1


@pytest.mark.clause("G2.1.3")
def test_a_branch_administrator_sees_his_branch(branches: Branches, visit: Visit) -> None:
    seen = names(read(visit(branches.sam), PATH))
    assert set(seen) == {"林愛麗", "王博", "Sam"}
    rows = b"".join(visit(branches.sam).get(f"{PATH}?export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "林愛麗" in rows and "Erin" not in rows and "陳家蓉" not in rows


def test_an_outsider_sees_nothing_of_it(cast: Cast, visit: Visit) -> None:
    charlie = visit(cast.charlie)
    assert names(read(charlie, PATH)) == ["Charlie Reed"]
    assert charlie.get(f"{PATH}?company=corp").status_code == 404
    assert charlie.post(f"{PATH}?company=corp", {"bulk": "all"}).status_code == 404
    assert visit(cast.alice).get(PATH).status_code == 404


def test_everything_sortable_is_a_column_with_an_index() -> None:
    fields = {f.name for index in Person._meta.indexes for f in Person._meta.fields if f.name in index.fields}
    assert {column.sort for column in PEOPLE.columns if column.sort} <= fields
