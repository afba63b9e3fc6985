"""Promise 3: a change holds on every protocol within two seconds, and sessions that it forbids are ended."""

from __future__ import annotations

import smtplib
import time

import pytest

from tests.resilience import hands
from tests.system.hands import PASSWORD, Running

WITHIN = 2.0
OTHER = "Lantern-Harbour-7740"


def let_in(house: Running, address: str, password: str, protocols: tuple[str, ...] = hands.PROTOCOLS) -> set[str]:
    """The protocols that still let somebody in when the time for the change to hold is nearly over."""
    time.sleep(WITHIN - 0.5)
    return {protocol for protocol, said in hands.refusals(house, address, password, protocols).items() if not said}


@pytest.mark.clause("G5.1", "G2.1.6")
def test_a_suspension_ends_idle_and_holds_on_every_protocol(house: Running) -> None:
    address = "erin@corp.test"
    browser = hands.Browser(house)
    assert browser.sign_in(address, PASSWORD)
    with hands.Idle(house, address) as session:
        house.run("mailbox", "suspend", address, "--reason", "test")
        assert session.ended_within(WITHIN)
    assert let_in(house, address, PASSWORD) == set()
    assert browser.get("/mailbox")[0] == "/signin"
    house.run("mailbox", "resume", address)
    hands.let_tables_be_noticed()
    assert hands.refusals(house, address, PASSWORD) == dict.fromkeys(hands.PROTOCOLS, "")


@pytest.mark.clause("G5.1")
def test_a_suspended_sender_is_stopped_in_an_open_submission_session(house: Running) -> None:
    """Who had signed in before the suspension sends nothing after it; mail to the mailbox is still taken."""
    address = "frank@corp.test"
    with house.submit(address) as client:
        client.sendmail(address, ["bob@corp.test"], b"Subject: before-the-suspension\r\n\r\nx\r\n")
        house.run("mailbox", "suspend", address)
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            client.sendmail(address, ["bob@corp.test"], b"Subject: after-the-suspension\r\n\r\nx\r\n")
        assert refused.value.smtp_code == 550
    house.send("bob@corp.test", address, subject="still-received")
    house.run("mailbox", "resume", address)
    house.send(address, "bob@corp.test", subject="after-the-resumption")
    house.found("bob@corp.test", "after-the-resumption")
    house.found(address, "still-received")
    with pytest.raises(AssertionError):
        house.found("bob@corp.test", "after-the-suspension", seconds=0.1)


@pytest.mark.clause("G3.2.3", "B4.13")
def test_after_a_reset_the_old_password_opens_nothing(house: Running) -> None:
    """The first password opens the web alone; every other protocol says where to go. Live sessions end."""
    address = "grace@corp.test"
    with hands.Idle(house, address) as session:
        first = house.run("mailbox", "password", address)["first_password"]
        assert session.ended_within(WITHIN)
    assert let_in(house, address, PASSWORD) == set()
    said = hands.refusal(house, "imap", address, first)
    assert house.instance.web_url.removeprefix("https://") in said
    assert all(hands.refusals(house, address, first, hands.ENGINES).values())
    assert hands.refusal(house, "web", address, first) == ""


@pytest.mark.clause("P9")
def test_after_a_change_only_the_new_password_opens(house: Running) -> None:
    address = "heidi@corp.test"
    with hands.Idle(house, address) as session:
        house.run("mailbox", "password", address, "--password-stdin", stdin=OTHER + "\n")
        assert session.ended_within(WITHIN)
    assert let_in(house, address, PASSWORD) == set()
    assert hands.refusals(house, address, OTHER) == dict.fromkeys(hands.PROTOCOLS, "")


_DEVICES = """
from hongyan.company.mailboxes.actions import add_app_password
from hongyan.company.mailboxes.queries import find_mailbox
from hongyan.company.people.queries import actor_of
mailbox = find_mailbox({address!r})
for protocols in (("imap", "smtp"), ("imap", "pop3", "smtp", "sieve")):
    row, password = add_app_password(
        actor=actor_of(mailbox.account), mailbox=mailbox, device="手機", protocols=protocols)
    print(row.pk, password)
"""
_REVOKE = """
from hongyan.company.mailboxes.actions import revoke_app_password
from hongyan.company.mailboxes.queries import find_mailbox
revoke_app_password(actor=actor, mailbox=find_mailbox({address!r}), app_password_id={pk})
"""


@pytest.mark.clause("G4.2.3", "P10")
def test_a_revoked_app_password_opens_nothing_and_its_session_ends(house: Running) -> None:
    """One password for a device and its protocols; the owner's own password and other devices go on."""
    address = "ivan@corp.test"
    made = [line.split() for line in hands.rows(house, _DEVICES.format(address=address)).splitlines()]
    (_, phone), (pk, tablet) = made
    hands.wait_published(house)
    hands.let_tables_be_noticed()
    assert {p for p, said in hands.refusals(house, address, phone, hands.ENGINES).items() if not said} == {
        "imap",
        "smtp",
    }
    assert hands.refusals(house, address, tablet, hands.ENGINES) == dict.fromkeys(hands.ENGINES, "")
    with hands.Idle(house, address, tablet) as session:
        hands.rows(house, _REVOKE.format(address=address, pk=pk))
        assert session.ended_within(WITHIN)
    assert let_in(house, address, tablet, hands.ENGINES) == set()
    assert hands.refusal(house, "imap", address, phone) == ""
    assert hands.refusal(house, "imap", address, PASSWORD) == ""


@pytest.mark.clause("G3.2.1")
def test_a_closed_mailbox_opens_nothing_and_takes_no_mail(house: Running) -> None:
    address = "judy@corp.test"
    with hands.Idle(house, address) as session:
        house.run("mailbox", "close", address)
        assert session.ended_within(WITHIN)
    assert let_in(house, address, PASSWORD) == set()
    with house.submit("bob@corp.test") as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail("bob@corp.test", [address], b"Subject: x\r\n\r\nx\r\n")
    assert refused.value.recipients[address][0] == 550
