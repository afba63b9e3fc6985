"""A company's own words for its notices, and when they are sent."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from hongyan.company.mailboxes.models import Mailbox
from hongyan.company.notices import actions, waiting, wording
from hongyan.company.notices.kinds import KINDS
from hongyan.company.notices.models import Hours, Template, Waiting
from hongyan.jobs import notices
from hongyan.kernel import clock, outbox
from hongyan.kernel.actor import Actor, Grant
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Event, Outbox
from hongyan.kernel.wording import LOCALES, catalogue
from tests.cast import Cast
from tests.instance import make_instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return make_instance(tmp_path / "i")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """(to, subject, text) of what would go to Postfix."""
    found: list[tuple[str, str, str]] = []

    class Server:
        def __init__(self, *_: object, **__: object) -> None: ...

        def __enter__(self) -> Server:
            return self

        def __exit__(self, *_: object) -> None: ...

        def send_message(self, message: Any, **_: object) -> None:
            found.append((message["To"], str(message["Subject"]), message.get_content()))

    monkeypatch.setattr("smtplib.SMTP", Server)
    return found


def change(cast: Cast, **changes: Any) -> Template:
    arguments: dict[str, Any] = {
        "actor": cast.actor(cast.carol), "company": cast.corp, "notice": "quota", "locale": "zh-Hant",
        "subject": "{address}：{level}%", "body": "請整理郵箱。{web}",
    }  # fmt: skip
    return actions.set_template(**(arguments | changes))


def test_every_notice_of_the_catalogue_is_declared_and_fits_its_variables() -> None:
    named = {code.split(".")[1] for code in catalogue() if code.startswith("notice.") and code.endswith(".subject")}
    assert named == set(KINDS)
    for kind in KINDS.values():
        for locale in LOCALES:
            text = wording.default_text(kind.name, locale)
            wording.check(kind, text.subject, text.body)


def test_a_company_s_own_words_are_sent_in_that_language_alone(cast: Cast, instance: Instance) -> None:
    change(cast)
    message = notices.compose(instance, cast.alice, "quota", {"level": "95"})
    assert message["Subject"] == "alice@corp.test：95%" and "請整理郵箱" in message.get_content()
    assert "您的邮箱" in notices.compose(instance, cast.dave, "quota", {"level": "95"}).get_content()
    assert "your mailbox" in notices.compose(instance, cast.charlie, "quota", {"level": "95"}).get_content()
    event = Event.objects.get(kind="notice.changed")
    assert (event.chain, event.actor, event.subject) == ("corp", "carol@corp.test", "notice/quota")
    assert actions.reset_template(actor=cast.actor(cast.carol), company=cast.corp, notice="quota", locale="zh-Hant")
    assert "您的郵箱" in notices.compose(instance, cast.alice, "quota", {"level": "95"}).get_content()
    assert not actions.reset_template(actor=cast.operator, company=cast.corp, notice="quota", locale="zh-Hant")


@pytest.mark.parametrize(
    ("subject", "body", "codes"),
    [
        ("{levle}", "{adress} {level}", ["notice.unknown_variable", "notice.unknown_variable"]),
        ("{level", "x", ["notice.braces"]),
        ("{level:>10}", "{level!r}", ["notice.format", "notice.format"]),
        ("{address.company}", "{0} {}", ["notice.unknown_variable"] * 3),
        ("", "  ", ["notice.subject_empty", "notice.body_empty"]),
        ("x" * 201, "y" * 20_001, ["notice.subject_long", "notice.body_long"]),
        ("a\x00b", "y", ["notice.control"]),
    ],
)
def test_all_that_is_wrong_is_said_at_once_and_nothing_is_kept(
    cast: Cast, subject: str, body: str, codes: list[str]
) -> None:
    with pytest.raises(Refusal) as refused:
        change(cast, subject=subject, body=body)
    assert [reason.code for reason in refused.value.reasons] == codes
    assert not Template.objects.exists() and not Event.objects.filter(kind="notice.changed").exists()


def test_a_subject_cannot_smuggle_a_header(cast: Cast, instance: Instance) -> None:
    change(cast, subject="hello\r\nBcc: x@away.test")
    assert notices.compose(instance, cast.alice, "quota", {"level": "95"})["Bcc"] is None


@pytest.mark.clause("G2.1.3")
def test_only_the_company_s_office_words_its_notices(cast: Cast) -> None:
    branch = Actor(name="branch", grants=(Grant("scoped", company="corp", unit="總公司/信息部"),))
    for actor in (cast.actor(cast.charlie), cast.actor(cast.alice), cast.actor(cast.dave), branch):
        with pytest.raises(Refusal, match=r"permission\.missing"):
            change(cast, actor=actor)
        with pytest.raises(Refusal, match=r"permission\.missing"):
            actions.set_hours(actor=actor, company=cast.corp, quiet_from=None, quiet_until=None, digest_at=time(9))
    with pytest.raises(Refusal, match=r"notice\.unknown"):
        change(cast, notice="welcome")
    with pytest.raises(Refusal, match=r"locale\.unknown"):
        change(cast, locale="fr")


def test_a_preview_shows_sample_data(cast: Cast) -> None:
    for notice in KINDS:
        text = wording.preview(cast.corp, notice, "zh-Hant", "https://web.test")
        assert "{" not in text.subject + text.body
    change(cast)
    assert wording.preview(cast.corp, "quota", "zh-Hant", "https://web.test").subject == "alice@corp.test：90%"


@pytest.mark.parametrize(
    ("begin", "end", "at", "quiet"),
    [
        ("20:00", "08:00", "23:30", True), ("20:00", "08:00", "07:59", True), ("20:00", "08:00", "08:00", False),
        ("20:00", "08:00", "12:00", False), ("12:00", "14:00", "13:00", True), ("12:00", "14:00", "14:30", False),
    ],
)  # fmt: skip
def test_quiet_hours_go_past_midnight(begin: str, end: str, at: str, quiet: bool) -> None:
    hours = Hours(quiet_from=time.fromisoformat(begin), quiet_until=time.fromisoformat(end))
    moment = timezone.make_aware(datetime.combine(datetime(2026, 3, 1), time.fromisoformat(at)))
    assert waiting.is_quiet(hours, moment) is quiet
    assert not waiting.is_quiet(Hours(), moment)


def test_the_next_moment_is_today_or_tomorrow() -> None:
    noon = timezone.make_aware(datetime(2026, 3, 1, 12, 0))
    assert waiting.next_moment(noon, time(13)) - noon == timedelta(hours=1)
    assert waiting.next_moment(noon, time(12)) - noon == timedelta(days=1)


def deliver(instance: Instance) -> None:
    """What the worker does with what waits in the outbox."""
    for entry in outbox.pending([outbox.NOTICE]):
        notices.send(instance, entry)
        outbox.settle([entry])


def tell(mailbox: Mailbox, notice: str, **params: str) -> None:
    outbox.enqueue(outbox.NOTICE, {"notice": notice, "to": mailbox.address, "params": params})


def test_notices_wait_for_the_end_of_quiet_hours_and_urgent_ones_do_not(
    cast: Cast, instance: Instance, sent: list[tuple[str, str, str]]
) -> None:
    here = timezone.localtime(clock.now())
    actions.set_hours(
        actor=cast.actor(cast.carol), company=cast.corp, digest_at=time(8),
        quiet_from=(here - timedelta(hours=1)).time(), quiet_until=(here + timedelta(hours=2)).time(),
    )  # fmt: skip
    tell(cast.alice, "quota", level="90")
    tell(cast.alice, "locked")
    tell(cast.charlie, "quota", level="90")  # another company's hours are its own
    deliver(instance)
    assert [(to, "90" in subject) for to, subject, _ in sent] == [
        ("alice@corp.test", False), ("charlie@other.test", True),
    ]  # fmt: skip
    assert waiting.release_due() == 0 and Waiting.objects.count() == 1
    with clock.shifted(timedelta(hours=2, minutes=1)):
        assert waiting.release_due() == 1 and waiting.release_due() == 0
        deliver(instance)
    assert sent[-1][0] == "alice@corp.test" and "90" in sent[-1][1] and not Waiting.objects.exists()


def test_a_daily_mail_gathers_what_is_not_urgent(
    cast: Cast, instance: Instance, sent: list[tuple[str, str, str]]
) -> None:
    actions.set_digest(actor=cast.actor(cast.alice), mailbox=cast.alice, wanted=True)
    tell(cast.alice, "quota", level="80")
    tell(cast.alice, "quota", level="90")
    tell(cast.alice, "locked")
    tell(cast.bob, "quota", level="95")
    deliver(instance)
    assert [to for to, _, _ in sent] == ["alice@corp.test", "bob@corp.test"]
    with clock.shifted(timedelta(days=1)):
        assert waiting.release_due() == 2
        deliver(instance)
    to, subject, text = sent[-1]
    assert (to, len(sent)) == ("alice@corp.test", 3) and "2 則" in subject
    assert text.count("您的郵箱 alice@corp.test 已使用") == 2 and "80%" in text and "90%" in text
    assert Event.objects.filter(kind="notice.digest").count() == 1
    assert Outbox.objects.filter(kind=outbox.NOTICE, done_at__isnull=True).count() == 0


def test_whose_daily_mail_it_is(cast: Cast) -> None:
    for actor in (cast.actor(cast.bob), cast.actor(cast.charlie), cast.actor(cast.dave)):
        with pytest.raises(Refusal, match=r"permission\.missing"):
            actions.set_digest(actor=actor, mailbox=cast.alice, wanted=True)
    branch = Actor(name="branch", grants=(Grant("scoped", company="corp", unit="總公司/信息部"),))
    actions.set_digest(actor=branch, mailbox=cast.alice, wanted=True)
    with pytest.raises(Refusal, match=r"permission\.missing"):
        actions.set_digest(actor=branch, mailbox=cast.carol, wanted=True)
    actions.set_digest(actor=cast.actor(cast.carol), mailbox=cast.alice, wanted=False)
    assert not waiting.wants_digest(cast.alice)


def test_half_an_hour_is_no_quiet(cast: Cast) -> None:
    def hours(begin: time | None, end: time | None) -> None:
        actions.set_hours(actor=cast.operator, company=cast.corp, quiet_from=begin, quiet_until=end, digest_at=time(8))

    with pytest.raises(Refusal, match=r"notice\.hours_half"):
        hours(time(8), None)
    with pytest.raises(Refusal, match=r"notice\.hours_same"):
        hours(time(8), time(8))
    hours(None, None)
    assert not waiting.is_quiet(waiting.hours_of(cast.corp), datetime.now(UTC))
