"""Programs that ask the API: one with a token of Carol's, others as the tests make them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, cast

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from hongyan.company.access.actions import add_token
from hongyan.company.people.models import Company, Unit
from hongyan.faces.api import limits, service
from hongyan.kernel import clock
from hongyan.kernel.actor import Actor
from hongyan.kernel.instance import Instance
from tests.cast import Cast
from tests.instance import make_instance

Ask = Callable[..., "Answer"]


class Answer:
    def __init__(self, response: HttpResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.content.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return str(self.json["code"])


class Program:
    """What a script does: JSON out, JSON in, a token in the header."""

    def __init__(self, token: str, **headers: str) -> None:
        self.token = token
        more = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = Client(headers={"Host": "localhost", **more, **headers}, raise_request_exception=False)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        response = self.client.generic(
            method, f"/api/v1/{path}", data, content_type="application/json", secure=True, headers=headers
        )
        return Answer(cast(HttpResponse, response))

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        return self.ask("POST", path, {} if body is None else body, **headers)

    def delete(self, path: str) -> Answer:
        return self.ask("DELETE", path)


def make_token(
    actor: Actor, role: str, company: Company | None, *, unit: Unit | None = None, only: list[str] | None = None,
    until: date | None = None, per_minute: int = 3000,
) -> str:  # fmt: skip
    until = until or clock.today() + timedelta(days=30)
    return add_token(
        actor=actor, name="test", role=role, company=company, unit=unit, only=only, expires_on=until,
        per_minute=per_minute,
    )[1]  # fmt: skip


@pytest.fixture(scope="session")
def bare_instance(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    return make_instance(tmp_path_factory.mktemp("api"))


@pytest.fixture(autouse=True)
def instance(bare_instance: Instance, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Instance:
    settings.INSTANCE = bare_instance
    monkeypatch.setattr(service, "buckets", limits.Buckets())
    return bare_instance


@pytest.fixture
def office(cast: Cast) -> Program:
    """A program of the office of corp.test."""
    return Program(make_token(cast.actor(cast.carol), "office", cast.corp))


@pytest.fixture
def outsider(cast: Cast) -> Program:
    """Charlie's program, of the other company."""
    return Program(make_token(cast.actor(cast.charlie), "office", cast.other))


@pytest.fixture
def machine(cast: Cast) -> Program:
    """The operator's program: every company."""
    return Program(make_token(cast.operator, "system", None))
