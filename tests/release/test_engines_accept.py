"""Rendered files before the engines they are for: what each protocol takes, refuses and says.

Runs on whichever Debian this is; the other release runs it through its own engines.
"""

from __future__ import annotations

import base64
import gc
import imaplib
import poplib
import re
import smtplib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hongyan.release.tables import device_number
from tests.release import running, sample
from tests.release.clients import fetch, from_outside, imap, message, submit
from tests.release.running import Running, client_tls, wait_for

pytestmark = [
    pytest.mark.skipif(not running.available(), reason="needs root and the engines"),
    # Clients that were refused are left for the collector to close.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

ENGINES = ("redis", "clamd", "rspamd", "dovecot", "postfix", "gate")
SPAM_TO_JUNK = "YJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
SPAM_TO_REFUSE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
VIRUS = base64.b64decode(
    "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo="
).decode()


@pytest.fixture(scope="module")
def mail() -> Iterator[Running]:
    with running.engines(ENGINES, sample.addresses()) as started:
        yield started
        errors = re.findall(r"(?m)^.*(?:Error:|Fatal:|Panic:).*$", started.log("dovecot.log"))
        assert errors == []
        odd = re.findall(r"(?m)^.*(?:warning:|fatal:|panic:|error:).*$", started.log("postfix.log"))
        assert [line for line in odd if "SASL" not in line and "non-SMTP" not in line] == []


@pytest.fixture(autouse=True)
def _clients_gone() -> Iterator[None]:
    yield
    gc.collect()


# -- signing in ----------------------------------------------------------------------------------


def test_imap_takes_the_password_by_tls_and_starttls(mail: Running) -> None:
    imap(mail, "alice@corp.test").logout()
    client = imaplib.IMAP4("127.0.0.1", mail.instance.ports["imap"])
    client.starttls(client_tls())
    client.login("Alice@Corp.test", sample.PASSWORD)
    client.logout()


def test_no_password_is_taken_without_tls_even_on_loopback(mail: Running) -> None:
    client = imaplib.IMAP4("127.0.0.1", mail.instance.ports["imap"])
    with pytest.raises(imaplib.IMAP4.error):
        client.login("alice@corp.test", sample.PASSWORD)
    client.logout()
    pop = poplib.POP3("127.0.0.1", mail.instance.ports["pop3"])
    with pytest.raises(poplib.error_proto):
        _pop_sign_in(pop, "alice@corp.test")
    with smtplib.SMTP("127.0.0.1", mail.instance.ports["submission"]) as smtp:
        smtp.ehlo()
        assert not smtp.has_extn("auth")
        assert smtp.docmd("AUTH PLAIN", "AGEAYg==")[0] >= 500


def _pop_sign_in(client: poplib.POP3, user: str) -> None:
    client.user(user)
    client.pass_(sample.PASSWORD)


def test_port_25_takes_no_sign_in_at_all(mail: Running) -> None:
    with from_outside(mail) as smtp:
        smtp.starttls(context=client_tls())
        smtp.ehlo()
        assert not smtp.has_extn("auth")


def test_app_password_opens_only_its_protocols(mail: Running) -> None:
    imap(mail, "alice@corp.test", sample.APP_PASSWORD).logout()
    submit(mail, "alice@corp.test", sample.APP_PASSWORD).quit()
    pop = poplib.POP3_SSL("127.0.0.1", mail.instance.ports["pop3s"], context=client_tls())
    pop.user("alice@corp.test")
    with pytest.raises(poplib.error_proto):
        pop.pass_(sample.APP_PASSWORD)


def test_the_guard_is_told_of_each_sign_in_and_its_device(mail: Running) -> None:
    mail.guard.told.clear()
    imap(mail, "alice@corp.test", sample.APP_PASSWORD).logout()
    device = device_number(sample.digest(sample.APP_PASSWORD))
    wait_for(lambda: any(t["path"].endswith("report") for t in mail.guard.told))  # type: ignore[attr-defined]
    report = next(t for t in mail.guard.told if str(t["path"]).endswith("report"))
    assert report["key"] == running.SECRETS.guard
    assert (report["login"], report["protocol"], report["remote"]) == ("alice@corp.test", "imap", "127.0.0.1")
    assert report["success"] is True
    assert report["device"] == device
    assert f"device=<{device}>" in mail.log("dovecot.log")


@pytest.mark.parametrize(
    "user,words",
    [
        ("carol@corp.test", "change the first password"),
        ("dave@corp.test", "停用"),
        ("erin@corp.test", "激活链接"),
    ],
)
def test_a_mailbox_that_may_not_sign_in_hears_why(mail: Running, user: str, words: str) -> None:
    """clause G3.1.1: on IMAP, POP3 and SMTP alike, whatever the password."""
    with pytest.raises(imaplib.IMAP4.error) as by_imap:
        imap(mail, user)
    assert words in _heard(by_imap.value.args[0])
    pop = poplib.POP3_SSL("127.0.0.1", mail.instance.ports["pop3s"], context=client_tls())
    pop.user(user)
    with pytest.raises(poplib.error_proto) as by_pop:
        pop.pass_(sample.PASSWORD)
    assert words in _heard(by_pop.value.args[0])
    with pytest.raises(smtplib.SMTPAuthenticationError) as by_smtp:
        submit(mail, user)
    assert words in _heard(by_smtp.value.smtp_error)


def _heard(said: bytes | str) -> str:
    text = said if isinstance(said, str) else said.decode()
    return text.replace("\u00a0", " ")


def test_a_protocol_that_is_closed_for_a_mailbox_says_so(mail: Running) -> None:
    pop = poplib.POP3_SSL("127.0.0.1", mail.instance.ports["pop3s"], context=client_tls())
    pop.user("frank@corp.test")
    with pytest.raises(poplib.error_proto, match=r"for.{8}this.{8}mailbox"):
        pop.pass_(sample.PASSWORD)
    imap(mail, "frank@corp.test").logout()


def test_nobody_signs_in_to_a_shared_mailbox(mail: Running) -> None:
    for password in ("", "!", "0" * 64, sample.PASSWORD):
        with pytest.raises(imaplib.IMAP4.error):
            imap(mail, "sales@corp.test", password)


def test_the_webmail_opens_mailboxes_by_its_master_password(mail: Running) -> None:
    imap(mail, "bob@corp.test*webmail", running.SECRETS.webmaster).logout()
    with pytest.raises(imaplib.IMAP4.error):
        imap(mail, "bob@corp.test*webmail", "wrong")
    with pytest.raises(imaplib.IMAP4.error):
        imap(mail, "dave@corp.test*webmail", running.SECRETS.webmaster)


def test_the_webmail_has_a_socket_of_its_own(mail: Running) -> None:
    """No TLS there: only root and the group `hongyan` reach it."""
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(mail.instance.run / "dovecot/imap-webmail"))
        stream = raw.makefile("rwb", buffering=0)
        assert stream.readline().startswith(b"* OK")
        stream.write(f'a LOGIN bob@corp.test*webmail "{running.SECRETS.webmaster}"\r\n'.encode())
        answers = iter(stream.readline, b"")
        last = next(line for line in answers if line.startswith(b"a "))
        assert last.startswith(b"a OK"), last


