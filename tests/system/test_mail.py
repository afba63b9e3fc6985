"""A message from one colleague to another, by every way in and every way out."""

from __future__ import annotations

import smtplib

import pytest

from tests.system.hands import Running, message


@pytest.mark.clause("R3", "B4.11")
@pytest.mark.parametrize("port", ["submission", "submissions"])
def test_sent_by_submission_read_by_imap_and_pop3(world: Running, port: str) -> None:
    subject = f"by-{port}"
    with world.submit("alice@corp.test", port=port) as client:
        client.sendmail(
            "alice@corp.test",
            ["bob@corp.test"],
            f"From: alice@corp.test\r\nSubject: {subject}\r\n\r\n合同\r\n".encode(),
        )
    assert "合同".encode() in world.found("bob@corp.test", subject)
    pop = world.pop3("bob@corp.test")
    lines = [b"\r\n".join(pop.retr(n + 1)[1]) for n in range(len(pop.list()[1]))]
    pop.quit()
    assert any(f"Subject: {subject}".encode() in text for text in lines)


@pytest.mark.clause("R3")
def test_delivery_is_by_lmtp_over_a_socket_alone(world: Running) -> None:
    """RFC 2033: one answer per recipient; the store is reached by no TCP port."""
    path = world.instance.run / "dovecot" / "lmtp"
    with smtplib.LMTP(str(path)) as client:
        client.ehlo("mail.corp.test")
        client.mail("w@outside.test")
        assert client.rcpt("bob@corp.test")[0] == 250
        assert client.rcpt("nobody@corp.test")[0] == 550
        code, _ = client.data(b"Subject: by-lmtp\r\n\r\nx\r\n")
        assert code == 250
    world.found("bob@corp.test", "by-lmtp")


@pytest.mark.clause("R3")
def test_a_message_to_many_colleagues_is_the_same_for_each(world: Running) -> None:
    sent = world.send(
        "alice@corp.test", "bob@corp.test", "carol@corp.test", "dave@corp.test", subject="to-all", body="通知\n"
    )
    for name in ("bob", "carol", "dave"):
        text = world.found(f"{name}@corp.test", "to-all")
        assert str(sent["Message-ID"]).encode() in text and "通知".encode() in text


@pytest.mark.clause("R3")
def test_mail_arrives_over_tls_and_says_so(world: Running) -> None:
    """RFC 3207: the world's servers may use TLS; the Received field shows it (RFC 3848)."""
    with world.mx() as client:
        client.ehlo("mx.outside.test")
        client.starttls(context=world.tls)
        client.send_message(message("w@outside.test", "bob@corp.test", subject="over-tls"))
    text = world.found("bob@corp.test", "over-tls")
    assert b"(using TLSv1.3" in text and b"with ESMTPS id" in text
