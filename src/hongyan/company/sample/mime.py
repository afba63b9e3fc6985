"""A sample mail as the bytes that a mail program would send.

Owns: headers, bodies, quoting, signatures, character sets, attachments.
Always: CRLF line ends, 7-bit headers (RFC 2047), stable Message-IDs; the same letter gives the same bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.mime.text import MIMEText
from email.policy import SMTP, compat32
from email.utils import format_datetime

from hongyan.company.sample import attachments, markup
from hongyan.company.sample.attachments import Attachment
from hongyan.company.sample.threads import Style


@dataclass(frozen=True, slots=True)
class Party:
    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that a message is made of."""

    key: str
    sender: Party
    to: tuple[Party, ...]
    cc: tuple[Party, ...]
    subject: str
    when: datetime
    text: str  #: markup
    style: Style
    locale: str
    signature: tuple[str, ...] = ()
    answers: Letter | None = None
    quote: bool = True
    references: tuple[str, ...] = ()
    charset: str = ""
    mailer: str = ""
    colour: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    files: tuple[Attachment, ...] = ()

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.key.encode()).hexdigest()[:20]

    @property
    def message_id(self) -> str:
        return f"<{self.digest}@{self.sender.address.partition('@')[2]}>"


def to_bytes(letter: Letter) -> bytes:
    if letter.charset:
        return _legacy(letter)
    message = EmailMessage(policy=SMTP)
    for name, value in _addressing(letter):
        message[name] = value
    for name, parties in (("From", (letter.sender,)), ("To", letter.to), ("Cc", letter.cc)):
        if parties:
            message[name] = [Address(p.name, addr_spec=p.address) for p in parties]
    message["Subject"] = letter.subject
    message.set_content(plain(letter), cte="quoted-printable" if letter.locale == "en" else "base64")
    if letter.style != "plain":
        _add_html(message, letter)
    for file in letter.files:
        params = {"charset": "utf-8"} if file.main == "text" else {}
        message.add_attachment(file.content, maintype=file.main, subtype=file.sub, filename=file.name, params=params)
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"----=_Part_{number}_{letter.digest}")
    return message.as_bytes()


def _addressing(letter: Letter) -> list[tuple[str, str]]:
    rows = [("Date", format_datetime(letter.when)), ("Message-ID", letter.message_id)]
    if letter.references:
        rows += [("In-Reply-To", letter.references[-1]), ("References", " ".join(letter.references[-8:]))]
    if letter.mailer:
        rows.append(("X-Mailer", letter.mailer))
    return [*rows, *letter.headers]


def _legacy(letter: Letter) -> bytes:
    """An old mail program: one plain part and headers in the country's own character set."""
    message: Message = MIMEText(plain(letter), "plain", letter.charset)
    message.policy = compat32
    for name, value in _addressing(letter):
        message[name] = value
    for name, parties in (("From", (letter.sender,)), ("To", letter.to), ("Cc", letter.cc)):
        if parties:
            message[name] = ", ".join(f"{_word(p.name, letter.charset)} <{p.address}>" for p in parties)
    message["Subject"] = Header(letter.subject, letter.charset, header_name="Subject").encode()
    return message.as_bytes(policy=compat32.clone(linesep="\r\n"))


def _word(text: str, charset: str) -> str:
    return text if text.isascii() else Header(text, charset, maxlinelen=200).encode()


# -- bodies --------------------------------------------------------------------------------------------
def plain(letter: Letter) -> str:
    parts = [markup.to_plain(letter.text)]
    if letter.signature:
        parts.append("-- \n" + "\n".join(letter.signature))
    if letter.answers is not None and letter.quote:
        quoted = "\n".join(f"> {line}".rstrip() for line in markup.to_plain(letter.answers.text).split("\n"))
        parts.append(f"{_intro(letter)}\n{quoted}")
    return "\n\n".join(parts) + "\n"


def _add_html(message: EmailMessage, letter: Letter) -> None:
    body = markup.to_html(letter.text)
    footer = "<br>".join(map(markup.inline, letter.signature))
    match letter.style:
        case "notice":
            message.add_alternative(markup.notice(letter.subject, body, footer, "star@beichen"), subtype="html")
            page = message.get_body(("html",))
            if isinstance(page, EmailMessage):
                page.add_related(attachments.logo(), "image", "png", cid="<star@beichen>", filename="beichen.png")
        case "news":
            message.add_alternative(markup.page(letter.subject, body, footer, colour=letter.colour), subtype="html")
        case _:
            signature = markup.signature(list(letter.signature)) if letter.signature else ""
            message.add_alternative(markup.letter(body, signature, _html_quote(letter)), subtype="html")


def _html_quote(letter: Letter) -> str:
    if letter.answers is None or not letter.quote:
        return ""
    return markup.quote(_intro(letter), markup.to_html(letter.answers.text))


_WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


def _intro(letter: Letter) -> str:
    """Who wrote what is quoted, in the words of the answering person's mail program."""
    answered = letter.answers
    if answered is None:
        return ""
    when, who = answered.when, answered.sender
    if letter.locale == "en":
        return f"On {_WEEKDAYS['en'][when.weekday()]}, {when.day} {when:%b %Y} at {when:%H:%M}, {who} wrote:"
    day = f"{when.year}年{when.month}月{when.day}日 週{_WEEKDAYS['zh'][when.weekday()]} {when:%H:%M}"
    if letter.locale == "zh-Hans":
        return f"在 {day.replace('週', '周')}，{who} 写道："
    return f"{who} 於 {day} 寫道："
