"""SPF, DKIM and DMARC verdicts on arrival, asked of a name server of the test's own; and a scanner that is down."""

from __future__ import annotations

import base64
import smtplib
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from dnslib import QTYPE, RR, TXT, A, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSServer

from tests.release import running, sample
from tests.release.clients import fetch, from_outside, message, submit
from tests.release.running import Running

pytestmark = pytest.mark.skipif(not running.available(), reason="needs root and the engines")

ENGINES = ("redis", "clamd", "rspamd", "dovecot", "postfix", "gate")
RECORDS = {
    "good.test": "v=spf1 ip4:127.0.0.1 -all",
    "bad.test": "v=spf1 -all",
    "_dmarc.bad.test": "v=DMARC1; p=reject",
    "doubtful.test": "v=spf1 -all",
    "_dmarc.doubtful.test": "v=DMARC1; p=quarantine",
}


class _Names(BaseResolver):  # type: ignore[misc]
    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        reply = request.reply()
        name = str(request.q.qname).rstrip(".").lower()
        text = RECORDS.get(name) or (_dkim_record() if name == "hy1._domainkey.corp.test" else "")
        if request.q.qtype == QTYPE.TXT and text:
            parts = [text[i : i + 200] for i in range(0, len(text), 200)]
            reply.add_answer(RR(request.q.qname, QTYPE.TXT, rdata=TXT(parts), ttl=60))
        elif request.q.qtype == QTYPE.A and name in RECORDS:
            reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A("127.0.0.1"), ttl=60))
        return reply


def _dkim_record() -> str:
    key = serialization.load_pem_private_key(sample.DKIM_KEY.encode(), None)
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


@pytest.fixture(scope="module")
def mail() -> Iterator[Running]:
    server = DNSServer(_Names(), address="127.0.0.1", port=0)
    server.start_thread()
    port = server.server.server_address[1]
    try:
        with running.engines(ENGINES, sample.addresses(), resolver=f"127.0.0.1:{port}") as started:
            yield started
    finally:
        server.stop()
        server.server.server_close()


def results(text: bytes) -> str:
    """The Authentication-Results of this host, on one line."""
    unfolded = text.decode("utf-8", "replace").replace("\r\n\t", " ").replace("\r\n ", " ")
    return next(line for line in unfolded.splitlines() if line.startswith("Authentication-Results: mail.corp.test;"))


def test_spf_passes_and_says_so(mail: Running) -> None:
    with from_outside(mail) as smtp:
        smtp.send_message(message("x@good.test", "frank@corp.test", "spf-1"))
    assert "spf=pass" in results(fetch(mail, "frank@corp.test", "spf-1"))


def test_a_signature_of_ours_is_good_when_it_comes_back(mail: Running) -> None:
    with submit(mail, "alice@corp.test") as smtp:
        smtp.send_message(message("alice@corp.test", "frank@corp.test", "dkim-1"))
    signed = fetch(mail, "frank@corp.test", "dkim-1")
    again = b"DKIM-Signature:" + signed.partition(b"DKIM-Signature:")[2]
    with from_outside(mail) as smtp:
        smtp.sendmail("x@good.test", ["charlie@other.test"], again)
    assert "dkim=pass header.d=corp.test" in results(fetch(mail, "charlie@other.test", "dkim-1"))


def test_a_changed_message_has_a_bad_signature(mail: Running) -> None:
    with submit(mail, "alice@corp.test") as smtp:
        smtp.send_message(message("alice@corp.test", "frank@corp.test", "dkim-2"))
    signed = fetch(mail, "frank@corp.test", "dkim-2").replace(b"Good day.", b"Bad day.")
    again = b"DKIM-Signature:" + signed.partition(b"DKIM-Signature:")[2]
    with from_outside(mail) as smtp:
        smtp.sendmail("x@good.test", ["charlie@other.test"], again)
    assert "dkim=fail" in results(fetch(mail, "charlie@other.test", "dkim-2"))


def test_a_domain_that_asks_for_refusal_gets_it(mail: Running) -> None:
    with from_outside(mail) as smtp, pytest.raises(smtplib.SMTPDataError) as refused:
        smtp.send_message(message("ceo@bad.test", "frank@corp.test", "dmarc-1"))
    assert refused.value.smtp_code == 554


def test_a_domain_that_asks_for_quarantine_goes_to_junk(mail: Running) -> None:
    with from_outside(mail) as smtp:
        smtp.send_message(message("x@doubtful.test", "frank@corp.test", "dmarc-2"))
    assert "dmarc=fail" in results(fetch(mail, "frank@corp.test", "dmarc-2", "Junk"))


def test_without_the_virus_scanner_mail_waits(mail: Running) -> None:
    """clause B4.3: every message is scanned; none is let through unseen, none is lost. The last test of this module."""
    mail.kill("clamd")
    with from_outside(mail) as smtp, pytest.raises(smtplib.SMTPDataError) as deferred:
        smtp.send_message(message("x@good.test", "frank@corp.test", "unscanned-1"))
    assert deferred.value.smtp_code == 451
