"""Asking for a check, noting its outcome, choosing the policy; and the worker's process that does the looking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from hongyan.company.dns import actions, queries
from hongyan.company.dns.check import Finding
from hongyan.company.dns.models import DomainCheck
from hongyan.company.dns.records import zone_line
from hongyan.company.people.models import Domain
from hongyan.jobs import names
from hongyan.kernel import clock, outbox
from hongyan.kernel.actor import Actor, Grant, schedule
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance, current
from hongyan.kernel.models import Event
from tests.cast import Cast
from tests.company.dns.nameserver import Zone, answering


@pytest.fixture
def domain(cast: Cast) -> Domain:
    return Domain.objects.select_related("company").get(name="corp.test")


@pytest.fixture(scope="module")
def zone() -> Iterator[Zone]:
    with answering() as served:
        yield served


@pytest.fixture
def instance(zone: Zone) -> Instance:
    return replace(current(), resolver=f"127.0.0.1:{zone.port}")


def test_the_office_asks_once_and_the_worker_answers(
    cast: Cast, domain: Domain, zone: Zone, instance: Instance
) -> None:
    zone.fill("\n".join(zone_line(record) for record in queries.records_of(domain, instance)))
    carol = cast.actor(cast.carol)
    assert actions.ask_check(actor=carol, domain=domain).waiting
    actions.ask_check(actor=carol, domain=domain)
    assert len(outbox.pending([outbox.DNS])) == 1
    assert names.Watch(instance)._due()
    assert names.run(instance) == 2  # and the other domain, which is due by itself
    row = queries.last_check(domain)
    assert row is not None and not row.waiting and row.server == instance.resolver
    # The sample's host has no address that it knows of, so the one needed record that cannot be printed is missing.
    assert [f["name"] for f in row.findings if f["state"] != "right" and f["need"] == "needed"] == ["mail.corp.test"]
    assert outbox.pending([outbox.DNS]) == [] and not queries.domains_due().exists()


def test_what_was_looked_at_is_due_again_after_a_day(cast: Cast, instance: Instance) -> None:
    names.run(instance)
    assert not queries.domains_due().exists()
    with clock.shifted(timedelta(days=1, minutes=1)):
        assert [d.name for d in queries.domains_due()] == ["corp.test", "other.test"]


def test_without_a_resolver_nothing_is_looked_at_by_itself(cast: Cast) -> None:
    assert not names.Watch(current())._due()
    assert names.run(current()) == 0


def test_only_a_change_of_state_is_an_event(cast: Cast, domain: Domain) -> None:
    record = queries.records_of(domain, current())[0]
    for state in ("right", "right", "missing", "unreachable", "missing"):
        actions.note_check(
            actor=schedule("dns"),
            domain=domain,
            findings=[Finding(record, state)],
            server="",
        )
    seen = Event.objects.filter(kind="domain.checked", chain="corp").order_by("seq")
    assert [(e.params["before"], e.params["after"]) for e in seen] == [
        ("", "right"), ("right", "wrong"), ("wrong", "unreachable"), ("unreachable", "wrong"),
    ]  # fmt: skip
    assert seen[1].params["records"] == ["corp.test"]


def test_the_policy_is_a_setting_and_announced_under_another_id(cast: Cast, domain: Domain) -> None:
    def announced() -> str:
        return next(r.value for r in queries.records_of(domain, current()) if r.rule == "sts")

    before = announced()
    actions.set_sts_mode(actor=cast.actor(cast.carol), domain=domain, mode="enforce")
    actions.set_sts_mode(actor=cast.actor(cast.carol), domain=domain, mode="enforce")
    assert queries.sts_mode(domain) == "enforce" and announced() != before
    assert Event.objects.filter(kind="domain.sts", chain="corp", actor="carol@corp.test").count() == 1
    with pytest.raises(Refusal, match=r"sts\.mode_unknown"):
        actions.set_sts_mode(actor=cast.actor(cast.carol), domain=domain, mode="strict")


@pytest.mark.parametrize("who", ["alice", "dave", "charlie"])
def test_others_may_neither_ask_nor_choose(cast: Cast, domain: Domain, who: str) -> None:
    actor = cast.actor(getattr(cast, who))
    with pytest.raises(Refusal, match=r"permission\.missing"):
        actions.ask_check(actor=actor, domain=domain)
    with pytest.raises(Refusal, match=r"permission\.missing"):
        actions.set_sts_mode(actor=actor, domain=domain, mode="none")
    with pytest.raises(Refusal, match=r"permission\.missing"):
        actions.note_check(actor=actor, domain=domain, findings=[], server="")
    assert not DomainCheck.objects.exists() and not outbox.pending([outbox.DNS])


def test_an_administrator_of_a_branch_has_no_domain(cast: Cast, domain: Domain) -> None:
    """A domain lies in no unit: it is the whole company's."""
    branch = Actor(
        "bob@corp.test", (Grant("scoped", "corp", "總公司/信息部"), Grant("office", "corp", "總公司/信息部"))
    )
    with pytest.raises(Refusal, match=r"permission\.missing"):
        actions.set_sts_mode(actor=branch, domain=domain, mode="none")
    with pytest.raises(Refusal, match=r"domain\.unknown"):
        queries.find_domain_within(branch, "settings.write", "corp.test")


def test_anothers_domain_is_as_unknown_as_none(cast: Cast) -> None:
    carol = cast.actor(cast.carol)
    assert queries.find_domain_within(carol, "settings.write", "corp.test").name == "corp.test"
    for name in ("other.test", "nowhere.test"):
        with pytest.raises(Refusal, match=r"domain\.unknown"):
            queries.find_domain_within(carol, "settings.write", name)
    assert queries.checks_of(cast.other) == {}
