"""A person's life at the shell: the documents that scripts read, and what is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from hongyan.faces.cli import lives
from hongyan.faces.cli.main import build_parser
from hongyan.faces.cli.output import Output
from hongyan.faces.cli.registry import find
from hongyan.kernel import clock
from hongyan.kernel.decision import Refusal
from tests.branches import IT, NET, SALES, Branches
from tests.cast import Cast


@pytest.fixture(autouse=True)
def no_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "wait_for_release", lambda out: None)


def run(capsys: pytest.CaptureFixture[str], *words: object, json_mode: bool = True) -> Any:
    capsys.readouterr()
    args = build_parser(find(str(words[0]))).parse_args([*map(str, words), "--company", "corp"])
    args.run(args, Output(json_mode=json_mode, locale="zh-Hant"))
    said = capsys.readouterr().out
    return json.loads(said) if json_mode else said


def test_leave_loan_leaving_and_return(branches: Branches, capsys: pytest.CaptureFixture[str]) -> None:
    cast, today = branches.cast, clock.today()
    bob, alice, tomorrow = cast.bob.person_id, cast.alice.person_id, today + timedelta(days=1)
    away = run(capsys, "person", "leave", bob, "--from", today, "--deputy", alice, "--reason", "年假")
    assert (away["state"], away["stand_in"], away["leave"][0]["reason"]) == ("leave", "林愛麗", "年假")
    assert "休假中" in run(capsys, "person", "show", bob, json_mode=False)
    assert run(capsys, "person", "back", bob)["state"] == "staff"
    with pytest.raises(Refusal, check=lambda r: r.code == "leave.over"):
        run(capsys, "person", "back", bob)
    lent = run(capsys, "person", "lend", bob, "--unit", SALES, "--until", tomorrow, "--post", "支援")
    assert lent["state"] == "lent" and [p["unit"] for p in lent["posts"]] == [NET, SALES]
    assert [p["name"] for p in run(capsys, "person", "list", "--state", "lent")] == ["王博"]
    assert run(capsys, "person", "recall", bob)["state"] == "staff"
    with pytest.raises(Refusal, check=lambda r: r.code == "loan.unknown"):
        run(capsys, "person", "recall", bob)
    assert run(capsys, "person", "left", bob, "--kind", "dismissed")["left_on"] == today.isoformat()
    assert "王博" not in [p["name"] for p in run(capsys, "person", "list", "--unit", IT)]
    back = run(capsys, "person", "return", bob, "--unit", IT, "--post", "顧問", "--grade", 4)
    assert [(p["unit"], p["head"], p["grade"]) for p in back["posts"]] == [(IT, False, 4)]


def test_posts_heads_branches_and_grades(branches: Branches, capsys: pytest.CaptureFixture[str]) -> None:
    alice = branches.cast.alice.person_id
    added = run(capsys, "person", "post", alice, "--unit", IT, "--post", "副主任", "--lead", "deputy", "--grade", 5)
    post = added["posts"][1]
    assert (post["deputy"], post["grade"], added["heads"][0]["name"]) == (True, 5, "王博")
    assert run(capsys, "unit", "branch", IT)["branch"] is True
    shown = run(capsys, "unit", "show", IT)
    assert shown["branch"] == IT and [p["name"] for p in shown["deputies"]] == ["林愛麗"]
    assert [u["path"] for u in run(capsys, "unit", "list") if u["branch"]] == [IT]
    changed = run(capsys, "person", "post", alice, "--change", post["id"], "--lead", "no", "--post", "主任")
    assert changed["posts"][1]["deputy"] is False
    assert len(run(capsys, "person", "post", alice, "--end", post["id"])["posts"]) == 1
    assert run(capsys, "company", "grades", "--name", "5=副經理", "--name", "6=經理")[0] == {
        "level": 5,
        "name": "副經理",
    }
    assert len(run(capsys, "company", "grades")) == 2 and run(capsys, "company", "grades", "--name", "") == []
    with pytest.raises(Refusal, check=lambda r: r.code == "grade.range"):
        run(capsys, "company", "grades", "--name", "manager")


def test_another_companys_person_is_unknown(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("show", "back", "left", "return", "recall"):
        with pytest.raises(Refusal, check=lambda r: r.code == "person.unknown"):
            run(capsys, "person", command, cast.charlie.person_id)
