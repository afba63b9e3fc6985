"""Shared mailboxes with real engines: who sees them, who changes what, what is kept of what is sent as them.

Amy writes and sends as desk@corp.test, Ben reads it and sends on its behalf, Keith keeps it; Cleo is a colleague and
Charlie an outsider, for whom it does not exist.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import shutil
import smtplib
import subprocess
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from hongyan.engines.control import RunningEngines
from tests.resilience import hands
from tests.system.hands import PASSWORD, Running, eventually, message, newest, numbers

AMY, BEN, KEITH, CLEO = (f"{n}@corp.test" for n in ("amy", "ben", "keith", "cleo"))
CHARLIE = "charlie@other.test"
DESK, SHARED = "desk@corp.test", "Shared/desk@corp.test"
SMALL = "small.desk@corp.test"  #: has one megabyte; Amy's own mailbox, too

_SET_UP = """
from django.contrib.auth.hashers import make_password
from hongyan.company.mailboxes.actions import NewMailbox, open_mailboxes
from hongyan.company.mailboxes.members import add_member
from hongyan.company.people.actions import add_person
from hongyan.company.people.queries import find_company
company, hashed = find_company("corp"), make_password(%r)
keith = add_person(actor=actor, company=company, name="Keith")
new = [
    NewMailbox("amy@corp.test", password_hash=hashed, quota_mb=1),
    NewMailbox("ben@corp.test", password_hash=hashed),
    NewMailbox("keith@corp.test", password_hash=hashed, person=keith),
    NewMailbox("cleo@corp.test", password_hash=hashed),
    NewMailbox("desk@corp.test", kind="shared", keeper=keith),
    NewMailbox("small.desk@corp.test", kind="section", quota_mb=1),
]
amy, ben, _, _, desk, small = open_mailboxes(actor=actor, company=company, new=new)
for mailbox in (desk, small):
    add_member(actor=actor, mailbox=mailbox, member=amy, rights=["write", "send_as"])
add_member(actor=actor, mailbox=desk, member=ben, rights=["read", "on_behalf"])
"""


@pytest.fixture(scope="module")
def desk(world: Running) -> Running:
    hands.rows(world, _SET_UP % PASSWORD)
    hands.wait_published(world)
    users = (AMY, BEN, KEITH)
    eventually(lambda: all(len(listed(world, who, "LSUB")) == 6 for who in users), 15, "the subscriptions")
    return world


def listed(world: Running, address: str, command: str = "LIST") -> set[str]:
    """The folders of the desk, or of anybody where it is not shown, that a mail program lists."""
    with world.reading(address) as client:
        client.xatom(command, '""', '"*"')
        lines = client.response(command)[1]
    names = {str(line, "ascii").rpartition('"/" ')[2].strip('"') for line in lines if isinstance(line, bytes)}
    return {name for name in names if name.startswith("Shared/") and SMALL not in name}


def ask(client: imaplib.IMAP4, line: str) -> str:
    """A command as it stands; all that the server says to it, without numbers of tags and times."""
    tag = client._new_tag()
    client.send(tag + b" " + line.encode() + b"\r\n")
    said: list[str] = []
    while not said or not said[-1].startswith(tag.decode()):
        said.append(client.readline().decode())
        assert said[-1], f"the session ended at {line}"
    return re.sub(r"\([0-9.+ ]+secs\)", "", "".join(said).replace(tag.decode(), ""))


def headers(text: bytes) -> EmailMessage:
    parsed = message_from_bytes(text, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


# -- who sees it ---------------------------------------------------------------------------------


@pytest.mark.clause("G4.2.4")
def test_members_and_the_keeper_list_it_with_its_special_folders(desk: Running) -> None:
    wanted = {SHARED, *(f"{SHARED}/{name}" for name in ("Drafts", "Sent", "Archive", "Junk", "Trash"))}
    for who in (AMY, BEN, KEITH):
        assert listed(desk, who) >= wanted
        assert listed(desk, who, "LSUB") == wanted
    for who in (CLEO, CHARLIE):
        assert listed(desk, who) == listed(desk, who, "LSUB") == set()


@pytest.mark.clause("G4.2.3", "G4.2.4")
@pytest.mark.parametrize("who", [CLEO, CHARLIE])
def test_to_others_it_is_as_unknown_as_an_address_that_does_not_exist(desk: Running, who: str) -> None:
    """A person's mailbox, too: an outsider cannot try which addresses there are."""
    commands = (
        'SELECT "Shared/{}/INBOX"', 'SELECT "Shared/{}"', 'STATUS "Shared/{}" (MESSAGES)', 'CREATE "Shared/{}/New"',
        'CREATE "Shared/{}"', 'DELETE "Shared/{}/Sent"', 'RENAME "Shared/{}/Sent" "Shared/{}/Sent2"',
        'SUBSCRIBE "Shared/{}/INBOX"', 'GETQUOTAROOT "Shared/{}/INBOX"', 'GETACL "Shared/{}"', 'MYRIGHTS "Shared/{}"',
        'SETACL "Shared/{}" cleo@corp.test lr', 'LISTRIGHTS "Shared/{}" cleo@corp.test', 'LIST "" "Shared/{}/*"',
        'LIST "" "Shared/{}"', 'COPY 1 "Shared/{}"',
    )  # fmt: skip
    said = []
    with desk.reading(who) as client:
        client.append("INBOX", "", "", b"Subject: mine\r\n\r\nx\r\n")
        for address in ("nobody@corp.test", DESK, AMY):
            client.select("INBOX")
            said.append([ask(client, c.format(address, address)).replace(address, "X") for c in commands])
    assert said[0] == said[1] == said[2]
    assert all(" NO " in line for line in said[0][:8]), said[0]


