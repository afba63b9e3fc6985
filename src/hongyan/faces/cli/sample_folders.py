"""The sample mailboxes as a week of use leaves them: sent mail in Sent, older mail read, answered mail marked.

Owns: `tidy`. Never: touches a message that is not the sample's. Reads and writes by IMAP as the webmail does.
"""

from __future__ import annotations

import imaplib
import re
import ssl
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from hongyan.company.sample.conversations import ZONE, SampleMessage
from hongyan.company.sample.plan import SamplePlan
from hongyan.engines.store import MASTER
from hongyan.kernel import clock
from hongyan.kernel.instance import Instance

TIMEOUT = 30.0
#: Of the older messages, one in so many was left unread.
UNREAD = 9
_MESSAGE_ID = re.compile(rb"<[^>]+>")


def tidy(instance: Instance, plan: SamplePlan, messages: Iterable[SampleMessage]) -> None:
    known = {message.message_id: message for message in messages}
    sent: dict[str, list[SampleMessage]] = defaultdict(list)
    for message in known.values():
        if message.login:
            sent[message.login].append(message)
    context = ssl.create_default_context(cafile=str(instance.ca_pem))
    for address in plan.mailboxes():
        with _mailbox(instance, context, address) as imap:
            for message in sent[address]:
                _keep_copy(imap, message)
            _mark(imap, known, answered={m.answers for m in sent[address]})


@contextmanager
def _mailbox(instance: Instance, context: ssl.SSLContext, address: str) -> Iterator[imaplib.IMAP4_SSL]:
    with imaplib.IMAP4_SSL("localhost", instance.ports["imaps"], ssl_context=context, timeout=TIMEOUT) as imap:
        imap.login(f"{address}*{MASTER}", instance.secret("webmaster.pass"))
        yield imap


def _keep_copy(imap: imaplib.IMAP4_SSL, message: SampleMessage) -> None:
    imap.append("Sent", r"(\Seen)", imaplib.Time2Internaldate(message.when), message.content)


def _mark(imap: imaplib.IMAP4_SSL, known: dict[str, SampleMessage], answered: set[str]) -> None:
    _, count = imap.select("INBOX")
    if count == [b"0"]:
        return
    _, rows = imap.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    flags: dict[str, list[str]] = defaultdict(list)
    for head, field in (row for row in rows if isinstance(row, tuple)):
        found = _MESSAGE_ID.search(field)
        message = known.get(found[0].decode("ascii", "replace")) if found else None
        if message is None:
            continue
        number = head.split()[0].decode("ascii")
        if message.message_id in answered:
            flags[r"(\Seen \Answered)"].append(number)
        elif _was_read(message, clock.now()):
            flags[r"(\Seen)"].append(number)
    for marks, numbers in flags.items():
        imap.store(",".join(numbers), "+FLAGS.SILENT", marks)


def _was_read(message: SampleMessage, now: datetime) -> bool:
    return message.when.date() < now.astimezone(ZONE).date() and zlib.crc32(message.key.encode()) % UNREAD != 0
