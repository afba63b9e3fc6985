"""The Python client: up to date with the document, and at work against the API over a real socket."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from hongyan_client import Client, Problem, verify_webhook
from hongyan_client.models import OpenMailbox

from hongyan.company.webhooks import signing
from hongyan.faces.api import service
from hongyan.faces.api.limits import Taken
from tests.cast import Cast, make_cast
from tests.faces.api.conftest import make_token

GENERATOR = Path(__file__).parents[3] / "clients" / "python" / "generate.py"


def test_the_client_is_what_the_document_says() -> None:
    """After changing a route: `python clients/python/generate.py`."""
    done = subprocess.run([sys.executable, str(GENERATOR), "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


class Quiet(WSGIRequestHandler):
    def log_message(self, *said: object) -> None:
        pass


@pytest.fixture
def world(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def client(world: Cast) -> Iterator[Client]:
    """Over a socket, served by a thread that shares the test's database."""
    connection = connections["default"]
    connection.inc_thread_sharing()
    handler = WSGIHandler()

    def application(environ: dict[str, object], start: object) -> object:
        connections["default"] = connection
        return handler(environ, start)  # type: ignore[arg-type]

    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    token = make_token(world.actor(world.carol), "office", world.corp)
    with Client(f"http://localhost:{server.server_port}", token, language="zh-Hant") as made:
        yield made
    server.shutdown()
    server.server_close()
    thread.join()
    connection.dec_thread_sharing()


def test_a_script_does_its_work(client: Client) -> None:
    person = client.add_person({"name": "新人", "unit": "總公司/信息部"})
    asked: OpenMailbox = {"address": "xin@corp.test", "person": person["id"], "start": "first_password"}
    opened = client.open_mailbox(asked, idempotency_key="xin")
    assert opened["first_password"] and opened["state"] == "first"
    again = client.open_mailbox(asked, idempotency_key="xin")
    assert again["first_password"] == opened["first_password"]
    group = client.add_group({"address": "net@corp.test", "members": ["xin@corp.test"]})
    client.add_member(group["address"], {"address": "alice@corp.test"})
    assert [m["address"] for m in client.all_members("net@corp.test")] == ["alice@corp.test", "xin@corp.test"]
    assert client.suspend_mailbox("xin@corp.test", {"reason": "假期"})["state"] == "suspended"
    assert [m["address"] for m in client.all_mailboxes(state="suspended")] == ["xin@corp.test"]
    client.remove_member("net@corp.test", "xin@corp.test")
    with pytest.raises(Problem) as refused:
        client.open_mailbox({"address": "alice@corp.test"})
    assert (refused.value.status, refused.value.code) == (409, "address.taken") and "已被使用" in refused.value.detail


def test_it_waits_when_it_is_told_to(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    takes = iter([Taken(True, 1, 0), Taken(False, 0, 1), Taken(True, 1, 0), Taken(True, 1, 0)])
    monkeypatch.setattr(service.buckets, "take", lambda *asked, **more: next(takes))
    begun = time.monotonic()
    assert client.show_own_token()["role"] == "office" and time.monotonic() - begun >= 1


def test_a_webhook_is_checked() -> None:
    secret, body, now = signing.new_secret(), b'{"type": "mailbox.opened"}', int(time.time())
    headers = signing.headers([signing.new_secret(), secret], "msg_1", now, body)
    assert verify_webhook(secret, headers, body) == {"type": "mailbox.opened"}
    for wrong in ((signing.new_secret(), headers, body), (secret, headers, body + b" "),
                  (secret, signing.headers([secret], "msg_1", now - 1000, body), body), (secret, {}, body)):  # fmt: skip
        with pytest.raises(ValueError):
            verify_webhook(*wrong)
