"""Words are found by IMAP SEARCH as the people here look for them: two Chinese characters, in any encoding of the mail."""

from __future__ import annotations

import base64
import imaplib
from collections.abc import Iterator
from email.header import Header

import pytest

from tests.system.hands import Running, answer, eventually, numbers

JUDY = "judy@corp.test"

BODIES = {
    "utf8-base64": (
        "text/plain; charset=utf-8",
        "base64",
        base64.encodebytes("請查收第三季度採購合同，謝謝。".encode()),
    ),
    "utf8-8bit": ("text/plain; charset=utf-8", "8bit", "本合同一式兩份，雙方各執一份。".encode()),
    "gb18030": ("text/plain; charset=gb18030", "base64", base64.encodebytes("销售合同已经盖章".encode("gb18030"))),
    "big5": ("text/plain; charset=big5", "8bit", "租賃合同到期".encode("big5")),
    "html": ("text/html; charset=utf-8", "8bit", "<html><body><p>勞動<b>合同</b>續簽</p></body></html>".encode()),
    "long": (
        "text/plain; charset=utf-8",
        "8bit",
        "關於本公司總部及各分公司二零二六年度辦公用品集中採購事項的補充通知及其附件合同\n".encode(),
    ),
    "none": ("text/plain; charset=utf-8", "8bit", "合作愉快，不同意見請回覆。".encode()),
}


@pytest.fixture(scope="module")
def mailbox(world: Running) -> Iterator[imaplib.IMAP4]:
    with world.mx() as client:
        for name, (kind, encoding, body) in BODIES.items():
            head = (
                f"From: w@outside.test\r\nTo: {JUDY}\r\nSubject: find-{name}\r\nMessage-ID: <{name}@outside.test>\r\n"
            )
            head += f"Date: Tue, 24 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n"
            data = (
                f"{head}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body.replace(b"\n", b"\r\n") + b"\r\n"
            )
            assert answer(client, "w@outside.test", [JUDY], data)[0] == 250
        for charset in ("utf-8", "gb18030"):
            subject = Header("关于预算会议的通知", charset).encode()
            text = (
                f"From: w@outside.test\r\nTo: {JUDY}\r\nSubject: {subject}\r\nMessage-ID: <{charset}@outside.test>\r\n"
            )
            text += "Date: Tue, 24 Nov 2026 09:00:00 +0000\r\n\r\nsee subject\r\n"
            assert answer(client, "w@outside.test", [JUDY], text.encode())[0] == 250
    with world.reading(JUDY) as client:
        for folder in ("INBOX", "Junk"):
            client.select(folder)
        eventually(lambda: _gathered(client) == len(BODIES) + 2, 15, "all mails")
        client.select("INBOX")
        yield client


def _gathered(client: imaplib.IMAP4) -> int:
    """Everything into INBOX, wherever the filter put it; how much is there."""
    if found := numbers(client, "", "Junk"):
        client.select("Junk")
        client.copy(",".join(found), "INBOX")
        client.store(",".join(found), "+FLAGS", "\\Deleted")
        client.expunge()
    return len(numbers(client, "", "INBOX"))


def searched(client: imaplib.IMAP4, key: str, word: str) -> set[str]:
    """Message-IDs' local parts of what is found."""
    client.literal = word.encode()  # type: ignore[assignment]
    found = client.uid("SEARCH", "CHARSET", "UTF-8", key)[1][0].decode().split()
    names = set()
    for uid in found:
        part = client.uid("FETCH", uid, "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1][0]
        assert isinstance(part, tuple)
        names.add(part[1].decode().partition("<")[2].partition("@")[0])
    return names


@pytest.mark.clause("P4")
def test_a_word_of_two_characters_is_found_in_every_encoding(mailbox: imaplib.IMAP4) -> None:
    assert searched(mailbox, "BODY", "合同") == set(BODIES) - {"none"}
    assert searched(mailbox, "TEXT", "合同") == set(BODIES) - {"none"}


@pytest.mark.clause("P4")
@pytest.mark.parametrize(
    "word, found",
    [
        ("採購", {"utf8-base64", "long"}),
        ("附件合同", {"long"}),
        ("季度採購合同", {"utf8-base64"}),
        ("盖章", {"gb18030"}),
        ("到期", {"big5"}),
        ("合约", set()),
    ],
)
def test_only_what_holds_the_word_is_found(mailbox: imaplib.IMAP4, word: str, found: set[str]) -> None:
    assert searched(mailbox, "BODY", word) == found


@pytest.mark.clause("P4")
def test_subjects_are_searched_decoded(mailbox: imaplib.IMAP4) -> None:
    for word in ("预算", "会议", "通知"):
        assert searched(mailbox, "SUBJECT", word) == {"utf-8", "gb18030"}
    assert searched(mailbox, "SUBJECT", "预会") == set()
