"""Sending only as oneself or as an address one has been given, and nothing for strangers."""

from __future__ import annotations

import smtplib

import pytest

from tests.system.hands import Running, answer

ALICE, BOB = "alice@corp.test", "bob@corp.test"


@pytest.mark.clause("G4.2.3", "G4.2.5")
@pytest.mark.parametrize("port", ["submission", "submissions"])
def test_nobody_sends_as_somebody_else(world: Running, port: str) -> None:
    with world.submit(ALICE, port=port) as client:
        for foreign in (BOB, "charlie@other.test", "boss@outside.test"):
            code, text = answer(client, foreign, [BOB], b"From: %s\r\n\r\n" % foreign.encode())
            assert code == 550 and "5.7.1" in text and foreign in text, foreign
            code, text = answer(
                client, ALICE, [BOB], b"From: The boss <%s>\r\nSubject: forged\r\n\r\n" % foreign.encode()
            )
            assert code == 550 and foreign in text, foreign
            assert "您（alice@corp.test）不能" in text and "〔條款 G4.2.3〕" in text
            assert world.instance.web_url in text


@pytest.mark.clause("G4.2.3")
@pytest.mark.parametrize(
    "header",
    [
        b"From: alice@corp.test\r\nFrom: bob@corp.test\r\n",
        b"From: alice@corp.test, bob@corp.test\r\n",
        b"From: alice@corp.test\r\nSender: bob@corp.test\r\n",
        b"From: bob@corp.test <alice@corp.test>\r\n",
        b"From: <alice@corp.test\r\n",
        b"Subject: blank\r\nFrom : bob@corp.test\r\n",
        b"From:\r\n bob@corp.test\r\n",
    ],
    ids=["twice", "list", "sender", "name", "torn", "blank", "folded"],
)
def test_no_spelling_of_from_shows_somebody_else(world: Running, header: bytes) -> None:
    with world.submit(ALICE) as client:
        code, text = answer(client, ALICE, [BOB], header + b"To: bob@corp.test\r\n\r\nforged\r\n")
    assert code == 550, text


@pytest.mark.clause("G4.2.3")
def test_who_names_no_sender_is_named(world: Running) -> None:
    """RFC 6409 8.1, 8.2: the sender's address, a date and an identity are added at submission."""
    for first in (b"", b"From : bob@corp.test\r\n"):  # as a first line that is how mail files begin
        with world.submit(ALICE) as client:
            assert answer(client, ALICE, [BOB], first + b"Subject: nobody-named\r\n\r\nx\r\n")[0] == 250
        text = world.found(BOB, "nobody-named").lower()
        assert b"\r\nfrom: alice@corp.test\r\n" in text
        assert b"\r\nmessage-id: <" in text and b"\r\ndate: " in text
        assert b"\r\nfrom : bob" not in text


@pytest.mark.clause("G3.2.2")
def test_given_addresses_may_be_used(world: Running) -> None:
    """An alias of one's own, and an address that was granted; both in the envelope and in From."""
    world.run("alias", "add", "a.lin@corp.test", ALICE)
    world.run("mailbox", "open", "sales@corp.test", "--kind", "shared")
    with world.submit(ALICE) as client:
        assert answer(client, "sales@corp.test", [BOB], b"From: sales@corp.test\r\n\r\n")[0] == 550
    world.run("mailbox", "send-as", ALICE, "sales@corp.test")
    with world.submit(ALICE) as client:
        for address in ("a.lin@corp.test", "sales@corp.test", "alice+list@corp.test", "ALICE@Corp.Test"):
            data = f"From: Alice <{address}>\r\nSubject: as-{address}\r\n\r\nx\r\n".encode()
            code, text = answer(client, address, [BOB], data)
            assert code == 250, (address, text)
    for address in ("a.lin@corp.test", "sales@corp.test"):
        assert f"From: Alice <{address}>".encode() in world.found(BOB, f"as-{address}")
    with world.submit(BOB) as client:
        assert answer(client, "sales@corp.test", [ALICE], b"From: sales@corp.test\r\n\r\n")[0] == 550


@pytest.mark.clause("B4.4", "C3")
@pytest.mark.parametrize(
    "recipient",
    [
        "user@elsewhere.test",
        "user%elsewhere.test@corp.test",
        "user%elsewhere.test",
        '"user@elsewhere.test"@corp.test',
        '"user@elsewhere.test"',
        "@corp.test:user@elsewhere.test",
        "@corp.test,@other.test:user@elsewhere.test",
        "elsewhere.test!user@corp.test",
        "elsewhere.test!user",
        "user@elsewhere.test@corp.test",
        "user@[192.0.2.1]",
        "user@[127.0.0.1]",
        "user",
        "root@localhost",
        "user@mail.corp.test",
    ],
)
def test_nothing_is_relayed_for_strangers(world: Running, recipient: str) -> None:
    for sender in ("user@outside.test", ALICE, ""):
        with world.mx() as client:
            code, text = answer(client, sender, [recipient], b"Subject: relayed\r\n\r\n")
        assert 500 <= code < 600, (sender, code, text)


@pytest.mark.clause("B4.4")
def test_nothing_stays_in_the_queue_for_elsewhere(world: Running) -> None:
    """What was refused above was not taken: the queue holds nothing for the outside."""
    assert world.queued("elsewhere.test") == 0


@pytest.mark.clause("B4.4")
def test_a_client_that_signed_in_elsewhere_is_a_stranger_on_25(world: Running) -> None:
    with world.mx() as client, pytest.raises(smtplib.SMTPNotSupportedError):
        client.login(ALICE, "Harbour-Lantern-2291")
