"""Stops, a leaver and his successor, an address that lives on: within two seconds, on every protocol, live sessions too."""

from __future__ import annotations

import os
import smtplib
from datetime import timedelta

import pytest

from hongyan.kernel import clock
from tests.resilience import hands
from tests.system.hands import PASSWORD, Failed, Running, answer, message

pytestmark = [pytest.mark.system, pytest.mark.skipif(os.geteuid() != 0, reason="sets up services")]

WITHIN = 2.0
MONTH = (clock.today() + timedelta(days=30)).isoformat()
UMA, HEIR = "uma@corp.test", "heir@corp.test"


@pytest.fixture(scope="module")
def uma(world: Running) -> Running:
    for address in (UMA, HEIR):
        world.open(address)
    hands.let_tables_be_noticed()
    return world


def sentence(client: smtplib.SMTP, sender: str, to: str, subject: str) -> str:
    code, text = answer(client, sender, [to], message(sender, to, subject=subject).as_bytes())
    return f"{code} {text}"


@pytest.mark.clause("G2.1.6")
def test_a_stop_of_sending_holds_in_an_open_session_and_leaves_reading(uma: Running) -> None:
    with uma.submit(UMA) as client, hands.Idle(uma, UMA) as session:
        assert sentence(client, UMA, HEIR, "stop-before").startswith("250")
        uma.run("mailbox", "stop", UMA, "sending", "--reason", "test")
        refused = sentence(client, UMA, HEIR, "stop-after")
        assert refused.startswith("550 5.7.1") and UMA in refused and "G2.1.6" in refused
        assert not session.ended_within(0.5)
    uma.found(HEIR, "stop-before")
    assert uma.arrive(UMA, subject="stop-received")[0] == 250
    uma.found(UMA, "stop-received")  # signs in and reads
    uma.run("mailbox", "lift", UMA, "sending")


@pytest.mark.clause("G2.1.6")
def test_a_stop_of_receiving_refuses_old_and_new_sessions_and_leaves_sending(uma: Running) -> None:
    uma.run("alias", "add", "u.ma@corp.test", UMA)
    with uma.mx() as old:
        old.ehlo()
        uma.run("mailbox", "stop", UMA, "receiving")
        assert sentence(old, "x@outside.test", UMA, "closed-old").startswith("550 5.2.1")
    for address in (UMA, "u.ma@corp.test"):
        code, text = uma.arrive(address, subject="closed-new")
        assert code == 550 and text.startswith("5.2.1") and "takes no mail at present" in text
    with uma.submit(HEIR) as client:
        assert sentence(client, HEIR, UMA, "closed-inside").startswith("550 5.2.1")
    uma.send(UMA, HEIR, subject="closed-sends")
    uma.found(HEIR, "closed-sends")
    uma.run("mailbox", "lift", UMA, "receiving")
    hands.let_tables_be_noticed()
    assert uma.arrive(UMA, subject="open-again")[0] == 250
    uma.found(UMA, "open-again")
    assert uma.subjects(UMA, "closed-") == 0


@pytest.mark.clause("B4.8", "G3.2.1")
def test_a_leaver_is_out_at_once_his_mail_goes_on_and_he_gets_it_all_back(uma: Running) -> None:
    with hands.Idle(uma, UMA) as session:
        uma.run("mailbox", "retain", UMA, "--until", MONTH, "--successor", HEIR)
        assert session.ended_within(WITHIN)
    uma.run("mailbox", "reply", UMA, "--text", "en=Uma has left.", "--text", "zh-Hant=已離職")
    hands.let_tables_be_noticed()
    assert all(hands.refusals(uma, UMA, PASSWORD, hands.PROTOCOLS).values())
    with pytest.raises(Failed, match=r"mailbox\.retained"):
        uma.run("mailbox", "resume", UMA)
    uma.send("alice@corp.test", UMA, subject="for-the-leaver")
    uma.found(HEIR, "for-the-leaver")
    said = uma.found("alice@corp.test", "for-the-leaver")
    assert b"Uma has left." in said and b"auto-replied" in said
    uma.run("mailbox", "unretain", UMA)
    hands.let_tables_be_noticed()
    uma.found(UMA, "for-the-leaver")  # a copy had stayed
    uma.send("alice@corp.test", UMA, subject="back-again")
    uma.found(UMA, "back-again")
    assert uma.subjects(HEIR, "back-again") == 0


@pytest.mark.clause("B4.8")
def test_the_address_lives_on_with_a_colleague(uma: Running) -> None:
    uma.run("mailbox", "keep-as-alias", UMA, HEIR, "--until", MONTH)
    hands.let_tables_be_noticed()
    assert uma.arrive(UMA, subject="to-the-alias")[0] == 250
    uma.found(HEIR, "to-the-alias")
    uma.run("alias", "remove", UMA)
    hands.let_tables_be_noticed()
    assert uma.arrive(UMA, subject="to-nobody")[0] == 550
