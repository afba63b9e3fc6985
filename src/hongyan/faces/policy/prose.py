"""A policy's plain text as headings, clauses and paragraphs.

Owns: the few marks that are understood: `# ` and `## `, chapters and articles as Chinese rules number them (第一章, 第三條, 一、), and
empty lines between paragraphs. Never: makes HTML; the template does, and escapes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

_NUMBER: Final = "[0-9０-９一二三四五六七八九十百零〇兩两]+"
_CHAPTER: Final = re.compile(rf"(# |第{_NUMBER}[章編编])")
_SECTION: Final = re.compile(rf"(## |第{_NUMBER}[節节]|{_NUMBER}、(?=[^。；，]{{1,30}}$))")
_ARTICLE: Final = re.compile(rf"第{_NUMBER}[條条]")
Kind = Literal["chapter", "section", "article", "paragraph"]


@dataclass(frozen=True, slots=True)
class Block:
    kind: Kind
    text: str
    mark: str = ""  #: 第三條, for an article


def blocks(text: str) -> list[Block]:
    """What the text consists of, in order; lines of one paragraph stay lines."""
    found: list[Block] = []
    lines: list[str] = []

    def end() -> None:
        if lines:
            found.append(_paragraph("\n".join(lines)))
            lines.clear()

    for line in text.split("\n"):
        plain = line.strip()
        heading: Kind | None = "chapter" if _CHAPTER.match(plain) else "section" if _SECTION.match(plain) else None
        if not plain or heading or _ARTICLE.match(plain):
            end()
        if heading:
            found.append(Block(heading, plain.lstrip("#").strip()))
        elif plain:
            lines.append(plain)
    end()
    return found


def _paragraph(text: str) -> Block:
    article = _ARTICLE.match(text)
    return Block("article", text[article.end() :].strip(), article[0]) if article else Block("paragraph", text)
