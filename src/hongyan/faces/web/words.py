"""Sentences of refusals on pages.

Owns: the page's language as our locale, and what a page adds to a decision: the web's address.
Never: makes up a sentence; they are in the catalogue that the mail engines' replies come from too (promise 4).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from hongyan.faces.web.languages import match
from hongyan.kernel.decision import Decision
from hongyan.kernel.wording import say


def current_locale() -> str:
    return match(get_language() or "") or "en"


def tell(decision: Decision, locale: str, **more: Any) -> str:
    return say(decision, locale, web=settings.WEB_URL, **more)


def named(table: str, value: Any) -> str:
    """The catalogue's own word for a value, as it begins a line: `role_name`, `right_name`."""
    text = say(Decision(f"{table}.{value}"), current_locale())
    return text[:1].upper() + text[1:]


def clause_mark(clause: str, locale: str) -> str:
    """Which clause a refusal follows, as the mail engines' replies say it; nothing when it follows none."""
    return say(Decision("clause.mark", {"clause": clause}), locale) if clause else ""