def test_managesieve_takes_scripts_after_starttls(mail: Running) -> None:
    sieve = Sieve(mail)
    assert b'"STARTTLS"' in sieve.greeting
    sieve.starttls()
    assert sieve.command(f'AUTHENTICATE "PLAIN" "{_plain("bob@corp.test")}"').startswith(b"OK")
    script = 'require "vacation";\r\nvacation :addresses "bob@corp.test" "Away.";\r\n'
    assert sieve.command(f'PUTSCRIPT "away" {{{len(script)}+}}\r\n{script}').startswith(b"OK")
    assert sieve.command('PUTSCRIPT "bad" {5+}\r\nwrong').startswith(b"NO")


def test_managesieve_takes_no_password_without_tls(mail: Running) -> None:
    sieve = Sieve(mail)
    assert sieve.command(f'AUTHENTICATE "PLAIN" "{_plain("bob@corp.test")}"').startswith(b"NO")


def _plain(user: str) -> str:
    return base64.b64encode(f"\0{user}\0{sample.PASSWORD}".encode()).decode()


class Sieve:
    """As much of RFC 5804 as the tests need."""

    def __init__(self, mail: Running) -> None:
        self.raw: socket.socket = socket.create_connection(("127.0.0.1", mail.instance.ports["sieve"]))
        self.stream = self.raw.makefile("rwb", buffering=0)
        self.greeting = self._answer()

    def _answer(self) -> bytes:
        text = b""
        while not re.search(rb"(?m)^(OK|NO|BYE)\b.*\r\n", text):
            line = self.stream.readline()
            assert line, text
            text += line
        return text

    def command(self, line: str) -> bytes:
        self.stream.write(line.encode() + b"\r\n")
        return self._answer()

    def starttls(self) -> None:
        assert self.command("STARTTLS").startswith(b"OK")
        self.raw = client_tls().wrap_socket(self.raw)
        self.stream = self.raw.makefile("rwb", buffering=0)
        self._answer()


