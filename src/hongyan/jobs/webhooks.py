"""Sends webhooks: a few at a time beside the worker's other work, one at a time to each receiver.

Always: an answer is waited for `TIMEOUT` seconds in all, redirects are not followed, no more than `MOST` bytes of it are
read; the connection goes to the address that was checked (`company/webhooks/targets.py`).
"""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache

from hongyan.company.webhooks import dispatch, targets
from hongyan.company.webhooks.actions import allowed_hosts
from hongyan.company.webhooks.dispatch import Outcome
from hongyan.company.webhooks.models import Delivery
from hongyan.kernel.decision import Refusal

log = logging.getLogger(__name__)
TIMEOUT = 10.0
MOST = 16 * 1024
AT_ONCE = 4


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def post(url: str, headers: dict[str, str], body: bytes, allow: tuple[str, ...]) -> Outcome:
    """One attempt; whatever happens is an outcome."""
    begun = time.monotonic()
    try:
        status, error = _post(targets.parse(url, allow), headers, body, allow)
    except Refusal as refusal:
        status, error = 0, refusal.code
    except TimeoutError:
        status, error = 0, f"no answer within {TIMEOUT:.0f} s"
    except (OSError, http.client.HTTPException, ValueError) as problem:
        status, error = 0, f"{type(problem).__name__}: {problem}"[:300]
    return Outcome(status, error, int((time.monotonic() - begun) * 1000))


def _post(target: targets.Target, headers: dict[str, str], body: bytes, allow: tuple[str, ...]) -> tuple[int, str]:
    address = targets.resolve(target, allow)
    connection: http.client.HTTPConnection
    if target.secure:
        connection = http.client.HTTPSConnection(target.host, target.port, timeout=TIMEOUT, context=_trust())
    else:
        connection = http.client.HTTPConnection(target.host, target.port, timeout=TIMEOUT)
    # The name stands in the request and in TLS; the connection goes to the address that was looked at.
    connection._create_connection = lambda *_: socket.create_connection((address, target.port), TIMEOUT)  # type: ignore[attr-defined]
    late = threading.Event()
    timer = threading.Timer(TIMEOUT, _hang_up, (connection, late))
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", target.path, body, headers)
        answer = connection.getresponse()
        answer.read(MOST)
        if late.is_set():  # what was cut off looks like a short answer
            raise TimeoutError
        return answer.status, "" if 200 <= answer.status < 300 else answer.reason[:100]
    except (OSError, http.client.HTTPException):
        if late.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
        connection.close()


def _hang_up(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    """A receiver that sends a byte now and then would otherwise hold the line for ever."""
    late.set()
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


@dataclass(slots=True)
class Courier:
    """Keeps its threads only while there is something to send; rows are touched by the worker's own thread alone."""

    flying: dict[int, tuple[Delivery, Future[Outcome]]] = field(default_factory=dict)
    pool: ThreadPoolExecutor | None = None

    def turn(self) -> int:
        """Take in what has arrived or failed, send what is due; returns how much there was to do."""
        done = [pk for pk, (_, future) in self.flying.items() if future.done()]
        for pk in done:
            delivery, future = self.flying.pop(pk)
            dispatch.settle(delivery, future.result())
        made = dispatch.gather()
        for delivery in dispatch.due(AT_ONCE - len(self.flying), {d.webhook_id for d, _ in self.flying.values()}):
            self._send(delivery)
        if not self.flying and self.pool is not None:
            self.pool.shutdown()
            self.pool = None
        return len(done) + made + len(self.flying)

    def _send(self, delivery: Delivery) -> None:
        headers, body = dispatch.signed(delivery)
        self.pool = self.pool or ThreadPoolExecutor(AT_ONCE, "webhook")
        future = self.pool.submit(post, delivery.webhook.url, headers, body, allowed_hosts())
        self.flying[delivery.pk] = (delivery, future)
