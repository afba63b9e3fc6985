"""Root's side of the console: does what an `operate` entry of the outbox says.

Owns: which orders there are and how each is checked again before root acts on it.
Never: decides whether somebody may (the actions have), takes a path or a command from an entry.
Always: safe to repeat; a failure stays visible in the entry.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from hongyan.engines import queue
from hongyan.engines.desk import answers, leavers, rules
from hongyan.engines.desk.emptiness import answer_order
from hongyan.engines.services import services
from hongyan.engines.supervise import control as supervisor
from hongyan.kernel import ledger
from hongyan.kernel.instance import Instance
from hongyan.release import publish, store

Order = dict[str, Any]
_children: list[subprocess.Popen[bytes]] = []


def perform(instance: Instance, engines: publish.Engines | None, order: Order) -> None:
    """Raises KeyError, ValueError (an order that is none), OSError, store.Damaged."""
    _ORDERS[str(order["do"])](instance, engines, order)


def _retry(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    if order.get("all"):
        queue.retry_all(instance)
    else:
        queue.retry(instance, [str(i) for i in order["ids"]])


def _delete(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    queue.delete(instance, [str(i) for i in order["ids"]])


def _headers(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    identifier = queue.check_id(str(order["id"]))
    answers.write(instance, f"headers-{identifier}", {"headers": queue.routing_headers(instance, identifier)})


def _restart(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    """Ask for it and go on: the publisher itself may be what is restarted, so it is the last thing that it is told."""
    name = str(order["service"])
    if name not in {service.name for service in services(instance)}:
        raise ValueError(f"no such service: {name[:40]!r}")
    if name in ("publisher", "web"):
        _later(instance, name)
        return
    supervisor.call(instance, "supervisor.stopProcess", name, True)
    if supervisor.call(instance, "supervisor.startProcess", name, False) is None:
        raise OSError(f"{name} could not be started")


def _later(instance: Instance, name: str) -> None:
    """Restart by a process of its own, a moment later: the entry is settled and the page answered by then."""
    text = (
        "import sys, time; from hongyan.kernel.instance import load; from hongyan.engines.supervise.control import call;"
        "time.sleep(1); i = load(sys.argv[1]); call(i, 'supervisor.stopProcess', sys.argv[2], True);"
        "call(i, 'supervisor.startProcess', sys.argv[2], False)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "HONGYAN_INSTANCE"}
    _spawn(instance, [sys.executable, "-P", "-c", text, str(instance.root), name], environment)


def _roll_back(instance: Instance, engines: publish.Engines | None, order: Order) -> None:
    number = int(order["number"])
    published = publish.roll_back(instance, number, engines)
    ledger.record(
        "release.rolled_back", chain=ledger.INSTANCE, actor=str(order["actor"]),
        subject=f"release/{published.number}", to=number, reason=str(order.get("reason", "")),
    )  # fmt: skip


def _difference(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    """By a process of its own: two releases of a large company take seconds to read."""
    old, new = int(order["old"]), int(order["new"])
    module = [sys.executable, "-P", "-m", "hongyan.engines.desk.differ"]
    _spawn(instance, ["/usr/bin/nice", "-n", "10", *module, str(instance.root), str(old), str(new)])


def _spawn(instance: Instance, argv: list[str], environment: dict[str, str] | None = None) -> None:
    """In a session of its own: it outlives the publisher when that is what is restarted."""
    with (instance.log / "desk.log").open("ab") as log:
        _children.append(
            subprocess.Popen(
                argv, env=environment, start_new_session=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        )


def _mail_lies(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    answer_order(instance, [str(home) for home in order["homes"]], str(order["token"]))


def _leaver_rules(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    leavers.disarm(instance, int(order["leaving"]))


def _leaver_hand(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    leavers.hand(instance, int(order["handed"]))


def _leaver_look(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    leavers.read(instance, order, _spawn)


def _leaver_export(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    leavers.work(instance, "export", int(order["export"]), _spawn)


def _leaver_delete(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    leavers.work(instance, "delete", int(order["deletion"]), _spawn)


def _rules_read(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    rules.answer_read(instance, order)


def _rules_off(instance: Instance, _: publish.Engines | None, order: Order) -> None:
    rules.switch_off(instance, order)


def reap() -> None:
    """Processes that have ended are asked for their outcome, so that none stays behind as a shadow."""
    _children[:] = [child for child in _children if child.poll() is None]


_ORDERS: dict[str, Callable[[Instance, publish.Engines | None, Order], None]] = {
    "queue.retry": _retry,
    "queue.delete": _delete,
    "queue.headers": _headers,
    "mail.lies": _mail_lies,
    "leaving.rules": _leaver_rules,
    "leaving.hand": _leaver_hand,
    "leaving.look": _leaver_look,
    "leaving.export": _leaver_export,
    "leaving.delete": _leaver_delete,
    "rules.read": _rules_read,
    "rules.off": _rules_off,
    "service.restart": _restart,
    "release.roll_back": _roll_back,
    "release.difference": _difference,
}
FAILURES = (KeyError, ValueError, OSError, subprocess.SubprocessError, store.Damaged)
#: Reads that a page waits for: when they are older than this, nobody waits any more.
FORGET_SECONDS = 30.0
#: What somebody wanted then and may not want now: a restart, a roll-back. After this it is refused instead of done.
TOO_LATE_SECONDS = 600.0


class TooLate(ValueError):
    """The order waited so long (the publisher was away) that whoever gave it has to give it again."""


def is_stale(order: Order, created: float) -> bool:
    """A question that nobody waits for any more is not answered. Raises TooLate for an order that must not be late."""
    age, what = time.time() - created, order.get("do")
    if what in ("service.restart", "release.roll_back") and age > TOO_LATE_SECONDS:
        raise TooLate(f"{what} was asked for {age / 60:.0f} minutes ago and was not done: ask again")
    return what in ("queue.headers", "release.difference", "leaving.look", "rules.read") and age > FORGET_SECONDS
