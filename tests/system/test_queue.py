"""Mail that waits, in a running Postfix: listed, looked at, tried again, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from hongyan.engines import logs
from hongyan.engines.health import read
from tests.system.hands import Failed, Running, eventually

FAR = "far@[192.0.2.1]"  # RFC 5737: nobody is there


def waiting(world: Running, sender: str) -> dict[str, Any] | None:
    found = world.run("queue", "list", "--text", sender)["messages"]
    return next((message for message in found if message["sender"] == sender), None)


def test_a_message_that_cannot_be_delivered_is_dealt_with(world: Running) -> None:
    world.send("olga@corp.test", FAR, subject="between the two of us")
    message = eventually(lambda: waiting(world, "olga@corp.test"), 40, "the message in the listing")
    assert message["recipients"][0]["address"] == FAR and message["size"] > 0
    shown = world.run("queue", "show", message["id"])
    names = {name.lower() for name, _ in shown["headers"]}
    assert {"from", "to", "date", "received"} <= names and "between the two" not in str(shown)
    assert world.run("queue", "retry", message["id"]) == {"retried": 1}
    assert world.run("queue", "delete", message["id"], "--reason", "sent by mistake") == {"deleted": 1}
    eventually(lambda: waiting(world, "olga@corp.test") is None, 30, "the message gone from the listing")
    events = world.run("audit", "list", "--company", "corp", "--subject", "olga@corp.test", "--kind", "queue.")
    assert [event["kind"] for event in events] == ["queue.deleted", "queue.retried", "queue.looked"]
    assert events[0]["params"]["reason"] == "sent by mistake"
    with pytest.raises(Failed) as failed:
        world.run("queue", "delete", message["id"], "--reason", "again")
    assert failed.value.error["code"] == "queue.unknown"


def test_the_web_may_read_every_log_and_the_traffic_is_counted(world: Running) -> None:
    world.send("peggy@corp.test", "quinn@corp.test", subject="counted")
    world.found("quinn@corp.test", "counted")
    traffic = world.instance.events / "traffic.jsonl"
    eventually(lambda: traffic.exists() and "corp.test" in traffic.read_text(), 20, "the delivery in the counts")
    assert eventually(lambda: read(world.instance), 10, "a report of the services").well
    for log in logs.list_logs(world.instance):
        path = world.instance.log / f"{log.name}.log"
        assert path.stat().st_mode & 0o004 or path.group() == "hongyan", path
