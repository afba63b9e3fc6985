"""What of a mail is the answer, and what the answer says: as people and their programs write it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from hongyan.company.replies import reading
from hongyan.company.replies.verdicts import said_in


@pytest.mark.parametrize(
    "line",
    ["同意", "同意。", "同意,请尽快办理", "同意该申请", "「同意」", "已批准", "批准開通", "通过!", "ＯＫ", "ok.", "Approve", "APPROVED - go ahead",
     "approve, until June", "I approve", "**同意**", "好的", "可以", "无异议", "核准，依規定辦理", "yes"],
)  # fmt: skip
def test_consent(line: str) -> None:
    said = said_in(line)
    assert said is not None and said.verdict == "approve"


@pytest.mark.parametrize(
    ("line", "reason"),
    [("不同意，名額已滿", "名額已滿"), ("不批准:无此必要", "无此必要"), ("拒绝 超出权限", "超出权限"), ("駁回（重複申請）", "重複申請"),
     ("reject - not needed", "not needed"), ("Rejected: no budget", "no budget"), ("I don't agree, too many", "too many"),
     ("do not approve", "下一行"), ("不同意", "下一行"), ("no", "下一行")],
)  # fmt: skip
def test_refusal_with_its_reason(line: str, reason: str) -> None:
    said = said_in(line, "下一行")
    assert said is not None and (said.verdict, said.reason) == ("reject", reason)


@pytest.mark.parametrize("line", ["退回，请补充工号", "return, add the number", "send back: 请补充"])
def test_sent_back(line: str) -> None:
    said = said_in(line)
    assert said is not None and said.verdict == "return" and said.reason


@pytest.mark.parametrize(
    "line",
    ["同意吗?", "同意嗎？", "ok?", "Approve?", "同意不了", "approver is Bob", "okra", "no problem, go on", "ok I will look tomorrow",
     "可以再等一下", "請問這是誰", "Hi,", "您好：", "不知道同意不同意", "I approve of the weather?", "returning soon", "好像不对", ""],
)  # fmt: skip
def test_what_could_mean_two_things_is_no_verdict(line: str) -> None:
    assert said_in(line) is None


NOTICE = "王小明 提出申請\n\n請在回覆的第一行寫：\n同意\n不同意，原因"
QUOTED = "\n".join(f"> {line}" for line in NOTICE.split("\n"))
PLAIN = {
    "gmail": f"同意\n\nOn Tue, Nov 24, 2026 at 10:00 AM 北辰 <no-reply@corp.test> wrote:\n\n{QUOTED}",
    "gmail, wrapped": f"同意\n\nOn Tue, Nov 24, 2026 at 10:00 AM 北辰集團郵箱服務\n<no-reply@corp.test> wrote:\n{QUOTED}",
    "gmail, chinese": f"同意\n\n北辰 <no-reply@corp.test> 于2026年11月24日周二 10:00写道：\n\n{QUOTED}",
    "apple": f"同意\n\n發自我的 iPhone\n\n> 北辰 <no-reply@corp.test> 於 2026年11月24日 上午10:00 寫道：\n> \n{QUOTED}",
    "thunderbird, below": f"Am 24.11.26 schrieb 北辰:\n{QUOTED}\n\n同意\n\n-- \n王博 網絡處",
    "in between": "On 2026-11-24 10:00, 北辰 wrote:\n> 王小明 提出申請\n\n同意\n\n> 不同意，原因",
    "outlook": f"同意\n\n王博\n\n-----Original Message-----\nFrom: 北辰 <no-reply@corp.test>\nSubject: 申請\n\n{NOTICE}",
    "outlook, chinese": f"同意\n\n________________________________\n发件人: 北辰 <no-reply@corp.test>\n主题: 申請\n\n{NOTICE}",
    "outlook 365": f"同意\n\n寄件者: 北辰 <no-reply@corp.test>\n寄件日期: 2026年11月24日\n主旨: 申請\n\n{NOTICE}",
    "foxmail": f"\u3000同意\n\n\n\n王博\n\n \n发件人： 北辰\n发送时间： 2026-11-24 10:00\n收件人： bob\n主题： 申請\n{NOTICE}",
    "qq": f"同意\n\n\n------------------ 原始邮件 ------------------\n发件人: \"北辰\";\n\n{NOTICE}",
    "netease": f"同意\n\n\n\n\n\n在 2026-11-24 10:00:00，\"北辰\" <no-reply@corp.test> 写道：\n{QUOTED}",
    "outlook phone": f"同意\n\n获取 Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n发件人: 北辰\n{NOTICE}",
    "crlf": f"\r\n\r\n同意\r\n\r\n{QUOTED}",
}  # fmt: skip
NOTHING = {
    "only the quotation": QUOTED,
    "only the head": f"\n\nOn 2026-11-24 10:00, 北辰 wrote:\n{QUOTED}",
    "outlook, nothing above": f"\n\n-----Original Message-----\nFrom: 北辰\n\n{NOTICE}",
    "foxmail, nothing above": f"\n\n发件人： 北辰\n{NOTICE}",
    "qq, nothing above": f"\n------------------ 原始邮件 ------------------\n{NOTICE}",
    "signature alone": "-- \n同意\n",
    "phone alone": "发自我的iPhone\n",
}
HTML_NOTICE = "<p>王小明 提出申請</p><p>請寫：</p><p>同意</p><p>不同意，原因</p>"
HTML = {
    "gmail": f'<div dir="ltr">同意</div><br><div class="gmail_quote"><div class="gmail_attr">On Tue 北辰 wrote:<br></div><blockquote>{HTML_NOTICE}</blockquote></div>',
    "outlook": f'<html><head><style>p {{margin:0}}</style></head><body><div class="WordSection1"><p class="MsoNormal"><span>同意<o:p></o:p></span></p><p>&nbsp;</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm"><p><b>发件人:</b> 北辰<br><b>主题:</b> 申請</p></div></div>{HTML_NOTICE}</div></body></html>',
    "outlook web": f'<div>同意</div><hr style="width:98%"><div id="divRplyFwdMsg"><b>From:</b> 北辰</div><div>{HTML_NOTICE}</div>',
    "foxmail": f'<html><body><div><span></span>同意</div><div><br></div><hr style="width:210px" color="#b5c4df" align="left"><div><span>王博</span></div><blockquote style="margin:0"><div>&nbsp;</div><div style="border:none;border-top:solid #B5C4DF 1.0pt"><div><b>发件人：</b>北辰</div></div>{HTML_NOTICE}</blockquote></body></html>',
    "apple": f'<html><body dir="auto">同意<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">发自我的 iPhone</div><div dir="ltr"><br><blockquote type="cite">北辰 写道：{HTML_NOTICE}</blockquote></div></body></html>',
    "qq": f'<div>同意</div><div>&nbsp;</div><div style="font-size:12px">------------------&nbsp;原始邮件&nbsp;------------------</div><div>{HTML_NOTICE}</div>',
    "entities, not closed": f"<p>&#21516;&#24847;<p><blockquote>{HTML_NOTICE}",
}  # fmt: skip


def mail(text: str, subtype: str = "plain", charset: str = "utf-8") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Re: 請審批"
    message.set_content(text, subtype=subtype, charset=charset)
    return reading.parse(message.as_bytes())


@pytest.mark.parametrize("name", PLAIN)
def test_the_answer_is_told_from_the_quotation(name: str) -> None:
    assert reading.written(mail(PLAIN[name])).first == "同意"


@pytest.mark.parametrize("name", NOTHING)
def test_nobody_is_taken_at_the_notices_own_words(name: str) -> None:
    assert reading.written(mail(NOTHING[name])).first == ""


@pytest.mark.parametrize("name", HTML)
def test_html_alone(name: str) -> None:
    assert reading.written(mail(HTML[name], "html")).first == "同意"


def test_html_when_the_plain_text_says_nothing() -> None:
    message = EmailMessage()
    message.set_content("\n \n")
    message.add_alternative(HTML["outlook"], subtype="html")
    assert reading.written(reading.parse(message.as_bytes())).first == "同意"


@pytest.mark.parametrize("charset", ["gb2312", "gbk", "gb18030", "big5"])
def test_chinese_charsets(charset: str) -> None:
    assert reading.written(mail("不同意\n明日再看", charset=charset)) == reading.Written("不同意", "明日再看")


@pytest.mark.parametrize(
    ("named", "real"),
    [("x-unknown", "utf-8"), ("us-ascii", "utf-8"), ("utf-8", "gb18030"), ("gb2312", "gbk"), ("none", "gbk")],
)
def test_a_charset_that_says_nothing_true(named: str, real: str) -> None:
    raw = f"Content-Type: text/plain; charset={named}\r\n\r\n".encode() + "不同意，請審\r\n".encode(real)
    assert reading.written(reading.parse(raw)).first == "不同意，請審"


@pytest.mark.parametrize(
    ("fields", "sender", "automatic"),
    [({}, "bob@corp.test", False), ({}, "", True), ({}, "<>", True), ({"Auto-Submitted": "no"}, "b@c.d", False),
     ({"Auto-Submitted": "auto-replied (vacation)"}, "b@c.d", True), ({"Auto-Submitted": "auto-generated; x=y"}, "b@c.d", True),
     ({"Precedence": "bulk"}, "b@c.d", True), ({"X-Autoreply": "yes"}, "b@c.d", True), ({"List-Id": "<l.corp.test>"}, "b@c.d", True),
     ({"Content-Type": "multipart/report; report-type=disposition-notification; boundary=x"}, "b@c.d", True)],
)  # fmt: skip
def test_what_no_person_wrote(fields: dict[str, str], sender: str, automatic: bool) -> None:
    raw = "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n同意\r\n"
    assert reading.is_automatic(reading.parse(raw.encode()), sender) is automatic


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"Content-Type: multipart/mixed\r\n\r\nx", b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=\xff\r\n\r\n\xff\r\n--b--", b"\xff\xfe\x00\x01", b"Content-Transfer-Encoding: base64\r\n\r\n===="])  # fmt: skip
def test_anything_can_be_read(raw: bytes) -> None:
    message = reading.parse(raw)
    assert isinstance(reading.written(message), reading.Written) and reading.is_automatic(message, "a@b.c") is False
