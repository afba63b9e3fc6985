"""What somebody wrote above, below or between what he quotes: the first line of his answer, and the lines after it.

Owns: which part of a message is read, what of it is quotation, signature or a mail program's own words.
Never: raises for what a stranger sent; what cannot be read is empty.
Always: of a quotation that is not marked line by line, everything below its head is left unread, so that the words of the
notice itself are never taken for an answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from typing import Final

LARGEST: Final = 200_000  #: characters of a text that are looked at

#: What mail programs put above a quotation that they do not mark: everything below is theirs.
_HEAD = re.compile(
    r"""^\s*(?:
      [-_=*\s]*\s*(?:original\ message|original\ appointment|forwarded\ message|begin\ forwarded\ message
        |原始邮件|原始郵件|原邮件|原郵件|转发邮件|轉寄郵件|转发的邮件|回复的邮件|回復的郵件|回覆的郵件|邮件原文)\s*:?\s*[-_=*\s]*$
      |_{10,}\s*$
      |[*\s]*(?:from|sent|to|subject|date|发件人|发送时间|收件人|主题|日期|寄件者|寄件人|寄件日期|收件者|主旨|發件人|發送時間|时间|時間)[*\s]*[:：]
    )""",
    re.VERBOSE | re.IGNORECASE,
)
#: The line above a quotation that is marked with '>': the answer may stand below it.
_WROTE = re.compile(
    r"(?:wrote|writes|写道|寫道|写到|寫到|写了|寫了|來信|来信|écrit|schrieb)\s*[:：]?\s*$|^\s*(?:On|在|于|於|At).{0,200}(?:wrote|写道|寫道|写到|寫到)",
    re.IGNORECASE,
)
_WRAPPED = re.compile(r"^\s*(?:On\s.{5,}|[在于於]\s*\d.{4,}|\d{4}[-年/].{4,}[<＜].*)$", re.IGNORECASE)
#: Words that a phone or program adds by itself, and the end of what was written (RFC 3676 4.3).
_ADDED = re.compile(
    r"^\s*(?:sent from (?:my|mail)|get outlook for|發自我的|发自我的|從我的.*(?:傳送|发送)|从我的.*发送|取得\s*outlook|获取\s*outlook|下載\s*outlook"
    r"|来自我的|來自我的|发自(?:网易|foxmail|qq)|發送自)",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^--\s*$|^—{2,}\s*$")
_MARKS: Final = (">", "＞", "|")  #: of a quoted line


@dataclass(frozen=True, slots=True)
class Written:
    first: str = ""  #: the first line of the answer; empty: nothing was written
    following: str = ""  #: the lines below it, up to a blank one


def parse(raw: bytes) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    return message


def is_automatic(message: EmailMessage, sender: str) -> bool:
    """Whether no person wrote it: bounces, receipts, absence messages, lists (RFC 3834 2, RFC 8098)."""
    if not sender.strip("<>"):
        return True
    field = header(message, "Auto-Submitted").split(";")[0].strip().lower()
    if field not in ("", "no"):
        return True
    if header(message, "Precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if any(
        message.get_all(name)
        for name in ("List-Id", "X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Failed-Recipients")
    ):
        return True
    return header(message, "Content-Type").split(";")[0].strip().lower() in (
        "multipart/report",
        "message/disposition-notification",
        "message/delivery-status",
    )


def header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        MessageError,
    ):  # the standard parser on what no mail program writes
        return ""


def written(message: EmailMessage) -> Written:
    """Of the plain text; of the HTML when that says nothing."""
    for kind, lines in (("plain", _plain), ("html", _lines_of_html)):
        found = answer_in(lines(_text(message, kind)))
        if found.first:
            return found
    return Written()


def _text(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body((kind,))
    except (ValueError, TypeError, AttributeError, LookupError, MessageError):
        return ""
    if part is None or part.is_multipart():
        return ""
    body = part.get_payload(decode=True)
    return _decoded(body, part.get_content_charset() or "utf-8")[:LARGEST] if isinstance(body, bytes) else ""


def _decoded(body: bytes, charset: str) -> str:
    """GB2312 as programs mean it (GB 18030), Big5 with Hong Kong's characters; what says nothing true, as it can be read."""
    wide = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "us-ascii": "utf-8"}
    for name in (wide.get(charset.lower(), charset), "utf-8", "gb18030"):
        try:
            return body.decode(name)
        except (LookupError, ValueError):
            continue
    return body.decode("utf-8", "replace")


