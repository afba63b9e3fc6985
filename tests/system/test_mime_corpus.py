"""Mail that others have written, much of it broken: all of it is taken, filed and read back unchanged."""

from __future__ import annotations

import imaplib
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.system.hands import CHECKOUT, Running, answer, eventually

CORPUS = CHECKOUT.parent / "shared" / "data" / "mime"
SYBIL = "sybil@corp.test"
#: What servers on the way put in front (RFC 5321 4.4) or say about spam and senders.
_TRACE = re.compile(rb"(?i)(return-path|delivered-to|received|authentication-results|x-spam[a-z-]*)[ \t]*:")
#: Postfix ends the headers before the first line that is none, so that nothing of the message is lost.
BROKEN_HEADERS = {
    "error_emails_multiple_references_with_one_invalid.eml", "plain_emails_raw_email_incorrect_header.eml",
    "rfc2822_example13.eml",
}  # fmt: skip
#: Whom a copy went to is not the reader's (RFC 5322 3.6.3): dropped.
BLIND_COPY = {"error_emails_content_transfer_encoding_empty.eml"}
#: Of such broken headers that the Rspamd of Debian 13 says so at once.
SPAM_13 = {"plain_emails_raw_email_incorrect_header.eml"}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus of foreign mail in {CORPUS}")


class Sent(NamedTuple):
    path: Path
    text: bytes  #: CRLF line ends, without the separator line of mailbox files


def corpus() -> list[Sent]:
    found = []
    for path in sorted(CORPUS.rglob("*.eml")):
        text = re.sub(rb"\r?\n", b"\r\n", path.read_bytes())
        found.append(Sent(path, re.sub(rb"\A>?From .*\r\n", b"", text)))
    return found


@pytest.mark.clause("R3")
def test_every_mail_of_the_corpus_is_read_back_unchanged(world: Running) -> None:
    mails = corpus()
    assert len(mails) == 111
    refused = set()
    with world.mx() as client:
        for number, mail in enumerate(mails):
            code, text = answer(client, f"n{number}@outside.test", [SYBIL], mail.text)
            if code != 250:
                assert (code, text) == (554, "5.7.1 Spam message rejected"), (mail.path.name, text)
                refused.add(number)
    assert {mails[number].path.name for number in refused} == (SPAM_13 if world.instance.debian == 13 else set())
    with world.reading(SYBIL) as reader:
        found: dict[int, bytes] = {}
        for folder in ("INBOX", "Junk"):
            eventually(lambda: world.queued(SYBIL) == 0, 20, "all delivered")
            found |= gathered(reader, folder)
    assert found.keys() == set(range(len(mails))) - refused
    changed, mended, dropped = set(), set(), set()
    for number, mail in enumerate(mails):
        if number in refused:
            continue
        before, after = parts(mail.text), parts(found[number])
        if before == after:
            continue
        if mend(mail.text) == mend(found[number]):
            mended.add(mail.path.name)
        elif [f for f in before[0] if not f.lower().startswith(b"bcc:")] == after[0] and before[1] == after[1]:
            dropped.add(mail.path.name)
        else:
            changed.add(mail.path.name)
    assert changed == set()
    assert mended == BROKEN_HEADERS - {mails[number].path.name for number in refused}
    assert dropped == BLIND_COPY


def gathered(reader: imaplib.IMAP4, folder: str) -> dict[int, bytes]:
    """Number (from the envelope sender) -> text, of everything in the folder that this test sent."""
    reader.select(folder, readonly=True)
    numbers = reader.search(None, "HEADER", "Return-Path", "@outside.test")[1][0].split()
    found = {}
    for at in numbers:
        part = reader.fetch(at.decode(), "(BODY.PEEK[])")[1][0]
        assert isinstance(part, tuple)
        if sender := re.match(rb"Return-Path: <n(\d+)@", part[1]):
            found[int(sender[1])] = part[1]
    return found


def parts(text: bytes) -> tuple[list[bytes], bytes]:
    """(header fields that are no traces, all the rest with the empty line and its last line's end)"""
    head, end, body = text.partition(b"\r\n\r\n")
    fields = [field for field in re.split(rb"\r\n(?![ \t])", head) if not _TRACE.match(field)]
    rest = end + body
    return fields, rest if rest.endswith(b"\r\n") else rest + b"\r\n"


def mend(text: bytes) -> bytes:
    """The whole without traces, without empty lines, and without blanks before the colons of header fields."""
    fields = [field for field in re.split(rb"\r\n(?![ \t])", text) if field and not _TRACE.match(field)]
    return re.sub(rb"(?m)^([!-9;-~]+)[ \t]+:", rb"\1:", b"\r\n".join(fields))
