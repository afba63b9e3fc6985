from __future__ import annotations

from typing import Any

import pytest

from hongyan.company.people import domains
from hongyan.company.people.actions import add_domain
from hongyan.company.people.models import Domain
from hongyan.company.people.queries import find_domain
from hongyan.company.people.settings import SETTINGS, change_settings
from hongyan.kernel import outbox
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.cast import Cast


def last_event(chain: str = "corp") -> Event:
    return Event.objects.filter(chain=chain).order_by("-seq")[0]


def released() -> int:
    return Outbox.objects.filter(kind=outbox.RELEASE, payload__full=True, done_at__isnull=True).count()


@pytest.mark.clause("B3", "B4.4", "B4.9")
def test_the_office_changes_its_companys_settings(cast: Cast) -> None:
    before = released()
    changed = change_settings(
        actor=cast.actor(cast.carol), company=cast.corp,
        changes={"quota_mb": 5120, "hourly_limit": "300", "junk_days": 30, "name": " 北辰  集團股份 "},
    )  # fmt: skip
    assert changed == {"quota_mb": (3072, 5120), "hourly_limit": (200, 300), "name": ("北辰集團", "北辰 集團股份")}
    cast.corp.refresh_from_db()
    assert (cast.corp.quota_mb, cast.corp.hourly_limit, cast.corp.name) == (5120, 300, "北辰 集團股份")
    event = last_event()
    assert (event.kind, event.actor) == ("company.settings", "carol@corp.test")
    assert event.params["before"]["quota_mb"] == 3072 and event.params["after"]["quota_mb"] == 5120
    assert released() == before + 1
    assert Outbox.objects.filter(kind=outbox.FILLING, payload={"company": "corp"}).count() == 1


def test_what_no_engine_knows_needs_no_release(cast: Cast) -> None:
    before = released()
    change_settings(actor=cast.operator, company=cast.corp, changes={"password_min_length": 12, "rename_keep_days": 30})
    assert released() == before
    count = Event.objects.count()
    assert change_settings(actor=cast.operator, company=cast.corp, changes={"password_min_length": 12}) == {}
    assert Event.objects.count() == count


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        *(({name: s.low - 1}, ["setting.range"]) for name, s in SETTINGS.items()),
        *(({name: s.high + 1}, ["setting.range"]) for name, s in SETTINGS.items()),
        ({"quota_mb": "much", "hourly_limit": True, "junk_days": 1.5}, ["setting.range"] * 3),
        ({"password_min_length": 40, "password_max_length": 20}, ["setting.lengths"]),
        ({"name": " "}, ["company.name_malformed"]),
        ({"locale": "fr"}, ["locale.unknown"]),
        ({"postmaster": ["alice@corp.test", "charlie@other.test"]}, ["address.unknown"]),
        ({"postmaster": "nobody"}, ["address.malformed"]),
    ],
)
def test_all_that_cannot_be_is_said_and_nothing_is_changed(
    cast: Cast, changes: dict[str, Any], codes: list[str]
) -> None:
    with pytest.raises(Refusal) as caught:
        change_settings(
            actor=cast.operator,
            company=cast.corp,
            changes=changes | {"trash_days": 14} if "trash_days" not in changes else changes,
        )
    assert caught.value.code == "setting.unfit" and [r.code for r in caught.value.reasons] == codes
    cast.corp.refresh_from_db()
    assert cast.corp.trash_days == 30 and last_event().kind != "company.settings"


def test_an_unknown_setting_is_named(cast: Cast) -> None:
    with pytest.raises(Refusal) as caught:
        change_settings(actor=cast.operator, company=cast.corp, changes={"colour": "red"})
    assert caught.value.code == "setting.unknown"


@pytest.mark.parametrize("who", ["alice", "bob", "dave", "charlie"])
def test_nobody_else_changes_them(cast: Cast, who: str) -> None:
    with pytest.raises(Refusal) as caught:
        change_settings(actor=cast.actor(getattr(cast, who)), company=cast.corp, changes={"quota_mb": 1})
    assert caught.value.code == "permission.missing"
    with pytest.raises(Refusal):
        domains.set_default_domain(actor=cast.actor(getattr(cast, who)), domain=find_domain("corp.test"))
    with pytest.raises(Refusal):
        domains.remove_domain(actor=cast.actor(getattr(cast, who)), domain=find_domain("corp.test"))


@pytest.mark.clause("R1")
def test_one_domain_is_the_default(cast: Cast) -> None:
    second = Domain.objects.create(
        company=cast.corp, name="beichen.test", selector="hy1", dkim_key="", created_at=cast.corp.created_at
    )
    mirror = Domain.objects.create(
        company=cast.corp,
        name="alias.test",
        selector="hy1",
        dkim_key="",
        alias_of=second,
        created_at=cast.corp.created_at,
    )
    domains.set_default_domain(actor=cast.actor(cast.carol), domain=second)
    assert domains.default_domain(cast.corp) == second and last_event().params["after"] == "beichen.test"
    domains.set_default_domain(actor=cast.actor(cast.carol), domain=find_domain("corp.test"))
    main = domains.default_domain(cast.corp)
    assert main is not None and main.name == "corp.test" and Domain.objects.filter(main=True).count() == 1
    with pytest.raises(Refusal) as caught:
        domains.set_default_domain(actor=cast.actor(cast.carol), domain=mirror)
    assert caught.value.code == "domain.main_alias"


@pytest.mark.clause("R1")
def test_only_an_empty_domain_is_removed(cast: Cast) -> None:
    with pytest.raises(Refusal) as caught:
        domains.remove_domain(actor=cast.operator, domain=find_domain("corp.test"))
    assert caught.value.code == "domain.not_empty" and caught.value.decision.params["count"] == 4
    empty = add_domain(actor=cast.operator, company=cast.corp, name="empty.test")
    Domain.objects.create(
        company=cast.corp, name="mirror.test", selector="hy1", dkim_key="", alias_of=empty, created_at=empty.created_at
    )
    with pytest.raises(Refusal) as caught:
        domains.remove_domain(actor=cast.operator, domain=empty)
    assert caught.value.code == "domain.has_aliases"
    before = released()
    domains.remove_domain(actor=cast.operator, domain=find_domain("mirror.test"))
    domains.remove_domain(actor=cast.operator, domain=empty)
    assert not Domain.objects.filter(name="empty.test").exists() and released() == before + 2
    assert last_event().kind == "domain.removed"
