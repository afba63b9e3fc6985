"""Sends notices: short mails from the company's mail service to one of its people, in that person's language.

Always: null return path (RFC 3834 3.3: nothing answers a notice), `Auto-Submitted: auto-generated`, through the same
gate and signer as any mail (listener `inside`).
Clauses: C5, B4.6 (full mailboxes), P10 (locked account).
"""

from __future__ import annotations

import smtplib
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any

from hongyan.company.mailboxes.models import Mailbox
from hongyan.kernel import clock
from hongyan.kernel.address import domain_of
from hongyan.kernel.decision import Decision
from hongyan.kernel.instance import Instance
from hongyan.kernel.models import Outbox
from hongyan.kernel.wording import say

TIMEOUT = 20


def compose(instance: Instance, mailbox: Mailbox, notice: str, params: dict[str, Any]) -> EmailMessage:
    """The mail for this reader. `notice` names the sentences `notice.NOTICE.subject` and `.body` of the catalogue."""
    locale = mailbox.account.locale if mailbox.account else mailbox.company.locale
    words = params | {"address": mailbox.address, "web": instance.web_url, "company": mailbox.company.name}
    message = EmailMessage()
    message["Subject"] = say(Decision(f"notice.{notice}.subject", words), locale)
    message["From"] = Address(say(Decision("notice.sender", words), locale), "no-reply", domain_of(mailbox.address))
    message["To"] = mailbox.address
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=domain_of(mailbox.address))
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = locale
    message.set_content(say(Decision(f"notice.{notice}.body", words), locale))
    return message


def send(instance: Instance, entry: Outbox) -> None:
    """Deliver one outbox entry. A mailbox that is closed or gone needs no notice. Raises OSError, SMTPException."""
    mailbox = (
        Mailbox.objects.select_related("company", "account")
        .filter(address=entry.payload["to"], closed_at__isnull=True)
        .first()
    )
    if mailbox is None:
        return
    message = compose(instance, mailbox, entry.payload["notice"], entry.payload.get("params", {}))
    with smtplib.SMTP("127.0.0.1", instance.ports["inside"], timeout=TIMEOUT) as smtp:
        smtp.send_message(message, from_addr="", to_addrs=[mailbox.address])
