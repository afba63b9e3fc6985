"""Real mail programs and the clients of Python's library: swaks, mbsync, poplib, imaplib with IDLE."""

from __future__ import annotations

import contextlib
import imaplib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hongyan.engines.setup.kernel import INOTIFY, WAITING_SESSIONS
from tests.system.hands import PASSWORD, Running

ALICE, BOB, NINA, PEGGY = "alice@corp.test", "bob@corp.test", "nina@corp.test", "peggy@corp.test"


needs_swaks = pytest.mark.skipif(shutil.which("swaks") is None, reason="swaks is not installed")
needs_mbsync = pytest.mark.skipif(shutil.which("mbsync") is None, reason="mbsync is not installed")


def swaks(world: Running, port: str, *options: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    words = ["swaks", "--server", "localhost", "--port", str(world.ports[port]), "--from", ALICE, "--to", BOB]
    words += ["--auth", "PLAIN", "--auth-user", ALICE, "--auth-password", password, *options]
    return subprocess.run(words, capture_output=True, text=True, timeout=60)


@pytest.mark.clause("B4.11", "R3")
@needs_swaks
@pytest.mark.parametrize("port, tls", [("submission", "--tls"), ("submissions", "--tls-on-connect")])
def test_swaks_submits_with_tls(world: Running, port: str, tls: str) -> None:
    subject = f"by-swaks-{port}"
    trusting = ("--tls-verify", "--tls-ca-path", str(world.instance.ca_pem))
    done = swaks(world, port, tls, *trusting, "--header", f"Subject: {subject}")
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr
    world.found(BOB, subject)


@pytest.mark.clause("B4.11", "R3")
@needs_swaks
def test_swaks_is_refused_with_a_wrong_password_and_without_tls(world: Running) -> None:
    """28 is its exit code for "cannot authenticate"."""
    assert swaks(world, "submission", "--tls", password="Wrong-Lantern-1").returncode == 28
    plain = swaks(world, "submission")
    assert plain.returncode == 28, plain.stdout[-1500:]


@pytest.fixture
def config(world: Running, tmp_path: Path) -> Path:
    text = f"""\
IMAPAccount nina
Host localhost
Port {world.ports["imaps"]}
User {NINA}
Pass {PASSWORD}
{{tls}} IMAPS
CertificateFile {world.instance.ca_pem}
AuthMechs LOGIN

IMAPStore far
Account nina

MaildirStore near
Path {tmp_path}/mail/
Inbox {tmp_path}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Near
Sync All
SyncState *
"""
    (tmp_path / "mail").mkdir()
    version = subprocess.run(["mbsync", "--version"], capture_output=True, text=True).stdout
    new = tuple(map(int, re.findall(r"\d+", version)[:2])) >= (1, 5)
    path = tmp_path / "mbsyncrc"
    path.write_text(text.replace("{tls}", "TLSType" if new else "SSLType"))
    return path


@pytest.mark.clause("B4.11", "B4.8")
@needs_mbsync
def test_mbsync_fetches_a_whole_mailbox(world: Running, config: Path) -> None:
    """Each message once, octet for octet but for the line ends; a second run brings nothing more."""
    for number in range(5):
        world.send(ALICE, NINA, subject=f"sync-{number}", body=f"第{number}封\n" * (number + 1))
    with world.reading(NINA) as client:
        for number in range(5):
            world.found(NINA, f"sync-{number}")
        client.append("Drafts", "\\Draft", "", b"Subject: a-draft\r\n\r\nnot finished\r\n")
        expected = set()
        for folder in ("INBOX", "Drafts"):
            client.select(folder, readonly=True)
            count = int(client.select(folder, readonly=True)[1][0] or b"0")
            for at in range(1, count + 1):
                part = client.fetch(str(at), "(BODY.PEEK[])")[1][0]
                assert isinstance(part, tuple)
                expected.add(part[1].replace(b"\r\n", b"\n"))
    for _ in range(2):
        done = subprocess.run(["mbsync", "-c", str(config), "-a"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    mail = config.parent / "mail"
    fetched = [
        re.sub(rb"(?m)^X-TUID: .*\n", b"", p.read_bytes())
        for p in mail.glob("*/*/*")
        if p.parent.name in ("new", "cur")
    ]
    assert len(fetched) == len(expected) >= 6
    assert set(fetched) == expected
    assert (mail / "Trash" / "cur").is_dir() and (mail / "Sent" / "cur").is_dir()


@pytest.mark.clause("B4.11")
def test_poplib_reads_lists_and_deletes(world: Running) -> None:
    for number in range(3):
        world.arrive(PEGGY, subject=f"pop-{number}", body="一\n.\n二\n")
    world.found(PEGGY, "pop-2")
    box = world.pop3(PEGGY)
    count = box.stat()[0]
    ids = [line.split()[1] for line in box.uidl()[1]]
    assert len(set(ids)) == count >= 3
    at = next(n for n in range(1, count + 1) if b"Subject: pop-1" in box.top(n, 0)[1])
    text = b"\r\n".join(box.retr(at)[1])
    assert text.endswith("一\r\n.\r\n二".encode())
    box.dele(at)
    box.quit()
    box = world.pop3(PEGGY)
    assert box.stat()[0] == count - 1
    assert [line.split()[1] for line in box.uidl()[1]] == [i for i in ids if i != ids[at - 1]]
    box.quit()
    assert world.subjects(PEGGY, "pop-1") == 0


@contextlib.contextmanager
def idling(world: Running, address: str, timeout: float = 10) -> Iterator[imaplib.IMAP4]:
    """A session in IDLE (RFC 2177)."""
    client = world.imap(address)
    try:
        client.select("INBOX")
        client.send(b"a1 IDLE\r\n")
        assert client.readline().startswith(b"+")
        client.sock.settimeout(timeout)
        yield client
    finally:
        client.shutdown()


@pytest.mark.clause("B4.11", "G4.2.6")
def test_idle_tells_of_new_mail_at_once(world: Running) -> None:
    with idling(world, PEGGY) as client:
        world.send(ALICE, PEGGY, subject="while-idle")
        while b"EXISTS" not in (line := client.readline()):
            assert line, "closed"
        client.send(b"DONE\r\n")
        while not client.readline().startswith(b"a1 OK"):
            pass


@pytest.mark.clause("R6", "B4.11")
@pytest.mark.skipif(int(INOTIFY.read_text()) < WAITING_SESSIONS and not os.access(INOTIFY, os.W_OK), reason="read-only")
def test_more_sessions_wait_than_debian_lets_one_user_watch(world: Running) -> None:
    """Debian's bound of 128 for all mailboxes together would have the last of these look every 30 s only."""
    with contextlib.ExitStack() as stack:
        for name in ("alice", "bob", "carol", "dave"):
            for _ in range(36):
                stack.enter_context(idling(world, f"{name}@corp.test"))
        last = stack.enter_context(idling(world, PEGGY))
        world.send(ALICE, PEGGY, subject="while-many-idle")
        while b"EXISTS" not in (line := last.readline()):
            assert line, "closed"


@pytest.mark.clause("B4.9")
def test_special_folders_are_marked_for_every_client(world: Running) -> None:
    """RFC 6154: a client finds Sent, Drafts, Junk, Trash and Archive by their marks, whatever its language."""
    with world.reading(PEGGY) as client:
        listed = b"\n".join(line for line in client.list()[1] if isinstance(line, bytes)).decode()
    for name in ("Sent", "Drafts", "Junk", "Trash", "Archive"):
        assert re.search(rf"\\{name}\b.*{name}", listed), listed
