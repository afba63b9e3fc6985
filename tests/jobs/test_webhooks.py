"""What goes over the wire to a receiver, real ones on loopback: good, slow, redirecting, endless."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django import Settings

from hongyan.company.mailboxes.actions import suspend_mailbox
from hongyan.company.webhooks import actions, queries, signing
from hongyan.company.webhooks.models import Delivery
from hongyan.jobs import webhooks
from hongyan.kernel.instance import Instance
from tests.cast import Cast
from tests.instance import make_instance

ALLOW = ("127.0.0.1",)
Seen = list[tuple[str, dict[str, str], bytes]]


class Receiver(BaseHTTPRequestHandler):
    seen: Seen = []
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        status = {"/moved": 302, "/busy": 503}.get(self.path, 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/good")
        if self.path == "/endless":
            self.send_header("Content-Length", str(1 << 40))
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return
        if self.path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            try:
                while True:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                return
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *said: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    Receiver.seen = []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "TIMEOUT", 0.6)


def post(url: str, allow: tuple[str, ...] = ALLOW) -> tuple[int, str]:
    outcome = webhooks.post(url, {"Content-Type": "application/json"}, b"{}", allow)
    return outcome.status, outcome.error


def test_a_message_arrives(receiver: str) -> None:
    assert post(f"{receiver}/good") == (200, "")
    assert Receiver.seen[0][0] == "/good" and Receiver.seen[0][2] == b"{}"


def test_a_redirect_is_not_followed(receiver: str) -> None:
    assert post(f"{receiver}/moved")[0] == 302 and [path for path, _, _ in Receiver.seen] == ["/moved"]


def test_a_refusal_is_told(receiver: str) -> None:
    assert post(f"{receiver}/busy") == (503, "Service Unavailable")


def test_no_more_of_an_answer_is_read_than_needed(receiver: str) -> None:
    begun = time.monotonic()
    assert post(f"{receiver}/endless") == (200, "") and time.monotonic() - begun < 0.5


def test_one_that_drips_is_hung_up_on(receiver: str) -> None:
    begun = time.monotonic()
    status, error = post(f"{receiver}/drip")
    assert status == 0 and "no answer" in error and time.monotonic() - begun < 2


def test_one_that_is_silent_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        status, error = post(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        assert (status, "no answer" in error) == (0, True) and time.monotonic() - begun < 2


def test_without_the_operators_word_nothing_on_loopback_is_reached(receiver: str) -> None:
    assert post(f"{receiver}/good", ()) == (0, "webhook.url_insecure")
    assert post(f"{receiver}/good".replace("http:", "https:"), ()) == (0, "webhook.url_private")
    assert Receiver.seen == []


def test_an_untrusted_certificate_is_refused(receiver: str) -> None:
    status, error = post(f"{receiver}/good".replace("http:", "https:"))
    assert status == 0 and error and Receiver.seen == []


@pytest.fixture
def instance(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Instance:
    root = tmp_path_factory.mktemp("hooks")
    make_instance(root)
    text = (root / "instance.toml").read_text()
    (root / "instance.toml").write_text(f'webhook_allow = "127.0.0.1"\n{text}')
    from hongyan.kernel.instance import load

    settings.INSTANCE = load(root)
    return load(root)


def test_from_an_action_to_a_checked_message(cast: Cast, instance: Instance, receiver: str) -> None:
    webhook, secret = actions.add_webhook(
        actor=cast.actor(cast.carol), company=cast.corp, name="Badges", url=f"{receiver}/good", kinds=["mailbox.*"]
    )
    suspend_mailbox(actor=cast.operator, mailbox=cast.alice, reason="leave")
    courier, end = webhooks.Courier(), time.monotonic() + 5
    while not Delivery.objects.filter(state="delivered").exists() and time.monotonic() < end:
        courier.turn()
        time.sleep(0.02)
    path, headers, body = Receiver.seen[0]
    mark = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == signing.signature(secret, headers["webhook-id"], mark, body)
    assert json.loads(body)["type"] == "mailbox.suspended" and path == "/good" and abs(mark - time.time()) < 10
    courier.turn()
    assert courier.pool is None and queries.state_of(webhook) == "active"


def test_a_receiver_that_is_busy_is_tried_again(cast: Cast, instance: Instance, receiver: str) -> None:
    webhook, _ = actions.add_webhook(
        actor=cast.actor(cast.carol), company=cast.corp, name="Badges", url=f"{receiver}/busy", kinds=["mailbox.*"]
    )
    actions.send_test(actor=cast.operator, webhook=webhook)
    Delivery.objects.update(left=actions.ATTEMPTS)
    courier, end = webhooks.Courier(), time.monotonic() + 5
    while not Delivery.objects.get().attempts and time.monotonic() < end:
        courier.turn()
        time.sleep(0.02)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts[0]["status"], delivery.left) == ("waiting", 503, actions.ATTEMPTS - 1)
