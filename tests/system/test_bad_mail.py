"""Broken, hostile and outsized input at the SMTP doors: a clear answer, nothing lost, nothing smuggled."""

from __future__ import annotations

import imaplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.system.hands import Failed, Running, answer, eventually, numbers, said

OLGA, QUINN = "olga@corp.test", "quinn@corp.test"
HEAD = b"From: w@outside.test\r\nTo: olga@corp.test\r\nDate: Tue, 24 Nov 2026 09:00:00 +0000\r\nMessage-ID: <%s@x.test>\r\n"


class Wire:
    """Raw octets to a port and reply lines back."""

    def __init__(self, plain: socket.socket) -> None:
        self.socket = plain
        self.lines = plain.makefile("rb")

    def reply(self) -> str:
        """The last line of one reply; empty when the server has closed."""
        while (line := self.lines.readline())[3:4] == b"-":
            pass
        return line.decode("utf-8", "replace").strip()

    def ask(self, data: bytes) -> str:
        self.socket.sendall(data)
        return self.reply()


@contextmanager
def wire(world: Running, port: str = "smtp") -> Iterator[Wire]:
    with socket.create_connection(("localhost", world.ports[port]), timeout=30) as plain:
        session = Wire(plain)
        assert session.reply().startswith("220")
        assert session.ask(b"EHLO x.test\r\n").startswith("250")
        yield session
        session.lines.close()


def head(name: str) -> bytes:
    return HEAD % name.encode() + b"Subject: " + name.encode() + b"\r\n"


# -- smuggling: RFC 5321 2.3.8, 4.1.1.4 ------------------------------------------------------------
ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r\n.\r",
    b"\r.\r\n",
    b"\n.\r",
    b"\r.\n",
    b"\r\n\x00.\r\n",
    b"\r\n.\x00\r\n",
]


@pytest.mark.clause("R3")
@pytest.mark.parametrize("number, end", list(enumerate(ENDS)), ids=[repr(end) for end in ENDS])
def test_no_other_line_ending_ends_a_message(world: Running, number: int, end: bytes) -> None:
    """What stands behind the false end stays a part of the first message (or the whole is refused)."""
    name = f"smuggle-{number}"
    inner = b"MAIL FROM:<boss@corp.test>\r\nRCPT TO:<olga@corp.test>\r\nDATA\r\nSubject: smuggled-in\r\n\r\nx"
    with wire(world) as session:
        session.ask(b"MAIL FROM:<w@outside.test>\r\n")
        session.ask(b"RCPT TO:<olga@corp.test>\r\n")
        assert session.ask(b"DATA\r\n").startswith("354")
        last = session.ask(head(name) + b"\r\nbefore" + end + inner + b"\r\n.\r\n")
        assert session.ask(b"NOOP\r\n")[:3] in ("250", "")  # no reply is waiting of a second message
    if last.startswith("250"):
        with world.reading(OLGA) as client:
            text = eventually(lambda: _whole(client, name), 10, name)
            assert b"smuggled-in" in text and b"DATA" in text
    else:
        assert last[:1] in ("4", "5"), last
    assert world.subjects(OLGA, "smuggled-in") == 0


def _whole(client: imaplib.IMAP4, name: str) -> bytes | None:
    found = numbers(client, name, "INBOX") or numbers(client, name, "Junk")
    part = client.fetch(found[-1], "(BODY.PEEK[])")[1][0] if found else None
    return part[1] if isinstance(part, tuple) else None


@pytest.mark.clause("R3")
@pytest.mark.parametrize("port", ["smtp", "submission"])
def test_what_is_sent_ahead_of_starttls_is_forgotten(world: Running, port: str) -> None:
    """RFC 3207 4.2: nothing that came in the clear is obeyed inside TLS."""
    with socket.create_connection(("localhost", world.ports[port]), timeout=20) as plain:
        session = Wire(plain)
        session.reply()
        session.ask(b"EHLO x.test\r\n")
        answered = session.ask(b"STARTTLS\r\nMAIL FROM:<w@outside.test>\r\nRCPT TO:<olga@corp.test>\r\n")
        if not answered.startswith("220"):
            return  # refused outright
        try:
            with world.tls.wrap_socket(plain, server_hostname="localhost") as secure:
                inside = Wire(secure)
                assert inside.ask(b"RCPT TO:<olga@corp.test>\r\n")[:3] in ("503", "530", ""), (
                    "the MAIL before TLS counted"
                )
                inside.lines.close()
        except (ssl.SSLError, ConnectionError):
            pass  # closed instead of going on
        finally:
            session.lines.close()


@pytest.mark.clause("R3")
def test_mail_that_does_not_wait_for_its_turn_is_not_taken(world: Running) -> None:
    """RFC 2920 3.1: DATA ends a pipelined group; what follows it unasked is a sign of a proxy or a smuggler."""
    with wire(world) as session:
        session.socket.sendall(
            b"MAIL FROM:<w@outside.test>\r\nRCPT TO:<olga@corp.test>\r\nDATA\r\n"
            + head("too-early")
            + b"\r\nx\r\n.\r\n"
        )
        replies = [session.reply() for _ in range(3)]
    assert replies[2][:1] in ("5", ""), replies


