"""Mail by the hour, and the line through 30 days of disk space."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hongyan.engines import storage
from hongyan.evidence.intake.journals import take_in
from hongyan.evidence.usage import intake, queries
from hongyan.evidence.usage.models import MailHour, StorageDay
from hongyan.kernel import clock
from hongyan.kernel.journal import Journal
from tests.cast import Cast
from tests.instance import make_instance


def hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def test_mail_is_counted_by_company_and_hour_each_line_once(cast: Cast, tmp_path: Path) -> None:
    instance = make_instance(tmp_path / "i")
    traffic, gate = Journal(instance.events / "traffic.jsonl"), Journal(instance.events / "gate.jsonl")
    traffic.add("traffic", address="corp.test", received="x", deferred="1")  # not numbers: left out
    for number in (2, 3):
        traffic._waiting.append(
            json.dumps({"at": clock.now().isoformat(), "kind": "traffic", "address": "corp.test",
                        "params": {"received": number, "refused": 1}}).encode() + b"\n"
        )  # fmt: skip
        traffic.flush()
        gate.add("mail.sent", company="corp", address="alice@corp.test", recipients=9)
        gate.flush()
        take_in(instance)
    take_in(instance)
    row = MailHour.objects.get(company="corp")
    assert (row.sent, row.received, row.refused, row.deferred) == (2, 5, 2, 0)
    begin = hour(clock.now()) - timedelta(hours=23)
    assert queries.mail_by_hour(["corp"], begin)[-1].received == 5
    assert queries.mail_by_hour(None, begin)[-1].sent == 2
    assert sum(h.sent + h.received for h in queries.mail_by_hour(["other"], begin)) == 0
    assert len(queries.mail_by_hour(["other"], begin)) == 24


def test_a_day_s_measure_is_kept_by_company(cast: Cast, tmp_path: Path) -> None:
    instance = make_instance(tmp_path / "i")
    document = {
        "at": clock.now().isoformat(), "domains": {"corp.test": 500, "gone.test": 7}, "disk_total": 9000,
        "disk_free": 1000,
    }  # fmt: skip
    (instance.state / "storage.json").write_text(json.dumps(document))
    assert intake.take_storage(instance) == 3 and intake.take_storage(instance) == 0
    found = {row.company: (row.used, row.free) for row in StorageDay.objects.all()}
    assert found == {"": (507, 1000), "corp": (500, None), "other": (0, None)}
    (instance.state / "storage.json").write_text("{broken")
    assert intake.take_storage(instance) == 0


def measured(days: int, *, per_day: int, free: int | None = None, company: str = "") -> None:
    StorageDay.objects.bulk_create(
        StorageDay(company=company, day=clock.today() - timedelta(days=n), used=10_000 - n * per_day, free=free)
        for n in range(days)
    )


@pytest.mark.django_db
def test_a_forecast_waits_for_enough_days() -> None:
    assert queries.forecast("") == queries.Forecast(0, None, None, None, None)
    measured(queries.ENOUGH_DAYS - 1, per_day=100, free=1000)
    forecast = queries.forecast("")
    assert (forecast.enough, forecast.used, forecast.per_day, forecast.full_in) == (False, 10_000, None, None)


@pytest.mark.django_db
def test_a_forecast_is_the_line_through_the_last_month() -> None:
    measured(60, per_day=100, free=1000)
    forecast = queries.forecast("")
    assert (forecast.days, forecast.per_day, forecast.full_in) == (30, 100, 10)
    measured(20, per_day=0, company="corp")
    assert queries.forecast("corp") == queries.Forecast(20, 10_000, None, 0, None)


@pytest.mark.django_db
def test_a_full_disk_that_empties_has_no_day_of_being_full() -> None:
    measured(10, per_day=-50, free=1000)
    assert (queries.forecast("").per_day, queries.forecast("").full_in) == (-50, None)


def test_old_figures_go(cast: Cast) -> None:
    measured(1, per_day=0)
    MailHour.objects.create(company="", hour=clock.now())
    with clock.shifted(timedelta(days=401)):
        assert intake.clean_up() == 2


def test_du_is_read_by_domain(tmp_path: Path) -> None:
    assert storage.parse("12\t/m/corp.test\n5\t/m/other.test\n17\t/m\nnonsense\n", "/m") == {
        "corp.test": 12, "other.test": 5,
    }  # fmt: skip
