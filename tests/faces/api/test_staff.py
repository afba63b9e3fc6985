"""Staff lists by programs: looked at, applied by line and whole; the limit for leavers is no program's to lift."""

from __future__ import annotations

import pytest

from hongyan.company.imports import actions
from hongyan.company.people.models import Person
from hongyan.company.staff import guard, keeping
from hongyan.company.staff.models import Report
from hongyan.company.staff.syncing import look_at_sheet
from hongyan.company.tasks.progress import Progress
from tests.cast import Cast
from tests.company.imports.sheets import many, staff
from tests.faces.api.conftest import Program

KEPT = (["1001", "林愛麗", "", "顧問", "", ""], ["1002", "王博", "", "", "", ""], ["1003", "陳家蓉", "", "", "", ""])


def look(cast: Cast, data: bytes) -> Report:
    carol = cast.actor(cast.carol)
    batch = actions.upload_file(
        actor=carol, company=cast.corp, kind="persons", data=data, file_name="s.xlsx", keep=False
    )
    return look_at_sheet(actor=carol, batch=batch, data=data, progress=Progress())


@pytest.mark.clause("G2.2.2")
def test_looked_at_applied_by_line_and_whole(cast: Cast, office: Program) -> None:
    report = look(cast, staff(*KEPT, ["2001", "張小明", "總公司", "", "", ""]))
    (listed,) = office.get("staff-reports?state=open").json["items"]
    assert listed == office.get(f"staff-reports/{report.pk}").json and listed["counts"]["join"] == 1
    lines = office.get(f"staff-reports/{report.pk}/lines").json["items"]
    by = {line["verdict"]: line for line in lines}
    assert set(by) == {"join", "change", "leave"}
    assert by["change"]["changes"] == [{"field": "post", "before": "專員", "after": "顧問"}]
    (first,) = office.get(f"staff-reports/{report.pk}/lines?verdict=leave&state=open").json["items"]
    assert first == by["leave"]
    here = f"staff-reports/{report.pk}"
    answer = office.post(f"{here}/apply", {"lines": [by["join"]["id"]]})
    assert answer.json["lines"] == 1 and answer.json["report"]["state"] == "open"
    assert office.post(f"{here}/skip", {"lines": [by["leave"]["id"]]}).json["lines"] == 1
    assert office.post(f"{here}/apply", {}).json["report"]["state"] == "settled"
    assert Person.objects.get(number="1004").left_on is None and Person.objects.filter(number="2001").exists()
    for path, body in (("apply", {}), ("skip", {"lines": [1]}), ("drop", {})):
        assert (office.post(f"{here}/{path}", body).status, office.post(f"{here}/{path}", body).code) == (
            409,
            "staff.report_state",
        )


@pytest.mark.clause("G2.2.2")
def test_a_program_lifts_no_limit(cast: Cast, office: Program) -> None:
    office.post(f"staff-reports/{look(cast, staff(*KEPT, *many(8))).pk}/apply", {})
    guard.set_rules(actor=cast.operator, company=cast.corp, most_leavers=3, most_percent=100)
    report = look(cast, staff(*KEPT, *many(2)))
    answer = office.post(f"staff-reports/{report.pk}/apply", {})
    assert (answer.status, answer.code) == (409, "staff.guard")
    assert office.post(f"staff-reports/{report.pk}/apply", {"override": "x"}).status == 422
    assert office.post(f"staff-reports/{report.pk}/drop", {}).json["state"] == "dropped"
    assert Person.objects.filter(company=cast.corp, left_on=None).count() == 11


def test_sources_without_their_secrets(cast: Cast, office: Program, outsider: Program) -> None:
    _, key = keeping.add_source(actor=cast.operator, company=cast.corp, kind="scim", name="Okta")
    answer = office.get("staff-sources")
    assert [source["name"] for source in answer.json["items"]] == ["Okta"]
    assert key not in answer.text and key[-4:] not in answer.text
    assert outsider.get("staff-sources").json["items"] == []
