"""What stops, covers for and forwards of mailboxes do in the real engines (clauses B4.8, G2.1.6, G3.2.1)."""

from __future__ import annotations

import email
import email.policy
import shutil
import smtplib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hongyan.release.facts import AddressFacts, AliasFacts, GroupFacts, ReplyFacts
from tests.release import running
from tests.release.clients import fetch, from_outside, imap, message, submit
from tests.release.running import Running, wait_for
from tests.release.sample import mailbox

pytestmark = pytest.mark.skipif(not running.available(), reason="needs root and the engines")

ENGINES = ("redis", "clamd", "rspamd", "dovecot", "postfix", "gate")
LEFT = 'Ivy has "left". It cost $5, ${1}\\.'


def addresses() -> tuple[AddressFacts, ...]:
    return (
        mailbox("alice@corp.test"),
        mailbox("bob@corp.test", locale="en"),
        mailbox("charlie@other.test", locale="en"),
        mailbox("henry@corp.test", no_sending=True, no_receiving=True, locale="en"),
        AliasFacts("h@corp.test", "corp", "henry@corp.test", no_receiving=True),
        GroupFacts(
            "two@corp.test", "corp", ("bob@corp.test", "henry@corp.test"), "anyone", silent=("henry@corp.test",)
        ),
        GroupFacts("one@corp.test", "corp", ("henry@corp.test",), "anyone", silent=("henry@corp.test",)),
        mailbox(
            "ivy@corp.test",
            state="suspended",
            forward_to="alice@corp.test",
            reply=ReplyFacts((LEFT, "已離職，請聯絡同事。"), ("i@corp.test",)),
        ),
        AliasFacts("i@corp.test", "corp", "ivy@corp.test", (), (), "corp.test/ivy", 3072),
        mailbox("judy@corp.test", state="suspended"),
    )


@pytest.fixture(scope="module")
def mail() -> Iterator[Running]:
    with running.engines(ENGINES, addresses()) as started:
        yield started


def kept(mail: Running, user: str, subject: str) -> bool:
    """Whether it is in the mailbox of somebody who cannot sign in."""
    conf = str(mail.instance.live / "etc/dovecot.conf")
    argv = ["/usr/bin/doveadm", "-c", conf, "search", "-u", user, "mailbox", "INBOX", "subject", subject]
    return bool(subprocess.run(argv, capture_output=True, check=True, text=True, timeout=20).stdout.strip())


def refused(send: smtplib.SMTP, sender: str, to: str, subject: str) -> str:
    """The one refusal of a message, at RCPT or at its end."""
    with send as smtp, pytest.raises(smtplib.SMTPException) as failed:
        smtp.send_message(message(sender, to, subject), sender, [to])
    error = failed.value
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = error.recipients[to]
    else:
        assert isinstance(error, smtplib.SMTPResponseException)
        code, text = error.smtp_code, bytes(error.smtp_error)  # type: ignore[arg-type]
    return f"{code} {text.decode()}"


@pytest.mark.clause("B4.8")
def test_a_leavers_mail_goes_to_the_successor_and_a_copy_stays(mail: Running) -> None:
    with from_outside(mail) as smtp:
        smtp.send_message(message("x@elsewhere.test", "ivy@corp.test", "forward-1"))
    assert b"To: ivy@corp.test" in fetch(mail, "alice@corp.test", "forward-1")
    wait_for(lambda: kept(mail, "ivy@corp.test", "forward-1"), 20, "the copy")


@pytest.mark.clause("B4.8")
@pytest.mark.parametrize("to", ["ivy@corp.test", "i@corp.test"])
def test_who_writes_to_a_leaver_is_answered_in_all_languages(mail: Running, to: str) -> None:
    who = {"ivy@corp.test": "bob@corp.test", "i@corp.test": "charlie@other.test"}[to]
    with submit(mail, who) as smtp:
        smtp.send_message(message(who, to, f"answer-{to[0]}{to[1]}"))
    text = fetch(mail, who, f"answer-{to[0]}{to[1]}")
    assert b"From: " in text and b"ivy@corp.test" in text and b"Auto-Submitted: auto-replied" in text
    body = email.message_from_bytes(text, policy=email.policy.default).get_body()
    assert body is not None and body.get_content().split() == [*LEFT.split(), "已離職，請聯絡同事。"]


@pytest.mark.clause("G2.1.6")
@pytest.mark.parametrize("to", ["henry@corp.test", "henry+x@corp.test", "h@corp.test", "one@corp.test"])
def test_who_takes_no_mail_refuses_it_at_once_under_every_name(mail: Running, to: str) -> None:
    said = refused(from_outside(mail), "x@elsewhere.test", to, "silent")
    assert said.startswith("550 5.2.1") and "takes no mail at present" in said and said.isascii()
    assert refused(from_outside(mail, "inside"), "x@elsewhere.test", to, "silent").startswith("550 5.")


@pytest.mark.clause("G2.1.6")
@pytest.mark.parametrize("to", ["henry@corp.test", "h@corp.test"])
def test_a_colleague_reads_why_in_his_language(mail: Running, to: str) -> None:
    said = refused(submit(mail, "alice@corp.test"), "alice@corp.test", to, "silent")
    assert said.startswith("550 5.2.1") and "目前不收信" in said and "G2.1.6" in said


@pytest.mark.clause("G2.1.6")
def test_a_group_goes_on_without_the_member_who_takes_no_mail(mail: Running) -> None:
    with from_outside(mail) as smtp:
        smtp.send_message(message("x@elsewhere.test", "two@corp.test", "group-1"))
    fetch(mail, "bob@corp.test", "group-1")
    assert not kept(mail, "henry@corp.test", "group-1")


@pytest.mark.clause("G2.1.6")
def test_who_may_not_send_signs_in_and_reads(mail: Running) -> None:
    imap(mail, "henry@corp.test").logout()
    said = refused(submit(mail, "henry@corp.test"), "henry@corp.test", "alice@corp.test", "unsent")
    assert said.startswith("550 5.7.1") and "stopped this mailbox (henry@corp.test) from sending" in said


@pytest.mark.clause("G3.2.1")
@pytest.mark.parametrize("owner", ["judy@corp.test", "ivy@corp.test"])
def test_the_rules_of_who_is_kept_out_pass_nothing_on(mail: Running, owner: str) -> None:
    home = mail.instance.mail / "corp.test" / owner.partition("@")[0]
    scripts = home / "sieve"
    scripts.mkdir(parents=True, exist_ok=True)
    (scripts / "own.sieve").write_text('redirect "bob@corp.test";\n')
    _link(home / ".dovecot.sieve", "sieve/own.sieve")
    for path in (home, scripts, scripts / "own.sieve"):
        shutil.chown(path, "vmail", "vmail")
    subject = f"redirect-{owner[0]}"
    with from_outside(mail) as smtp:
        smtp.send_message(message("x@elsewhere.test", owner, subject))
    wait_for(lambda: kept(mail, owner, subject), 20, "what could not be passed on")
    assert not kept(mail, "bob@corp.test", subject)


def _link(path: Path, to: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(to)
