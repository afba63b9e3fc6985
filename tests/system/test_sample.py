"""`up --sample`: people and mail through the real engines, once."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hongyan.company.sample.plan import plan
from tests.system.hands import Running, running_instance

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def sample() -> Iterator[Running]:
    with running_instance() as running:
        running.run("up", "--detach", "--ports", "auto", "--sample")
        yield running


@contextmanager
def mailbox(running: Running, address: str) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4_SSL("localhost", running.ports["imaps"], ssl_context=running.tls, timeout=20) as client:
        client.login(f"{address}*webmail", running.instance.secret("webmaster.pass"))
        yield client


def count(client: imaplib.IMAP4, folder: str, *criteria: str) -> int:
    client.select(folder, readonly=True)
    return len(client.search(None, *(criteria or ("ALL",)))[1][0].split())


def test_people_find_a_week_of_mail_read_and_answered(sample: Running) -> None:
    with mailbox(sample, "alice@beichen.test") as alice:
        assert count(alice, "INBOX") >= 15 and count(alice, "Sent") >= 10
        assert count(alice, "INBOX", "ANSWERED") >= 3
        assert 0 < count(alice, "INBOX", "UNSEEN") < count(alice, "INBOX")
        assert count(alice, "Sent", "UNSEEN") == 0


def test_notices_came_to_everybody_and_bounces_to_nobody(sample: Running) -> None:
    everybody = {person.address for person in plan().companies[0].persons}
    for address in plan().mailboxes():
        with mailbox(sample, address) as client:
            assert count(client, "INBOX", "FROM", "MAILER-DAEMON") == 0, address
            assert address not in everybody or count(client, "INBOX", "FROM", "office@beichen.test") >= 1, address


def test_the_second_time_nothing_is_sent_again(sample: Running) -> None:
    mails = ("NOT", "FROM", "no-reply")  # the service's own notices come when they are due
    with mailbox(sample, "alice@beichen.test") as alice:
        before = count(alice, "INBOX", *mails), count(alice, "Sent")
        sample.run("up", "--detach", "--ports", "auto", "--sample")
        assert (count(alice, "INBOX", *mails), count(alice, "Sent")) == before


def test_something_is_under_way_on_every_desk(sample: Running) -> None:
    requests = sample.run("request", "list", "--company", "beichen")
    assert sorted((r["form"], r["state"]) for r in requests) == [
        ("alias", "done"), ("forward", "rejected"), ("outside", "waiting"), ("project", "waiting"), ("quota", "waiting"),
    ]  # fmt: skip
    leavers = sample.run("leaving", "list", "--company", "beichen")
    assert [leaver["state"] for leaver in leavers] == ["planned"]
    assert sample.run("policy", "editions", "--company", "beichen")[0]["number"] == 1
