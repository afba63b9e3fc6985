"""Mail clients of the tests, each signing in as one of the cast."""

from __future__ import annotations

import imaplib
import smtplib
import time
from email.message import EmailMessage

from tests.release import sample
from tests.release.running import Running, client_tls, wait_for


def message(sender: str, to: str, subject: str, body: str = "Good day.") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Message-ID"] = f"<{time.time_ns()}@client.test>"
    made["Date"] = "Tue, 24 Nov 2026 09:00:00 +0800"
    made.set_content(body)
    return made


def imap(mail: Running, user: str, password: str = sample.PASSWORD) -> imaplib.IMAP4_SSL:
    client = imaplib.IMAP4_SSL("127.0.0.1", mail.instance.ports["imaps"], ssl_context=client_tls())
    client.login(user, password)
    return client


def submit(mail: Running, user: str, password: str = sample.PASSWORD) -> smtplib.SMTP:
    client = smtplib.SMTP("127.0.0.1", mail.instance.ports["submission"], local_hostname="pc.test")
    client.starttls(context=client_tls())
    client.login(user, password)
    return client


def from_outside(mail: Running, port: str = "smtp") -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", mail.instance.ports[port], local_hostname="mx.elsewhere.test")


def fetch(mail: Running, user: str, subject: str, folder: str = "INBOX", password: str = sample.PASSWORD) -> bytes:
    """The one message with this subject, waited for."""
    client = imap(mail, user, password)
    try:

        def numbers() -> list[bytes]:
            client.select(folder)
            found: bytes = client.search(None, "SUBJECT", f'"{subject}"')[1][0]
            return found.split()

        wait_for(numbers, 20, f"{subject} in {folder} of {user}")
        (number,) = numbers()
        return client.fetch(number.decode(), "(RFC822)")[1][0][1]  # type: ignore[index,return-value]
    finally:
        client.logout()