# -- sending and receiving -----------------------------------------------------------------------


def test_mail_between_colleagues_arrives_signed(mail: Running) -> None:
    with submit(mail, "alice@corp.test") as smtp:
        smtp.send_message(message("alice@corp.test", "frank@corp.test", "signed-1"))
    got = fetch(mail, "frank@corp.test", "signed-1").decode()
    assert re.search(r"(?s)DKIM-Signature:.*d=corp\.test; s=hy1;", got)
    assert "Authentication-Results: mail.corp.test;" in got
    assert "with ESMTPSA" in got


def test_mail_from_outside_arrives_unsigned(mail: Running) -> None:
    with from_outside(mail) as smtp:
        smtp.send_message(message("alice@corp.test", "frank@corp.test", "unsigned-1"), "x@elsewhere.test")
    got = fetch(mail, "frank@corp.test", "unsigned-1").decode()
    assert "DKIM-Signature" not in got
    assert "Delivered-To: frank@corp.test" in got


def test_our_own_notices_are_signed(mail: Running) -> None:
    with from_outside(mail, "inside") as smtp:
        smtp.send_message(message("postmaster@corp.test", "frank@corp.test", "notice-1"))
    assert "d=corp.test; s=hy1;" in fetch(mail, "frank@corp.test", "notice-1").decode()


def test_nothing_is_relayed_for_strangers(mail: Running) -> None:
    with from_outside(mail) as smtp:
        smtp.ehlo()
        smtp.mail("x@elsewhere.test")
        assert smtp.rcpt("y@elsewhere.test")[0] == 554
        assert smtp.rcpt("ghost@corp.test")[0] == 550
        assert smtp.rcpt("alice")[0] >= 500
        assert smtp.rcpt("y%elsewhere.test@corp.test")[0] >= 500
        assert smtp.rcpt("nobody@corp.test")[0] == 550
        assert smtp.verify("alice@corp.test")[0] == 502
    with smtplib.SMTP("127.0.0.1", mail.instance.ports["submission"]) as smtp:
        smtp.starttls(context=client_tls())
        smtp.ehlo()
        smtp.mail("alice@corp.test")
        assert smtp.rcpt("bob@corp.test")[0] == 554


def test_groups_and_aliases_lead_to_their_mailboxes(mail: Running) -> None:
    with submit(mail, "alice@corp.test") as smtp:
        smtp.send_message(message("alice@corp.test", "all@corp.test", "to-group-1"))
    with from_outside(mail) as smtp:
        smtp.send_message(message("x@elsewhere.test", "a.liddell@corp.test", "to-alias-1"))
    fetch(mail, "bob@corp.test", "to-group-1")
    fetch(mail, "alice@corp.test", "to-alias-1")


