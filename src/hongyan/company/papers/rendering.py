"""A paper's page: template, words and values to HTML.

Never: fetches anything; all that is shown is in the page itself.
Always: what people wrote is escaped.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import jinja2
from django.utils import timezone
from markupsafe import Markup

from hongyan.company.papers.kinds import KINDS, checked
from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import say, spell_size

_TEMPLATES: Final = Path(__file__).with_name("templates")
_FONTS: Final = {
    "zh-Hant": '"Noto Serif CJK TC", "Noto Serif CJK SC"',
    "zh-Hans": '"Noto Serif CJK SC", "Noto Serif CJK TC"',
    "en": '"DejaVu Serif", "Noto Serif CJK TC"',
}
_ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES),
    undefined=jinja2.Undefined,  # what a line of a table does not say is empty; the context itself is checked
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def html_of(kind: str, context: dict[str, Any], locale: str) -> str:
    """The whole page. Raises BadContext, jinja2.UndefinedError."""
    values = checked(kind, context)

    def word(name: str, **params: Any) -> str:
        return say(Decision(f"paper.{name}", params), locale)

    return _ENVIRONMENT.get_template(f"{kind}.html.j2").render(
        values,
        paper=kind,
        locale=locale,
        fonts=Markup(_FONTS[locale]),  # noqa: S704 - ours
        style=Markup((_TEMPLATES / "paper.css").read_text("utf-8")),  # noqa: S704 - ours
        word=word,
        day=lambda value: day(value, locale),
        moment=lambda value: moment(value, locale),
        size=lambda value: spell_size(int(value)),
        signed=KINDS[kind].signed,
        digest=digest(context),
    )


def digest(context: dict[str, Any]) -> str:
    """SHA-256 of what the paper says, printed on it: the rows that it was made from give the same."""
    return hashlib.sha256(json.dumps(context, sort_keys=True, ensure_ascii=True, default=str).encode()).hexdigest()


def day(value: str | date, locale: str) -> str:
    found = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return _day(found, locale)


def moment(value: str | datetime, locale: str) -> str:
    """By the clock on the wall of the instance."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    here = timezone.localtime(found) if timezone.is_aware(found) else found
    return f"{_day(here.date(), locale)} {here:%H:%M}"


def _day(found: date, locale: str) -> str:
    return found.isoformat() if locale == "en" else f"{found.year}年{found.month}月{found.day}日"