@pytest.mark.clause("G3.2.2")
def test_nobody_signs_in_to_it(desk: Running) -> None:
    said = hands.refusals(desk, DESK, PASSWORD, hands.ENGINES)
    assert all(said.values()), said


# -- what they may do ----------------------------------------------------------------------------


@pytest.mark.clause("G4.2.4")
def test_what_one_has_read_is_ones_own_and_what_is_answered_everybodys(desk: Running) -> None:
    desk.arrive(DESK, subject="question-one")
    with desk.reading(AMY) as amy, desk.reading(BEN) as ben:
        eventually(lambda: newest(amy, "question-one", SHARED), 15, "the question")
        amy.select(SHARED)
        at = numbers_of(amy, "question-one")
        assert amy.store(at, "+FLAGS", "(\\Seen \\Answered)")[0] == "OK"
        ben.select(SHARED)
        flags = str(ben.fetch(numbers_of(ben, "question-one"), "(FLAGS)")[1])
        assert "Answered" in flags and "Seen" not in flags
        assert ben.store(at, "+FLAGS", "\\Seen")[0] == "OK"
        ben.store(at, "+FLAGS", "\\Flagged")
        flags = str(ben.fetch(at, "(FLAGS)")[1])
        assert "Seen" in flags and "Flagged" not in flags, "he only reads"


def numbers_of(client: imaplib.IMAP4, subject: str) -> str:
    return str(client.search(None, "SUBJECT", subject)[1][0], "ascii")


def found_once_indexed(desk: Running, address: str, subject: str, folder: str) -> bool:
    """In a session of its own: Dovecot 2.4 drops one that searches a folder at the moment when another process begins its
    index (fts-flatcurve: Xapian cannot tell the type of a database that is being made)."""

    def look() -> bool:
        with contextlib.suppress(imaplib.IMAP4.abort, OSError):
            with desk.reading(address) as client:
                return bool(newest(client, subject, folder))
        return False

    return eventually(look, 15, f"{subject!r} in {folder}")


