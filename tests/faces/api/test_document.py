"""The OpenAPI document: whole, true to what is answered, and nothing that it allows makes the service fail."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import jsonschema_rs
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction

from hongyan.faces.api import document, service
from tests.cast import Cast
from tests.faces.api.conftest import Program, make_token
from tests.faces.api.test_walls import OPERATIONS, things  # noqa: F401 - a fixture

DOCUMENT = json.loads(document.rendered()[0])


def resolved(schema: Any) -> dict[str, Any]:
    """With the components beside it, so that references lead somewhere."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": DOCUMENT["components"], **schema}


def fits(schema: Any, value: Any) -> list[str]:
    return [error.message for error in jsonschema_rs.validator_for(resolved(schema)).iter_errors(value)]


def medias(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    answers = [a for a in operation["responses"].values() if "$ref" not in a]
    for holder in [operation.get("requestBody", {}), *answers]:
        yield from holder.get("content", {}).values()


def test_it_is_served_to_everybody_and_kept_by_tag(client: Any) -> None:
    answer = client.get("/api/v1/openapi.json", secure=True, headers={"host": "localhost"})
    assert answer.status_code == 200 and answer.json() == DOCUMENT and DOCUMENT["openapi"] == "3.1.0"
    tag = answer.headers["ETag"]
    again = client.get("/api/v1/openapi.json", secure=True, headers={"host": "localhost", "if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS])
def test_every_operation_is_described_whole(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"] and operation["tags"] and operation["operationId"].isidentifier()
    answers = operation["responses"]
    assert {"401", "403", "404", "429", "503"} <= set(answers) and any(code.startswith("2") for code in answers)
    named = {p.get("$ref", "").rpartition("/")[2] for p in operation["parameters"]}
    assert ("IdempotencyKey" in named) == (method != "GET")
    for media in medias(operation):
        assert fits(media["schema"], media["example"]) == []


def test_operations_have_names_of_their_own_and_need_a_token() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    assert (
        DOCUMENT["security"] == [{"bearer": []}]
        and DOCUMENT["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    )


def test_examples_of_problems_fit() -> None:
    for answer in DOCUMENT["components"]["responses"].values():
        media = answer["content"]["application/problem+json"]
        assert fits(media["schema"], media["example"]) == []


# -- property-based ---------------------------------------------------------------------------------------------
@pytest.fixture
def sound(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], None]]:
    """Sends a generated request with the operator's token, judges the answer, undoes what it did."""
    from schemathesis import checks as known
    from schemathesis.specs.openapi import checks

    monkeypatch.setattr(service, "MOST_WRONG", 60_000)  # requests without a token are among them
    program = Program(make_token(cast.operator, "system", None, per_minute=60_000))
    headers = {"Authorization": f"Bearer {program.token}", "Host": "localhost"}
    wanted = [
        known.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
        checks.response_schema_conformance, checks.response_headers_conformance,
    ]  # fmt: skip

    def judge(case: Any) -> None:
        with transaction.atomic():
            case.call_and_validate(headers=headers, checks=wanted)
            transaction.set_rollback(True)

    signals = (request_started, request_finished)
    for signal in signals:  # a request within the test's transaction must not close its connection
        signal.disconnect(close_old_connections)
    yield judge
    for signal in signals:
        signal.connect(close_old_connections)


def _settings() -> Any:
    from hypothesis import HealthCheck, Phase, settings

    return settings(
        max_examples=3, derandomize=True, database=None, deadline=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@pytest.mark.parametrize("tag", sorted({op["tags"][0] for _, _, op in OPERATIONS}))
def test_nothing_that_can_be_sent_makes_it_fail(tag: str, sound: Callable[[Any], None], things: dict[str, str]) -> None:  # noqa: F811
    """Requests that fit and that do not, to things that are there and that are not."""
    from hypothesis import given
    from schemathesis import openapi
    from schemathesis.generation import GenerationMode

    schema, count = openapi.from_dict(DOCUMENT), 0
    schema.app = WSGIHandler()
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        if operation.tags != [tag]:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for fixed in (None, real(operation.path, things)):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of Hypothesis about its own strategies
                    strategy = operation.as_strategy(mode, path_parameters=fixed or None)
                    _settings()(given(case=strategy)(sound))()
                count += 1
    assert count


def real(path: str, things: dict[str, str]) -> dict[str, Any]:  # noqa: F811
    """Path parameters of what is there."""
    parts = path.removeprefix("/api/v1/").split("/")
    named = {part[1:-1]: before for before, part in pairwise(parts) if part.startswith("{")}
    return {n: int(v) if (v := things.get(n) or things[kind]).isdigit() else v for n, kind in named.items()}
