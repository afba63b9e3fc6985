"""Promise 6: accepted means kept, whatever process is killed at whatever moment; and each comes back by itself."""

from __future__ import annotations

import contextlib
import itertools
import smtplib
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from tests.resilience import hands
from tests.system.hands import PASSWORD, Running, eventually, running_instance

SERVICES = ("gate", "guard", "rspamd", "redis", "clamd", "dovecot", "postfix", "publisher", "worker", "web")
#: Below a master of their own. `lmtp` is Postfix's client and Dovecot's server alike.
CHILDREN = ("smtpd", "cleanup", "qmgr", "lmtp", "trivial-rewrite", "auth", "imap-login", "anvil")
BACK_WITHIN = 30.0
FOLDERS = ("INBOX", "Junk")
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def storm() -> Iterator[Running]:
    with running_instance(name="k") as running:
        hands.settle_in(running)
        yield running


class Load:
    """Senders at several doors, one message after another; remembers what was answered 250."""

    def __init__(self, running: Running, senders: int = 3) -> None:
        self.running, self.accepted, self.answers = running, set[str](), Counter[str]()
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._send_on, args=(n,), daemon=True) for n in range(senders)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a sender hangs"

    def _send_on(self, number: int) -> None:
        """As a mail server does: after anything but 250 it comes again over a new connection."""
        while not self._enough.is_set():
            try:
                with contextlib.closing(smtplib.SMTP("localhost", timeout=30, port=self._port(number))) as client:
                    if not number:
                        client.starttls(context=self.running.tls)
                        client.login("alice@corp.test", PASSWORD)
                    while not self._enough.is_set():
                        self._send(client, number)
                        time.sleep(0.05 if number else 0.5)  # a mailbox sends 200 messages an hour
            except smtplib.SMTPRecipientsRefused as error:
                self.answers[str(next(iter(error.recipients.values()))[0])] += 1
            except smtplib.SMTPResponseException as error:
                self.answers[str(error.smtp_code)] += 1
            except (OSError, smtplib.SMTPException) as error:
                self.answers[type(error).__name__] += 1
            time.sleep(0.05)

    def _port(self, number: int) -> int:
        return self.running.ports["smtp" if number else "submission"]

    def _send(self, client: smtplib.SMTP, number: int) -> None:
        name = f"k{next(_numbers)}"
        sender = "partner@far.example" if number else "alice@corp.test"
        text = (
            f"From: {sender}\r\nTo: bob@corp.test\r\nSubject: {name}\r\nMessage-ID: <{name}@far.example>\r\n"
            f"Date: {formatdate()}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nThe minutes.\r\n"
        )
        client.sendmail(sender, ["bob@corp.test"], text)
        self.accepted.add(name)
        self.answers["250"] += 1


def delivered(running: Running) -> Counter[str]:
    """Every subject in the mailbox with how often it is there."""
    client = running.imap("bob@corp.test")
    found: Counter[str] = Counter()
    for folder in FOLDERS:
        if client.select(folder, readonly=True)[0] != "OK":
            continue
        for part in client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]:
            if isinstance(part, tuple):
                found[part[1].decode().partition(":")[2].strip()] += 1
    client.logout()
    return found


def flush(running: Running) -> None:
    conf = str(running.instance.live / "etc/postfix")
    subprocess.run(["/usr/sbin/postqueue", "-c", conf, "-f"], check=False, capture_output=True, timeout=30)


def assert_kept(running: Running, load: Load) -> None:
    """Every message that was answered 250 is in the mailbox. Twice is allowed (RFC 5321 6.1), never is not."""
    assert load.answers["250"] >= 3, load.answers

    def missing() -> set[str]:
        flush(running)
        return load.accepted - delivered(running).keys()

    with contextlib.suppress(AssertionError):
        eventually(lambda: not missing(), 30)
    assert missing() == set(), load.answers


@pytest.mark.clause("R3")
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_killed_under_load_comes_back_and_nothing_accepted_is_lost(storm: Running, service: str) -> None:
    with Load(storm) as load:
        time.sleep(0.7)
        pid = hands.pid_of(storm, service)
        hands.kill(pid)
        eventually(lambda: hands.pid_of(storm, service) not in (0, pid), BACK_WITHIN, f"{service} started again")
        hands.wait_ready(storm, BACK_WITHIN)
        sent = load.answers["250"]
        eventually(lambda: load.answers["250"] > sent + 1, 15, "mail taken again")
    assert_kept(storm, load)


@pytest.mark.clause("R3")
@pytest.mark.parametrize("command", CHILDREN)
def test_a_worker_process_killed_under_load_costs_nothing_accepted(storm: Running, command: str) -> None:
    with Load(storm) as load:
        time.sleep(0.4)
        victims = 0
        for _ in range(3):
            for process in hands.processes(storm, command):
                hands.kill(process.pid)
                victims += 1
            time.sleep(0.2)
        assert victims, f"no process {command}"
        sent = load.answers["250"]
        eventually(lambda: load.answers["250"] > sent + 1, 30, "mail taken again")
    assert_kept(storm, load)


@pytest.mark.parametrize("service", ["gate", "rspamd"])
def test_without_gate_or_scanner_mail_is_deferred_never_let_through(storm: Running, service: str) -> None:
    with hands.stopped(storm, service), storm.mx() as client:
        client.ehlo("far.example")
        code = client.mail("partner@far.example")[0]
        if code == 250:
            code = client.rcpt("bob@corp.test")[0]
        if code == 250:
            code = client.data(f"Subject: without-{service}\r\n\r\nx\r\n".encode())[0]
        assert 400 <= code < 500
    storm.send("alice@corp.test", "bob@corp.test", subject=f"again-with-{service}")
    storm.found("bob@corp.test", f"again-with-{service}")
    assert not [subject for subject in delivered(storm) if subject == f"without-{service}"]


def test_without_the_virus_scanner_mail_is_deferred(storm: Running) -> None:
    """Nothing is let through unseen (clause B4.3)."""
    with hands.stopped(storm, "clamd"), storm.mx() as client:
        client.ehlo("far.example")
        client.mail("partner@far.example")
        client.rcpt("bob@corp.test")
        assert 400 <= client.data(b"Subject: unseen\r\n\r\nx\r\n")[0] < 500


def test_without_the_store_mail_waits_in_the_queue(storm: Running) -> None:
    """Dovecot away: what the world sends is taken or deferred, and what was taken arrives afterwards."""
    with Load(storm, senders=2) as load:
        time.sleep(0.5)
        with hands.stopped(storm, "dovecot"):
            time.sleep(1.0)
    assert_kept(storm, load)


def test_the_audit_is_whole_after_all_that(storm: Running) -> None:
    """The worker and the gate were killed in between: no event is there twice, no chain is broken."""
    assert storm.run("audit", "verify")["intact"]
    events = storm.run("audit", "list", "--company", "corp", "--kind", "mail.sent", "--limit", "2000")
    seen = Counter(e["params"]["queue_id"] for e in events)
    assert seen and not [queue_id for queue_id, count in seen.items() if count > 1]
