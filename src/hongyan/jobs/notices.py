"""Sends notices: short mails from the company's mail service to one of its people, in that person's language.

Always: null return path (RFC 3834 3.3: nothing answers a notice), `Auto-Submitted: auto-generated`, through the same
gate and signer as any mail (listener `inside`).
Clauses: C5, B4.6 (full mailboxes), P10 (locked account).
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any

from hongyan.company.mailboxes.members import keeper_mailboxes
from hongyan.company.mailboxes.models import SHARED_KINDS, Mailbox
from hongyan.company.notices import waiting, wording
from hongyan.company.notices.kinds import KINDS
from hongyan.company.notices.wording import Text
from hongyan.company.replies import tokens
from hongyan.kernel import clock
from hongyan.kernel.address import domain_of
from hongyan.kernel.decision import Decision
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Outbox
from hongyan.kernel.wording import say

TIMEOUT = 20


def compose(
    instance: Instance, mailbox: Mailbox, notice: str, params: dict[str, Any], items: Sequence[dict[str, Any]] = ()
) -> EmailMessage:
    """The mail for this reader: the company's own text of `notice`, or the catalogue's."""
    locale = mailbox.account.locale if mailbox.account else mailbox.company.locale
    words = params | {"address": mailbox.address, "web": instance.web_url, "company": mailbox.company.name}
    if notice == "digest":
        texts = [_text(mailbox, str(item["notice"]), words | item.get("params", {}), locale) for item in items]
        words |= {"count": len(texts), "items": wording.digest_items(texts)}
    text, back = _text(mailbox, notice, words, locale), _answered_to(mailbox, notice, params)
    message = EmailMessage()
    message["Subject"] = text.subject
    message["From"] = Address(say(Decision("notice.sender", words), locale), "no-reply", domain_of(mailbox.address))
    message["To"] = mailbox.address
    if back:
        message["Reply-To"] = back
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=domain_of(mailbox.address))
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = locale
    how = say(Decision("answer.how"), locale).strip() if back else ""
    message.set_content(f"{text.body.rstrip()}\n\n{how}\n" if how else text.body)
    return message


def _answered_to(mailbox: Mailbox, notice: str, params: dict[str, Any]) -> str:
    """Where a decision is given by answering; empty: nowhere, it is not asked for one."""
    kind = KINDS.get(notice)
    step = str(params.get("step", ""))
    return tokens.address_for(mailbox, int(step)) if kind is not None and kind.answered and step.isdecimal() else ""


def _text(mailbox: Mailbox, notice: str, params: dict[str, Any], locale: str) -> Text:
    return wording.filled(wording.text_for(mailbox.company, notice, locale), params, locale)


def send(instance: Instance, entry: Outbox) -> None:
    """Deliver one outbox entry, or put it off (quiet hours, a daily mail). A mailbox that is closed or gone needs no notice.

    Raises OSError, SMTPException, LookupError (a notice that nobody declared).
    """
    mailbox = (
        Mailbox.objects.select_related("company", "account")
        .filter(address=entry.payload["to"], closed_at__isnull=True)
        .first()
    )
    if mailbox is None:
        return
    notice, params = entry.payload["notice"], entry.payload.get("params", {})
    if not entry.payload.get("waited") and waiting.hold(mailbox, notice, params):
        return
    message = compose(instance, mailbox, notice, params, entry.payload.get("items", ()))
    with smtplib.SMTP("127.0.0.1", instance.ports["inside"], timeout=TIMEOUT) as smtp:
        smtp.send_message(message, from_addr="", to_addrs=[mailbox.address, *_keepers(mailbox)])


def _keepers(mailbox: Mailbox) -> list[str]:
    """What concerns a shared mailbox is told to who keeps it, in his own: it may be full, or nobody reads it."""
    return [] if mailbox.kind not in SHARED_KINDS else [m.address for m in keeper_mailboxes(mailbox)]
