"""The light markup that sample mail is written in, made into plain text and into HTML.

Owns: paragraphs, `## ` headings, `- ` and `1. ` lists, `| a | b |` tables (first row is the head), `**bold**`, links.
Always: everything is escaped; the plain text says all that the HTML says.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

FONT = (
    "'PingFang TC','Microsoft JhengHei','PingFang SC','Microsoft YaHei','Noto Sans CJK TC',Helvetica,Arial,sans-serif"
)
INK = "#1f2933"
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"https?://[^\s<>，。；）)]+")
_ORDERED = re.compile(r"\d+\. ")


def blocks(text: str) -> list[list[str]]:
    """The text's paragraphs as lists of lines."""
    return [part.split("\n") for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]


# -- plain ---------------------------------------------------------------------------------------------
def to_plain(text: str) -> str:
    return "\n\n".join(map(_plain_block, blocks(text)))


def _plain_block(lines: list[str]) -> str:
    if lines[0].startswith("|"):
        return _plain_table(_cells(lines))
    plain = [_BOLD.sub(r"\1", line) for line in lines]
    if plain[0].startswith("## "):
        return f"【{plain[0][3:]}】" + "".join(f"\n{line}" for line in plain[1:])
    return "\n".join(plain)


def _plain_table(rows: list[list[str]]) -> str:
    columns = max(map(len, rows))
    widths = [max(width(row[c]) if c < len(row) else 0 for row in rows) for c in range(columns)]
    lines = ["  ".join(cell + " " * (widths[c] - width(cell)) for c, cell in enumerate(row)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * (columns - 1)), *lines[1:]])


def width(text: str) -> int:
    """Columns in a fixed-width font: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cells(lines: Iterable[str]) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]


# -- HTML ----------------------------------------------------------------------------------------------
def to_html(text: str) -> str:
    return "\n".join(map(_html_block, blocks(text)))


def _html_block(lines: list[str]) -> str:
    first = lines[0]
    if first.startswith("|"):
        return _html_table(_cells(lines))
    if first.startswith("## "):
        rest = _html_block(lines[1:]) if lines[1:] else ""
        return f'<h3 style="margin:18px 0 8px;font-size:15px;color:#12355b">{inline(first[3:])}</h3>{rest}'
    if all(line.startswith("- ") for line in lines):
        return _html_list("ul", [line[2:] for line in lines])
    if all(_ORDERED.match(line) for line in lines):
        return _html_list("ol", [_ORDERED.sub("", line, count=1) for line in lines])
    return f'<p style="margin:0 0 12px">{"<br>".join(map(inline, lines))}</p>'


def _html_list(tag: str, items: list[str]) -> str:
    rows = "".join(f'<li style="margin:2px 0">{inline(item)}</li>' for item in items)
    return f'<{tag} style="margin:0 0 12px;padding-left:24px">{rows}</{tag}>'


def _html_table(rows: list[list[str]]) -> str:
    cell = "padding:6px 12px;border:1px solid #d9e2ec"
    head = "".join(f'<th style="{cell};background:#f0f4f8;text-align:left">{inline(c)}</th>' for c in rows[0])
    body = "".join("<tr>" + "".join(_html_cell(c, cell) for c in row) + "</tr>" for row in rows[1:])
    style = "border-collapse:collapse;margin:0 0 14px;font-size:13px"
    return f'<table style="{style}"><tr>{head}</tr>{body}</table>'


def _html_cell(text: str, style: str) -> str:
    number = re.fullmatch(r"[^\d]{0,4}[-+]?[\d,.]+\s*[%万萬]?", text)
    return f'<td style="{style}{";text-align:right" if number else ""}">{inline(text)}</td>'


def inline(text: str) -> str:
    """One line: escaped, bold and links made."""
    escaped = _BOLD.sub(r"<strong>\1</strong>", html.escape(text, quote=False))
    return _LINK.sub(lambda m: f'<a href="{m[0]}" style="color:#1a6fb0">{m[0]}</a>', escaped)


# -- pages ---------------------------------------------------------------------------------------------
def letter(body: str, signature: str, quoted: str = "") -> str:
    """An ordinary mail as mail programs write it: text, signature, what it answers."""
    return _document(
        f'<div style="font-family:{FONT};font-size:14px;line-height:1.7;color:{INK}">{body}{signature}{quoted}</div>'
    )


def notice(title: str, body: str, footer: str, logo: str) -> str:
    """A page with the company's band on top: notices of the office, newsletters."""
    return page(title, body, footer, colour="#12355b", mark=f'<img src="cid:{logo}" width="40" height="40" alt="">')


def page(title: str, body: str, footer: str, *, colour: str, mark: str = "") -> str:
    band = f'<td style="background:{colour};padding:18px 28px;color:#ffffff">'
    top = f'<table cellpadding="0" cellspacing="0"><tr><td style="padding-right:14px">{mark}</td>'
    top += f'<td style="font-size:19px;font-weight:600;color:#ffffff">{inline(title)}</td></tr></table>'
    main = f'<td style="padding:24px 28px;font-size:14px;line-height:1.75;color:{INK}">{body}</td>'
    end = f'<td style="padding:14px 28px;background:#f0f4f8;font-size:12px;color:#627d98">{footer}</td>'
    return _document(
        f'<table width="100%" cellpadding="0" cellspacing="0" style="background:#e9eef3;font-family:{FONT}"><tr><td '
        'align="center" style="padding:24px 8px"><table width="640" cellpadding="0" cellspacing="0" '
        f'style="max-width:640px;background:#ffffff"><tr>{band}{top}</td></tr><tr>{main}</tr><tr>{end}</tr></table></td></tr>'
        "</table>"
    )


def quote(intro: str, body: str) -> str:
    style = "margin:8px 0 0;padding:0 0 0 12px;border-left:3px solid #cbd5e0;color:#52606d"
    return (
        f'<p style="margin:20px 0 4px;color:#7b8794">{inline(intro)}</p><blockquote style="{style}">{body}</blockquote>'
    )


def signature(lines: list[str]) -> str:
    rows = "<br>".join(map(inline, lines[1:]))
    return (
        '<div style="margin-top:18px;padding-top:10px;border-top:1px solid #d9e2ec;font-size:12px;color:#52606d">'
        f'<strong style="font-size:13px;color:#12355b">{inline(lines[0])}</strong><br>{rows}</div>'
    )


def _document(body: str) -> str:
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body style="margin:0;padding:8px">\n{body}\n</body></html>\n'
