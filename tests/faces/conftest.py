"""Visitors of the web: browsers without a guard behind them, signed in through the sign-in page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from hongyan.company.mailboxes.models import Mailbox
from hongyan.faces.web import attempts
from hongyan.kernel.instance import Instance
from tests.cast import PASSWORD, Cast
from tests.instance import make_instance

Visit = Callable[..., Client]


class Browser(Client):
    """HTTPS, following nothing by itself."""

    def __init__(self, **headers: str) -> None:
        super().__init__(headers={"host": "localhost", **headers})
        self.defaults["wsgi.url_scheme"] = "https"
        self.defaults["SERVER_PORT"] = "443"


@pytest.fixture(scope="session")
def bare_instance(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    return make_instance(tmp_path_factory.mktemp("web"))


@pytest.fixture(autouse=True)
def instance(bare_instance: Instance, settings: Settings) -> Instance:
    """The instance that pages tell about. Nothing runs in it."""
    settings.INSTANCE = bare_instance
    return bare_instance


@pytest.fixture(autouse=True)
def no_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the guard were away; the local slowdown counts from nothing and does not wait."""
    monkeypatch.setattr(attempts, "_guard", lambda: None)
    monkeypatch.setattr(attempts, "_slowdown", attempts.Slowdown())
    monkeypatch.setattr(attempts, "STEP", 0.0)


@pytest.fixture
def browser(db: None) -> Browser:
    return Browser()


@pytest.fixture
def visit(cast: Cast) -> Visit:
    """`visit(cast.alice)`: a browser in which Alice has signed in."""

    def enter(mailbox: Mailbox, password: str = PASSWORD, **headers: str) -> Client:
        visitor = Browser(**headers)
        answer = visitor.post("/signin", {"login": mailbox.address, "password": password})
        assert answer.status_code == 303, answer.content.decode()
        return visitor

    return enter
