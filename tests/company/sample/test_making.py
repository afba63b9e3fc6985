"""Markup, attachments, sending."""

from __future__ import annotations

import csv
import io
import smtplib
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from hongyan.company.sample import attachments, markup
from hongyan.company.sample.attachments import Recipe, make
from hongyan.company.sample.conversations import SampleMessage
from hongyan.company.sample.sending import send

WHEN = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
ROWS = (("單位", "金額"), ("華東", 302450), ("<&>", 1.5))


# -- markup
def test_html_is_escaped() -> None:
    assert markup.to_html("1 < 2 & <script>") == '<p style="margin:0 0 12px">1 &lt; 2 &amp; &lt;script&gt;</p>'


def test_blocks_become_what_they_look_like() -> None:
    made = markup.to_html("## 標題\n一行\n\n- 一\n- 二\n\n1. 甲\n2. 乙\n\n| a | b |\n| 1 | **2** |")
    for tag in ("<h3", "<ul", "<ol", "<table", "<th ", "<strong>2</strong>"):
        assert tag in made
    assert made.count("<li") == 4


def test_links_end_where_chinese_begins() -> None:
    assert 'href="https://a.test/x"' in markup.to_html("見 https://a.test/x，謝謝")


def test_plain_tables_line_up_in_a_fixed_width_font() -> None:
    lines = markup.to_plain("| 客戶 | 金額 |\n| 華新電子 | 12 |\n| Harbour | 3 |").split("\n")
    assert [markup.width(line[: line.index(mark)]) for line, mark in zip(lines[2:], ("12", "3"), strict=True)] == [
        10,
        10,
    ]


def test_plain_text_drops_the_marks() -> None:
    assert markup.to_plain("## 新\n\n- **甲**") == "【新】\n\n- 甲"


# -- attachments
def test_workbook_is_a_zip_of_well_formed_parts_with_the_cells() -> None:
    with zipfile.ZipFile(io.BytesIO(make(Recipe("a.xlsx", rows=ROWS), WHEN).content)) as book:
        assert book.testzip() is None
        parts = {name: ElementTree.fromstring(book.read(name)) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    texts = [e.text for e in sheet.iter() if e.tag.endswith("}t")]
    numbers = [e.text for e in sheet.iter() if e.tag.endswith("}v")]
    assert texts == ["單位", "金額", "華東", "<&>"] and numbers == ["302450", "1.5"]


def test_csv_tells_excel_that_it_is_utf8() -> None:
    content = make(Recipe("a.csv", rows=ROWS), WHEN).content
    assert content.startswith(b"\xef\xbb\xbf")
    assert next(csv.reader(io.StringIO(content.decode("utf-8-sig")))) == ["單位", "金額"]


def test_pdf_offsets_point_at_its_objects() -> None:
    content = make(Recipe("a.pdf", title="報價單", lines=("一", "二")), WHEN).content
    start = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    table = content[start:].split(b"\n")
    assert table[0] == b"xref"
    for number in range(1, 8):
        offset = int(table[2 + number][:10])
        assert content[offset:].startswith(b"%d 0 obj" % number)
    assert "報價單".encode("utf-16-be").hex().upper().encode() in content


@pytest.mark.parametrize("content", [attachments.logo(), attachments.chart((3, 9, 5)), attachments.chart(())])
def test_png_chunks_and_pixels_are_whole(content: bytes) -> None:
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, size = 8, b"", (0, 0)
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        body = content[at + 8 : at + 8 + length]
        assert struct.unpack(">I", content[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        data += body if kind == b"IDAT" else b""
        at += length + 12
    assert len(zlib.decompress(data)) == size[1] * (1 + 3 * size[0])


def test_appointment_is_in_universal_time() -> None:
    made = make(Recipe("a.ics", title="會議", lines=("北斗",), days=2, at="09:30", minutes=90), WHEN.astimezone())
    text = made.content.decode("utf-8")
    assert made.sub == "calendar" and "SUMMARY:會議\r\n" in text and "DTSTART:2026112" in text
    assert all(line.endswith("Z") for line in text.split("\r\n") if line.startswith(("DTSTART", "DTEND", "DTSTAMP")))


def test_an_unknown_ending_is_an_error() -> None:
    with pytest.raises(ValueError, match="no way"):
        make(Recipe("a.exe"), WHEN)


# -- sending
HERE = {"corp.test"}


def message(login: str | None, *to: str) -> SampleMessage:
    return SampleMessage("k", login, "a@corp.test", to or ("b@corp.test",), b"x", WHEN, "s")


def test_messages_go_by_their_own_way_and_a_refusal_stops_none() -> None:
    submitted, received, seen = [], [], []

    def submit(login: str, sender: str, recipients: tuple[str, ...], content: bytes) -> None:
        if login == "bad@corp.test":
            raise smtplib.SMTPSenderRefused(553, b"not yours", sender)
        submitted.append((login, sender, recipients, content))

    def receive(sender: str, recipients: tuple[str, ...], content: bytes) -> None:
        received.append((sender, recipients, content))

    week = [message("a@corp.test"), message("bad@corp.test"), message(None)]
    refused = send(week, HERE, submit, receive, lambda done, total: seen.append((done, total)))
    assert submitted == [("a@corp.test", "a@corp.test", ("b@corp.test",), b"x")]
    assert received == [("a@corp.test", ("b@corp.test",), b"x")]
    assert [r.message for r in refused] == [week[1]] and "not yours" in refused[0].reason
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_lost_connection_is_the_callers() -> None:
    def receive(sender: str, recipients: tuple[str, ...], content: bytes) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        send([message(None)], HERE, lambda *_: None, receive)


def test_nothing_leaves_for_the_outside() -> None:
    asked: list[tuple[str, ...]] = []
    week = [message("a@corp.test", "x@far.test"), message("a@corp.test", "x@far.test", "b@corp.test")]
    assert send(week, HERE, lambda login, sender, to, content: asked.append(to), lambda *_: None) == []
    assert asked == [("b@corp.test",)]