# -- headers and bodies -------------------------------------------------------------------------
@pytest.mark.clause("R3")
@pytest.mark.parametrize(
    "name, extra, body",
    [
        ("long-line", b"", b"x" * 5000 + b"\r\n" + b"y" * 999 + b"\r\n"),
        ("long-header", b"X-Long: " + b"z" * 4000 + b"\r\n", b"x\r\n"),
        ("raw-8bit", "X-Greeting: 您好 \u00e9\r\n".encode(), "正文\r\n".encode()),
        ("raw-latin1", b"X-Name: Andr\xe9\r\n", b"na\xefve\r\n"),
        ("dots", b"", b".\r\n..\r\n.x\r\n"),
        ("from-line", b"", b"From here on\r\n>From there\r\n"),
        ("no-end", b"", b"last line without an end"),
        ("empty", b"", b""),
    ],
)
def test_odd_but_whole_mail_is_read_as_it_was_sent(world: Running, name: str, extra: bytes, body: bytes) -> None:
    with world.mx() as client:
        code, text = answer(client, "w@outside.test", [QUINN], head(name) + extra + b"\r\n" + body)
        assert code == 250, text
    with world.reading(QUINN) as reader:
        got = eventually(lambda: _whole(reader, name), 10, name)
    if body and not body.endswith(b"\r\n"):
        body += b"\r\n"
    assert got.partition(b"\r\n\r\n")[2] == body
    assert extra in got


@pytest.mark.clause("R3")
def test_a_bare_cr_becomes_a_space(world: Running) -> None:
    """RFC 5321 2.3.8: CR stands before LF only. Kept, it could end a message at the next server."""
    with world.mx() as client:
        assert answer(client, "w@outside.test", [QUINN], head("bare-cr") + b"\r\none\rtwo\r\n")[0] == 250
    with world.reading(QUINN) as reader:
        assert eventually(lambda: _whole(reader, "bare-cr"), 10, "bare-cr").endswith(b"\r\n\r\none two\r\n")


@pytest.mark.clause("R3")
def test_nul_octets_are_taken_whole_or_refused(world: Running) -> None:
    """IMAP has no NUL outside of binary literals (RFC 3501 9): what is shown has the same length, one sign for another."""
    with world.mx() as client:
        code, text = answer(client, "w@outside.test", [QUINN], head("nul") + b"\r\none\x00two\r\nthree\r\n")
    if code != 250:
        assert code >= 500 and text
        return
    with world.reading(QUINN) as reader:
        body = eventually(lambda: _whole(reader, "nul"), 10, "nul").partition(b"\r\n\r\n")[2]
    assert (
        len(body) == len(b"one\x00two\r\nthree\r\n") and body.startswith(b"one") and body.endswith(b"two\r\nthree\r\n")
    )


# -- commands -----------------------------------------------------------------------------------
@pytest.mark.clause("R3")
@pytest.mark.parametrize(
    "line, codes",
    [
        (b"RCPT TO:<nobody@corp.test>", (550,)),
        (b"RCPT TO:<olga@corp.test", (501, 550)),
        (b"RCPT TO:<>", (501, 550)),
        (b"RCPT TO:<postmaster>", (250,)),
        (b"RCPT TO:<PostMaster> NOTIFY=NEVER", (250,)),
        (b"RCPT TO: olga", (501, 504, 550, 554)),
        (b"RCPT TO:<olga@corp.test> NOTIFY=JUNK", (501, 555)),
        (b"RCPT TO:<" + b"a" * 300 + b"@corp.test>", (501, 550, 500)),
        (b"RCPT TO:<olga@" + b"a." * 400 + b"test>", (501, 550, 554, 500)),
        ("RCPT TO:<用户@corp.test>".encode(), (501, 550, 553)),
        ("RCPT TO:<olga@公司.test>".encode(), (501, 550, 553, 554)),
        (b"RCPT TO:<o\xff@corp.test>", (500, 501, 550, 553)),
        (b"RCPT TO:<olga@corp.test\x00>", (501, 550, 553, 500, 504)),
        (b"RCPT", (501, 503)),
        (b"VRFY olga@corp.test", (502,)),
        (b"EXPN g-members@corp.test", (502, 500)),
        (b"ETRN corp.test", (500, 502, 503, 459, 554)),
        (b"XCLIENT LOGIN=alice@corp.test", (502, 503, 550, 500)),
        (b"AUTH PLAIN AAAA", (503, 502)),
        (b"GET / HTTP/1.1", (500, 502, 221)),
        (b"x" * 4000, (500, 502)),
    ],
)
def test_a_command_that_cannot_be_followed_is_answered(world: Running, line: bytes, codes: tuple[int, ...]) -> None:
    with world.mx() as client:
        client.ehlo()
        assert said(client, b"MAIL FROM:<w@outside.test>")[0] == 250
        code, text = said(client, line)
        assert code in codes, text
        if code != 221:
            assert said(client, b"RSET")[0] == 250  # and the session goes on


