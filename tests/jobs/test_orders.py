"""What the console asks of root, as the publisher works it off."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hongyan.engines.control import RunningEngines
from hongyan.engines.desk import answers
from hongyan.jobs.publisher import Publisher
from hongyan.kernel import clock, outbox
from hongyan.kernel.models import Outbox
from tests.instance import make_instance


@pytest.fixture
def publisher(db: None, tmp_path: Path) -> Publisher:
    instance = make_instance(tmp_path / "i")
    return Publisher(instance, RunningEngines(instance))


def ask(**order: object) -> None:
    outbox.enqueue(outbox.OPERATE, order)


def errors() -> list[str]:
    return [entry.error for entry in Outbox.objects.filter(kind=outbox.OPERATE, done_at__isnull=True).order_by("id")]


def test_a_bad_order_stays_visible_and_holds_up_nothing(publisher: Publisher) -> None:
    ask(do="format.disk")
    ask(do="queue.delete", ids=["-d ALL"])
    ask(do="release.roll_back", number=7, actor="operator")
    ask(do="queue.headers", id="AAAAAA1")
    publisher.operate()
    assert len(errors()) == 3 and "not a queue identifier" in errors()[1]
    assert answers.read(publisher.instance, "headers-AAAAAA1") == {"headers": None}  # nothing of that name waits


def test_what_nobody_waits_for_any_more_is_not_done(publisher: Publisher) -> None:
    ask(do="queue.headers", id="AAAAAA1")
    ask(do="service.restart", service="dovecot")
    Outbox.objects.update(created_at=clock.now() - timedelta(minutes=20))
    publisher.operate()
    assert answers.read(publisher.instance, "headers-AAAAAA1") is None
    assert len(errors()) == 1 and "20 minutes ago" in errors()[0]