@pytest.mark.clause("G4.2.4")
def test_folders_below_inherit_rights_and_nobody_forges_what_was_sent(desk: Running) -> None:
    text = b"Subject: filed\r\n\r\nx\r\n"
    with desk.reading(AMY) as amy, desk.reading(BEN) as ben:
        for name in ("Orders", "Orders/2026"):
            assert "OK" in ask(amy, f'CREATE "{SHARED}/{name}"')
        assert amy.append(f'"{SHARED}/Orders/2026"', "", "", text)[0] == "OK"
        assert found_once_indexed(desk, BEN, "filed", f'"{SHARED}/Orders/2026"')
        assert ben.append(f'"{SHARED}/Orders/2026"', "", "", text)[0] == "NO"
        for refused in (
            f'CREATE "{SHARED}/Mine"',
            f'DELETE "{SHARED}/Orders"',
            f'RENAME "{SHARED}/Orders" "{SHARED}/O"',
        ):
            assert "NOPERM" in ask(ben, refused)
        assert amy.append(f'"{SHARED}/Sent"', "", "", text)[0] == "NO"
        assert "NOPERM" in ask(amy, f'DELETE "{SHARED}/Sent"')
        amy.select(f'"{SHARED}/Orders/2026"')
        assert "NOPERM" in ask(amy, f'COPY 1 "{SHARED}/Sent"')
        assert "OK" in ask(amy, f'MOVE 1 "{SHARED}/Trash"')
        assert newest(ben, "filed", f'"{SHARED}/Trash"')


@pytest.mark.clause("G4.2.3", "G3.2.2")
@pytest.mark.parametrize("folder", ["INBOX", SHARED])
def test_nobody_shares_by_himself(desk: Running, folder: str) -> None:
    for who in (AMY, KEITH):
        with desk.reading(who) as client:
            for command in (f'SETACL "{folder}" {CLEO} lr', f'DELETEACL "{folder}" {BEN}', f'GETACL "{folder}"'):
                assert "NOPERM" in ask(client, command)
    assert listed(desk, CLEO) == set()


def test_a_persons_small_quota_does_not_limit_the_shared_mailbox(desk: Running) -> None:
    line = b"Subject: large\r\n\r\n" + (b"x" * 76 + b"\r\n") * 20_000
    with desk.reading(AMY) as amy:
        assert amy.append(f'"{SHARED}/Archive"', "", "", line)[0] == "OK"
        assert amy.append("Archive", "", "", line)[0] == "NO"


# -- members come and go -------------------------------------------------------------------------


@pytest.mark.clause("G3.2.2", "G4.2.4")
def test_a_member_comes_and_goes_in_live_sessions(desk: Running) -> None:
    with desk.reading(CLEO) as before:
        desk.run("mailbox", "member", "add", DESK, CLEO, "--rights", "read")
        eventually(lambda: before.select(SHARED, readonly=True)[0] == "OK", 2, "the open session finds it")
    eventually(lambda: SHARED in listed(desk, CLEO, "LSUB"), 5, "the subscription")
    with hands.Idle(desk, CLEO) as session:
        document = desk.run("mailbox", "member", "remove", DESK, CLEO, "--reason", "moved")
        assert session.ended_within(2)
    assert CLEO not in [m["address"] for m in document["members"]]
    with desk.reading(CLEO) as after:
        assert after.select(SHARED, readonly=True)[0] == "NO"
    eventually(lambda: listed(desk, CLEO, "LSUB") == set(), 5, "the end of the subscription")


def test_ending_the_sessions_of_many_costs_what_those_who_are_there_cost(desk: Running) -> None:
    """Another size for ten thousand mailboxes ends the sessions of those few who are signed in."""
    since = time.monotonic()
    with hands.Idle(desk, CLEO) as session:
        RunningEngines(desk.instance).end_sessions([*(f"nobody{n}@corp.test" for n in range(500)), CLEO])
        assert session.ended_within(1)
    assert time.monotonic() - since < 3


# -- sending -------------------------------------------------------------------------------------


def write(
    desk: Running, login: str, to: str, subject: str, *, author: str = DESK, envelope: str = "", **fields: str
) -> None:
    text = message(f"Desk <{author}>", to, subject=subject, **fields)
    with desk.submit(login) as client:
        client.send_message(text, from_addr=envelope or author, to_addrs=[to])


