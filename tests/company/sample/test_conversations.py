from __future__ import annotations

import email
import email.policy
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest

from hongyan.company.sample.conversations import SampleMessage, conversations, working_days
from hongyan.company.sample.plan import plan

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # a Tuesday, 17:30 in Taipei
MESSAGES = conversations(NOW)
PLAN = plan()


def parsed(message: SampleMessage) -> EmailMessage:
    return email.message_from_bytes(message.content, policy=email.policy.default)


MAIL = {message.key: parsed(message) for message in MESSAGES}


def test_a_week_of_mail_inside_and_from_outside() -> None:
    assert 280 <= len(MESSAGES) <= 340
    outside = [m for m in MESSAGES if m.login is None]
    assert 50 <= len(outside) <= 100
    assert [m.when for m in MESSAGES] == sorted(m.when for m in MESSAGES)
    assert len({m.key for m in MESSAGES}) == len(MESSAGES)


def test_the_same_moment_gives_the_same_bytes() -> None:
    assert conversations(NOW) == MESSAGES


def test_message_ids_stay_from_day_to_day() -> None:
    later = {m.key: parsed(m)["Message-ID"] for m in conversations(NOW + timedelta(days=3))}
    assert later == {key: mail["Message-ID"] for key, mail in MAIL.items()}
    assert len(set(later.values())) == len(later)


@pytest.mark.parametrize("hours", [3, 11, 90])
def test_nothing_is_dated_after_now_or_before_the_week(hours: int) -> None:
    now = NOW + timedelta(hours=hours)
    messages = conversations(now)
    assert all(now - timedelta(days=12) < m.when < now for m in messages)
    assert {parsedate_to_datetime(parsed(m)["Date"]) == m.when for m in messages} == {True}


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (datetime(2026, 11, 24, 2, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 24, 18, 59), date(2026, 11, 23)),
        (datetime(2026, 11, 24, 19, 0), date(2026, 11, 24)),
        (datetime(2026, 11, 22, 12, 0), date(2026, 11, 20)),
        (datetime(2026, 11, 23, 8, 0), date(2026, 11, 20)),
    ],
)
def test_the_last_working_day_is_over(now: datetime, last: date) -> None:
    days = working_days(now)
    assert days[-1] == last and len(days) == 5 and days == sorted(days)
    assert all(day.weekday() < 5 for day in days)


def test_an_answer_comes_after_what_it_answers_and_refers_to_it() -> None:
    by_id = {mail["Message-ID"]: mail for mail in MAIL.values()}
    answers = [mail for mail in MAIL.values() if mail["In-Reply-To"]]
    assert len(answers) > 100
    for mail in answers:
        answered = by_id[mail["In-Reply-To"]]
        assert parsedate_to_datetime(answered["Date"]) <= parsedate_to_datetime(mail["Date"])
        assert mail["References"].split()[-1] == mail["In-Reply-To"]


def test_everybody_writes_as_oneself_or_in_the_name_of_a_shared_mailbox_of_theirs() -> None:
    for message in MESSAGES:
        mail = MAIL[message.key]
        assert mail["From"].addresses[0].addr_spec == message.from_address
        if message.login is None:
            assert message.from_address.endswith(".outside.test")
        else:
            assert message.login in PLAN.senders_of(message.from_address)


def test_every_recipient_is_in_the_header_and_exists_or_is_outside() -> None:
    aliases = {a.address for c in PLAN.companies for a in c.aliases}
    there = {*PLAN.mailboxes(), *PLAN.groups(), *aliases}
    for message in MESSAGES:
        fields = [MAIL[message.key][name] for name in ("To", "Cc") if MAIL[message.key][name]]
        assert {a.addr_spec for f in fields for a in f.addresses} == set(message.recipients)
        assert message.recipients
        assert all(r in there or r.endswith(".outside.test") for r in message.recipients)
        assert message.login is not None or all(r in there for r in message.recipients)


def _domain(address: str) -> str:
    return address.partition("@")[2]


def test_nobody_writes_to_a_group_that_would_refuse() -> None:
    groups = PLAN.groups()
    for message in MESSAGES:
        for group in (groups[r] for r in message.recipients if r in groups):
            allowed = {
                "anyone": True,
                "company": message.login is not None and _domain(message.login) == _domain(group.address),
                "members": message.login in group.members,
                "listed": message.from_address in group.listed,
            }
            assert allowed[group.who], (message.subject, group.address)


def test_all_of_it_at_once_stays_below_the_hourly_limit() -> None:
    sent: Counter[str] = Counter()
    for message in MESSAGES:
        if message.login:
            sent[message.login] += len(message.recipients)
    assert max(sent.values()) <= 100


def test_three_languages_old_character_sets_html_and_attachments() -> None:
    parts = [part for mail in MAIL.values() for part in mail.walk()]
    charsets = {part.get_content_charset() for part in parts if part.get_content_maintype() == "text"}
    assert charsets >= {"utf-8", "gb18030", "big5"}
    endings = Counter(str(p.get_filename()).rpartition(".")[2] for p in parts if p.get_filename())
    assert set(endings) == {"xlsx", "csv", "pdf", "png", "ics", "txt"}
    html = sum(mail.get_body(("html",)) is not None for mail in MAIL.values())
    assert 60 < html < len(MAIL) - 60
    assert sum(mail["List-Unsubscribe"] is not None for mail in MAIL.values()) >= 4


def test_the_bytes_are_well_formed_mail() -> None:
    for message in MESSAGES:
        assert message.content.isascii()
        assert b"\n" not in message.content.replace(b"\r\n", b"") and b"\r" not in message.content.replace(b"\r\n", b"")
        assert max(map(len, message.content.split(b"\r\n"))) <= 998  # RFC 5322 2.1.1
        for part in MAIL[message.key].walk():
            assert not part.defects
            if part.get_content_maintype() == "text":
                assert "\ufffd" not in part.get_content()
        assert MAIL[message.key]["Subject"] == message.subject


def test_the_plain_text_is_always_there_and_signed_inside() -> None:
    persons = PLAN.persons()
    unsigned = {"network@beichen.test"}
    for message in MESSAGES:
        body = MAIL[message.key].get_body(("plain",))
        assert body is not None
        text = body.get_content()
        assert text.strip() and "{" not in text
        if message.login and message.from_address not in unsigned:
            assert persons[message.login].phone in text  # clause G4.2.4


def test_other_domains_and_another_outside() -> None:
    messages = conversations(NOW, plan("corp.test", "else.test"), "far.test")
    domains = {a.partition("@")[2] for m in messages for a in (m.from_address, *m.recipients)}
    assert domains >= {"corp.test", "else.test"}
    assert all(d in ("corp.test", "else.test") or d.endswith(".far.test") for d in domains)
    assert [m.key for m in messages] == [m.key for m in MESSAGES]