def test_spam_goes_to_junk_and_worse_is_refused(mail: Running) -> None:
    with from_outside(mail) as smtp:
        smtp.send_message(message("x@elsewhere.test", "frank@corp.test", "junk-1", SPAM_TO_JUNK))
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.send_message(message("x@elsewhere.test", "frank@corp.test", "refused-1", SPAM_TO_REFUSE))
    assert refused.value.smtp_code == 554
    assert "X-Spam: Yes" in fetch(mail, "frank@corp.test", "junk-1", "Junk").decode()


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_virus_is_refused_on_arrival_and_on_sending(mail: Running, way: str) -> None:
    """clause B4.3"""
    bad = message("alice@corp.test", "bob@corp.test", "virus-1")
    bad.add_attachment(VIRUS.encode(), maintype="application", subtype="octet-stream", filename="a.com")
    with from_outside(mail) if way == "in" else submit(mail, "alice@corp.test") as smtp:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.send_message(bad)
    assert refused.value.smtp_code == 554
    assert b"Test.EICAR" in refused.value.smtp_error


def test_the_webmail_sends_as_whom_it_names(mail: Running) -> None:
    with smtplib.SMTP("127.0.0.1", mail.instance.ports["webmail"], local_hostname="localhost") as smtp:
        smtp.ehlo()
        assert smtp.docmd("XCLIENT", "ADDR=203.0.113.9 LOGIN=alice@corp.test PROTO=ESMTP")[0] == 220
        smtp.ehlo()
        smtp.send_message(message("alice@corp.test", "frank@corp.test", "webmail-1"))
    assert "d=corp.test" in fetch(mail, "frank@corp.test", "webmail-1").decode()


def test_a_bare_newline_does_not_end_a_message(mail: Running) -> None:
    """SMTP smuggling: what follows a lone dot between bare newlines stays in the message. RFC 5321 4.1.1.4"""
    with from_outside(mail) as smtp:
        smtp.ehlo()
        smtp.mail("x@elsewhere.test")
        smtp.rcpt("frank@corp.test")
        smtp.docmd("DATA")
        smtp.send(
            "From: x@elsewhere.test\r\nSubject: smuggle-1\r\n\r\none\n.\nMAIL FROM:<ceo@corp.test>\nRCPT TO:<bob@corp.test>"
            "\nDATA\nSubject: smuggle-2\r\n\r\ntwo\r\n.\r\n"
        )
        assert smtp.getreply()[0] == 250
    assert b"MAIL FROM:<ceo@corp.test>" in fetch(mail, "frank@corp.test", "smuggle-1")


def test_commands_sent_ahead_of_starttls_are_not_obeyed(mail: Running) -> None:
    with socket.create_connection(("127.0.0.1", mail.instance.ports["submission"])) as raw:
        stream = raw.makefile("rwb", buffering=0)
        stream.readline()
        stream.write(b"EHLO pc.test\r\n")
        while stream.readline()[3:4] == b"-":
            pass
        stream.write(b"STARTTLS\r\nNOOP injected\r\n")
        first = stream.readline()
        if first.startswith(b"220"):
            tls = client_tls().wrap_socket(raw)
            tls.settimeout(1)
            with pytest.raises(TimeoutError):
                tls.recv(100)
        else:
            assert first.startswith(b"5")


def test_sieve_redirects_and_answers_through_the_gate(mail: Running) -> None:
    sieve = Sieve(mail)
    sieve.starttls()
    sieve.command(f'AUTHENTICATE "PLAIN" "{_plain("alice@corp.test")}"')
    script = 'require ["vacation", "envelope"];\r\nif header :is "Subject" "away-1" { vacation :subject "不在" "返回后答复"; }\r\nif header :is "Subject" "onward-1" { redirect "charlie@other.test"; }\r\n'
    assert sieve.command(f'PUTSCRIPT "rules" {{{len(script.encode())}+}}\r\n{script}').startswith(b"OK")
    assert sieve.command('SETACTIVE "rules"').startswith(b"OK")
    with submit(mail, "frank@corp.test") as smtp:
        smtp.send_message(message("frank@corp.test", "alice@corp.test", "away-1"))
        smtp.send_message(message("frank@corp.test", "alice@corp.test", "onward-1"))
    assert b"Return-Path: <alice@corp.test>" in fetch(mail, "charlie@other.test", "onward-1")
    wait_for(lambda: "from=<>" in mail.log("postfix.log"))
    client = imap(mail, "frank@corp.test")

    def answered() -> bool:
        client.select("INBOX")
        return bool(client.search(None, "HEADER", "Auto-Submitted", "auto-replied")[1][0])

    wait_for(answered)
    client.logout()