def sent_copies(desk: Running, subject: str, mailbox: str = DESK) -> list[EmailMessage]:
    with desk.reading(AMY) as client:
        found = []
        for number in numbers(client, subject, f'"Shared/{mailbox}/Sent"'):
            part = client.fetch(number, "(BODY.PEEK[])")[1][0]
            assert isinstance(part, tuple)
            found.append(headers(part[1]))
        return found


@pytest.mark.clause("G4.2.4", "G3.2.2")
def test_what_is_sent_as_it_is_kept_once_with_who_sent_it(desk: Running) -> None:
    write(desk, AMY, CHARLIE, "as-the-desk")
    read = headers(desk.found(CHARLIE, "as-the-desk"))
    assert read["From"] == f"Desk <{DESK}>" and read["Sender"] is None and read["X-Hongyan-Sender"] is None
    assert "amy" not in str(read).lower().replace("smtp.auth=amy@corp.test", "")
    eventually(lambda: sent_copies(desk, "as-the-desk"), 10, "the copy")
    (copy,) = sent_copies(desk, "as-the-desk")
    assert copy["X-Hongyan-Sender"] == AMY and copy["Message-ID"] == read["Message-ID"]
    assert desk.subjects(AMY, "as-the-desk", SHARED) == 0, "it came to the inbox"
    (event,) = eventually(lambda: [e for e in sent_events(desk, AMY) if e["shared"] == [DESK]], 10, "the event")
    assert event["recipients"] == 1, "the copy is not counted"


def sent_events(desk: Running, login: str) -> list[dict[str, object]]:
    """What the audit knows of mail that the login has sent."""
    events = desk.run("audit", "list", "--company", "corp", "--kind", "mail.sent", "--limit", "500")
    return [{"shared": None} | e["params"] for e in events if e["subject"] == login]


@pytest.mark.clause("G4.2.4")
@pytest.mark.parametrize("fields", [{}, {"Sender": BEN}])
def test_on_behalf_names_the_writer(desk: Running, fields: dict[str, str]) -> None:
    subject = f"on-behalf-{len(fields)}"
    write(desk, BEN, CHARLIE, subject, envelope=BEN, **fields)
    read = headers(desk.found(CHARLIE, subject))
    assert read["From"] == f"Desk <{DESK}>" and read.get_all("Sender") in ([BEN], [f"<{BEN}>"])
    eventually(lambda: sent_copies(desk, subject), 10, "the copy")
    assert [c["X-Hongyan-Sender"] for c in sent_copies(desk, subject)] == [BEN]


@pytest.mark.clause("G4.2.3", "G4.2.4")
def test_others_send_neither_as_it_nor_on_its_behalf_nor_into_its_sent_folder(desk: Running) -> None:
    copy = "desk+hongyan-sent.amy=corp.test@corp.test"
    for login in (CLEO, CHARLIE):
        for fields in ({}, {"Sender": login}):
            with pytest.raises(smtplib.SMTPDataError):
                write(desk, login, AMY, "not-mine", envelope=login, **fields)
        with pytest.raises(smtplib.SMTPException), desk.submit(login) as client:
            client.sendmail(login, [copy], message(login, DESK, subject="forged").as_bytes())
    code, said = desk.arrive(copy, subject="forged")
    assert code == 550 and said.isascii()
    assert sent_copies(desk, "forged") == sent_copies(desk, "not-mine") == []