def _plain(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


def answer_in(lines: list[str]) -> Written:
    """The first line that the answerer wrote himself, and those right below it."""
    own: list[str] = []
    wrapped = False
    texts = [line.replace("\u00a0", " ").replace("\u200b", "").replace("\ufeff", "").strip() for line in lines]
    for number, text in enumerate(texts):
        above = text.endswith((":", "：")) and next((t for t in texts[number + 1 :] if t), "").startswith(_MARKS)
        quoted = text.startswith(_MARKS) or above or (wrapped and bool(_WROTE.search(text)))
        if text and (_HEAD.match(text) or _SIGNATURE.match(text)):
            break
        head = quoted or bool(_WROTE.search(text)) or bool(_WRAPPED.match(text)) or bool(_ADDED.match(text))
        wrapped = bool(_WRAPPED.match(text))
        if own and (head or not text):
            break
        if text and not head:
            own.append(text)
    return Written(own[0], "\n".join(own[1:])) if own else Written()


# -- HTML ------------------------------------------------------------------------------------------------------
_SKIPPED: Final = frozenset(("head", "style", "script", "title", "blockquote", "template"))
_BLOCKS: Final = frozenset(
    ("p", "div", "br", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "pre", "section", "article")
)
_VOID: Final = frozenset(("br", "hr", "img", "meta", "link", "input", "col", "base", "wbr", "area", "source"))
#: Where a program's quotation begins, by id or class.
_QUOTES: Final = (
    "gmail_quote", "gmail_attr", "divrplyfwdmsg", "outlookmessageheader", "appendonsend", "yahoo_quoted", "moz-cite-prefix",
    "protonmail_quote", "ntes-mailmaster-quote", "isreplycontent", "origbody", "qmbox_quote", "foxdiv", "mail-editor-reference",
    "reply_quote", "tutanota_quote", "ms-outlook-mobile-reference-message", "stopspelling",
)  # fmt: skip


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self._depth = 0  #: within an element that is left out
        self._open: list[tuple[str, bool]] = []
        self.over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.over:
            return
        marks = " ".join((value or "").lower() for name, value in attrs if name in ("id", "class"))
        style = next(((value or "").lower() for name, value in attrs if name == "style"), "")
        if tag == "hr" or (tag == "div" and "border-top:solid" in style.replace(" ", "") and any(self.lines)):
            self.over = any(line.strip() for line in self.lines)
        left_out = tag in _SKIPPED or any(mark in marks for mark in _QUOTES) or "display:none" in style.replace(" ", "")
        if tag not in _VOID:
            self._open.append((tag, left_out))
            self._depth += left_out
        if tag in _BLOCKS and not self._depth:
            self._end_line()

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _ in self._open):
            return
        while self._open:
            name, left_out = self._open.pop()
            self._depth -= left_out
            if name == tag:
                break
        if tag in _BLOCKS and not self._depth:
            self._end_line()

    def handle_data(self, data: str) -> None:
        if not self._depth and not self.over:
            self.lines[-1] += re.sub(r"[ \t\r\n]+", " ", data)

    def _end_line(self) -> None:
        if self.lines[-1].strip():
            self.lines.append("")


def _lines_of_html(html: str) -> list[str]:
    words = _Words()
    try:
        words.feed(html)
        words.close()
    except (AssertionError, ValueError):  # the parser gave up in the middle: what it has read so far stands
        pass
    return words.lines
