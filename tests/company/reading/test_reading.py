"""The policy's editions, who acknowledges them, who is reminded (clauses G2.2.3, B4.14)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hongyan.company.people.life import leave_company
from hongyan.company.people.models import Account
from hongyan.company.reading import queries
from hongyan.company.reading.actions import ROUND, acknowledge, publish_edition, remind_due
from hongyan.company.reading.models import Acknowledgement, Edition
from hongyan.kernel import clock, outbox
from hongyan.kernel.decision import Refusal
from hongyan.kernel.models import Event, Outbox
from tests.branches import Branches
from tests.cast import Cast

TODAY = date(2026, 11, 24)


def published(cast: Cast, *, on: date = TODAY, title: str = "企業郵箱管理制度") -> Edition:
    return publish_edition(
        actor=cast.actor(cast.carol), company=cast.corp, titles={"zh-Hant": title, "en": "Mail policy"},
        texts={"zh-Hant": "第一條 公司郵箱用於工作。", "en": "Company mail is for work."}, effective_on=on, note="修訂第三條",
    )  # fmt: skip


def account(cast: Cast, who: str = "alice") -> Account:
    found: Account = getattr(cast, who).account
    return found


def reminded() -> list[str]:
    rows = Outbox.objects.filter(kind=outbox.NOTICE, payload__notice="policy_read").order_by("pk")
    return [str(row.payload["to"]) for row in rows]


@pytest.mark.clause("G2.2.3")
def test_who_is_to_read_it_is_told_until_he_has(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = published(cast)
    assert remind_due() == 4
    assert reminded() == [f"{name}@corp.test" for name in ("alice", "bob", "carol", "dave")]
    assert remind_due() == 0, "once a round"
    assert acknowledge(actor=cast.actor(cast.alice), account=account(cast), edition=edition)
    assert not acknowledge(actor=cast.actor(cast.alice), account=account(cast), edition=edition), "once is enough"
    later = clock.now() + ROUND + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert remind_due() == 3
    assert "alice@corp.test" not in reminded()[4:]
    event = Event.objects.get(kind="policy.acknowledged")
    assert (event.actor, event.params["number"]) == ("alice@corp.test", 1)


@pytest.mark.clause("G2.2.3")
def test_a_round_is_written_in_parts_and_goes_on_where_it_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hongyan.company.reading.actions.BATCH", 3)
    published(cast)
    assert [remind_due(), remind_due(), remind_due()] == [3, 1, 0]
    assert len(set(reminded())) == 4


@pytest.mark.clause("B4.14")
def test_the_newest_wins_from_its_day_on(cast: Cast) -> None:
    first = published(cast)
    second = published(cast, on=TODAY + timedelta(days=10))
    assert queries.in_force(cast.corp, TODAY) == first
    assert queries.in_force(cast.corp, TODAY + timedelta(days=10)) == second
    assert queries.newest(cast.corp) == second
    with pytest.raises(Refusal, match=r"policy.superseded"):
        acknowledge(actor=cast.actor(cast.alice), account=account(cast), edition=first)
    with pytest.raises(Refusal, match=r"policy.before_last"):
        published(cast)
    remind_due()
    assert len(reminded()) == 4, "of the newest alone"


def test_nobody_is_made_to_have_read_it_by_somebody_else(cast: Cast) -> None:
    edition = published(cast)
    for actor in (cast.actor(cast.carol), cast.operator, cast.actor(cast.charlie)):
        with pytest.raises(Refusal, match=r"permission.missing"):
            acknowledge(actor=actor, account=account(cast), edition=edition)
    with pytest.raises(Refusal, match=r"permission.missing"):
        acknowledge(actor=cast.actor(cast.charlie), account=account(cast, "charlie"), edition=edition)
    assert not Acknowledgement.objects.exists()


def test_who_has_left_reads_no_more(cast: Cast) -> None:
    assert cast.bob.person is not None
    leave_company(actor=cast.operator, person=cast.bob.person, on=clock.today(), kind="normal")
    published(cast)
    remind_due()
    assert "bob@corp.test" not in reminded()


@pytest.mark.parametrize("who", ["alice", "dave", "charlie"])
def test_publishing_is_the_offices(cast: Cast, who: str) -> None:
    with pytest.raises(Refusal, match=r"permission.missing"):
        publish_edition(
            actor=cast.actor(getattr(cast, who)), company=cast.corp, titles={"en": "P"}, texts={"en": "T"},
            effective_on=TODAY,
        )  # fmt: skip
    assert not Edition.objects.exists()


@pytest.mark.parametrize(
    ("titles", "texts", "code"),
    [
        ({}, {}, "policy.no_text"),
        ({"en": " "}, {"en": "\n"}, "policy.no_text"),
        ({"en": "Policy"}, {"en": "x", "zh-Hans": "文"}, "policy.half_text"),
        ({"xx": "Policy"}, {"xx": "x"}, "locale.unknown"),
        ({"en": "P" * 200}, {"en": "x"}, "policy.title_malformed"),
        ({"en": "P"}, {"en": "x" * 200_001}, "policy.text_long"),
    ],
)
def test_what_cannot_be_published(cast: Cast, titles: dict[str, str], texts: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        publish_edition(actor=cast.actor(cast.carol), company=cast.corp, titles=titles, texts=texts, effective_on=TODAY)
    assert not Edition.objects.exists()


def test_a_branch_sees_its_own_readers(branches: Branches) -> None:
    cast = branches.cast
    seen = queries.readers_within(cast.actor(branches.tina), cast.corp).values_list("login", flat=True)
    assert "erin@corp.test" in seen
    assert "alice@corp.test" not in seen


def test_languages(cast: Cast) -> None:
    edition = published(cast)
    assert queries.in_language(edition.titles, "en", cast.corp) == ("en", "Mail policy")
    assert queries.in_language(edition.titles, "zh-Hans", cast.corp) == ("zh-Hant", "企業郵箱管理制度")