@pytest.mark.clause("G4.2.4")
def test_a_full_shared_mailbox_loses_neither_the_message_nor_its_copy(desk: Running) -> None:
    body = b"Subject: filler\r\n\r\n" + (b"x" * 76 + b"\r\n") * 40_000
    with desk.reading(AMY) as amy:
        assert amy.append(f'"Shared/{SMALL}/Archive"', "", "", body)[0] == "OK"
    write(desk, AMY, CHARLIE, "though-full", author=SMALL)
    desk.found(CHARLIE, "though-full")
    eventually(lambda: desk.queued("hongyan-sent") == 1, 10, "the copy waits")
    assert sent_copies(desk, "though-full", SMALL) == []
    desk.run("mailbox", "quota", SMALL, "default")
    hands.let_tables_be_noticed()
    flush = ["/usr/sbin/postqueue", "-c", str(desk.instance.live / "etc/postfix"), "-f"]
    subprocess.run(flush, check=True, timeout=30)
    eventually(lambda: len(sent_copies(desk, "though-full", SMALL)) == 1, 15, "the copy")


# -- mail programs -------------------------------------------------------------------------------


@pytest.fixture
def places(desk: Running, tmp_path: Path) -> Path:
    """A known set of shared folders, and somewhere to put them."""
    with desk.reading(AMY) as amy:
        for number in range(3):
            assert amy.append(f'"{SHARED}/Archive"', "", "", f"Subject: kept-{number}\r\n\r\nx\r\n".encode())[0] == "OK"
    (tmp_path / "mail").mkdir()
    return tmp_path


@pytest.mark.clause("B4.11")
@pytest.mark.skipif(shutil.which("mbsync") is None, reason="mbsync is not installed")
def test_mbsync_fetches_shared_folders(desk: Running, places: Path) -> None:
    version = subprocess.run(["mbsync", "--version"], capture_output=True, text=True).stdout
    tls = "TLSType" if tuple(map(int, re.findall(r"\d+", version)[:2])) >= (1, 5) else "SSLType"
    config = places / "mbsyncrc"
    config.write_text(
        f"IMAPAccount a\nHost localhost\nPort {desk.ports['imaps']}\nUser {AMY}\nPass {PASSWORD}\n{tls} IMAPS\n"
        f"CertificateFile {desk.instance.ca_pem}\n\nIMAPStore far\nAccount a\nPath Shared/\n\n"
        f"MaildirStore near\nPath {places}/mail/\nSubFolders Verbatim\n\n"
        "Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync Pull\nSyncState *\n"
    )
    for _ in range(2):
        done = subprocess.run(["mbsync", "-c", str(config), "-a"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    archive = places / "mail" / DESK / "Archive"
    kept = [p for part in ("new", "cur") for p in (archive / part).iterdir() if b"Subject: kept-" in p.read_bytes()]
    assert len(kept) == 3
    assert (places / "mail" / DESK / "Sent" / "cur").is_dir()


@pytest.mark.clause("B4.11")
@pytest.mark.skipif(shutil.which("neomutt") is None, reason="neomutt is not installed")
def test_neomutt_opens_and_files_in_shared_folders(desk: Running, places: Path) -> None:
    config = places / "neomuttrc"
    # It is driven by keys that its configuration presses: tag what is there, copy it to another shared folder, leave.
    config.write_text(
        f'set folder="imaps://localhost:{desk.ports["imaps"]}/"\nset imap_user="{AMY}"\nset imap_pass="{PASSWORD}"\n'
        f'set certificate_file="{desk.instance.ca_pem}"\nset ssl_verify_host=no\nset ssl_force_tls=yes\n'
        f'set header_cache=""\nset record=""\nset mail_check=1\nset confirmappend=no\nset confirmcreate=no\n'
        f'push "<tag-pattern>~s kept-<enter><tag-prefix><copy-message><kill-line>={SHARED}/Drafts<enter><exit>"\n'
    )
    before = desk.subjects(BEN, "kept-", f'"{SHARED}/Drafts"')
    screen = ["script", "-q", "-c", f"neomutt -n -F {config} -f '={SHARED}/Archive'", "/dev/null"]
    done = subprocess.run(
        screen, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        env={"TERM": "xterm", "HOME": str(places), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
    )  # fmt: skip
    eventually(lambda: desk.subjects(BEN, "kept-", f'"{SHARED}/Drafts"') >= before + 3, 10, done.stdout[-800:])
