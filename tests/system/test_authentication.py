"""Who may sign in where: TLS first, on every protocol, and not at all on the port of the world."""

from __future__ import annotations

import base64
import imaplib
import poplib
import smtplib
import socket
import time

import pytest

from tests.resilience.hands import ENGINES, refusals
from tests.system.hands import PASSWORD, Failed, Running, answer, said
from tests.system.managesieve import ManageSieve

ALICE = "alice@corp.test"
TOKEN = base64.b64encode(f"\0{ALICE}\0{PASSWORD}".encode())


@pytest.mark.clause("R3")
def test_the_port_of_the_world_has_tls_and_takes_no_sign_in(world: Running) -> None:
    with world.mx() as client:
        client.ehlo()
        assert client.has_extn("starttls")
        assert not client.has_extn("auth")
        client.starttls(context=world.tls)  # checks the certificate against the instance's authority
        client.ehlo()
        assert not client.has_extn("auth")
        assert said(client, b"AUTH PLAIN " + TOKEN)[0] == 503


@pytest.mark.clause("R3")
def test_submission_takes_nothing_before_tls(world: Running) -> None:
    with smtplib.SMTP("localhost", world.ports["submission"], timeout=20) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        assert not client.has_extn("auth")
        for line in (b"AUTH PLAIN " + TOKEN, b"MAIL FROM:<alice@corp.test>"):
            code, text = said(client, line)
            assert (code, "STARTTLS" in text) == (530, True), text
        client.starttls(context=world.tls)
        client.ehlo()
        assert client.has_extn("auth")
        assert said(client, b"AUTH PLAIN " + TOKEN)[0] == 235


@pytest.mark.clause("R3")
def test_submission_takes_no_mail_before_sign_in(world: Running) -> None:
    with smtplib.SMTP_SSL("localhost", world.ports["submissions"], context=world.tls, timeout=20) as client:
        code, _ = answer(client, ALICE, ["bob@corp.test"], b"From: alice@corp.test\r\n\r\n")
        assert code >= 500


@pytest.mark.clause("R3")
def test_465_speaks_tls_from_the_first_octet(world: Running) -> None:
    with socket.create_connection(("localhost", world.ports["submissions"]), timeout=20) as plain:
        plain.sendall(b"EHLO pc.corp.test\r\n")
        try:
            assert b"220" not in plain.recv(200)
        except ConnectionResetError:
            pass  # a plain word is no TLS greeting
    with smtplib.SMTP_SSL("localhost", world.ports["submissions"], context=world.tls, timeout=20) as client:
        client.ehlo()
        assert client.has_extn("auth")


@pytest.mark.clause("R3", "B4.7")
@pytest.mark.parametrize("protocol", ["imap", "imaps", "pop3", "pop3s", "submission", "submissions", "sieve"])
def test_every_protocol_signs_in_by_tls(world: Running, protocol: str) -> None:
    context, port = world.tls, world.ports[protocol]
    if protocol.startswith("imap"):
        client = imaplib.IMAP4_SSL("localhost", port, ssl_context=context) if protocol == "imaps" else world.imap(ALICE)
        if protocol == "imaps":
            client.login(ALICE, PASSWORD)
        assert client.select("INBOX")[0] == "OK"
        client.logout()
    elif protocol.startswith("pop3"):
        box = world.pop3(ALICE) if protocol == "pop3s" else poplib.POP3("localhost", port, timeout=20)
        if protocol == "pop3":
            box.stls(context)
            box.user(ALICE)
            box.pass_(PASSWORD)
        assert box.stat()[0] >= 0
        box.quit()
    elif protocol == "sieve":
        with ManageSieve(world, ALICE) as sieve:
            assert sieve.command("NOOP")[-1].startswith("OK")
    else:
        with world.submit(ALICE, port=protocol) as sender:
            assert sender.noop()[0] == 250


@pytest.mark.clause("R3", "B4.7")
def test_no_password_is_taken_without_tls(world: Running) -> None:
    """Also from the machine itself, which Dovecot by default trusts; the right password makes no difference."""
    imap = imaplib.IMAP4("localhost", world.ports["imap"], timeout=20)
    with pytest.raises(imaplib.IMAP4.error, match="TLS"):
        imap.login(ALICE, PASSWORD)
    imap.shutdown()
    pop3 = poplib.POP3("localhost", world.ports["pop3"], timeout=20)
    with pytest.raises(poplib.error_proto, match="TLS"):
        pop3.user(ALICE)
        pop3.pass_(PASSWORD)
    pop3.close()
    with (
        socket.create_connection(("localhost", world.ports["sieve"]), timeout=20) as sieve,
        sieve.makefile("rb") as lines,
    ):
        while not lines.readline().startswith(b"OK"):
            pass
        sieve.sendall(b'AUTHENTICATE "PLAIN" "' + TOKEN + b'"\r\n')
        assert lines.readline().startswith(b"NO")


@pytest.mark.clause("G3.1.1", "B4.13")
@pytest.mark.parametrize("how", ["first", "activation"])
def test_before_the_first_change_every_protocol_says_where_to_go(world: Running, how: str) -> None:
    address = f"newcomer-{how}@corp.test"
    options = ("--activation",) if how == "activation" else ()
    document = world.run("mailbox", "open", address, *options)
    password = document.get("first_password", PASSWORD)
    assert document["state"] == how
    for protocol, words in refusals(world, address, password, ENGINES).items():
        assert world.instance.web_url in _plain(words), protocol


@pytest.mark.clause("G5.1")
def test_a_suspended_mailbox_receives_and_nobody_signs_in(world: Running) -> None:
    address = "erin@corp.test"
    world.run("mailbox", "suspend", address)
    try:
        for protocol, words in refusals(world, address, PASSWORD, ENGINES).items():
            assert "總經辦" in _plain(words), protocol
        assert world.arrive(address, subject="while-suspended")[0] == 250
    finally:
        world.run("mailbox", "resume", address)
    time.sleep(1.2)  # Dovecot looks at a passwd-file's time once a second
    world.found(address, "while-suspended")


@pytest.mark.clause("B4.12")
def test_a_password_that_breaks_the_rules_opens_no_mailbox(world: Running) -> None:
    with pytest.raises(Failed) as refused:
        world.run("mailbox", "open", "weak@corp.test", "--password-stdin", stdin="abcd1234\n")
    assert refused.value.error["clause"] == "B4.12"


def _plain(words: str) -> str:
    """A repr of octets, as smtplib gives it, read; and the spaces that Dovecot carries as no-break spaces."""
    if "\\x" in words:
        words = words.encode().decode("unicode_escape").encode("latin-1", "ignore").decode("utf-8", "ignore")
    return words.replace("\u00a0", " ")
