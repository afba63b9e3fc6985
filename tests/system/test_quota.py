"""A mailbox fills up: warnings at 80, 90 and 95 per cent, then a refusal that says why, then room again."""

from __future__ import annotations

import imaplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default

import pytest

from hongyan.jobs.publisher import NOTICE_SECONDS
from tests.resilience import hands
from tests.system.hands import Running, eventually, numbers, said

MEGABYTE = 1 << 20


@contextmanager
def sized(world: Running, address: str, megabytes: int) -> Iterator[imaplib.IMAP4]:
    """A session that knows the new size: Dovecot asks for it when a session begins, so the others are ended, twice."""
    world.run("mailbox", "quota", address, f"{megabytes}MB")
    ended = time.monotonic() + NOTICE_SECONDS + 0.3

    def look() -> bool:
        with world.reading(address) as client:
            return f" {megabytes * 1024})" in str(client.getquotaroot("INBOX"))

    eventually(look, 3, "the new size")
    time.sleep(max(0.0, ended - time.monotonic()))
    with world.reading(address) as client:
        yield client


def fill(client: imaplib.IMAP4, megabytes: int, each: int = MEGABYTE) -> None:
    line = b"x" * 76 + b"\r\n"
    text = b"Subject: filling\r\n\r\n" + line * ((each - 100) // len(line))
    for _ in range(megabytes * MEGABYTE // each):
        assert client.append("Archive", "", "", text)[0] == "OK"


def notices(client: imaplib.IMAP4, word: str) -> dict[str, str]:
    """Subject -> text of the notices whose sender has the word in its address."""
    client.select("INBOX", readonly=True)
    found = {}
    for number in client.search(None, "FROM", word)[1][0].decode().split():
        part = client.fetch(number, "(BODY.PEEK[])")[1][0]
        assert isinstance(part, tuple)
        parsed = message_from_bytes(part[1], policy=default)
        assert parsed["Auto-Submitted"] == "auto-generated" and parsed["Return-Path"] == "<>"
        body = parsed.get_body()
        assert body is not None
        found[str(parsed["Subject"])] = body.get_content()
    return found


@pytest.mark.clause("B4.6", "C5")
def test_the_owner_is_warned_three_times_in_her_language(world: Running) -> None:
    address = "heidi@corp.test"
    with sized(world, address, 40) as client:
        fill(client, 31)
        assert notices(client, "no-reply@corp.test") == {}
        for level, more in ((80, 2), (90, 4), (95, 2)):
            fill(client, more)
            subject = f"郵箱容量已用 {level}%：{address}"
            eventually(lambda s=subject: s in notices(client, "no-reply"), 10, subject)  # type: ignore[misc]
            text = notices(client, "no-reply")[subject]
            assert "B4.6" in text and world.instance.web_url in text and "擴容" in text
        assert len(notices(client, "no-reply")) == 3


@pytest.mark.clause("C5")
def test_an_english_reader_is_warned_in_english(world: Running) -> None:
    address = "charlie@other.test"
    with sized(world, address, 20) as client:
        fill(client, 17)
        eventually(lambda: f"Mailbox 80 % full: {address}" in notices(client, "no-reply@other.test"), 10, "the notice")
    world.run("mailbox", "quota", address, "default")


@pytest.mark.clause("B4.6", "B3", "C6")
def test_a_full_mailbox_refuses_at_rcpt_and_a_larger_one_takes_mail_again(world: Running) -> None:
    address = "ivan@corp.test"
    with world.reading(address) as client:
        assert "3145728" in str(client.getquotaroot("INBOX"))  # 3072 MB, clause B3
    with sized(world, address, 10) as client:
        fill(client, 9)
        for each in (100 << 10, 10 << 10):  # until there is no room
            while client.append("Archive", "", "", b"Subject: last\r\n\r\n" + b"y" * each)[0] == "OK":
                pass
    code, reply = eventually(lambda: refused_at_rcpt(world, address), 3, "a refusal")
    assert code == 552 and reply.startswith("5.2.2 ") and "full" in reply
    with sized(world, address, 12) as client:
        assert world.arrive(address, subject="room-again")[0] == 250
        eventually(lambda: numbers(client, "room-again", "INBOX"), 10, "mail again")


@pytest.mark.clause("B4.6", "B3")
def test_a_quota_brought_down_below_what_is_there_refuses_at_rcpt(world: Running) -> None:
    address = "trudy@corp.test"
    with sized(world, address, 40) as client:
        fill(client, 8)
    world.run("alias", "add", "gertrude@corp.test", address)
    world.run("mailbox", "quota", address, "5MB")
    code, reply = eventually(lambda: refused_at_rcpt(world, address), 5, "a refusal")
    assert code == 552 and "full" in reply
    code, reply = eventually(lambda: refused_at_rcpt(world, "gertrude@corp.test"), 5, "a refusal of the alias")
    assert code == 552 and "full" in reply
    mark = f"{address}\task_quota"  # what Postfix goes by when the quota is the company's again
    eventually(lambda: mark in world.instance.filling.read_text("ascii"), 15, "the mark")
    world.run("mailbox", "quota", address, "default")
    for each in (address, "gertrude@corp.test"):
        assert eventually(lambda to=each: refused_at_rcpt(world, to) is None, 5, "room again")  # type: ignore[misc]


def refused_at_rcpt(world: Running, address: str) -> tuple[int, str] | None:
    """The refusal of a mail of 40 KB, which nobody else on the same mail is held up by."""
    with world.mx() as sender:
        sender.ehlo()
        assert said(sender, b"MAIL FROM:<writer@outside.test> SIZE=40000")[0] == 250
        answered = said(sender, f"RCPT TO:<{address}>".encode())
        assert said(sender, b"RCPT TO:<alice@corp.test>")[0] == 250
    return answered if answered[0] >= 400 else None


@pytest.mark.clause("B3")
def test_an_open_session_is_ended_so_that_it_goes_on_with_the_new_size(world: Running) -> None:
    """Dovecot reads a quota when a session begins."""
    address = "sybil@corp.test"
    with hands.Idle(world, address) as session:
        world.run("mailbox", "quota", address, "77MB")
        assert session.ended_within(2)
    # Who comes back at once may meet the table of a moment ago; that session is ended a second later, too.
    eventually(lambda: f" {77 * 1024})" in quota_of(world, address), 5, "the new size")
    world.run("mailbox", "quota", address, "default")


def quota_of(world: Running, address: str) -> str:
    try:
        with world.reading(address) as client:
            return str(client.getquotaroot("INBOX"))
    except imaplib.IMAP4.abort:
        return ""
