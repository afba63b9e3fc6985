"""What holds for every request: problems, languages, pages, repeats, rates."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from hongyan.company.access.models import Answer as KeptAnswer, Token
from hongyan.company.finder.following import catch_up
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.mailboxes.models import Mailbox
from hongyan.faces.api import repeats, service
from hongyan.faces.api.routes import mailboxes as routes
from hongyan.kernel import clock
from hongyan.kernel.models import Event
from tests.cast import Cast
from tests.faces.api.conftest import Program, make_token

ALICE = {"address": "alice@corp.test"}


# -- problems ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "detail"),
    [("zh-TW", "地址 alice@corp.test 已被使用"), ("zh-CN", "地址 alice@corp.test 已被使用"), ("en", "is already in use"), ("fr", "is already in use")],
)  # fmt: skip
def test_a_refusal_is_a_problem_in_the_readers_language(office: Program, language: str, detail: str) -> None:
    answer = office.post("mailboxes", ALICE, **{"Accept-Language": language})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["type"] == "urn:hongyan:problem:address.taken" and answer.code == "address.taken"
    assert answer.status == answer.json["status"] == 409 and detail in answer.json["detail"]
    assert answer.headers["Content-Language"] in ("zh-Hant", "zh-Hans", "en")


@pytest.mark.clause("G3.2.2")
def test_a_problem_names_its_clause(office: Program) -> None:
    answer = office.post("mailboxes", {"address": "desk@corp.test", "kind": "shared", "password": "Lantern-2291-x"})
    assert (answer.status, answer.code, answer.json["clause"]) == (422, "mailbox.no_shared_password", "G3.2.2")


def test_every_bad_field_is_named_at_once(office: Program) -> None:
    answer = office.post("mailboxes", {"quota_mb": "much", "kind": "gigantic", "person": 0, "addres": "x"})
    assert (answer.status, answer.code) == (422, "api.invalid")
    assert {(e["pointer"], e["code"]) for e in answer.json["errors"]} == {
        ("/address", "api.field.missing"), ("/quota_mb", "api.field.number"), ("/kind", "api.field.choice"),
        ("/person", "api.field.too_small"), ("/addres", "api.field.unknown"),
    }  # fmt: skip
    assert all(e["detail"] for e in answer.json["errors"])


def test_parameters_are_named_too(office: Program) -> None:
    answer = office.get("mailboxes?limit=1000&state=gone")
    assert answer.status == 422
    assert {(e["in"], e["parameter"]) for e in answer.json["errors"]} == {("query", "limit"), ("query", "state")}


@pytest.mark.clause("B4.12")
def test_a_password_that_is_refused_comes_with_all_its_reasons(office: Program) -> None:
    answer = office.post("mailboxes", {"address": "new@corp.test", "password": "alice"})
    assert (answer.status, answer.code) == (422, "password.unfit")
    assert len(answer.json["errors"]) > 1
    assert not Mailbox.objects.filter(address="new@corp.test").exists()


def test_rows_of_a_bulk_are_pointed_at(office: Program) -> None:
    rows = [{"address": f"{name}@corp.test"} for name in ("n1", "n2", "alice")]
    answer = office.post("mailboxes/bulk", {"mailboxes": rows})
    assert (answer.status, answer.code) == (409, "address.taken")
    assert [e["pointer"] for e in answer.json["errors"]] == ["/mailboxes/2/address"]
    assert not Mailbox.objects.filter(address="n1@corp.test").exists()


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "api.json"), (b"[]", {}, 422, "api.invalid"), (b"", {}, 422, "api.invalid"), (b"\xff", {}, 400, "api.json"),
        (b'{"address": "a\\u0000@corp.test"}', {}, 400, "api.nul"),
        (b'{"address": "a\\ud800@corp.test"}', {}, 422, "api.invalid"),
        (b'{"address": "x@corp.test", "name": "' + b"x" * 2_200_000 + b'"}', {}, 413, "api.too_large"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "api.media_type"),
        (b"{}", {"Host": "evil.test"}, 400, "api.host"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_problem(
    office: Program, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    kind = headers.pop("Content-Type", "application/json")
    answer = office.client.generic("POST", "/api/v1/mailboxes", body, content_type=kind, secure=True, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_unknown_paths_and_methods_are_problems(office: Program) -> None:
    assert (office.get("nothing").status, office.get("nothing").code) == (404, "api.path_unknown")
    assert office.get("persons/99999999999999999999").status == 404
    answer = office.ask("PUT", "mailboxes", {})
    assert (answer.status, answer.headers["Allow"], answer.code) == (405, "GET, POST", "api.method")
    head = office.ask("HEAD", "mailboxes")
    assert head.status == 200 and head.text == "" and int(head.headers["Content-Length"]) > 100


def test_our_own_failure_is_a_problem(office: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "whole", lambda mailbox: 1 / 0)
    answer = office.get("mailboxes/alice@corp.test")
    assert (answer.status, answer.code) == (500, "api.internal") and "ZeroDivision" not in answer.text


def test_a_database_that_is_away_is_told(office: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **more: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(service, "authenticate", away)
    assert office.get("mailboxes").code == "api.away"


# -- pages ---------------------------------------------------------------------------------------------------
def walk(program: Program, path: str, key: str = "address") -> list[Any]:
    found, cursor = [], ""
    while True:
        page = program.get(f"{path}{cursor}").json
        found += [item[key] for item in page["items"]]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def test_pages_shift_nothing_while_rows_are_added(cast: Cast, office: Program) -> None:
    names = [f"zz{n:02}@corp.test" for n in range(0, 20, 2)]
    open_mailboxes(actor=cast.operator, company=cast.corp, new=[NewMailbox(a) for a in names])
    catch_up()
    first = office.get("mailboxes?limit=5&q=zz").json
    more = [f"zz{n:02}@corp.test" for n in (1, 3, 15)]
    open_mailboxes(actor=cast.operator, company=cast.corp, new=[NewMailbox(a) for a in more])
    catch_up()
    rest = walk(office, f"mailboxes?limit=5&q=zz&cursor={first['next']}") if first["next"] else []
    seen = [m["address"] for m in first["items"]] + rest
    assert len(seen) == len(set(seen)) and set(names) <= set(seen) and "zz15@corp.test" in seen
    assert "zz01@corp.test" not in seen


def test_the_next_page_is_linked(office: Program) -> None:
    answer = office.get("persons?limit=1")
    assert answer.headers["Link"] == f'</api/v1/persons?limit=1&cursor={answer.json["next"]}>; rel="next"'
    assert "Link" not in office.get("persons").headers


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "WyJpZCIsIDFd", "WyJhZGRyZXNzIiwgMV0", "bnVsbA", "WyJhZGRyZXNzIl0", "é"]
)
def test_a_cursor_that_is_none_is_refused(office: Program, cursor: str) -> None:
    assert office.get(f"mailboxes?cursor={cursor}").code == "api.cursor_malformed"


def test_a_list_costs_the_same_however_long_it_is(
    cast: Cast, office: Program, django_assert_max_num_queries: Any
) -> None:
    new = [NewMailbox(f"m{n}@corp.test", person=cast.alice.person) for n in range(120)]
    open_mailboxes(actor=cast.operator, company=cast.corp, new=new)
    office.get("mailboxes")
    for path in ("mailboxes?limit=100", "persons?limit=100", "aliases", "groups", "tokens"):
        with django_assert_max_num_queries(20):
            assert office.get(path).status == 200


# -- repeats -------------------------------------------------------------------------------------------------
KEY = {"Idempotency-Key": "opening-1"}


def test_a_write_that_is_sent_again_is_answered_again(office: Program) -> None:
    body = {"address": "once@corp.test", "start": "first_password"}
    first, before = office.post("mailboxes", body, **KEY), Event.objects.count()
    again = office.post("mailboxes", body, **KEY)
    assert first.status == again.status == 201 and first.json == again.json and first.json["first_password"]
    assert again.headers["Idempotency-Replayed"] == "true" and again.headers["Location"] == first.headers["Location"]
    assert Event.objects.count() == before
    assert office.post("mailboxes", body).code == "address.taken"


def test_a_kept_answer_is_sealed(office: Program) -> None:
    first = office.post("mailboxes", {"address": "once@corp.test", "start": "first_password"}, **KEY)
    kept = KeptAnswer.objects.get()
    assert first.json["first_password"].encode() not in bytes(kept.sealed) and kept.key != KEY["Idempotency-Key"]


def test_a_refusal_is_kept_as_well(office: Program) -> None:
    assert office.post("mailboxes", ALICE, **KEY).status == 409
    Mailbox.objects.filter(address="alice@corp.test").update(address="gone@corp.test")
    again = office.post("mailboxes", ALICE, **KEY)
    assert again.status == 409 and again.headers["Idempotency-Replayed"] == "true"


def test_the_same_key_for_another_request_is_refused(office: Program) -> None:
    office.post("mailboxes", {"address": "once@corp.test"}, **KEY)
    for path, body in (("mailboxes", {"address": "twice@corp.test"}), ("persons", {"name": "乙"})):
        answer = office.post(path, body, **KEY)
        assert (answer.status, answer.code) == (422, "api.idempotency_mismatch")


def test_keys_are_a_tokens_own_and_forgotten_after_a_day(cast: Cast, office: Program, outsider: Program) -> None:
    assert office.post("persons", {"name": "乙"}, **KEY).status == 201
    assert outsider.post("persons", {"name": "丙"}, **KEY).json["company"] == "other"
    with clock.shifted(timedelta(hours=25)):
        answer = office.post("persons", {"name": "丁"}, **KEY)
    assert answer.status == 201 and "Idempotency-Replayed" not in answer.headers


def test_while_a_request_is_worked_on_its_like_is_refused(office: Program) -> None:
    token = Token.objects.get()
    with repeats._alone(token.pk, "opening-1"):
        answer = office.post("persons", {"name": "乙"}, **KEY)
        assert (answer.status, answer.code) == (409, "api.idempotency_busy")
        assert office.post("persons", {"name": "乙"}, **{"Idempotency-Key": "another"}).status == 201
    assert office.post("persons", {"name": "乙"}, **KEY).status == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "with blank"])
def test_a_key_that_is_none_is_refused(office: Program, key: str) -> None:
    assert office.post("persons", {"name": "乙"}, **{"Idempotency-Key": key}).code == "api.idempotency_key"


def test_a_failure_of_ours_is_not_kept(office: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from hongyan.faces.api.routes import opening

    monkeypatch.setattr(opening, "whole", lambda mailbox: 1 / 0)
    assert office.post("mailboxes", {"address": "once@corp.test"}, **KEY).status == 500
    monkeypatch.undo()
    assert not Mailbox.objects.filter(address="once@corp.test").exists() and not KeptAnswer.objects.exists()


# -- rates ---------------------------------------------------------------------------------------------------
def test_a_token_that_asks_too_often_waits(cast: Cast, office: Program) -> None:
    slow = Program(make_token(cast.actor(cast.carol), "hr", cast.corp, per_minute=3))
    answers = [slow.get("persons") for _ in range(5)]
    assert [a.status for a in answers] == [200, 200, 200, 429, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert answers[0].headers["RateLimit"].startswith('"token";r=2;t=')
    assert answers[3].code == "api.rate" and 1 <= int(answers[3].headers["Retry-After"]) <= 20
    assert office.get("persons").status == 200


def test_an_address_that_tries_tokens_waits(office: Program) -> None:
    guesses = [Program(f"hy_{n}").get("persons").status for n in range(70)]
    assert guesses[:60] == [401] * 60 and guesses[-1] == 429


def test_use_is_noted_without_a_write_each_time(
    cast: Cast, office: Program, django_assert_max_num_queries: Any
) -> None:
    office.get("token")
    used = Token.objects.get().used_at
    assert used is not None and used.minute == 0
    with django_assert_max_num_queries(6) as caught:
        office.get("token")
    assert not [q for q in caught.captured_queries if q["sql"].startswith(("UPDATE", "INSERT"))]


def test_buckets_are_bounded_and_safe_to_share(monkeypatch: pytest.MonkeyPatch) -> None:
    from hongyan.faces.api import limits

    monkeypatch.setattr(limits, "KEPT", 10)
    buckets, allowed = limits.Buckets(), list[bool]()
    threads = [threading.Thread(target=lambda: allowed.append(buckets.take("one", 5).allowed)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed.count(True) == 5
    for n in range(50):
        buckets.take(f"key {n}", 5)
    assert len(buckets._levels) == 10