# -- the store -----------------------------------------------------------------------------------


def test_special_folders_are_there(mail: Running) -> None:
    client = imap(mail, "charlie@other.test")
    listed = b"\n".join(line for line in client.list()[1] if isinstance(line, bytes)).decode()
    client.logout()
    for folder in ("Drafts", "Sent", "Archive", "Junk", "Trash"):
        assert re.search(rf"\\{folder}\b.*{folder}", listed), listed


def test_a_full_mailbox_is_refused_at_rcpt_with_words_and_its_owner_warned(mail: Running) -> None:
    """clauses B4.6, C5: bob has 1 MB, and 1 MB of grace for the last message."""
    code, said = 250, b""
    quota = Path(mail.instance.events / "quota")
    body = ("y" * 70 + "\n") * 4100
    with from_outside(mail) as smtp:
        smtp.ehlo()
        for part in range(9):
            try:
                smtp.send_message(message("x@elsewhere.test", "bob@corp.test", f"filling-{part}", body))
            except smtplib.SMTPRecipientsRefused as refused:
                code, said = refused.recipients["bob@corp.test"]
                break
            fetch(mail, "bob@corp.test", f"filling-{part}")
    assert code == 552
    assert b"mailbox is full" in said
    wait_for(lambda: list(quota.glob("*.json")))
    event = sorted(quota.glob("*.json"))[0].read_text("utf-8")
    assert re.fullmatch(r'\{"at":"20\d\d-\d\d-\d\dT[\d:]+\.\d{6}Z","address":"bob@corp.test","level":"\d\d"\}\n', event)


def test_postfix_asks_about_a_mailbox_from_the_first_warning_until_there_is_room(mail: Running) -> None:
    """Most recipients cost no question; whom Dovecot warned of does. Two warnings of one mailbox leave one line."""
    instance, address = mail.instance, "carol@corp.test"
    script = instance.live / "bin/quota-warning.sh"

    def asked() -> str:
        conf = str(instance.live / "etc/postfix")
        query = ["/usr/sbin/postmap", "-c", conf, "-q", address, f"cdb:{instance.filling}"]
        return subprocess.run(query, capture_output=True, text=True, check=False).stdout.strip()

    def warn(level: str) -> None:
        user = ["setpriv", "--reuid=vmail", "--regid=vmail", "--clear-groups"]
        subprocess.run([*user, str(script), level, address], check=True)

    assert asked() == ""
    warn("80")
    warn("95")
    assert asked() == "ask_quota"
    assert instance.filling.read_text("ascii").count(address) == 1
    warn("below")
    assert asked() == ""


def test_chinese_words_of_two_characters_are_found(mail: Running) -> None:
    with submit(mail, "alice@corp.test") as smtp:
        smtp.send_message(message("alice@corp.test", "frank@corp.test", "search-1", "附上今年的销售合同，请查收。"))
    fetch(mail, "frank@corp.test", "search-1")
    client = imap(mail, "frank@corp.test")
    client.select("INBOX")
    client.literal = "合同".encode()  # type: ignore[assignment]
    found = client.search("UTF-8", "TEXT")[1][0].split()
    client.logout()
    assert len(found) == 1


def test_a_delivery_can_be_followed_in_the_log(mail: Running) -> None:
    with submit(mail, "alice@corp.test") as smtp:
        smtp.send_message(message("alice@corp.test", "frank@corp.test", "follow-1"))
    fetch(mail, "frank@corp.test", "follow-1")
    assert re.search(
        r"lmtp\(frank@corp\.test\).*msgid=<\d+@client\.test>: stored mail into mailbox 'INBOX'", mail.log("dovecot.log")
    )


def test_only_postfix_delivers(mail: Running) -> None:
    """A door beside the gate: whoever else could open it would put mail into anybody's mailbox."""
    for name in ("lmtp", "auth-sasl", "quota-status"):
        assert (mail.instance.run / "dovecot" / name).stat().st_mode & 0o007 == 0
