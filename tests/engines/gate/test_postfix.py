"""The gate behind a real Postfix: what clients read on the wire."""

from __future__ import annotations

import shutil
import smtplib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hongyan.kernel import journal
from tests.engines.gate import world
from tests.engines.gate.postfix import Postfix
from tests.engines.gate.test_process import INSTANCE, Running
from tests.engines.gate.world import ALICE, BOB, CAROL, DAVE


@pytest.fixture(scope="module")
def gate() -> Iterator[Running]:
    root = Path(tempfile.mkdtemp(prefix="gate-instance-"))  # below a directory that postfix may traverse
    root.chmod(0o755)
    (root / "instance.toml").write_text(INSTANCE)
    (root / "live" / "tables").mkdir(parents=True)
    world.publish(root / "live" / "tables" / "gate.cdb")
    running = Running(root)
    yield running
    running.process.kill()
    running.process.wait()
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def postfix(gate: Running) -> Iterator[Postfix]:
    engine = Postfix(gate.path)
    yield engine
    engine.stop()


def mail(sender: str, body: str = "hello\r\n", **headers: str) -> bytes:
    lines = {"From": f"<{sender}>", "Subject": "t"} | headers
    return ("".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n" + body).encode()


def session(postfix: Postfix, listener: str, login: str = "") -> smtplib.SMTP:
    smtp = smtplib.SMTP("127.0.0.1", postfix.ports[listener], timeout=10)
    smtp.ehlo("client.example")
    if login:
        assert smtp.docmd("XCLIENT", f"ADDR=203.0.113.9 LOGIN={login} PROTO=ESMTP")[0] == 220
        smtp.ehlo("client.example")
    return smtp


def send(smtp: smtplib.SMTP, sender: str, recipients: list[str], data: bytes) -> tuple[int, str]:
    """(code, text) of the reply to the message, whatever it is."""
    try:
        refused = smtp.sendmail(sender, recipients, data)
    except smtplib.SMTPDataError as error:
        return error.smtp_code, error.smtp_error.decode() if isinstance(error.smtp_error, bytes) else error.smtp_error
    assert not refused
    return 250, ""


def test_own_address_is_accepted_and_recorded_with_the_queue_id(postfix: Postfix, gate: Running) -> None:
    with session(postfix, "webmail", "Carol@Corp.Test") as smtp:
        assert send(smtp, CAROL, [BOB, "x@example.org"], mail(CAROL)) == (250, "")
    with session(postfix, "webmail", CAROL) as smtp:  # a refusal flushes the journal
        send(smtp, BOB, [BOB], mail(CAROL))
    event = next(e for e in journal.read(gate.events) if e["kind"] == "mail.sent" and e["address"] == CAROL)
    assert event["params"]["queue_id"] in postfix.log and len(event["params"]["queue_id"]) > 5
    assert (event["params"]["recipients"], event["params"]["listener"]) == (2, "webmail")
    assert event["params"]["client"] == "203.0.113.9"


def test_refusals_reach_the_client_in_its_language(postfix: Postfix) -> None:
    with session(postfix, "webmail", BOB) as smtp:
        code, text = send(smtp, ALICE, [CAROL], mail(BOB))
        assert (
            code == 550 and text.startswith(f"5.7.1 您（{BOB}）不能以 {ALICE} 的名義寄信") and "〔條款 G4.2.3〕" in text
        )
        code, text = send(smtp, BOB, [CAROL], mail(ALICE))
        assert code == 550 and "From" in text
        assert send(smtp, BOB, [CAROL], mail(BOB))[0] == 250, "the session goes on"
    with session(postfix, "webmail", DAVE) as smtp:
        assert "stopped this mailbox" in send(smtp, DAVE, [CAROL], mail(DAVE))[1]


def test_a_percent_sign_comes_through(postfix: Postfix) -> None:
    with session(postfix, "webmail", ALICE) as smtp:
        assert "100%s%%@corp.test" in send(smtp, ALICE, [BOB], mail("100%s%%@corp.test"))[1]


def test_two_from_fields_and_hidden_ones(postfix: Postfix) -> None:
    with session(postfix, "webmail", ALICE) as smtp:
        twice = b"From: <alice@corp.test>\r\n" + mail(BOB)
        assert send(smtp, ALICE, [BOB], twice)[0] == 550
        spaced = mail(ALICE).replace(b"Subject", b"FROM : <bob@corp.test>\r\nSubject")
        assert send(smtp, ALICE, [BOB], spaced)[0] == 550
        folded = b"Subject: t\r\nFrom: Alice\r\n <alice@corp.test>,\r\n\tbob@corp.test\r\n\r\nx\r\n"
        assert send(smtp, ALICE, [BOB], folded)[0] == 550


def test_postfix_puts_the_checked_envelope_sender_where_from_is_missing(postfix: Postfix) -> None:
    with session(postfix, "webmail", ALICE) as smtp:
        assert send(smtp, "sales@corp.test", [BOB], b"no headers\r\n\r\nFrom: <bob@corp.test>\r\n")[0] == 250
        assert send(smtp, "", [BOB], b"no headers\r\n\r\nFrom: <alice@corp.test>\r\n")[0] == 550


def test_groups_on_each_listener(postfix: Postfix) -> None:
    with session(postfix, "mx") as smtp:
        assert send(smtp, ALICE, ["news@corp.test"], mail(ALICE))[0] == 250
        code, text = send(smtp, ALICE, [BOB, "staff+x@corp.test"], mail(ALICE))
        assert code == 550 and "staff+x@corp.test" in text and "only members of the company" in text and text.isascii()
    with session(postfix, "inside") as smtp:
        assert send(smtp, ALICE, ["team@corp.test"], mail(ALICE))[0] == 250
        assert send(smtp, BOB, ["team@corp.test"], mail(ALICE))[0] == 550
        assert send(smtp, "", ["team@corp.test"], mail(ALICE))[0] == 550
    with session(postfix, "webmail", ALICE) as smtp:
        assert send(smtp, ALICE, ["crew@corp.test"], mail(ALICE))[0] == 250


def test_size_declared_and_real(postfix: Postfix) -> None:
    big = mail(BOB, "x" * 998 + "\r\n") + (b"y" * 998 + b"\r\n") * 1200
    with session(postfix, "webmail", BOB) as smtp:
        code, text = send(smtp, BOB, [CAROL], big)
        assert (code, text[:6]) == (552, "5.3.4 ")
        smtp.mail(BOB, ["SIZE=5000000"])
        smtp.rcpt(CAROL)
        assert smtp.data(mail(BOB))[0] == 552
        smtp.rset()
        smtp.mail(BOB)
        smtp.rcpt(CAROL)
        assert smtp.data(big)[0] == 552


def test_a_dead_gate_defers_and_the_next_one_serves(postfix: Postfix, gate: Running) -> None:
    gate.process.kill()
    gate.process.wait()
    with pytest.raises(smtplib.SMTPResponseException) as refused, session(postfix, "mx") as smtp:
        smtp.sendmail("x@example.org", [BOB], mail("x@example.org"))
    assert 400 <= refused.value.smtp_code < 500
    gate.kill_and_restart()
    with session(postfix, "mx") as smtp:
        assert send(smtp, "x@example.org", [BOB], mail("x@example.org"))[0] == 250
