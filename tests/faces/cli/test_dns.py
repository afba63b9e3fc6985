"""`dns DOMAIN`: what is printed, and the exit code of a check."""

from __future__ import annotations

import io
import json
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

import pytest

from hongyan.company.dns import queries
from hongyan.company.people.queries import find_domain
from hongyan.faces.cli.dns import run_dns
from hongyan.faces.cli.output import Output
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import current
from tests.cast import Cast
from tests.company.dns.nameserver import Zone, answering


@pytest.fixture(scope="module")
def zone() -> Iterator[Zone]:
    with answering() as served:
        yield served


def run(domain: str, *, json_mode: bool = False, locale: str = "en", **options: Any) -> tuple[int, str]:
    said = io.StringIO()
    args = Namespace(domain=domain, dir=current().root, zone=False, check=False, mta_sts="", resolver="")
    for name, value in options.items():
        setattr(args, name, value)
    code = run_dns(args, Output(json_mode=json_mode, locale=locale, stdout=said, stderr=io.StringIO()))
    return code, said.getvalue()


def test_each_record_stands_with_its_reason(cast: Cast) -> None:
    _, text = run("corp.test")
    assert "; needed: MX: mail for this domain comes to this machine.\ncorp.test. 3600 IN MX 10 mail.corp.test." in text
    assert "; This instance does not use the standard ports" in text
    rows = json.loads(run("corp.test", json_mode=True)[1])
    assert {"name", "type", "value", "why", "need"} == set(rows[0])


def test_the_records_of_a_host_elsewhere_are_kept_apart(cast: Cast) -> None:
    _, text = run("other.test", locale="zh-Hans")
    mine, _, theirs = text.partition(";; 以下属于 mail.corp.test 所在的区域")
    assert "other.test. 3600 IN MX" in mine and ";mail.corp.test. 3600 IN A" in theirs
    assert "mail.corp.test. 3600 IN A" not in run("other.test", zone=True)[1]


def test_a_zone_that_was_taken_over_passes_the_check(cast: Cast, zone: Zone) -> None:
    zone.fill(run("corp.test", zone=True)[1] + "mail.corp.test. 60 IN A 192.0.2.1\n")
    code, text = run("corp.test", check=True, resolver=f"127.0.0.1:{zone.port}")
    assert code == 0 and text.rstrip().endswith("corp.test: every record that is needed is right.")
    assert queries.last_check(find_domain("corp.test")) is None  # somebody else's resolver is nobody's state


def test_a_needed_record_that_is_missing_is_exit_1(cast: Cast, zone: Zone) -> None:
    zone.fill("corp.test. IN MX 10 elsewhere.test.\n")
    code, text = run("corp.test", check=True, resolver=f"127.0.0.1:{zone.port}")
    assert code == 1
    assert (
        "different  MX corp.test\n    Mail goes elsewhere: elsewhere.test\n    It is now: 10 elsewhere.test.\n" in text
    )
    document = json.loads(run("corp.test", check=True, json_mode=True, resolver=f"127.0.0.1:{zone.port}")[1])
    assert document["state"] == "wrong" and document["records"][0]["how"] == "Mail goes elsewhere: elsewhere.test"


def test_the_policy_is_set_and_printed(cast: Cast) -> None:
    before = run("corp.test")[1]
    _, after = run("corp.test", mta_sts="enforce")
    assert before != after and queries.sts_mode(find_domain("corp.test")) == "enforce"
    with pytest.raises(Refusal, match=r"sts\.mode_unknown"):
        run("corp.test", mta_sts="strict")