@pytest.mark.clause("R3")
def test_internationalised_addresses_are_refused_clearly(world: Running) -> None:
    """RFC 6531: not offered, so the sender's server says so to its user; nothing bounces later."""
    with world.mx() as client:
        client.ehlo()
        assert not client.has_extn("smtputf8")
        code, text = said(client, "MAIL FROM:<用户@outside.test> SMTPUTF8".encode())
        assert code in (501, 504, 553, 555), text
        assert said(client, b"MAIL FROM:<w@outside.test> SMTPUTF8")[0] in (501, 504, 555)


@pytest.mark.clause("R3")
@pytest.mark.parametrize("name", [b"", b"[", b"\xff\xfe", b"a" * 600, b"-- <script>", b"corp.test\x00x"])
def test_an_odd_greeting_does_no_harm(world: Running, name: bytes) -> None:
    with wire(world) as session:
        greeted = session.ask(b"EHLO " + name + b"\r\n")
        assert greeted[:3] in ("250", "501", "500", "504"), greeted
        assert session.ask(b"EHLO x.test\r\n").startswith("250")


# -- size and number ----------------------------------------------------------------------------
@pytest.mark.clause("C3")
def test_a_hundred_megabytes_are_refused_and_the_session_goes_on(world: Running) -> None:
    line = b"x" * 1022 + b"\r\n"
    with world.mx() as client:
        client.ehlo()
        assert int(client.esmtp_features["size"]) == 50 << 20
        code, text = said(client, b"MAIL FROM:<w@outside.test> SIZE=104857600")
        assert code == 552 and "5.3.4" in text  # before anything is sent (RFC 1870 6.1)
        for step in (b"RSET", b"MAIL FROM:<w@outside.test>", b"RCPT TO:<olga@corp.test>", b"DATA"):
            assert said(client, step)[0] < 400, step
        client.send(head("hundred"))
        for _ in range(100):
            client.send(line * 1024)
        code, text = said(client, b".")
        assert code == 552 and "5.3.4" in text
        assert answer(client, "w@outside.test", [OLGA], head("after-hundred") + b"\r\nx\r\n")[0] == 250
    world.found(OLGA, "after-hundred")
    assert world.subjects(OLGA, "hundred") == 1  # "after-hundred" alone
    assert world.queued("olga") == 0


@pytest.mark.clause("R3")
def test_a_thousand_recipients_get_one_copy_each(world: Running) -> None:
    to = [f"quinn+{number}@corp.test" for number in range(1000)]
    with world.mx() as client:
        client.ehlo()
        said(client, b"MAIL FROM:<w@outside.test>")
        for address in to:
            code, text = said(client, f"RCPT TO:<{address}>".encode())
            assert code == 250, text
        code, text = said(client, b"RCPT TO:<quinn+more@corp.test>")
        assert code == 452, text  # the rest in another message: RFC 5321 4.5.3.1.10
        assert said(client, b"DATA")[0] == 354
        assert said(client, head("thousand") + b"\r\nx\r\n.")[0] == 250
    with world.reading(QUINN) as reader:
        eventually(lambda: len(numbers(reader, "thousand", "INBOX")) == 1000, 60, "a thousand copies")
    time.sleep(0.3)
    assert world.subjects(QUINN, "thousand") == 1000
    assert world.queued("quinn") == 0


# -- by the command line ------------------------------------------------------------------------
@pytest.mark.clause("R4")
@pytest.mark.parametrize(
    "words",
    [
        ("mailbox", "open", "x@corp.test\nBcc: y@corp.test"),
        ("mailbox", "open", "a b@corp.test"),
        ("mailbox", "open", "a/../b@corp.test"),
        ("mailbox", "open", "a%n@corp.test"),
        ("mailbox", "open", ("x" * 65) + "@corp.test"),
        ("mailbox", "open", "x@unknown.test"),
        ("mailbox", "open", "\u0430lice@corp.test"),
        ("mailbox", "open", "alice@corp.test"),
        ("group", "add", "g\n@corp.test"),
        ("group", "add", "gx@corp.test", "--name", "a\x01b"),
        ("alias", "add", "ax@corp.test", "nobody@corp.test"),
        ("domain", "add", "bad_domain..test", "--company", "corp"),
    ],
    ids=lambda words: " ".join(words)[:40].encode("unicode_escape").decode(),
)
def test_what_could_break_a_header_or_a_table_is_refused(world: Running, words: tuple[str, ...]) -> None:
    before = world.run("release", "list")[0]
    with pytest.raises(Failed) as refused:
        world.run(*words)
    assert refused.value.code == 1
    assert refused.value.error["code"] not in ("", "internal"), refused.value
    assert refused.value.error["message"]
    assert world.run("release", "list")[0] == before


@pytest.mark.clause("R4")
def test_line_breaks_in_names_become_spaces(world: Running) -> None:
    """No name reaches a header (of notices, of signatures) as two lines."""
    person = world.run("person", "add", "--company", "corp", "--name", "Boss\r\nBcc: y@outside.test")
    assert person["name"] == "Boss Bcc: y@outside.test"
    group = world.run("group", "add", "gy@corp.test", "--name", "Y\nX-Spam: No")
    assert group["name"] == "Y X-Spam: No"
