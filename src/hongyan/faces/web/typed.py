"""What somebody typed or an address carries, as a number or a day. Never: raises anything but a refusal."""

from __future__ import annotations

from datetime import date

from hongyan.kernel.decision import Refusal

MOST_DIGITS = 17  #: fits every database's integers


def whole(text: str, otherwise: int = 0, *, digits: int = MOST_DIGITS) -> int:
    """The whole number that the text is; `otherwise` when it is none, negative, or longer than so many digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else otherwise


def page_number(text: str) -> int:
    """Of a list's page: 1 at least."""
    return max(1, whole(text, 1, digits=6))


def day(text: str) -> date | None:
    """None when nothing was typed. Refuses `date.malformed`."""
    text = text.strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal("date.malformed", text=text[:40]) from None
